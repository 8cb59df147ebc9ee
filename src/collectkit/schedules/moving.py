"""Deciding what movements other than payments do to an account: credits, refunds, chargebacks, giving up, changed plans, undoing.

Each decision returns the event to record, the news that it is recorded already, or a refusal, as in
`collectkit.schedules.posting`. `quote` tells beforehand what recording it would change, by the same fold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias

import attrs

from collectkit.errors import TimeError, ValidationError
from collectkit.identifiers import EntryId
from collectkit.ledger import (
    MOVEMENT_TYPES,
    CashRefund,
    Charge,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Reage,
    Reamortize,
    Reschedule,
    Undo,
    Waiver,
    WriteOff,
    undone_by,
)
from collectkit.ledger.happened import (
    AccountChargedOff,
    AccountWrittenOff,
    CashRefunded,
    ChargebackPosted,
    CreditPosted,
    CreditRefunded,
    EntryUndone,
    PlanReaged,
    PlanReamortized,
    PlanRescheduled,
)
from collectkit.refusals import Refusal
from collectkit.schedules._folding.counting import counting, taken_back
from collectkit.schedules._folding.pouring import PRINCIPAL, WIDTH
from collectkit.schedules.book import Book
from collectkit.schedules.change_limits import ChangePolicy, ChangeUse, limit_reached
from collectkit.schedules.difference import Difference, difference
from collectkit.schedules.plan import Plan
from collectkit.schedules.replay import post

Movement: TypeAlias = Credit | CashRefund | Chargeback | CreditRefund | ChargeOff | WriteOff | Reage | Reamortize | Reschedule | Undo
"""What `move` decides about."""
Moved: TypeAlias = (
    CreditPosted
    | CashRefunded
    | ChargebackPosted
    | CreditRefunded
    | AccountChargedOff
    | AccountWrittenOff
    | PlanReaged
    | PlanReamortized
    | PlanRescheduled
    | EntryUndone
)
"""The event that records it."""


class MovementReason(Enum):
    """Why a movement was refused; of several reasons the first one here is told."""

    ID_REUSED = "id_reused"
    """The id belongs to another movement of that kind."""
    CURRENCY_DIFFERS = "currency_differs"
    """The account is in another currency; nothing is converted silently."""
    DATED_AHEAD = "dated_ahead"
    """It is dated after the business day; only what comes in may be pending."""
    WRITTEN_OFF = "written_off"
    """The account was written off: it is asked for no more, and its plan stays as it is."""
    ENTRY_UNKNOWN = "entry_unknown"
    """What it refers to is not on the book, or was taken back."""
    ABOVE_LIMIT = "above_limit"
    """More would go out or come back than there is."""
    NOTHING_TO_DO = "nothing_to_do"
    """Nothing is outstanding, or nothing is past due, so that it would change nothing."""
    ALREADY_SO = "already_so"
    """The account is in that state."""
    DATE_UNFIT = "date_unfit"
    """A date is no due date of the plan, or would put due dates out of order."""
    RATE_AGREED = "rate_agreed"
    """The interest of a given plan was agreed with it and is not computed anew here."""
    REVERSED_INSTEAD = "reversed_instead"
    """A payment is taken back by a reversal, which the bank has an id for, and not by undoing."""
    TOO_OFTEN = "too_often"
    """The policy allows no further change of the plan now; the refusal names the limit."""


@attrs.frozen
class AlreadyMoved:
    """The movement is on the book; nothing was changed."""

    movement: EntryId


Moving: TypeAlias = Moved | AlreadyMoved | Refusal[MovementReason]


NO_LIMITS = ChangePolicy()


def move(book: Book, movement: Movement, *, policy: ChangePolicy = NO_LIMITS) -> Moving:
    """
    Decide what a movement does to the account.

    Args:
        book: The account on the business day, a calendar day in its time zone; what is dated on it counts.
        movement: What happened or is wanted, in whole minor units. It counts from its value date on, that day included.
        policy: How often its plan may be changed.

    Raises:
        ValidationError: It is no movement of this kind: payments, reversals and waivers have decisions of their own.

    Source:
        Each reason of `MovementReason` says what is asked for; limits on changes of the plan are the policy's.
    """
    if type(movement) not in _RULES:
        allowed = ", ".join(sorted(kind.__name__ for kind in _RULES))
        raise ValidationError(f"a movement is one of {allowed}, got {type(movement).__name__}; nothing was recorded")
    known = next((entry for entry in book.entries if type(entry) is type(movement) and entry.id == movement.id), None)
    if known == movement:
        return AlreadyMoved(movement.id)
    if known is not None:
        return Refusal(MovementReason.ID_REUSED, "this id was used with other content; each movement needs an id of its own")
    amount = getattr(movement, "amount", None)
    if amount is not None and amount.currency != book.plan.currency:
        return Refusal(MovementReason.CURRENCY_DIFFERS, f"the account is in {book.plan.currency}, the amount in {amount.currency}")
    if movement.value_on > book.as_of:
        return Refusal(MovementReason.DATED_AHEAD, f"it is dated {movement.value_on}, the business day is {book.as_of}")
    if isinstance(movement, Reage | Reamortize | Reschedule):
        refused = _written_off(book) or _too_often(book, movement, policy)
        if refused is not None:
            return refused
    check, event = _RULES[type(movement)]
    refused = check(book, movement)
    if refused is not None:
        return refused
    if isinstance(movement, Credit):
        believed = post(book, movement).applications(movement.id)
        return CreditPosted(movement, believed, movement.amount.minor - sum(part.minor for part in believed))
    moved: Moved = event(movement)
    return moved


@attrs.frozen
class Quote:
    """
    What a movement would change, before it is accepted; accepting it does exactly this.

    Attributes:
        movement: What is quoted.
        before: The plan as it stands.
        after: The plan as it would stand.
        difference: What becomes different on the account.
        use: For a change of the plan, what is used of the policy's limits before it; None for other movements.
    """

    movement: Movement
    before: Plan
    after: Plan
    difference: Difference
    use: ChangeUse | None = None


def quote(book: Book, movement: Movement, *, policy: ChangePolicy = NO_LIMITS) -> Quote | Refusal[MovementReason] | AlreadyMoved:
    """
    Tell what a movement would change; nothing is recorded.

    Args:
        book: The account on the business day, as for `move`.
        movement: What is wanted. Amounts are whole minor units; parts of a changed plan are whole units, a tie rounded to the even one,
            and the last takes what is left.
        policy: How often its plan may be changed.

    Raises:
        ValidationError: As for `move`.

    Source:
        `move` decides, and the fold of the account tells what becomes of it: what is quoted is what happens.
    """
    decided = move(book, movement, policy=policy)
    if isinstance(decided, Refusal | AlreadyMoved):
        return decided
    after = post(book, movement)
    use = ChangeUse.of(book, policy, movement.value_on) if isinstance(movement, Reage | Reamortize | Reschedule) else None
    return Quote(movement, book.plan, after.plan, difference(book, after), use)


Refused: TypeAlias = Refusal[MovementReason] | None


def _written_off(book: Book) -> Refused:
    if book.written_off_on is None:
        return None
    return Refusal(MovementReason.WRITTEN_OFF, f"the account was written off on {book.written_off_on}; undo that first")


def _too_often(book: Book, movement: Reage | Reamortize | Reschedule, policy: ChangePolicy) -> Refused:
    reached = limit_reached(book, policy, movement)
    return Refusal(MovementReason.TOO_OFTEN, reached) if reached else None


def _credit(book: Book, movement: Credit) -> Refused:
    return None


def _cash_refund(book: Book, movement: CashRefund) -> Refused:
    applied = sum(minor for *_, minor in book.parts)
    if movement.amount.minor > applied:
        return Refusal(MovementReason.ABOVE_LIMIT, f"{applied} minor units of payments are applied, {movement.amount.minor} would go out")
    return None


def _chargeback(book: Book, movement: Chargeback) -> Refused:
    receipt = next((one for one in book.payments if one.id == movement.payment), None)
    if receipt is None:
        return Refusal(MovementReason.ENTRY_UNKNOWN, f"no payment '{movement.payment}' counts on the account")
    before = [entry for entry in counting(book.entries) if isinstance(entry, Chargeback) and entry.payment == movement.payment]
    left = receipt.amount.minor - sum(entry.amount.minor for entry in before)
    if movement.amount.minor > left:
        return Refusal(MovementReason.ABOVE_LIMIT, f"{left} minor units of the payment are left to charge back")
    return None


def _credit_refund(book: Book, movement: CreditRefund) -> Refused:
    if movement.amount.minor > book.unapplied_minor:
        return Refusal(MovementReason.ABOVE_LIMIT, f"the account has {book.unapplied_minor} minor units of credit")
    return None


def _charge_off(book: Book, movement: ChargeOff) -> Refused:
    if book.charged_off_on is not None:
        return Refusal(MovementReason.ALREADY_SO, f"the account was charged off on {book.charged_off_on}")
    return _written_off(book) or _nothing_outstanding(book)


def _write_off(book: Book, movement: WriteOff) -> Refused:
    if book.written_off_on is not None:
        return Refusal(MovementReason.ALREADY_SO, f"the account was written off on {book.written_off_on}")
    return _nothing_outstanding(book)


def _nothing_outstanding(book: Book) -> Refused:
    if any(book.unpaid):
        return None
    return Refusal(MovementReason.NOTHING_TO_DO, "nothing is outstanding")


def _reage(book: Book, movement: Reage) -> Refused:
    refused = _nothing_outstanding(book)
    if refused is not None:
        return refused
    last = book.plan.due_on[-1]
    if movement.first_on <= max(last, movement.value_on):
        return Refusal(
            MovementReason.DATE_UNFIT,
            f"the new installments start on {movement.first_on}; they come after {max(last, movement.value_on)}, "
            "until then the plan is rescheduled or re-amortised instead",
        )
    return _outside_the_calendar(book, movement)


def _reamortize(book: Book, movement: Reamortize) -> Refused:
    plan, principal = book.plan, 0
    for due, source in enumerate(book.sources):
        if isinstance(source, int) and book.due_on[due] <= movement.value_on:
            principal += book.unpaid[due * WIDTH + PRINCIPAL]
    if not principal:
        return Refusal(MovementReason.NOTHING_TO_DO, "no principal is past due")
    if plan.due_on[-1] <= movement.value_on:
        return Refusal(MovementReason.DATE_UNFIT, "no installment is due later; the account can be re-aged")
    return None


def _reschedule(book: Book, movement: Reschedule) -> Refused:
    if movement.annual_rate is not None:
        return Refusal(MovementReason.RATE_AGREED, "the interest of this plan was agreed with it")
    unpaid = {book.due_on[due] for due, source in enumerate(book.sources) if isinstance(source, int) and book.unpaid_of(due)}
    if movement.from_on not in unpaid:
        return Refusal(MovementReason.DATE_UNFIT, f"{movement.from_on} is no due date of an unpaid installment")
    if movement.moved_to is not None:
        before = [day for day in book.plan.due_on if day < movement.from_on]
        if before and movement.moved_to < before[-1]:
            return Refusal(MovementReason.DATE_UNFIT, f"the installment before is due on {before[-1]}, after {movement.moved_to}")
    if movement.moved_to is None and not movement.extra and not movement.principal_holiday:
        return Refusal(MovementReason.NOTHING_TO_DO, "no date is moved and no installment is added")
    before_last, last = [book.plan.bought_on, *book.plan.due_on][-2:]
    if (movement.extra or movement.principal_holiday) and before_last == last:
        return Refusal(MovementReason.DATE_UNFIT, f"the last two days of the plan are both {last}: they say no distance of further ones")
    return _outside_the_calendar(book, movement)


def _outside_the_calendar(book: Book, movement: Reage | Reschedule) -> Refused:
    """Refuse what would put a due date outside of the calendar: recorded, it would be folded with the account for ever."""
    try:
        post(book, movement)
    except (OverflowError, TimeError):
        return Refusal(MovementReason.DATE_UNFIT, "a due date would come after the year 9999")
    return None


def _undo(book: Book, movement: Undo) -> Refused:
    if movement.kind not in MOVEMENT_TYPES:
        return Refusal(MovementReason.ENTRY_UNKNOWN, f"a kind is one of {', '.join(MOVEMENT_TYPES)}, got {movement.kind!r}")
    if movement.kind == "payment":
        return Refusal(MovementReason.REVERSED_INSTEAD, "a payment is taken back by a reversal")
    back = taken_back(book.entries)
    for entry in book.entries:
        if undone_by(movement, entry) and (movement.kind in ("reversal", "undo") or (movement.kind, entry.id) not in back):
            return _above_charge(book, movement) if movement.kind in ("undo", "waiver") else None
    return Refusal(MovementReason.ENTRY_UNKNOWN, f"no {movement.kind} '{movement.entry}' counts on the account")


def _above_charge(book: Book, movement: Undo) -> Refused:
    """Refuse what would bring a waiver back whose charge has been given up meanwhile by another."""
    entries = counting((*book.entries, movement))
    given_up: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, Waiver):
            given_up[entry.charge] = given_up.get(entry.charge, 0) + entry.amount.minor
    for entry in entries:
        if isinstance(entry, Charge) and given_up.get(entry.id, 0) > entry.amount.minor:
            return Refusal(
                MovementReason.ABOVE_LIMIT,
                f"{given_up[entry.id]} minor units of charge '{entry.id}' would be given up, {entry.amount.minor} were asked",
            )
    return None


_RULES: Mapping[type, tuple[Callable[[Book, Any], Refused], Callable[[Any], Any]]] = MappingProxyType(
    {
        Credit: (_credit, CreditPosted),
        CashRefund: (_cash_refund, CashRefunded),
        Chargeback: (_chargeback, ChargebackPosted),
        CreditRefund: (_credit_refund, CreditRefunded),
        ChargeOff: (_charge_off, AccountChargedOff),
        WriteOff: (_write_off, AccountWrittenOff),
        Reage: (_reage, PlanReaged),
        Reamortize: (_reamortize, PlanReamortized),
        Reschedule: (_reschedule, PlanRescheduled),
        Undo: (_undo, EntryUndone),
    }
)
