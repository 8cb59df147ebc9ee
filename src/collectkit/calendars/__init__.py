"""Days, business days and lawful hours: what a date or an instant means at a place.

`dates` computes days from days and reads zones; `holidays` says which days are business days; `hours` says
whether an instant lies inside local contact hours. Nothing here knows what day it is.
"""

from __future__ import annotations

from collectkit.calendars.dates import (
    Interval,
    Roll,
    add_business_days,
    add_months,
    business_days_between,
    epoch_micros,
    from_epoch_micros,
    local_date,
    month_end,
    month_ends,
    require_aware,
    roll,
    to_date,
    tzdata_version,
    zone,
)
from collectkit.calendars.holidays import CountryHolidays, FixedHolidays, HolidayCalendar, Union, Weekends, is_business_day
from collectkit.calendars.hours import DailyWindow, Hours, is_open, next_open, open_until
from collectkit.calendars.periods import require_period

__all__ = [
    "CountryHolidays",
    "DailyWindow",
    "FixedHolidays",
    "HolidayCalendar",
    "Hours",
    "Interval",
    "Roll",
    "Union",
    "Weekends",
    "add_business_days",
    "add_months",
    "business_days_between",
    "epoch_micros",
    "from_epoch_micros",
    "is_business_day",
    "is_open",
    "local_date",
    "month_end",
    "month_ends",
    "next_open",
    "open_until",
    "require_aware",
    "require_period",
    "roll",
    "to_date",
    "tzdata_version",
    "zone",
]
