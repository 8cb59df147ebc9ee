"""Making a plan from terms: pay in n, monthly with interest, or rows that somebody else computed.

Nothing is lost here: the installments add up to the price exactly, and each date is counted from one anchor, the first
due date where it is given and the day of the purchase otherwise. Public as ``collectkit.plans``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import attrs

from collectkit.calendars.dates import Interval, Roll, require_day
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import CurrencyMismatchError, PlanError
from collectkit.money import Money, Rounding, divide
from collectkit.schedules.amounts import EVENLY, Interest, Method, PeriodRate, Residual, Sharing, equal_parts, level_payments, with_interest
from collectkit.schedules.due_dates import interval_of, month_days, rolled, series
from collectkit.schedules.plan import Plan
from collectkit.schedules.tranches import Tranche, in_tranches

Given: TypeAlias = tuple[date, Money] | tuple[date, Money, Money] | tuple[date, Money, Money, Money]
"""Due date and principal of an installment that somebody else computed, and where there is any its interest and its tax."""

__all__ = [
    "Given",
    "Tranche",
    "Interest",
    "Rows",
    "Sharing",
    "from_schedule",
    "in_tranches",
    "level_rows",
    "monthly",
    "pay_in_3",
    "pay_in_30",
    "pay_in_4",
    "pay_in_n",
    "pay_in_n_rows",
    "with_tax",
]


def pay_in_n(
    total: Money,
    n: int,
    every: Interval | str = "2 weeks",
    *,
    bought_on: date,
    first_on: date | None = None,
    down_payment: Money | None = None,
    roll: Roll = Roll.NONE,
    calendar: HolidayCalendar | None = None,
    unit_minor: int = 1,
    residual: Residual = "first",
    kind: str = "",
) -> Plan:
    """
    Build a plan of *n* equal installments without interest.

    Args:
        total: The price, with the down payment.
        n: How many installments, the down payment not counted.
        every: Distance of two due dates, such as ``"2 weeks"`` or ``"1 month"``; counted from the first.
        bought_on: Day of the purchase.
        first_on: First due date; by default the day of the purchase, or one interval later when there is a down payment.
        down_payment: Due on the day of the purchase, before the installments.
        roll: What happens to a due date that is no business day; needs *calendar*.
        calendar: Which days are business days.
        unit_minor: Installments are whole multiples of so many minor units; the one that takes the rest is not.
        residual: Where the units go that do not divide: one each to the ``first`` or the ``last`` installments, or all to
            one of them (``all_first``, ``all_last``).
        kind: Name of the plan type; by default ``pay_in_<n>``.

    Raises:
        PlanError: No installments, more of them than units, or terms that contradict each other.
        TimeError: A date outside the calendar.

    Source:
        The contract. The parts add up to the price in whole minor units, a rule of this library; due dates are calendar
        days in the account's time zone, and a payment on the day itself is in time.

    >>> from collectkit.money import Money
    >>> pay_in_n(Money.of("100.00", "USD"), 3, "1 month", bought_on=date(2026, 1, 31)).principal
    (3334, 3333, 3333)
    """
    _check_given(total, bought_on, first_on)
    if type(every) is str:
        every = interval_of(every)
    assert isinstance(every, Interval)
    anchor, after = _anchored(bought_on, first_on, every, down_payment is not None)
    due_on = series(anchor, n, every, after)
    shared = _shared(unit_minor, residual)
    if down_payment is None:
        principal = equal_parts(total.minor, n, shared)
    else:
        _check_down_payment(down_payment, total)
        due_on = (bought_on, *due_on)
        principal = (down_payment.minor, *equal_parts(total.minor - down_payment.minor, n, shared))
    if roll is not Roll.NONE:
        due_on = rolled(due_on, roll, calendar)
    return Plan(kind or f"pay_in_{n}", total.currency, bought_on, due_on, principal)


def pay_in_4(
    total: Money,
    *,
    bought_on: date,
    first_on: date | None = None,
    every: Interval | str = "2 weeks",
    roll: Roll = Roll.NONE,
    calendar: HolidayCalendar | None = None,
    residual: Residual = "first",
) -> Plan:
    """
    Build four equal installments, the first at the purchase, one every two weeks.

    Source:
        The contract; units, days and the place of odd units as for `pay_in_n`.

    >>> from collectkit.money import Money
    >>> plan = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
    >>> plan.principal, plan.due_on[1]
    ((5000, 5000, 5000, 5000), datetime.date(2026, 9, 15))
    """
    return pay_in_n(total, 4, every, bought_on=bought_on, first_on=first_on, roll=roll, calendar=calendar, residual=residual)


def pay_in_3(
    total: Money,
    *,
    bought_on: date,
    first_on: date | None = None,
    every: Interval | str = "1 month",
    roll: Roll = Roll.NONE,
    calendar: HolidayCalendar | None = None,
    residual: Residual = "first",
) -> Plan:
    """
    Build three equal installments, the first at the purchase, one every month.

    Source:
        The contract; units, days and the place of odd units as for `pay_in_n`.
    """
    return pay_in_n(total, 3, every, bought_on=bought_on, first_on=first_on, roll=roll, calendar=calendar, residual=residual)


def pay_in_30(
    total: Money,
    *,
    bought_on: date,
    first_on: date | None = None,
    roll: Roll = Roll.NONE,
    calendar: HolidayCalendar | None = None,
) -> Plan:
    """
    Build a single payment, due 30 days after the purchase.

    Source:
        The contract; units and days as for `pay_in_n`.
    """
    due = first_on or require_day(bought_on, "bought_on") + timedelta(days=30)
    return pay_in_n(total, 1, "30 days", bought_on=bought_on, first_on=due, roll=roll, calendar=calendar, kind="pay_in_30")


def monthly(
    total: Money,
    n: int,
    *,
    bought_on: date,
    annual_rate_bp: int = 0,
    method: Method = "annuity",
    first_on: date | None = None,
    down_payment: Money | None = None,
    rounding: Rounding = Rounding.HALF_UP,
    roll: Roll = Roll.NONE,
    calendar: HolidayCalendar | None = None,
    unit_minor: int = 1,
    residual: Residual = "first",
    principal_grace: int = 0,
    interest_grace: int = 0,
    interest_free: int = 0,
    kind: str = "monthly",
) -> Plan:
    """
    Build monthly installments, with interest when *annual_rate_bp* is not zero.

    Interest of a month is a twelfth of the yearly rate; each is rounded to a unit, and the last installment takes
    what is left of the principal, which adds up to *total* exactly.

    Args:
        total: The price, with the down payment.
        n: How many installments, the down payment not counted.
        bought_on: Day of the purchase.
        annual_rate_bp: Yearly interest in basis points; 2400 is 24 percent.
        method: ``annuity``: equal payments; ``equal_principal``: equal principal and interest on what remains;
            ``flat``: interest on the whole price for the whole time, shared evenly.
        first_on: First due date; by default one month after the purchase, and all counted from the purchase.
        down_payment: Due on the day of the purchase; bears no interest.
        rounding: How the payment and each interest are rounded.
        roll: What happens to a due date that is no business day; needs *calendar*.
        calendar: Which days are business days.
        unit_minor: Payments and interest are rounded to whole multiples of so many minor units.
        residual: Where the units go that do not divide, where principal is shared evenly; see `pay_in_n`.
        principal_grace: So many first installments ask for interest only.
        interest_grace: The interest of so many first installments is asked with the one after them.
        interest_free: So many first months bear no interest.
        kind: Name of the plan type.

    Raises:
        PlanError: No installments, more of them than units, or terms that contradict each other.

    Source:
        The contract. Amounts are whole minor units; due dates are calendar days in the account's time zone, and a payment
        on the day itself is in time. The level payment is the textbook annuity, principal times i / (1 - (1 + i) ** -n),
        rounded once.

    >>> from collectkit.money import Money
    >>> plan = monthly(Money.of("1200.00", "USD"), 4, bought_on=date(2026, 1, 31), annual_rate_bp=1200, principal_grace=1)
    >>> plan.principal, plan.interest
    ((0, 39603, 39999, 40398), (1200, 1200, 804, 404))
    """
    _check_given(total, bought_on, first_on)
    anchor, after = _anchored(bought_on, first_on, _MONTH, True)
    due_on = series(anchor, n, _MONTH, after)
    financed = total.minor
    if down_payment is not None:
        _check_down_payment(down_payment, total)
        financed -= down_payment.minor
    terms = Interest(annual_rate_bp, method, rounding, principal_grace, interest_grace, interest_free)
    principal, interest = with_interest(financed, n, terms, _shared(unit_minor, residual))
    if down_payment is not None:
        due_on, principal, interest = (bought_on, *due_on), (down_payment.minor, *principal), (0, *interest)
    if roll is not Roll.NONE:
        due_on = rolled(due_on, roll, calendar)
    return Plan(kind, total.currency, bought_on, due_on, principal, interest if annual_rate_bp else (), annual_rate_bp)


def from_schedule(rows: Iterable[Given], *, bought_on: date, kind: str = "given", annual_rate_bp: int = 0) -> Plan:
    """
    Take a plan that another system computed.

    Args:
        rows: Due date, principal, and optionally interest and tax of each installment, in the order of the dates.
        bought_on: Day of the purchase.
        kind: Name of the plan type.
        annual_rate_bp: Yearly interest in basis points, for information.

    Raises:
        PlanError: No rows, dates that go back, negative amounts, or nothing due at all.
        CurrencyMismatchError: Rows of more than one currency.

    Source:
        The other system: its days and amounts are taken as they are, whole minor units, nothing is rounded.
    """
    given = tuple(rows)
    if not given:
        raise PlanError("a plan needs at least one row of due date and amount; nothing was recorded")
    currency = given[0][1].currency
    for row in given:
        for amount in row[1:]:
            if amount.currency != currency:
                raise CurrencyMismatchError(f"a plan has one currency, got {currency} and {amount.currency}; nothing was recorded")
    interest = tuple([row[2].minor if len(row) > 2 else 0 for row in given])
    tax = tuple([row[3].minor if len(row) > 3 else 0 for row in given])
    due_on, principal = tuple([row[0] for row in given]), tuple([row[1].minor for row in given])
    return Plan(kind, currency, bought_on, due_on, principal, interest if any(interest) else (), annual_rate_bp, tax if any(tax) else ())


def with_tax(plan: Plan, rate_bp: int, *, rounding: Rounding = Rounding.HALF_UP) -> Plan:
    """
    Return a plan that also asks for tax on its interest, such as value added tax where interest bears it.

    The tax of an installment is due with it, on top of what the plan asks; the price of goods bears its own tax already.

    Args:
        plan: With the interest of each installment.
        rate_bp: The rate in basis points; 1600 is 16 percent.
        rounding: How the tax of each installment is rounded to a minor unit.

    Raises:
        PlanError: The rate is not 1 to 10,000 basis points, or the plan asks for tax already.

    Source:
        The tax law of the place and the contract, which the caller knows; this is the rate times the interest, row by row.

    >>> from collectkit.money import Money
    >>> plan = with_tax(monthly(Money.of("3000.00", "MXN"), 3, bought_on=date(2026, 1, 15), annual_rate_bp=3600), 1600)
    >>> plan.interest, plan.tax
    ((9000, 6088, 3089), (1440, 974, 494))
    """
    if type(rate_bp) is not int or not 1 <= rate_bp <= _WHOLE_BP:
        raise PlanError(f"a rate of tax is 1 to {_WHOLE_BP} basis points, got {rate_bp!r}; nothing was recorded")
    if plan.tax:
        raise PlanError("the plan asks for tax already; nothing was recorded")
    tax = tuple([divide(minor * rate_bp, _WHOLE_BP, rounding) for minor in plan.interest])
    return attrs.evolve(plan, tax=tax if any(tax) else ())


class Rows(NamedTuple):
    """
    What falls due when, in minor units of a currency that the caller knows: a plan's columns without its checks.

    For callers who make them by the thousand and put them into columns of their own.
    """

    due_on: tuple[date, ...]
    principal: tuple[int, ...]
    interest: tuple[int, ...]


# What `Rows(...)` comes to in the end; the call itself would be a sixth of the whole function.
_new = tuple.__new__


def level_rows(principal_minor: int, annual_rate_bp: int, n: int, bought_on: date, period_rate: PeriodRate = "exact") -> Rows:
    """
    Return *n* equal monthly payments, the first a month after *bought_on*, as `monthly` does for an annuity.

    Args:
        principal_minor: What is financed, more than zero.
        annual_rate_bp: Yearly rate in basis points, more than zero.
        n: How many payments, at least 1.
        bought_on: The day that due dates are counted from.
        period_rate: ``exact``, or ``decimal`` for the same figures as a system that computes the rate of a month in 28
            significant digits; they differ by a minor unit where a month's interest is exactly half of one.

    Source:
        As for `monthly`; payment and interest are rounded half up, the last payment takes the rest.

    >>> level_rows(24_024, 2500, 1, date(2026, 1, 31)).interest, level_rows(24_024, 2500, 1, date(2026, 1, 31), "decimal").interest
    ((501,), (500,))
    """
    principal, interest = level_payments(principal_minor, annual_rate_bp, n, period_rate)
    return _new(Rows, (month_days(bought_on, n, 1, 1), principal, interest))


def pay_in_n_rows(minor: int, n: int, every: Interval, first_on: date) -> Rows:
    """
    Return *n* equal installments without interest, the first on *first_on*, as `pay_in_n` does.

    Source:
        As for `pay_in_n`: whole minor units, those that do not divide go to the first installments.
    """
    return _new(Rows, (series(first_on, n, every), equal_parts(minor, n), (0,) * n))


_MONTH = Interval(1, "months")
_WHOLE_BP = 10_000


@lru_cache(maxsize=256)
def _shared(unit_minor: int, residual: Residual) -> Sharing:
    return EVENLY if (unit_minor, residual) == (1, "first") else Sharing(unit_minor, residual)


def _anchored(bought_on: date, first_on: date | None, every: Interval, later: bool) -> tuple[date, int]:
    """Return the day that due dates are counted from, and how many intervals after it the first one lies."""
    if first_on is None:
        return bought_on, int(later)
    if first_on < bought_on:
        raise PlanError(f"the first due date {first_on} is before the purchase on {bought_on}; nothing was recorded")
    return first_on, 0


def _check_given(total: Money, bought_on: date, first_on: date | None) -> None:
    """Refuse what is no amount or no day before anything is computed with it."""
    if not isinstance(total, Money):
        raise PlanError(f"total must be Money, such as Money.of('200.00', 'USD'), got {type(total).__name__}; nothing was recorded")
    require_day(bought_on, "bought_on")
    if first_on is not None:
        require_day(first_on, "first_on")


def _check_down_payment(down_payment: Money, total: Money) -> None:
    if down_payment.currency != total.currency:
        raise CurrencyMismatchError(f"a plan has one currency, got {total.currency} and {down_payment.currency}; nothing was recorded")
    if not 0 < down_payment.minor < total.minor:
        raise PlanError(f"a down payment is more than zero and less than {total}, got {down_payment}; nothing was recorded")
