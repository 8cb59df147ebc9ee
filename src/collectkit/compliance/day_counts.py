"""Counting days as packs name them: calendar days, clear days, business days; and anniversaries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import attrs

from collectkit.calendars.dates import add_business_days, add_months
from collectkit.calendars.holidays import HolidayCalendar, Weekends
from collectkit.compliance.params import PackContext, Table

CALENDAR: Final = "calendar"
CLEAR: Final = "clear"
BUSINESS: Final = "business"
_MONTHS: Final = 12
_ONE_DAY: Final = timedelta(days=1)


@attrs.frozen
class DayCount:
    """
    How a rule counts days.

    Attributes:
        kind: ``calendar``, ``clear`` (neither the first nor the last day counts) or ``business``.
        calendar: Holidays that are no business days.
    """

    kind: str = CALENDAR
    calendar: HolidayCalendar = attrs.Factory(Weekends)

    def nth(self, day: date, number: int) -> date:
        """Return the day *number* days after *day*; for business days, the last of them."""
        if self.kind == BUSINESS:
            return add_business_days(day, number, self.calendar) if number else day
        return day + timedelta(days=number)

    def passed(self, day: date, number: int) -> date:
        """Return the first day on which *number* days have passed since *day*: clear and business days must be whole."""
        last = self.nth(day, number)
        return last if self.kind == CALENDAR or not number else last + _ONE_DAY


def read_day_count(params: Table, context: PackContext, *, needs_holidays: bool) -> DayCount:
    """
    Read ``day_kind`` and ``calendar``.

    A kind such as ``business_us_6103a`` counts business days, the holidays being those of the pack's own calendar.

    Args:
        params: The parameters.
        context: What the pack shares.
        needs_holidays: Without a calendar of holidays a day of rest would be counted, to the person's harm.
    """
    kind = params.text("day_kind", CALENDAR)
    if not kind.startswith(BUSINESS):
        if kind not in (CALENDAR, CLEAR):
            raise params.fault("day_kind", "calendar, clear, business or a kind of business day")
        return DayCount(kind)
    return DayCount(BUSINESS, business_calendar(params, context, needs_holidays=needs_holidays))


def business_calendar(params: Table, context: PackContext, *, needs_holidays: bool) -> HolidayCalendar:
    """Return the named calendar, else that of the pack, else weekends alone where that is the careful side."""
    if "calendar" in params:
        name = params.text("calendar")
        if name not in context.calendars:
            raise params.fault("calendar", f"one of the calendars given ({', '.join(sorted(context.calendars)) or 'none'})")
        return context.calendars[name]
    if context.calendar is None and needs_holidays:
        raise params.fault("calendar", "a known calendar, for the pack's own is not among those given")
    return context.calendar or Weekends()


def anniversary(day: date, years: int) -> date:
    """
    Return the anniversary of a day; that of 29 February in a common year is the 28th: a right to sue ends the careful way.

    >>> anniversary(date(2024, 2, 29), 3)
    datetime.date(2027, 2, 28)
    """
    return add_months(day, _MONTHS * years)


def late_anniversary(day: date, years: int) -> date:
    """
    Return the anniversary of a day; that of 29 February in a common year is 1 March: a duty to keep lasts the careful way.

    >>> late_anniversary(date(2024, 2, 29), 3)
    datetime.date(2027, 3, 1)
    """
    found = anniversary(day, years)
    return found + _ONE_DAY if found.day != day.day else found
