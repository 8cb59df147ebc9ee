"""The sale of accounts on the book: worked out, done, undone account by account, and settled with the buyer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeAlias

from collectkit._kit.again import decided_again
from collectkit._kit.answering import ask_first
from collectkit._kit.core import Core, fingerprint
from collectkit.allocation import lifecycle, stage_now
from collectkit.allocation.agency_files import AgencyFile, FileKind
from collectkit.allocation.sale_accounts import SaleAccount
from collectkit.allocation.sales import SaleOffer, SaleReason, SaleRow, SaleTerms, sale_row, scrub_for_sale
from collectkit.compliance import review
from collectkit.court import suits_of
from collectkit.errors import RefusedError, UnknownIdError, ValidationError
from collectkit.events import Event
from collectkit.identifiers import AccountId, PersonId, derived
from collectkit.ledger import Payment, PaymentPosted
from collectkit.money import Money
from collectkit.person_standing import PersonStanding
from collectkit.placement import AccountBoughtBack, AccountSold
from collectkit.refusals import Refusal
from collectkit.schedules import post_payment
from collectkit.servicing.adverse import sale_proposal
from collectkit.servicing.asking import why_not
from collectkit.servicing.sales import BUYER, SellingReason, Sold, buy_back, lines_of, outdated, sold_account
from collectkit.standing import Standing
from collectkit.storage.store import Unit

_SALES = "sale"

SellingAnswer: TypeAlias = Sold | Refusal[SellingReason]
BuyingBack: TypeAlias = AccountBoughtBack | Refusal[SellingReason]


@decided_again
class Selling(Core):
    """Commands about the sale of accounts; a sale is idempotent by its id, buying back by the account and its sale."""

    def sale_offer(self, id: str, terms: SaleTerms, *, cut_off_on: date, at: datetime, accounts: Iterable[str] | None = None) -> SaleOffer:
        """
        Work a sale out: what would be sold for how much, and what would not and why. Nothing is recorded.

        Args:
            id: Id of the sale.
            terms: With the buyer.
            cut_off_on: The day at whose end balances are taken, inclusive; the day after is the buyer's first.
            at: The present instant, for which the law is asked; aware.
            accounts: Which are looked at; None: every one on the book.

        Raises:
            UnknownIdError: An account is not on the book.
        """
        self._on(cut_off_on)
        with self._view() as unit:
            named = sorted(AccountId(account) for account in set(accounts)) if accounts is not None else self._every_account(unit)
            return self._offered(unit, id, terms, cut_off_on, at, named)

    def try_sell(self, offer: SaleOffer, *, at: datetime) -> SellingAnswer:
        """
        Sell what was offered, all of it or nothing; from `SaleOffer.on` on nothing may be collected on any of it.

        It is worked out once more first, and refused with the difference where an account paid, disputes or was closed meanwhile.
        Whoever has an account does not have it any more. The same offer again changes nothing.

        Args:
            offer: From `sale_offer`.
            at: The present instant; aware.
        """
        context, print_ = self._context(at, f"sell/{offer.id}"), bytes.fromhex(offer.digest)
        with self._unit() as unit:
            before = unit.recall(_SALES, offer.id)
            if before is not None and before.fingerprint == print_:
                return Sold(offer)
            if before is not None:
                return Refusal(SellingReason.ID_REUSED, f"sale {offer.id!r} was done with other content", "nothing was sold")
            refused = self._unsellable(unit, offer, at)
            if refused is not None:
                return refused
            held, sold = [(row, self._load(unit, row.account)) for row in offer.rows], []
            for row, loaded in held:
                answer = ask_first(self, unit, sale_proposal(row.account, loaded.facts.account.consumer, offer.on), context)
                assert answer.permitted  # else the offer would not be what it is when it is worked out once more
            for row, loaded in held:
                events = sold_account(loaded.facts, row, offer)
                self._record(unit, context, loaded, events)
                sold += [event for event in events if isinstance(event, AccountSold)]
            listed = json.dumps([offer.terms.buyer, offer.terms.currency, [row.account for row in offer.rows]])
            unit.save_run(_SALES, offer.id, listed)
            unit.remember(_SALES, offer.id, print_, "")
        return Sold(offer, tuple(sold))

    def sell(self, offer: SaleOffer, *, at: datetime) -> Sold:
        """Sell what was offered, all of it or nothing; see `try_sell`."""
        outcome = self.try_sell(offer, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_buy_back(self, account: str, *, on: date, reason: str, at: datetime, collected: Money | None = None) -> BuyingBack:
        """
        Take a sold account back, within the window of its terms and for a reason that they name; it is without a handler then.

        Args:
            account: Which.
            on: First day on which it is ours again.
            reason: In the words of the terms.
            at: The present instant; aware.
            collected: What the buyer took in on it; it is posted, so that the consumer owes that much less.
        """
        self._on(on)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            last = loaded.facts.sales[-1] if loaded.facts.sales else None
            minor = _collected_minor(loaded.facts.plan.currency, collected)
            if isinstance(last, AccountBoughtBack) and (last.on, last.reason, last.collected_minor) == (on, reason, minor):
                return last
            outcome = buy_back(loaded.facts, on=on, reason=reason, collected_minor=minor, today=self.business_date(at))
            if isinstance(outcome, AccountBoughtBack):
                events: list[Event] = [outcome]
                if minor:
                    id = derived(outcome.sale, account, after="/collected")
                    if unit.recall("payment", id) is not None:  # of another sale and account, with the slash at another place
                        id = derived(outcome.sale, account, after="/collected", room=0)
                    paid = Payment(id, account, Money(minor, loaded.facts.plan.currency), on, source=BUYER)
                    posted = post_payment(self._book(loaded.facts, on), paid)
                    assert isinstance(posted, PaymentPosted)
                    events.append(posted)
                    unit.remember("payment", paid.id, fingerprint(paid), "")
                self._record(unit, self._context(at, f"buy-back/{outcome.sale}/{account}"), loaded, events)
        return outcome

    def buy_back(self, account: str, *, on: date, reason: str, at: datetime, collected: Money | None = None) -> AccountBoughtBack:
        """Take a sold account back; see `try_buy_back`."""
        outcome = self.try_buy_back(account, on=on, reason=reason, at=at, collected=collected)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def sale_file(self, sale: str, *, id: str, number: int) -> AgencyFile:
        """
        Return the file with which the accounts of a sale go to their buyer, as they were sold.

        Args:
            sale: Id of the sale.
            id: The file's id.
            number: Its place in the row of this buyer's sale files.

        Raises:
            UnknownIdError: There is no such sale.
        """
        with self._view() as unit:
            buyer, _, accounts = self._sale(unit, sale)
            rows, made_on = [], date.min
            for account in accounts:
                facts = self._load(unit, account).facts
                sold = next(event for event in facts.sales if isinstance(event, AccountSold) and event.sale == sale)
                standing = self._standing_of(unit, facts, sold.on)
                consumer = self._consumer(unit, standing.person)
                made_on = sold.on
                rows.append(_file_row(sold, standing, consumer.region, consumer.locale.partition("_")[0]))
        return AgencyFile(FileKind.SALE, buyer, id, number, made_on, rows)

    def sale_account(self, sale: str) -> SaleAccount:
        """
        Return who owes whom after a sale, worked out from all that is on the ledger now: price, corrections, payments to be forwarded.

        Raises:
            UnknownIdError: There is no such sale.
        """
        with self._view() as unit:
            buyer, currency, accounts = self._sale(unit, sale)
            lines = [
                line for account in accounts for line in lines_of(self._load(unit, account).facts, sale, waterfall=self.policy.waterfall)
            ]
        return SaleAccount(sale, buyer, currency, tuple(lines))

    def _sale(self, unit: Unit, sale: str) -> tuple[str, str, list[AccountId]]:
        text = unit.run(_SALES, sale)
        if text is None:
            raise UnknownIdError(f"no sale {sale!r} is on the book of tenant '{self.tenant}'; nothing was computed")
        buyer, currency, accounts = json.loads(text)
        return buyer, currency, [AccountId(account) for account in accounts]

    def _unsellable(self, unit: Unit, offer: SaleOffer, at: datetime) -> Refusal[SellingReason] | None:
        if not offer.rows:
            return Refusal(SellingReason.NOTHING_TO_SELL, "no account of the offer is for sale", "nothing was sold")
        if self.business_date(at) < offer.on:
            return Refusal(SellingReason.NOT_YET, f"{offer.cut_off_on} is not over", "nothing was sold")
        accounts = [row.account for row in offer.rows]
        return outdated(offer, self._offered(unit, offer.id, offer.terms, offer.cut_off_on, at, accounts))

    def _every_account(self, unit: Unit) -> list[AccountId]:
        found: list[AccountId] = []
        while page := unit.standings(after=found[-1] if found else "", limit=5_000):
            found += [standing.account for standing in page]
        return found

    def _offered(self, unit: Unit, id: str, terms: SaleTerms, cut_off_on: date, at: datetime, accounts: Iterable[AccountId]) -> SaleOffer:
        people: dict[PersonId, PersonStanding] = {}
        rows, left_out = [], []
        for account in accounts:
            row = self._row(unit, self._standing(unit, account, cut_off_on), terms, at, people)
            if isinstance(row, SaleRow):
                rows.append(row)
            else:
                left_out.append((account, row))
        return SaleOffer(id, terms, cut_off_on, tuple(rows), tuple(left_out))

    def _row(
        self, unit: Unit, standing: Standing, terms: SaleTerms, at: datetime, people: dict[PersonId, PersonStanding]
    ) -> SaleRow | Refusal[SaleReason]:
        if standing.person not in people:
            people[standing.person] = self._person_standing(unit, standing.person, self.business_date(at))
        person = people[standing.person]
        # What is in force today stops a sale, too, whatever was in force at the end of the cut-off day.
        today = next((one for one in person.accounts if one.account == standing.account), standing)
        held_back = tuple(
            dict.fromkeys((*scrub_for_sale(standing, self.policy.holds.effects), *scrub_for_sale(today, self.policy.holds.effects)))
        )
        facts = self._load(unit, standing.account).facts
        handlers = {handler.id: handler for handler in self.policy.allocation.handlers}
        stage = stage_now(lifecycle(facts.moves, facts.progress, handlers))
        if today.closed_on is not None:
            standing = today
        unlawful = self._unlawful(person, standing.account, at) if standing.closed_on is None else ""
        if any(suit.state.in_court for suit in suits_of(facts.court)):
            held_back = (*held_back, "a suit")
        return sale_row(standing, person.consumer, terms, stage=stage, held_back=held_back, unlawful=unlawful)

    def _unlawful(self, person: PersonStanding, account: AccountId, at: datetime) -> str:
        """Return what of the law stands against a sale that is only worked out, of which nothing is kept; empty for nothing."""
        proposal = sale_proposal(account, person.id, self.business_date(at))
        verdict = review(proposal, person, self.parts.rules, at, unknown=self.policy.law.unknown)
        return "" if verdict.permissible else why_not(verdict)


def _collected_minor(currency: str, collected: Money | None) -> int:
    if collected is None:
        return 0
    if collected.currency != currency or collected.minor < 0:
        raise ValidationError(f"what the buyer took in is at least 0 in {currency}, got {collected}; nothing was bought back")
    return collected.minor


def _file_row(sold: AccountSold, standing: Standing, region: str, language: str) -> dict[str, str]:
    return {
        "account": standing.account,
        "person": standing.person,
        "sold_on": sold.on.isoformat(),
        "currency": sold.currency,
        "outstanding_minor": str(sold.face_minor),
        "price_bp": str(sold.price_bp),
        "price_minor": str(sold.price_minor),
        "opened_on": standing.opened_on.isoformat(),
        "days_past_due": str(standing.days_past_due),
        "last_paid_on": standing.last_paid_on.isoformat() if standing.last_paid_on is not None else "",
        "charged_off_on": standing.charged_off_on.isoformat() if standing.charged_off_on is not None else "",
        "product": standing.product,
        "region": region,
        "language": language,
        "buy_back_by": sold.buy_back_by.isoformat() if sold.buy_back_by is not None else "",
    }
