"""What a host does with money on an account: post, reverse, waive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar, cast

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core
from collectkit.errors import IdempotencyConflictError, RefusedError, ValidationError
from collectkit.ledger import ChargeWaived, Payment, PaymentPosted, PaymentReversed, RetriesEnded, Reversal, Waiver
from collectkit.refusals import Refusal
from collectkit.schedules import (
    AlreadyPosted,
    AlreadyReversed,
    AlreadyWaived,
    Book,
    Posting,
    PostingReason,
    ReversalReason,
    Reversing,
    WaiverReason,
    Waiving,
    post_payment,
    reverse_payment,
    waive_charge,
)

EntryT = TypeVar("EntryT", Payment, Reversal, Waiver)
OutcomeT = TypeVar("OutcomeT")

_REUSED = "this id was used with other content; each movement needs an id of its own"


@decided_again
class Postings(Core):
    """
    Commands about money.

    Each is idempotent by the id of what it posts: the same again returns an ``Already…``, the same id with other
    content is refused and shows nothing of the first. Each raises `RefusedError` where its ``try_`` twin returns the refusal.
    """

    def try_post(self, payment: Payment, *, at: datetime) -> Posting:
        """Post a payment. More than is owed is accepted and kept as credit; closed accounts take payments too."""
        again = AlreadyPosted(payment.id)
        return self._enter("payment", payment, payment.value_on, at, post_payment, again, Refusal(PostingReason.ID_REUSED, _REUSED))

    def post(self, payment: Payment, *, at: datetime) -> PaymentPosted | AlreadyPosted:
        """Post a payment. More than is owed is accepted and kept as credit; closed accounts take payments too."""
        outcome = self.try_post(payment, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_reverse(self, reversal: Reversal, *, at: datetime) -> Reversing:
        """Take a whole payment back; one that comes before its payment waits for it."""
        again = AlreadyReversed(reversal.payment)
        return self._enter("reversal", reversal, reversal.value_on, at, reverse_payment, again, Refusal(ReversalReason.ID_REUSED, _REUSED))

    def reverse(self, reversal: Reversal, *, at: datetime) -> PaymentReversed | AlreadyReversed:
        """Take a whole payment back; one that comes before its payment waits for it."""
        outcome = self.try_reverse(reversal, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_waive(self, waiver: Waiver, *, at: datetime) -> Waiving:
        """Give up a charge, wholly or in part."""
        again = AlreadyWaived(waiver.id)
        return self._enter("waiver", waiver, waiver.value_on, at, waive_charge, again, Refusal(WaiverReason.ID_REUSED, _REUSED))

    def waive(self, waiver: Waiver, *, at: datetime) -> ChargeWaived | AlreadyWaived:
        """Give up a charge, wholly or in part."""
        outcome = self.try_waive(waiver, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def end_retries(self, ended: RetriesEnded, *, at: datetime) -> RetriesEnded:
        """
        Record that the last try to collect an installment has failed; a fee policy with the trigger ``retries_ended`` waits for it.

        The same fact again changes nothing. The next night looks at the account.

        Raises:
            UnknownIdError: The account is not on the book.
            ValidationError: The plan has no such installment, or the try is dated ahead; nothing was recorded.
            IdempotencyConflictError: The id was used with other content; nothing was recorded.
        """
        with self._unit() as unit:
            loaded = self._load(unit, ended.account)
            match self._once(unit, "retries-ended", ended.id, ended):
                case "same":
                    return ended
                case "other":
                    raise IdempotencyConflictError("this id was used with other content; nothing was recorded")
            today = self.business_date(at)
            count = len(self._book(loaded.facts, today).plan)
            if ended.installment > count:
                raise ValidationError(f"the plan has installments 1 to {count}, got {ended.installment}; nothing was recorded")
            if ended.on > today:
                raise ValidationError(f"a try of {ended.on} lies ahead, the business day is {today}; nothing was recorded")
            self._record(unit, self._context(at, f"retries-ended/{ended.id}"), loaded, [ended])
        return ended

    def _enter(
        self,
        scope: str,
        entry: EntryT,
        value_on: date,
        at: datetime,
        decide: Callable[[Book, EntryT], OutcomeT],
        again: object,
        conflict: object,
    ) -> OutcomeT:
        """Decide one entry on the book of its account and record what came of it, once."""
        with self._unit() as unit:
            loaded = self._load(unit, entry.account)
            as_of = max(self.business_date(at), value_on)
            outcome = decide(self._book(loaded.facts, as_of), entry)
            if not isinstance(outcome, PaymentPosted | PaymentReversed | ChargeWaived):
                return outcome
            match self._once(unit, scope, entry.id, entry):
                case "same":
                    return cast(OutcomeT, again)
                case "other":
                    return cast(OutcomeT, conflict)
            self._record(unit, self._context(at, f"{scope}/{entry.id}"), loaded, [outcome])
        return outcome
