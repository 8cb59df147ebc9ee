"""What a host does with the money of an account beside payments: credits, refunds, chargebacks, giving up, changed plans, undoing."""

from __future__ import annotations

from datetime import datetime

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core
from collectkit.errors import RefusedError
from collectkit.ledger import (
    CashRefund,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Reage,
    Reamortize,
    Reschedule,
    Undo,
    WriteOff,
    kind_of,
)
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyMoved, Moved, Movement, MovementReason, Moving, Quote, move, quote


@decided_again
class Movements(Core):
    """
    Commands about money beside payments.

    Each is idempotent by the id of what it records: the same again returns `AlreadyMoved`, the same id with other content is
    refused and shows nothing of the first. Each raises `RefusedError`; `try_move` takes any of them and returns the refusal.
    """

    def try_move(self, movement: Movement, *, at: datetime) -> Moving:
        """Record any movement but a payment, or return why not; see `collectkit.schedules.move`."""
        with self._unit() as unit:
            loaded = self._load(unit, movement.account)
            book = self._book(loaded.facts, self.business_date(at))
            outcome = move(book, movement, policy=self.policy.plan_changes)
            if isinstance(outcome, Refusal | AlreadyMoved):
                return outcome
            scope = "credit" if isinstance(movement, Credit) else kind_of(movement)
            match self._once(unit, scope, movement.id, movement):
                case "same":
                    return AlreadyMoved(movement.id)
                case "other":
                    return Refusal(MovementReason.ID_REUSED, "this id was used with other content; each movement needs an id of its own")
            self._record(unit, self._context(at, f"{scope}/{movement.id}"), loaded, [outcome])
        return outcome

    def quote(self, movement: Movement, *, at: datetime) -> Quote:
        """
        Tell what a movement would change, and record nothing; recording it then changes exactly this.

        Raises:
            RefusedError: It would be refused.
        """
        with self._unit() as unit:
            loaded = self._load(unit, movement.account)
            told = quote(self._book(loaded.facts, self.business_date(at)), movement, policy=self.policy.plan_changes)
        if isinstance(told, AlreadyMoved):
            told = Refusal(MovementReason.ALREADY_SO, "it is on the book already")
        if isinstance(told, Refusal):
            raise RefusedError(told)
        return told

    def refund(self, refund: Credit | CashRefund | CreditRefund, *, at: datetime) -> Moved | AlreadyMoved:
        """
        Record what the shop or the lender gives back.

        A `Credit` lowers what is owed, by the waterfall of its kind; a `CashRefund` gives paid money back and opens again
        what it had paid; a `CreditRefund` pays out credit of the account.
        """
        return self._moved(refund, at)

    def chargeback(self, chargeback: Chargeback, *, at: datetime) -> Moved | AlreadyMoved:
        """Record that the payer's bank took a payment back, wholly or in part; it is owed again from that day on."""
        return self._moved(chargeback, at)

    def charge_off(self, charge_off: ChargeOff, *, at: datetime) -> Moved | AlreadyMoved:
        """Record that the books gave the account up; what is owed stays owed, and payments from then on are recoveries."""
        return self._moved(charge_off, at)

    def write_off(self, write_off: WriteOff, *, at: datetime) -> Moved | AlreadyMoved:
        """Record that what is outstanding is asked for no more."""
        return self._moved(write_off, at)

    def change_plan(self, change: Reage | Reamortize | Reschedule, *, at: datetime) -> Moved | AlreadyMoved:
        """Change the plan as `quote` told, as often as the policy allows."""
        return self._moved(change, at)

    def undo(self, undo: Undo, *, at: datetime) -> Moved | AlreadyMoved:
        """Take an entry back as if it had never been made; nothing of it is left in any figure."""
        return self._moved(undo, at)

    def _moved(self, movement: Movement, at: datetime) -> Moved | AlreadyMoved:
        outcome = self.try_move(movement, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome
