"""Making a plan from terms: pay in n, monthly with interest, or rows that somebody else computed.

Nothing is lost here: the installments add up to the price exactly, and each date is counted from the first one.
Public as ``collectkit.plans``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias

from collectkit.calendars.dates import Interval, Roll, add_months, require_day
from collectkit.calendars.dates import roll as to_business_day
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import CurrencyMismatchError, PlanError
from collectkit.money import Money, Rounding, divide
from collectkit.schedules.plan import Plan

__all__ = ["from_schedule", "monthly", "pay_in_3", "pay_in_30", "pay_in_4", "pay_in_n"]

Residual: TypeAlias = Literal["first", "last"]
Method: TypeAlias = Literal["annuity", "flat", "equal_principal"]

BASIS_POINT_MONTHS = 120_000
"""A yearly rate in basis points divided by this is the rate of one month."""


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
        residual: Whether the minor units that do not divide go, one each, to the first or to the last installments.
        kind: Name of the plan type; by default ``pay_in_<n>``.

    Raises:
        PlanError: No installments, more of them than minor units, or terms that contradict each other.
        TimeError: A date outside the calendar.

    >>> from collectkit.money import Money
    >>> pay_in_n(Money.of("100.00", "USD"), 3, "1 month", bought_on=date(2026, 1, 31)).principal
    (3334, 3333, 3333)
    """
    _check_given(total, bought_on, first_on)
    if type(every) is str:
        every = _interval(every)
    assert isinstance(every, Interval)
    if down_payment is None:
        if first_on is None:
            first_on = bought_on
        due_on, principal = _series(first_on, n, every), _equal(total.minor, n, residual)
    else:
        first_on = first_on or every.nth(bought_on, 1)
        _check_down_payment(down_payment, total)
        due_on = (bought_on, *_series(first_on, n, every))
        principal = (down_payment.minor, *_equal(total.minor - down_payment.minor, n, residual))
    _check_first(first_on, bought_on)
    if roll is not Roll.NONE:
        due_on = _rolled(due_on, roll, calendar)
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
    """Build three equal installments, the first at the purchase, one every month."""
    return pay_in_n(total, 3, every, bought_on=bought_on, first_on=first_on, roll=roll, calendar=calendar, residual=residual)


def pay_in_30(
    total: Money,
    *,
    bought_on: date,
    first_on: date | None = None,
    roll: Roll = Roll.NONE,
    calendar: HolidayCalendar | None = None,
) -> Plan:
    """Build a single payment, due 30 days after the purchase."""
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
    kind: str = "monthly",
) -> Plan:
    """
    Build monthly installments, with interest when *annual_rate_bp* is not zero.

    Interest of a month is a twelfth of the yearly rate; each is rounded to a minor unit, and the last installment
    takes what is left of the principal, which adds up to *total* exactly.

    Args:
        total: The price, with the down payment.
        n: How many installments, the down payment not counted.
        bought_on: Day of the purchase.
        annual_rate_bp: Yearly interest in basis points; 2400 is 24 percent.
        method: ``annuity``: equal payments; ``equal_principal``: equal principal and interest on what remains;
            ``flat``: interest on the whole price for the whole time, shared evenly.
        first_on: First due date, one month after the purchase by default.
        down_payment: Due on the day of the purchase; bears no interest.
        rounding: How the payment and each interest are rounded.
        roll: What happens to a due date that is no business day; needs *calendar*.
        calendar: Which days are business days.
        kind: Name of the plan type.

    Raises:
        PlanError: No installments, more of them than minor units, or terms that contradict each other.
    """
    _check_given(total, bought_on, first_on)
    first_on = first_on or add_months(bought_on, 1)
    _check_first(first_on, bought_on)
    if type(annual_rate_bp) is not int or annual_rate_bp < 0:
        raise PlanError(f"annual_rate_bp must be a whole number of basis points, at least 0, got {annual_rate_bp!r}; nothing was recorded")
    financed = total.minor
    if down_payment is not None:
        _check_down_payment(down_payment, total)
        financed -= down_payment.minor
    due_on, principal = _series(first_on, n, _MONTH), _equal(financed, n, "first")
    interest: tuple[int, ...] = ()
    if annual_rate_bp:
        principal, interest = _with_interest(financed, n, annual_rate_bp, method, rounding, principal)
    elif method not in ("annuity", "flat", "equal_principal"):
        raise _no_method(method)
    if down_payment is not None:
        due_on, principal = (bought_on, *due_on), (down_payment.minor, *principal)
        interest = (0, *interest) if interest else ()
    if roll is not Roll.NONE:
        due_on = _rolled(due_on, roll, calendar)
    return Plan(kind, total.currency, bought_on, due_on, principal, interest, annual_rate_bp)


