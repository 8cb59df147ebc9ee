"""A credit paid out in several parts: each part is spread over the installments that fall due after it.

The plan is the sum of one plan for each part, so that nothing is owed before it was paid out. Interest of a part that
comes in the middle of a period runs from its own day: the days that are left of that period over all its days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from operator import add

import attrs

from collectkit.calendars.dates import Interval, Roll, require_day
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import CurrencyMismatchError, PlanError
from collectkit.money import Money
from collectkit.schedules.amounts import EVENLY, Interest, Sharing, with_interest
from collectkit.schedules.due_dates import interval_of, rolled, series
from collectkit.schedules.plan import Plan

__all__ = ["Tranche", "in_tranches"]

_FREE = Interest()


@attrs.frozen
class Tranche:
    """
    A part of the credit that is paid out, to the shop or to the consumer.

    Attributes:
        on: Day on which it is paid out.
        amount: More than zero.
    """

    on: date
    amount: Money = attrs.field()

    def __attrs_post_init__(self) -> None:
        require_day(self.on, "the day of a disbursement")
        if not isinstance(self.amount, Money) or self.amount.minor <= 0:
            raise PlanError(f"a disbursement is an amount of money, more than zero, got {self.amount}; nothing was recorded")


def in_tranches(
    disbursements: Sequence[Tranche],
    n: int,
    every: Interval | str = "1 month",
    *,
    first_on: date | None = None,
    interest: Interest = _FREE,
    sharing: Sharing = EVENLY,
    roll: Roll = Roll.NONE,
    calendar: HolidayCalendar | None = None,
    kind: str = "tranches",
) -> Plan:
    """
    Build a plan for a credit that is paid out in several parts.

    Args:
        disbursements: What is paid out and when; the first is the day of the purchase.
        n: How many installments in all.
        every: Distance of two due dates; interest needs months.
        first_on: First due date; by default one interval after the first disbursement.
        interest: What it costs; graces are counted from the first installment of each part.
        sharing: Unit and residual of each part.
        roll: What happens to a due date that is no business day; needs *calendar*.
        calendar: Which days are business days.
        kind: Name of the plan type.

    Raises:
        PlanError: No disbursement, days that go back, one after the last due date, or interest by other periods than months.
        CurrencyMismatchError: Disbursements in two currencies.

    Source:
        The contract. Whole minor units, rounded in each part as in `collectkit.schedules.building.monthly`; due dates are
        calendar days, and a payment on the day itself is in time.

    >>> half = Money.of("600.00", "USD")
    >>> in_tranches([Tranche(date(2026, 1, 10), half), Tranche(date(2026, 3, 1), half)], 4).principal
    (15000, 35000, 35000, 35000)
    """
    bought_on, currency = _checked(disbursements)
    every = interval_of(every) if isinstance(every, str) else every
    if interest.annual_rate_bp and every.unit != "months":
        raise PlanError(f"interest is counted by months, and the installments come every {every}; nothing was recorded")
    due_on = series(bought_on, n, every, 1) if first_on is None else series(first_on, n, every)
    if due_on[0] < bought_on:
        raise PlanError(f"the first due date {due_on[0]} is before the first disbursement on {bought_on}; nothing was recorded")
    per_period = attrs.evolve(interest, annual_rate_bp=interest.annual_rate_bp * every.count)
    principal, cost = (0,) * n, (0,) * n
    for paid_out in disbursements:
        skipped = sum(day <= paid_out.on for day in due_on)
        if skipped == n:
            raise PlanError(f"a disbursement on {paid_out.on} has no installment after it; nothing was recorded")
        terms = (
            per_period if skipped == 0 else attrs.evolve(per_period, first_period=_left(paid_out.on, due_on[skipped - 1], due_on[skipped]))
        )
        part, part_cost = with_interest(paid_out.amount.minor, n - skipped, terms, sharing)
        principal = tuple(map(add, principal, (0,) * skipped + part))
        cost = tuple(map(add, cost, (0,) * skipped + part_cost))
    if roll is not Roll.NONE:
        due_on = rolled(due_on, roll, calendar)
    return Plan(kind, currency, bought_on, due_on, principal, cost if any(cost) else (), interest.annual_rate_bp)


def _left(on: date, before: date, after: date) -> Fraction:
    """Return the part of a period that is left on a day."""
    return Fraction((after - on).days, (after - before).days)


def _checked(disbursements: Sequence[Tranche]) -> tuple[date, str]:
    if not disbursements:
        raise PlanError("a credit needs at least one disbursement; nothing was recorded")
    first = disbursements[0]
    days = [one.on for one in disbursements]
    if days != sorted(days):
        raise PlanError("disbursements must not go back in time; nothing was recorded")
    currencies = {one.amount.currency for one in disbursements}
    if len(currencies) > 1:
        raise CurrencyMismatchError(f"a plan has one currency, got {', '.join(sorted(currencies))}; nothing was recorded")
    return first.on, first.amount.currency
