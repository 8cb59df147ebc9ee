"""The best payment plan that somebody can afford, found by looking at every allowed one, with the limit that decided named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TypeAlias

import attrs

from collectkit._checks import day
from collectkit.arrangements.payment_plans import Debt, PaymentPlan, PlanPolicy, PlanQuoted, share_out
from collectkit.calendars.dates import add_months
from collectkit.errors import ValidationError
from collectkit.money import Money
from collectkit.refusals import Refusal

__all__ = ["Budget", "PlanReason", "PlanRefused", "Quoting", "quote_plan"]

_WHOLE_BP = 10_000
_DAYS_A_MONTH = (365, 12)


@attrs.frozen(kw_only=True)
class Budget:
    """
    What somebody can pay.

    Attributes:
        income_minor: What comes in each month, in minor units of the debt's currency.
        expenses_minor: What must go out each month.
        payday: A day on which they are paid; the payments of a plan fall on such days.
        now_minor: What they can pay at once; None: as much as later.
    """

    income_minor: int
    expenses_minor: int
    payday: date = attrs.field(validator=day)
    now_minor: int | None = None

    def __attrs_post_init__(self) -> None:
        if any(type(value) is not int or value < 0 for value in (self.income_minor, self.expenses_minor, self.now_minor or 0)):
            raise ValidationError("income, expenses and what can be paid now are whole minor units, at least 0; nothing was quoted")

    def affordable_minor(self, policy: PlanPolicy, every: int) -> int:
        """Return what one payment may be: the allowed share of what is left, for so many days; rounded down."""
        left = max(0, self.income_minor - self.expenses_minor) * policy.affordable_bp
        if every == 0:
            return left // _WHOLE_BP
        days, months = _DAYS_A_MONTH
        return left * every * months // (_WHOLE_BP * days)


class PlanReason(Enum):
    """Why no plan is quoted, in order of precedence; also the limit that decided how long a quoted one is."""

    NOTHING_OWED = "nothing_owed"
    """There is nothing to pay."""
    NOTHING_LEFT = "nothing_left"
    """Nothing is left of the income: what helps is relief, not a plan."""
    DOWN_PAYMENT = "down_payment"
    """The first payment would be more than can be paid now."""
    TERM = "term"
    """The last payment would lie too far ahead, or there would be too many."""
    MINIMUM = "minimum"
    """A payment would be less than the least one."""
    AFFORDABLE = "affordable"
    """A payment would be more than is affordable."""


@attrs.frozen
class PlanRefused(Refusal[PlanReason]):
    """
    No allowed plan is affordable.

    Attributes:
        needed_minor: The least payment of any allowed plan, in minor units.
        affordable_minor: What could be paid as often as that one asks.
    """

    needed_minor: int = 0
    affordable_minor: int = 0


Quoting: TypeAlias = PlanQuoted | PlanRefused


@attrs.frozen
class _Shape:
    """A plan before it has an id: so many payments, so often."""

    every: int
    amounts: tuple[int, ...]
    days: tuple[date, ...]

    @property
    def largest(self) -> int:
        return max(self.amounts)


def quote_plan(
    id: str,
    person: str,
    debts: Iterable[Debt],
    currency: str,
    budget: Budget,
    policy: PlanPolicy = PlanPolicy(),
    *,
    at: datetime,
    on: date,
    replaces: str | None = None,
) -> Quoting:
    """
    Quote the best plan that is allowed and affordable: the one that ends first, of those the one with the fewest payments.

    Every allowed frequency and number of payments is looked at. Payments are equal, odd units in the first ones; the first
    is at least the down payment. The quote says which limit kept the plan from ending earlier.

    Args:
        id: Id of the plan.
        person: Who pays.
        debts: The accounts, and how much of each.
        currency: Of all of them.
        budget: What the person can pay.
        policy: What is allowed.
        at: The present instant, from which the quote's life counts.
        on: The business date; no payment falls before it.
        replaces: Id of the arrangement that it takes the place of.

    Source:
        The policy's `PlanPolicy` and the budget that was stated. Whole minor units, rounded in favor of the person; days are calendar
        days.
    """
    owed = tuple(debts)
    total = sum(debt.minor for debt in owed)
    if total <= 0:
        return PlanRefused(PlanReason.NOTHING_OWED, "nothing is to be paid by a plan", "nothing was quoted")
    if not any(budget.affordable_minor(policy, every) for every in policy.every):
        return PlanRefused(PlanReason.NOTHING_LEFT, "nothing is left of the income after expenses", "nothing was quoted")
    counts = range(1, policy.items_max + 1)
    shapes = [shape for every in policy.every for count in counts if (shape := _shape(total, every, count, budget, policy, on))]
    judged = [(shape, _against(shape, budget, policy, on)) for shape in shapes]
    fitting = [shape for shape, reason in judged if reason is None]
    if not fitting:
        return _refused(judged, budget, policy)
    best = min(fitting, key=lambda shape: (shape.days[-1], len(shape.amounts), shape.every))
    items = share_out(owed, [(due_on, Money(minor, currency)) for due_on, minor in zip(best.days, best.amounts, strict=True)])
    plan = PaymentPlan(
        id,
        person,
        items,
        best.every,
        grace_days=policy.grace_days,
        tolerance_minor=policy.tolerance_minor,
        missed_max=policy.missed_max,
        cure_days=policy.cure_days,
        effects=tuple(sorted(effect.value for effect in policy.effects)),
        sources_excluded=policy.sources_excluded,
        replaces=replaces,
    )
    return PlanQuoted(plan, at, at + timedelta(days=policy.quote_days), _because(best, judged))


def _shape(total: int, every: int, count: int, budget: Budget, policy: PlanPolicy, on: date) -> _Shape | None:
    """Return the plan of so many payments; None when there are more payments than minor units."""
    if count > total:
        return None
    down = -(-total * policy.down_payment_bp // _WHOLE_BP)
    each, odd = divmod(total, count)
    amounts = [each + (number < odd) for number in range(count)]
    if amounts[0] < down:
        rest, others = total - down, count - 1
        each, odd = divmod(rest, others) if others else (0, 0)
        amounts = [down, *[each + (number < odd) for number in range(others)]]
    if not all(amounts):
        return None
    first, number = budget.payday, 0
    while first < on:
        number += 1
        first = _later(budget.payday, every, number)
    return _Shape(every, tuple(amounts), tuple(_later(budget.payday, every, number + place) for place in range(count)))


def _later(payday: date, every: int, number: int) -> date:
    """Return the payday that is *number* periods later; months are counted from the first one, so that the 31st comes back."""
    return payday + timedelta(days=every * number) if every else add_months(payday, number)


def _against(shape: _Shape, budget: Budget, policy: PlanPolicy, on: date) -> PlanReason | None:
    """Return the first limit that stands against a plan."""
    affordable = budget.affordable_minor(policy, shape.every)
    now = affordable if budget.now_minor is None else budget.now_minor
    if shape.amounts[0] > max(now, affordable):
        later = shape.amounts[1:]
        return PlanReason.DOWN_PAYMENT if later and max(later) <= affordable else PlanReason.AFFORDABLE
    if shape.amounts[1:] and max(shape.amounts[1:]) > affordable:
        return PlanReason.AFFORDABLE
    if (shape.days[-1] - on).days > policy.days_max:
        return PlanReason.TERM
    if len(shape.amounts) > 1 and min(shape.amounts) < policy.minimum_minor:
        return PlanReason.MINIMUM
    return None


def _because(best: _Shape, judged: Sequence[tuple[_Shape, PlanReason | None]]) -> str:
    """Name the limit that stands against the plan that would end next before the best one."""
    earlier = [(shape, reason) for shape, reason in judged if reason is not None and shape.days[-1] < best.days[-1]]
    if not earlier:
        return "no allowed plan ends earlier"
    shape, reason = max(earlier, key=lambda pair: (pair[0].days[-1], len(pair[0].amounts)))
    assert reason is not None
    return f"{reason.value}: {len(shape.amounts)} payments of up to {shape.largest} minor units would end on {shape.days[-1]}"


def _refused(judged: Sequence[tuple[_Shape, PlanReason | None]], budget: Budget, policy: PlanPolicy) -> PlanRefused:
    """Name the limit that stands against the plan that asks least, as if any number of payments were affordable."""
    if not judged:
        return PlanRefused(PlanReason.TERM, "no number of payments is allowed", "nothing was quoted")
    costly = (PlanReason.AFFORDABLE, PlanReason.DOWN_PAYMENT)
    shape, reason = min(
        [pair for pair in judged if pair[1] in costly] or judged, key=lambda pair: (pair[0].largest, -len(pair[0].amounts), pair[0].every)
    )
    affordable = budget.affordable_minor(policy, shape.every)
    assert reason is not None
    said = "a month" if not shape.every else f"every {shape.every} days"
    detail = f"of all allowed plans the easiest asks {shape.largest} minor units {said}, {affordable} are affordable"
    return PlanRefused(reason, detail, "nothing was quoted", shape.largest, affordable)