def from_schedule(
    rows: Iterable[tuple[date, Money] | tuple[date, Money, Money]], *, bought_on: date, kind: str = "given", annual_rate_bp: int = 0
) -> Plan:
    """
    Take a plan that another system computed.

    Args:
        rows: Due date, principal and optionally interest of each installment, in the order of the dates.
        bought_on: Day of the purchase.
        kind: Name of the plan type.
        annual_rate_bp: Yearly interest in basis points, for information.

    Raises:
        PlanError: No rows, dates that go back, negative amounts, or nothing due at all.
        CurrencyMismatchError: Rows of more than one currency.
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
    due_on, principal = tuple([row[0] for row in given]), tuple([row[1].minor for row in given])
    return Plan(kind, currency, bought_on, due_on, principal, interest if any(interest) else (), annual_rate_bp)


_MONTH = Interval(1, "months")
_interval = lru_cache(maxsize=64)(Interval.of)


def _series(first_on: date, n: int, every: Interval) -> tuple[date, ...]:
    """Return *n* due dates, each counted from the first."""
    if type(n) is not int or n < 1:
        raise PlanError(f"a plan has a whole number of installments, at least 1, got {n!r}; nothing was recorded")
    if every.unit == "months":
        return _months(first_on, n, every.count)
    step = every.count * (7 if every.unit == "weeks" else 1)
    start = first_on.toordinal()
    if start + step * (n - 1) > _LAST_ORDINAL:
        raise PlanError(f"{n} installments every {every} from {first_on} leave the calendar; nothing was recorded")
    return (first_on, *map(date.fromordinal, range(start + step, start + step * n, step)))


# A book has many plans that start on one day: the purchases of that day.
@lru_cache(maxsize=8192)
def _months(first_on: date, n: int, step: int) -> tuple[date, ...]:
    return (first_on, *[add_months(first_on, step * k) for k in range(1, n)])


_LAST_ORDINAL = date.max.toordinal()


def _equal(minor: int, n: int, residual: Residual) -> tuple[int, ...]:
    """Share *minor* evenly; the odd units go one each to the first or the last."""
    each, odd = divmod(minor, n)
    if each < 1:
        raise PlanError(f"{minor} minor units cannot be paid in {n} installments of at least one; nothing was recorded")
    if residual == "first":
        return (each + 1,) * odd + (each,) * (n - odd)
    if residual == "last":
        return (each,) * (n - odd) + (each + 1,) * odd
    raise PlanError(f"residual is 'first' or 'last', got {residual!r}; nothing was recorded")


def _with_interest(
    financed: int, n: int, rate_bp: int, method: Method, rounding: Rounding, equal: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return principal and interest of each installment; *equal* is the principal shared evenly."""
    if method == "annuity":
        numerator, denominator = _annuity(rate_bp, n)
        payment = divide(financed * numerator, denominator, rounding)
        return _amortized(financed, n, rate_bp, payment, rounding)
    if method == "flat":
        interest = divide(financed * rate_bp * n, BASIS_POINT_MONTHS, rounding)
        each, odd = divmod(interest, n)
        return equal, (each + 1,) * odd + (each,) * (n - odd)
    if method == "equal_principal":
        remaining, column = financed, []
        for part in equal:
            column.append(divide(remaining * rate_bp, BASIS_POINT_MONTHS, rounding))
            remaining -= part
        return equal, tuple(column)
    raise _no_method(method)


@lru_cache(maxsize=4096)
def _annuity(rate_bp: int, n: int) -> tuple[int, int]:
    """Return the payment per unit of principal, as an exact fraction."""
    grown = (BASIS_POINT_MONTHS + rate_bp) ** n
    return rate_bp * grown, BASIS_POINT_MONTHS * (grown - BASIS_POINT_MONTHS**n)


def _amortized(financed: int, n: int, rate_bp: int, payment: int, rounding: Rounding) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return principal and interest of *n* payments, the last of which takes the rest."""
    half_up = rounding is Rounding.HALF_UP
    remaining, principal, interest = financed, [], []
    for _ in range(n - 1):
        # The common mode is written out: the call would be half of the whole loop.
        cost = (
            (remaining * rate_bp + 60_000) // BASIS_POINT_MONTHS if half_up else divide(remaining * rate_bp, BASIS_POINT_MONTHS, rounding)
        )
        # A price of a few minor units may round to payments that would overshoot.
        part = payment - cost
        if not 0 <= part <= remaining:
            part = max(0, min(part, remaining))
        interest.append(cost)
        principal.append(part)
        remaining -= part
    interest.append(divide(remaining * rate_bp, BASIS_POINT_MONTHS, rounding))
    principal.append(remaining)
    return tuple(principal), tuple(interest)


def _rolled(due_on: Sequence[date], rule: Roll, calendar: HolidayCalendar | None) -> tuple[date, ...]:
    if calendar is None:
        raise PlanError("rolling due dates to business days needs a calendar; nothing was recorded")
    return tuple([to_business_day(day, rule, calendar) for day in due_on])


def _check_given(total: Money, bought_on: date, first_on: date | None) -> None:
    """Refuse what is no amount or no day before anything is computed with it."""
    if not isinstance(total, Money):
        raise PlanError(f"total must be Money, such as Money.of('200.00', 'USD'), got {type(total).__name__}; nothing was recorded")
    require_day(bought_on, "bought_on")
    if first_on is not None:
        require_day(first_on, "first_on")


def _check_first(first_on: date, bought_on: date) -> None:
    if first_on < bought_on:
        raise PlanError(f"the first due date {first_on} is before the purchase on {bought_on}; nothing was recorded")


def _check_down_payment(down_payment: Money, total: Money) -> None:
    if down_payment.currency != total.currency:
        raise CurrencyMismatchError(f"a plan has one currency, got {total.currency} and {down_payment.currency}; nothing was recorded")
    if not 0 < down_payment.minor < total.minor:
        raise PlanError(f"a down payment is more than zero and less than {total}, got {down_payment}; nothing was recorded")


def _no_method(method: str) -> PlanError:
    return PlanError(f"method is 'annuity', 'flat' or 'equal_principal', got {method!r}; nothing was recorded")
