"""Which day is meant: month arithmetic, business days, instants and zones.

Two traps are closed here. Months are always counted from the original day, because a chain of "one month
later" drifts from the 31st to the 28th and stays there. And a zone is a place of the tz database: an
abbreviation or an offset does not know when its clocks change.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import attrs

from collectkit.calendars.holidays import HolidayCalendar, is_business_day
from collectkit.errors import TimeError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Unit: TypeAlias = Literal["days", "weeks", "months"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEARCH_DAYS_MAX = 366
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ONE_DAY = timedelta(days=1)
_INTERVAL_TEXT = re.compile(r"([0-9]{1,5}) (day|week|month)s?")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


# --- months ---------------------------------------------------------------------------------------------------


def add_months(anchor: date, months: int) -> date:
    """
    Return the day *months* after *anchor*, keeping the anchor's day of the month.

    A month too short for that day gives its last day, so 29 February becomes 28 February in a common year.
    Count every date of a series from the same anchor; never feed a result back in.

    Args:
        anchor: The day of the month that the series keeps.
        months: Whole months, may be negative.

    Raises:
        TimeError: The result lies outside the years 1 to 9999.

    Source:
        A rule of this library, and the common reading of contracts: counted from the anchor, so that 31 January is followed
        by 28 February and 31 March.

    >>> [add_months(date(2026, 1, 31), k).isoformat() for k in (1, 2)]
    ['2026-02-28', '2026-03-31']
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise TimeError(f"{months} months from {anchor} leaves the years 1 to 9999; no date was computed")
    day = anchor.day
    if day > 28:
        day = min(day, _month_length(year, month + 1))
    return date(year, month + 1, day)


def month_end(day: date) -> date:
    """
    Return the last day of the month in which *day* lies.

    Source:
        The proleptic Gregorian calendar.
    """
    return date(day.year, day.month, _month_length(day.year, day.month))


