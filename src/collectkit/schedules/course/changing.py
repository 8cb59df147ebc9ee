"""A change of a drawn plan as a quote: what it would do, shown before anybody agrees to it, and then exactly that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, TypeAlias

import attrs

from collectkit.errors import ValidationError
from collectkit.ledger import Disbursement, Reage, Reamortize, Recorded, Reschedule, Undo, kind_of
from collectkit.refusals import Refusal
from collectkit.schedules._folding.pouring import PRINCIPAL
from collectkit.schedules.change_limits import ChangePolicy, ChangeUse, limit_used_up
from collectkit.schedules.course.course import Course, Line, course
from collectkit.schedules.moving import NO_LIMITS, AlreadyMoved, MovementReason, Refused

Change: TypeAlias = Reage | Reamortize | Reschedule | Undo
"""What changes a drawn plan, or takes such a change back."""
_UNDONE = ("reage", "reamortize", "reschedule")


@attrs.frozen
class CourseQuote:
    """
    What a change would do; recording it does exactly this.

    Attributes:
        recorded: What acceptance records, nothing else.
        before: The contract as it stands.
        after: The contract as it would stand.
    """

    recorded: Recorded
    before: Course
    after: Course

    @property
    def cost_minor(self) -> int:
        """Return how much more is asked for in all, in minor units: interest of a longer plan; below zero when less is."""
        return self.after.totals.asked_minor - self.before.totals.asked_minor


def quote_change(
    found: Course, change: Change, *, on: date, policy: ChangePolicy = NO_LIMITS, accrued_on: date | None = None
) -> CourseQuote | Refusal[MovementReason] | AlreadyMoved:
    """
    Tell what a change of the plan, or the undoing of one, would do; nothing is recorded.

    Args:
        found: The contract as it stands.
        change: What is wanted; it counts from its value date on, that day included.
        on: The business day, a calendar day in the account's time zone, on which it would be recorded.
        policy: How often the plan may be changed, how soon, and after which payments; undoing is not limited.
        accrued_on: As for `collectkit.schedules.course.course`.

    Raises:
        ValidationError: It is no change of a plan.

    Source:
        `collectkit.schedules.course.course` tells what becomes of it, amounts in whole minor units, rounded as the terms say.
    """
    check = _RULES.get(type(change))
    if check is None:
        allowed = ", ".join(kind.__name__ for kind in _RULES)
        raise ValidationError(f"a change of the plan is one of {allowed}, got {type(change).__name__}; nothing was quoted")
    known = next((one.entry for one in found.recorded if type(one.entry) is type(change) and one.entry.id == change.id), None)
    if known == change:
        return AlreadyMoved(change.id)
    if known is not None:
        return Refusal(MovementReason.ID_REUSED, "this id was used with other content; each movement needs an id of its own")
    if change.value_on > on:
        return Refusal(MovementReason.DATED_AHEAD, f"it is dated {change.value_on}, the business day is {on}")
    if found.written_off_on is not None:
        return Refusal(MovementReason.WRITTEN_OFF, f"the account was written off on {found.written_off_on}; undo that first")
    refused = _too_often(found, change, policy) or check(found, change)
    if refused is not None:
        return refused
    recorded = Recorded(change, on, max((one.place for one in found.recorded), default=0) + 1)
    return CourseQuote(recorded, found, course(found.terms, (*found.recorded, recorded), accrued_on=accrued_on))


def _unpaid_principal(line: Line) -> int:
    return line.asked[PRINCIPAL] - line.paid[PRINCIPAL] - line.waived[PRINCIPAL] - line.written_off[PRINCIPAL]


def _too_often(found: Course, change: Change, policy: ChangePolicy) -> Refused:
    """Refuse what the policy does not allow now, by what is used of it; the regular payment is the smallest of the plan as it was drawn."""
    if isinstance(change, Undo) or policy == NO_LIMITS or not found.disbursed:
        return None
    drawn = course(found.terms, [one for one in found.counted if isinstance(one.entry, Disbursement)])
    regular = min(line.asked_minor for line in drawn.lines if line.asked_minor)
    settled = sum(line.met_on is not None and line.asked_minor > 0 for _, line in found.installments)
    entries = [one.entry for one in found.counted]
    use = ChangeUse.used(entries, policy, change.value_on, settled=settled, regular_minor=regular)
    bought_on, currency = found.disbursed[0].value_on, found.terms.currency
    reached = limit_used_up(use, policy, change, bought_on=bought_on, currency=currency)
    return Refusal(MovementReason.TOO_OFTEN, reached) if reached else None


def _reage(found: Course, change: Reage) -> Refused:
    if not any(map(_unpaid_principal, found.lines)):
        return Refusal(MovementReason.NOTHING_TO_DO, "no principal is outstanding")
    if change.first_on <= change.value_on:
        return Refusal(MovementReason.DATE_UNFIT, f"the new installments start on {change.first_on}; they come after {change.value_on}")
    return None


def _reamortize(found: Course, change: Reamortize) -> Refused:
    if not any(_unpaid_principal(line) for line in found.lines if line.due_on <= change.value_on):
        return Refusal(MovementReason.NOTHING_TO_DO, "no principal is past due")
    if found.matures_on <= change.value_on:
        return Refusal(MovementReason.DATE_UNFIT, "no installment is due later; the account can be re-aged")
    return None


def _reschedule(found: Course, change: Reschedule) -> Refused:
    if any(isinstance(one.entry, Reage) for one in found.counted):
        return Refusal(MovementReason.DATE_UNFIT, "the plan was re-aged, and its new installments are changed by re-ageing again")
    lines = [line for _, line in found.installments]
    days = [line.due_on for line in lines]
    if change.from_on not in days:
        return Refusal(MovementReason.DATE_UNFIT, f"{change.from_on} is no due date of an installment")
    at = days.index(change.from_on)
    if change.moved_to is not None and change.moved_to < lines[at].starts_on:
        before = "the installment before is due" if at else "the plan starts"
        return Refusal(MovementReason.DATE_UNFIT, f"{before} on {lines[at].starts_on}, after {change.moved_to}")
    if change.moved_to is None and not change.extra and not change.principal_holiday and change.annual_rate is None:
        return Refusal(MovementReason.NOTHING_TO_DO, "no date is moved, no installment is added and the rate stays")
    return None


def _undo(found: Course, change: Undo) -> Refused:
    live = {(kind_of(one.entry), one.entry.id) for one in found.counted}
    if change.kind in _UNDONE and (change.kind, change.entry) in live:
        return None
    return Refusal(
        MovementReason.ENTRY_UNKNOWN, f"no {change.kind} '{change.entry}' counts on the account; a kind is one of {', '.join(_UNDONE)}"
    )


_RULES: Mapping[type, Callable[[Course, Any], Refused]] = MappingProxyType(
    {Reage: _reage, Reamortize: _reamortize, Reschedule: _reschedule, Undo: _undo}
)
