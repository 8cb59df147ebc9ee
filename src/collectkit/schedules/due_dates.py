"""When installments fall due: days counted from one anchor, moved to business days where the contract says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from collectkit.calendars.dates import Interval, Roll, add_months
from collectkit.calendars.dates import roll as to_business_day
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import PlanError

__all__ = ["interval_of", "month_days", "rolled", "series"]

_LAST_ORDINAL = date.max.toordinal()
_FIRST_YEAR, _LAST_YEAR = 1990, 2089
_FIRST_ORDINAL = date(_FIRST_YEAR, 1, 1).toordinal()

interval_of = lru_cache(maxsize=64)(Interval.of)
"""Read an interval such as ``"2 weeks"``, once for each text."""


def series(anchor: date, n: int, every: Interval, after: int = 0) -> tuple[date, ...]:
    """
    Return *n* due dates, each counted from *anchor* itself, so that month ends do not drift.

    Args:
        anchor: The day that is counted from.
        n: How many dates.
        every: Their distance.
        after: How many intervals after the anchor the first one lies.

    Raises:
        PlanError: Fewer than one date, or one outside the calendar.

    Source:
        The contract; calendar days. A month too short for the day gives its last one.
    """
    if type(n) is not int or n < 1:
        raise PlanError(f"a plan has a whole number of installments, at least 1, got {n!r}; nothing was recorded")
    if every.unit == "months":
        return month_days(anchor, n, every.count, after)
    step = every.count * 7 if every.unit == "weeks" else every.count
    start = anchor.toordinal() + step * after
    first = start - _FIRST_ORDINAL
    if first >= 0:
        found = _calendar()[first : first + step * n : step]
        if len(found) == n:
            return found
    if start + step * (n - 1) > _LAST_ORDINAL:
        raise PlanError(f"{n} installments {step} days apart from {anchor} leave the calendar; nothing was recorded")
    return tuple(map(date.fromordinal, range(start, start + step * n, step)))


@lru_cache(maxsize=1)
def _calendar() -> tuple[date, ...]:
    """Return every day of a hundred years: a plan's dates are a slice of it, and a million plans share them."""
    return tuple(map(date.fromordinal, range(_FIRST_ORDINAL, date(_LAST_YEAR + 1, 1, 1).toordinal())))


def month_days(anchor: date, n: int, step: int = 1, after: int = 0) -> tuple[date, ...]:
    """
    Return the day of *anchor* in *n* months, *step* apart, the first *after* steps later.

    A month without that day gives its last one: 31 January is followed by 28 February and 31 March.

    Source:
        The contract; see `series`.

    >>> [str(day) for day in month_days(date(2026, 1, 31), 2, after=1)]
    ['2026-02-28', '2026-03-31']
    """
    first = (anchor.year - _FIRST_YEAR) * 12 + anchor.month - 1 + step * after
    found = _months(anchor.day)[first : first + step * n : step] if first >= 0 else ()
    if len(found) == n:
        return found
    return tuple([add_months(anchor, step * (after + k)) for k in range(n)])


@lru_cache(maxsize=31)
def _months(day: int) -> tuple[date, ...]:
    """Return that day of the month in a hundred years of months: a plan's dates are a slice of it."""
    start = date(_FIRST_YEAR, 1, day)
    return tuple([add_months(start, k) for k in range(12 * (_LAST_YEAR - _FIRST_YEAR + 1))])


def rolled(due_on: Sequence[date], rule: Roll, calendar: HolidayCalendar | None) -> tuple[date, ...]:
    """
    Move each due date to a business day.

    Raises:
        PlanError: There is no calendar: which days are business days is never guessed.

    Source:
        The contract; the calendar says which days are business days.
    """
    if calendar is None:
        raise PlanError("rolling due dates to business days needs a calendar; nothing was recorded")
    return tuple([to_business_day(day, rule, calendar) for day in due_on])
