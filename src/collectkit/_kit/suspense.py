"""Money that belongs to no account yet, and entries that wait for what they refer to."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core
from collectkit.errors import RefusedError, UnknownIdError
from collectkit.identifiers import AccountId
from collectkit.ledger import Payment, PaymentPosted, Reversal, Waiver
from collectkit.ledger.suspense import MoneyReleased, MoneySuspended, SuspenseAccount, suspense_of
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyPosted, PostingReason, post_payment
from collectkit.storage.store import Unit


def suspense_stream(currency: str) -> str:
    """Return the name of the suspense account's stream."""
    return f"suspense/{currency}"


@decided_again
class Suspense(Core):
    """Commands about money in suspense."""

    def suspend(self, payment: Payment, *, reason: str, at: datetime) -> MoneySuspended:
        """
        Keep money that belongs to no account yet; the same again changes nothing.

        Args:
            payment: What came in, with the account that it named, known or not.
            reason: Why it cannot be posted.
            at: Instant of the act.

        Raises:
            RefusedError: The id was used with other content.
        """
        with self._unit() as unit:
            held = self._suspense(unit, payment.amount.currency)
            before = held.known(payment.id)
            if before is not None and before.payment == payment:
                return before
            suspended = MoneySuspended(payment, reason)
            if before is not None or self._once(unit, "suspended", payment.id, suspended) == "other":
                raise RefusedError(Refusal(PostingReason.ID_REUSED, "this payment id was used with other content"))
            self._append_suspense(unit, at, payment, suspended)
        return suspended

    def release_suspended(self, payment: str, *, currency: str, account: str, at: datetime) -> PaymentPosted | AlreadyPosted:
        """
        Post suspended money to the account it belongs to, under its own id and value date.

        Raises:
            UnknownIdError: Nothing of that id is in suspense, or the account is not on the book.
            RefusedError: It left already, or the account is in another currency; it stays in suspense.
        """
        with self._unit() as unit:
            suspended = self._in_suspense(unit, payment, currency)
            if suspended is None:
                return AlreadyPosted(self._known_in(unit, payment, currency).payment.id)
            loaded = self._load(unit, account)
            posted = attrs.evolve(suspended.payment, account=AccountId(account))
            outcome = post_payment(self._book(loaded.facts, max(self.business_date(at), posted.value_on)), posted)
            if isinstance(outcome, Refusal):
                raise RefusedError(outcome)
            if isinstance(outcome, PaymentPosted):
                self._record(unit, self._context(at, f"release/{payment}"), loaded, [outcome])
            self._append_suspense(unit, at, posted, MoneyReleased(posted.id, self.business_date(at), account))
        return outcome

    def give_back_suspended(self, payment: str, *, currency: str, reason: str, at: datetime) -> MoneyReleased:
        """
        Note that suspended money was given back to whoever paid it.

        Raises:
            UnknownIdError: Nothing of that id is in suspense.
        """
        with self._unit() as unit:
            suspended = self._in_suspense(unit, payment, currency)
            if suspended is None:
                released = self._suspense(unit, currency).released_as(payment)
                assert released is not None
                return released
            released = MoneyReleased(suspended.payment.id, self.business_date(at), reason=reason)
            self._append_suspense(unit, at, suspended.payment, released)
        return released

    def suspense(self, currency: str) -> SuspenseAccount:
        """Return the suspense account in a currency."""
        with self._unit() as unit:
            return self._suspense(unit, currency)

    def orphans(self, *, as_of: date, older_than_days: int = 0) -> list[tuple[AccountId, Reversal | Waiver]]:
        """
        Return the reversals and waivers whose payment or charge has not come, with their accounts, oldest first.

        Args:
            as_of: Business date.
            older_than_days: Only those that have waited for at least so many days.
        """
        found: list[tuple[AccountId, Reversal | Waiver]] = []
        after = ""
        while True:
            with self._unit() as unit:
                page = unit.standings(after=after, limit=1_000)
                for standing in page:
                    book = self._book(self._load(unit, standing.account).facts, as_of)
                    waiting = [entry for entry in book.orphans if (as_of - entry.value_on).days >= older_than_days]
                    found += [(standing.account, entry) for entry in waiting if entry.value_on <= as_of]
            if len(page) < 1_000:
                return sorted(found, key=lambda one: (one[1].value_on, one[0], one[1].id))
            after = page[-1].account

    def _suspense(self, unit: Unit, currency: str) -> SuspenseAccount:
        return suspense_of(currency, unit.bodies(suspense_stream(currency)))

    def _known_in(self, unit: Unit, payment: str, currency: str) -> MoneySuspended:
        suspended = self._suspense(unit, currency).known(payment)
        if suspended is None:
            raise UnknownIdError(f"no payment '{payment}' in {currency} is in suspense; nothing was recorded")
        return suspended

    def _in_suspense(self, unit: Unit, payment: str, currency: str) -> MoneySuspended | None:
        """Return what is in suspense under an id; None when it left already."""
        suspended = self._known_in(unit, payment, currency)
        return suspended if self._suspense(unit, currency).released_as(payment) is None else None

    def _append_suspense(self, unit: Unit, at: datetime, payment: Payment, event: MoneySuspended | MoneyReleased) -> None:
        stream = suspense_stream(payment.amount.currency)
        command = f"{'suspend' if isinstance(event, MoneySuspended) else 'release'}/{payment.id}"
        unit.append(self._context(at, command), {stream: (unit.version(stream), [event])})