def month_ends(first: date, last: date) -> tuple[date, ...]:
    """
    Return every last day of a month from *first* to *last*, both inclusive, in order; empty if *last* is before *first*.

    Source:
        The proleptic Gregorian calendar.
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    start = first.replace(day=1)
    ends = (month_end(add_months(start, k)) for k in range(months + 1))
    return tuple(end for end in ends if end <= last)


def _month_length(year: int, month: int) -> int:
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_LENGTHS[month - 1]


def _check_count(_: object, __: object, count: int) -> None:
    if type(count) is not int or count <= 0:
        raise TimeError(f"an interval counts whole days, weeks or months, at least 1, got {count!r}; no interval was made")


def _check_unit(_: object, __: object, unit: str) -> None:
    if unit not in ("days", "weeks", "months"):
        raise TimeError(f"an interval's unit is 'days', 'weeks' or 'months', got {unit!r}; no interval was made")


@attrs.frozen
class Interval:
    """
    The distance between installments, such as two weeks or one month.

    Attributes:
        count: How many units, at least 1.
        unit: "days", "weeks" or "months".

    Raises:
        TimeError: The count is not a positive whole number or the unit is another word.
    """

    count: int = attrs.field(validator=_check_count)
    unit: Unit = attrs.field(validator=_check_unit)

    @classmethod
    def of(cls, text: str) -> Interval:
        """
        Read an interval such as "14 days", "2 weeks" or "1 month".

        Raises:
            TimeError: The text is not a count, one space and a unit.

        >>> Interval.of("2 weeks")
        Interval(count=2, unit='weeks')
        """
        found = _INTERVAL_TEXT.fullmatch(text)
        if found is None:
            raise TimeError(f"an interval is written like '14 days', '2 weeks' or '1 month', got {text!r}; no interval was made")
        return cls(int(found[1]), cast("Unit", found[2] + "s"))

    def nth(self, anchor: date, k: int) -> date:
        """
        Return the day *k* intervals after *anchor*, always counted from the anchor itself.

        Raises:
            TimeError: The result lies outside the years 1 to 9999.
        """
        if self.unit == "months":
            return add_months(anchor, self.count * k)
        days = self.count * k * (7 if self.unit == "weeks" else 1)
        try:
            return anchor + timedelta(days=days)
        except OverflowError:
            raise TimeError(f"{days} days from {anchor} leaves the years 1 to 9999; no date was computed") from None

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count > 1 else self.unit[:-1]}"


# --- business days --------------------------------------------------------------------------------------------


class Roll(Enum):
    """What happens to a due date on a day that is no business day."""

    NONE = "none"
    """It stays."""
    FOLLOWING = "following"
    """It moves to the next business day."""
    MODIFIED_FOLLOWING = "modified-following"
    """To the next business day, or back to the last one if the next is in another month."""
    PRECEDING = "preceding"
    """It moves back to the last business day."""


def roll(day: date, rule: Roll, calendar: HolidayCalendar) -> date:
    """
    Move *day* to a business day as *rule* says; a business day never moves.

    Raises:
        TimeError: The calendar has no business day within 366 days.

    Source:
        The business day conventions of ISDA 2006 definitions, section 4.12, as `Roll` names them.
    """
    if rule is Roll.NONE:
        return day
    if rule is Roll.PRECEDING:
        return _nearest(day, -1, calendar)
    following = _nearest(day, 1, calendar)
    if rule is Roll.MODIFIED_FOLLOWING and (following.year, following.month) != (day.year, day.month):
        return _nearest(day, -1, calendar)
    return following


def add_business_days(day: date, n: int, calendar: HolidayCalendar) -> date:
    """
    Return the *n*-th business day after *day*, or before it if *n* is negative.

    *day* itself is not counted; with 0 it is returned as it is, business day or not.

    Raises:
        TimeError: The calendar has no business day within 366 days.

    Source:
        The calendar.
    """
    step = 1 if n > 0 else -1
    for _ in range(abs(n)):
        day = _nearest(_shift(day, step), step, calendar)
    return day


def business_days_between(first: date, last: date, calendar: HolidayCalendar) -> int:
    """
    Count the business days after *first* up to and including *last*.

    Negative if *last* is earlier: then the business days from *last* (inclusive) to *first* (exclusive) are counted.

    Source:
        The calendar.
    """
    if last < first:
        return -sum(is_business_day(last + timedelta(days=k), calendar) for k in range((first - last).days))
    return sum(is_business_day(first + timedelta(days=k), calendar) for k in range(1, (last - first).days + 1))


def _nearest(day: date, step: int, calendar: HolidayCalendar) -> date:
    start = day
    for _ in range(SEARCH_DAYS_MAX):
        if is_business_day(day, calendar):
            return day
        day = _shift(day, step)
    raise TimeError(f"the calendar has no business day within {SEARCH_DAYS_MAX} days of {start}; no date was computed")


def _shift(day: date, step: int) -> date:
    try:
        return day + step * _ONE_DAY
    except OverflowError:
        raise TimeError(f"no business day from {day} within the years 1 to 9999; no date was computed") from None


# --- days, instants and zones ---------------------------------------------------------------------------------


def to_date(text: str) -> date:
    """
    Read a day written YYYY-MM-DD, and nothing else.

    Raises:
        TimeError: Another notation, or a day that does not exist: 30 February is refused, never clipped.

    Source:
        ISO 8601-1:2019, calendar date in extended format.

    >>> to_date("2026-02-28")
    datetime.date(2026, 2, 28)
    """
    found = _ISO_DAY.fullmatch(text)
    if found is None:
        raise TimeError(f"a day is written YYYY-MM-DD, got {text!r}; no date was read")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise TimeError(f"there is no day {text}; write one that exists, no date was read") from None


def require_day(day: date, what: str, not_done: str = "nothing was recorded") -> date:
    """
    Return *day* if it is a civil day.

    Args:
        day: The day.
        what: How the caller calls it.
        not_done: What did not happen.

    Raises:
        TimeError: A datetime, whose day depends on a zone, or no date at all.

    Source:
        A rule of this library: a business date is a calendar day, and which day an instant lies in depends on a zone.
    """
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TimeError(f"{what} must be a date without a time, got {type(day).__name__}; {not_done}")
    return day


def require_aware(at: datetime, not_done: str = "nothing was computed") -> datetime:
    """
    Return *at* if it is an instant that carries an offset.

    Args:
        at: The instant.
        not_done: What did not happen.

    Raises:
        TimeError: A naive datetime, which could mean any of some forty instants, or no datetime at all.
    """
    if not isinstance(at, datetime):
        raise TimeError(f"an instant is a datetime with a zone, got {type(at).__name__}; {not_done}")
    if at.tzinfo is None or at.utcoffset() is None:
        raise TimeError(f"an instant needs a zone or offset, got the naive {at.isoformat()}; {not_done}")
    return at


def local_date(at: datetime, zone: str | ZoneInfo) -> date:
    """
    Return the calendar day at a place when the instant *at* strikes.

    Raises:
        TimeError: *at* is naive or *zone* is not a zone.

    Source:
        The installed time zone data, see `tzdata_version`.
    """
    place = _find_zone(zone) if isinstance(zone, str) else zone
    return require_aware(at).astimezone(place).date()


def epoch_micros(at: datetime) -> int:
    """
    Return the whole microseconds from 1970-01-01 00:00 UTC to *at*, exactly.

    Raises:
        TimeError: *at* is naive.
    """
    since = require_aware(at) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_epoch_micros(micros: int) -> datetime:
    """
    Return the instant, in UTC, that lies *micros* microseconds after 1970-01-01 00:00 UTC.

    Raises:
        TimeError: The instant lies outside the years 1 to 9999.
    """
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise TimeError(f"{micros} microseconds from 1970 leaves the years 1 to 9999; nothing was computed") from None


@cache
def tzdata_version() -> str:
    """Return the release of the tz database that `zone` reads, such as "2026f"; record it with each decision."""
    return str(import_module("tzdata").IANA_VERSION)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """
    Return the zone of a place, such as "America/New_York", or of "UTC".

    Always read from the `tzdata` package, never from the operating system: the system's copy is often a year
    older, and then permits an hour that a new law has moved. So all machines agree, and `tzdata_version` is true.

    Raises:
        TimeError: An abbreviation or offset (EST, GMT+3, Etc/GMT+5, whose sign is inverted), or a name that
            the tz database does not have.
    """
    if name != "UTC" and ("/" not in name or (name.startswith("Etc/") and name != "Etc/UTC")):
        raise TimeError(
            f"{name!r} is an abbreviation or an offset, which does not tell when clocks change; "
            "write the place, such as 'America/New_York', or 'UTC'; no time was computed"
        )
    if name not in _zone_names():
        raise TimeError(f"tzdata {tzdata_version()} has no zone {name!r}; write one it has, such as 'Asia/Kolkata'; no time was computed")
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


# `local_date` takes an argument named as this function.
_find_zone = zone


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    from importlib.resources import files

    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())
