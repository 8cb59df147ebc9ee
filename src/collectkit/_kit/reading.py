"""What a host reads: standings, the record of an account, and why things are as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from collectkit._kit.again import decided_again
from collectkit._kit.core import account_stream, person_stream
from collectkit._kit.rejudging import Rejudging
from collectkit.calendars.dates import require_aware
from collectkit.errors import UnknownIdError
from collectkit.events import Envelope
from collectkit.facts import fold_account, kept_still
from collectkit.holds import holds_in
from collectkit.identifiers import AccountId
from collectkit.ledger.suspense import suspense_of
from collectkit.schedules import BalanceTable, PaymentTable, Reconciliation, balance_table, payment_table, reconcile
from collectkit.servicing.dispatch import Dispatch
from collectkit.servicing.explaining import explain_account
from collectkit.servicing.hindsight import Hindsight, compare_facts
from collectkit.standing import Standing
from collectkit.storage.store import Unit

FoundT = TypeVar("FoundT")


@decided_again
class Reading(Rejudging):
    """Questions; none of them changes anything."""

    def standing(self, account: str, *, as_of: date) -> Standing:
        """
        Return how an account stands on a business date, past, present or to come.

        Raises:
            UnknownIdError: The account is not on the book.
        """
        with self._view() as unit:
            return self._standing(unit, AccountId(account), self._on(as_of))

    def standings(self, *, as_of: date, page: int = 5_000) -> Iterator[Standing]:
        """Yield the standing of every account on a business date, by account id."""
        for standing, _ in self._standings_with(lambda _, found: [None] * len(found), self._on(as_of), page=page):
            yield standing

    def _standings_with(
        self,
        found: Callable[[Unit, Sequence[Standing]], Sequence[FoundT]],
        as_of: date,
        *,
        page: int = 5_000,
        wanted: Callable[[Standing], bool] = lambda _: True,
    ) -> Iterator[tuple[Standing, FoundT]]:
        """
        Yield the accounts that are *wanted* by what they are on a business date, each with what is *found* of it in the same view.

        Both are told by standings as they are stored, where those still hold: `Standing.as_of` says when it was built. What is
        *found* of all accounts of a page is asked for together.
        """
        after = ""
        while True:
            with self._view() as unit:
                stored = unit.standings(after=after, limit=page)
                held = []
                for s in stored:
                    holds = s.as_of <= as_of <= s.valid_through
                    standing = s if holds else self._standing_of(unit, self._load(unit, s.account).facts, as_of)
                    if wanted(standing):
                        held.append(standing)
                told = found(unit, held)
            yield from ((standing.on(as_of), one) for standing, one in zip(held, told, strict=True))
            if len(stored) < page:
                return
            after = stored[-1].account

    def history(self, account: str) -> list[Envelope]:
        """Return every recorded event of an account in its envelope, oldest first."""
        with self._view() as unit:
            return unit.history(account_stream(account))

    def person_history(self, person: str) -> list[Envelope]:
        """Return every recorded event of a person in its envelope, oldest first."""
        with self._view() as unit:
            return unit.history(person_stream(person))

    def contacts(self, account: str) -> list[Dispatch]:
        """Return the contacts planned, made or given up about an account, by id."""
        with self._view() as unit:
            return unit.dispatches(account=AccountId(account))

    def look_back(self, account: str, *, as_of: date, known_at: datetime) -> Hindsight:
        """
        Return what was believed of a business date, what is true of it now, and the difference explained.

        Args:
            account: Which.
            as_of: The day that is asked about.
            known_at: The instant of the belief: what was recorded at it or before was known then.

        Raises:
            UnknownIdError: The account was not on the book at that instant.
        """
        require_aware(known_at)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            then = fold_account([one.body for one in unit.history(account_stream(account)) if one.context.at <= known_at])
            person_then = person_now = holds_in(unit.bodies(person_stream(loaded.facts.account.consumer)))
            if then is not None:
                about = [one.body for one in unit.history(person_stream(then.account.consumer)) if one.context.at <= known_at]
                person_then = holds_in(about)
                then = kept_still(then, *person_then, self.policy.holds.effects)
        if then is None:
            raise UnknownIdError(f"account '{account}' was not on the book of tenant '{self.tenant}' at {known_at}; nothing was computed")
        return compare_facts(
            then,
            loaded.facts,
            self._on(as_of),
            waterfall=self.policy.waterfall,
            promise_policy=self.policy.promises,
            person_then=person_then,
            person_now=person_now,
            effects=self.policy.holds.effects,
        )

    def explain_payment(self, account: str, payment: str, *, as_of: date) -> PaymentTable:
        """
        Return where every minor unit of a payment or credit went by a business date, and which rule sent it there.

        Raises:
            UnknownIdError: The account is not on the book, or no payment of that id counts on it by then.
        """
        with self._unit() as unit:
            book = self._book(self._load(unit, account).facts, self._on(as_of))
        try:
            return payment_table(book, payment)
        except KeyError:
            raise UnknownIdError(f"no payment '{payment}' counts on account '{account}' by {as_of}; nothing was computed") from None

    def explain_balance(self, account: str, due: str, *, as_of: date) -> BalanceTable:
        """
        Return the entries behind what is unpaid of a due on a business date.

        Args:
            account: Which.
            due: Its name: ``installment 2``, or the id of a charge or chargeback.
            as_of: The day.

        Raises:
            UnknownIdError: The account is not on the book, or has no such due by then.
        """
        with self._unit() as unit:
            book = self._book(self._load(unit, account).facts, self._on(as_of))
        try:
            return balance_table(book, due)
        except KeyError:
            raise UnknownIdError(f"account '{account}' has no due '{due}' by {as_of}; nothing was computed") from None

    def reconcile_money(self, *, as_of: date, statement: Mapping[date, int] | None = None, currency: str) -> Reconciliation:
        """
        Check for each day up to a business date that what came in is all accounted for, over every account in a currency.

        Args:
            as_of: The last day.
            statement: What came in on each day by the bank's statement, in minor units.
            currency: ISO 4217 code.
        """
        books = []
        for standing in self.standings(as_of=as_of):
            if standing.currency == currency:
                with self._unit() as unit:
                    books.append(self._book(self._load(unit, standing.account).facts, as_of))
        with self._unit() as unit:
            suspense = suspense_of(currency, unit.bodies(f"suspense/{currency}"))
        return reconcile(books, statement=statement, suspense=suspense)

    def explain(self, account: str, *, as_of: date | None = None) -> str:
        """
        Return how an account stands and why, for a person to read.

        Args:
            account: Which.
            as_of: Business date; by default that of the last recorded event.
        """
        with self._view() as unit:
            loaded = self._load(unit, account)
            envelopes = unit.history(account_stream(account))
            on = self._on(as_of) if as_of is not None else max(self.business_date(envelope.context.at) for envelope in envelopes)
            standing = self._standing_of(unit, loaded.facts, on)
            refused = [envelope.body for envelope in unit.history(person_stream(standing.person))]
            return explain_account(
                self._book(loaded.facts, on), standing, envelopes, refused, unit.dispatches(account=loaded.id), buckets=self.policy.buckets
            )
