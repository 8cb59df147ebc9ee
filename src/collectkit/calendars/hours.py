"""Lawful contact hours: whether an instant lies inside local windows at every place at once.

Windows are local wall time, as laws write them, and become instants only here, day by day and zone by zone.
Where a clock change makes a bound unclear, the shorter permission is taken:

- A start that the clock shows twice (01:30 in autumn) opens at its second showing: after the first one the
  clock still goes back to times before the start. An end that is shown twice closes at its first showing.
  So each window is one unbroken stretch in which the clock never reads a time outside it.
- A start that the clock skips (02:30 in spring) opens at the change, the first moment with a later reading;
  an end that is skipped closes just before the change. Neither permits a time outside the window.

A place whose zone is unknown, and a person without any place, are closed. Instants are compared exactly, to
the microsecond; `next_open` names an opening whose start is excluded by the whole second after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

from collectkit.calendars.dates import require_aware, zone
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import TimeError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS: Final = 8

_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_ONE_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


def _day_names(days: str | Iterable[str]) -> frozenset[str]:
    names = frozenset([days] if isinstance(days, str) else days)
    if "weekday" in names:
        names = names - {"weekday"} | frozenset(WEEKDAYS[:5])
    unknown = names - {*WEEKDAYS, "all", "holiday"}
    if unknown:
        raise TimeError(f"days are 'all', 'weekday', 'holiday' or {', '.join(WEEKDAYS)}, got {sorted(unknown)}; no window was made")
    return names


@attrs.frozen
class DailyWindow:
    """
    A stretch of the day in local wall time.

    Attributes:
        start: First time of day, in whole seconds.
        end: Last time of day, later than *start*; 00:00 means midnight at the end of the day, never included.
            A window over midnight is written as two.
        days: Days that have the window: "all", "weekday", "holiday" or "mon" to "sun".
        start_inclusive: Whether *start* itself is inside.
        end_inclusive: Whether *end* itself is inside.

    Raises:
        TimeError: The window is empty, has a zone or fractions of a second, or names an unknown day.
    """

    start: time
    end: time
    days: frozenset[str] = attrs.field(default="all", converter=_day_names)
    start_inclusive: bool = attrs.field(default=True, kw_only=True)
    end_inclusive: bool = attrs.field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for bound in (self.start, self.end):
            if bound.tzinfo is not None or bound.microsecond:
                raise TimeError(f"a window's bounds are local times in whole seconds, got {bound.isoformat()}; no window was made")
        if self.end != _MIDNIGHT and self.end <= self.start:
            raise TimeError(
                f"a window ends after it starts, got {self.start} to {self.end}; write one over midnight as two, no window was made"
            )
        if not self.days:
            raise TimeError("a window needs at least one day; no window was made")


@attrs.frozen(cache_hash=True)
class Hours:
    """
    The windows in which contact is allowed; several on one day add up, and a day with none is closed.

    Hours that name holidays anywhere treat a holiday by the windows for "holiday" and "all" alone, whatever
    weekday it is; hours that do not name them treat a holiday as its weekday.

    Attributes:
        windows: The windows, in any order.
        closed_on: Days without contact even if a window names them, by the words of `DailyWindow.days`.
    """

    windows: tuple[DailyWindow, ...] = attrs.field(converter=tuple[DailyWindow, ...])
    closed_on: frozenset[str] = attrs.field(default=(), converter=_day_names)
    names_holidays: bool = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        mentioned = self.closed_on.union(*(window.days for window in self.windows))
        object.__setattr__(self, "names_holidays", "holiday" in mentioned)

    def on(self, day: date, *, holiday: bool) -> tuple[DailyWindow, ...]:
        """Return the windows of a local *day*; *holiday* says whether it is one."""
        kind = "holiday" if holiday and self.names_holidays else WEEKDAYS[day.weekday()]
        if not self.closed_on.isdisjoint((kind, "all")):
            return ()
        return tuple(window for window in self.windows if not window.days.isdisjoint((kind, "all")))


def is_open(at: datetime, zones: Sequence[str], hours: Hours, calendar: HolidayCalendar | None = None) -> bool:
    """
    Tell whether *at* lies inside *hours* at every place.

    Args:
        at: The instant, aware.
        zones: Zone of each place where the person may plausibly be. None at all, or one that is no zone of
            the tz database, closes: what is not known is not permitted.
        hours: Windows in the local time of each place.
        calendar: Holidays; needed if *hours* name them.

    Raises:
        TimeError: *at* is naive, or *hours* name holidays and no calendar is given.

    Source:
        12 CFR 1006.6(b)(1)(i) and comment 6(b)(1)(i)-2 (Regulation F): with conflicting location information,
        a time convenient in every place.
    """
    instant = require_aware(at).astimezone(UTC)
    _check_arguments(zones, hours, calendar)
    return bool(zones) and all(_opening_at(instant, name, hours, calendar) is not None for name in zones)


def next_open(
    at: datetime, zones: Sequence[str], hours: Hours, calendar: HolidayCalendar | None = None, *, horizon_days: int = HORIZON_DAYS
) -> datetime | None:
    """
    Return the first instant from *at* on, in UTC, that lies inside *hours* at every place.

    That is *at* itself if it is open. A start that the window excludes is answered by the next whole second.

    Returns:
        The instant, or None if there is none within *horizon_days* days, no zone, or an unknown one.

    Raises:
        TimeError: *at* is naive, or *hours* name holidays and no calendar is given.
    """
    instant = require_aware(at).astimezone(UTC)
    _check_arguments(zones, hours, calendar)
    until = instant + timedelta(days=horizon_days)
    agreed = 0
    # Each place in turn pushes the instant to its own next opening; when all have agreed to the same one, it
    # is the earliest, because no step ever passes over an instant that is open everywhere.
    while zones:
        for name in zones:
            pushed = _next_in(instant, name, hours, calendar, until=until)
            if pushed is None:
                return None
            agreed = agreed + 1 if pushed == instant else 1
            instant = pushed
            if agreed >= len(zones):
                return instant
    return None


def open_until(
    at: datetime, zones: Sequence[str], hours: Hours, calendar: HolidayCalendar | None = None, *, horizon_days: int = HORIZON_DAYS
) -> datetime | None:
    """
    Return the last instant, in UTC and inclusive, until which contact stays open at every place without a break.

    Use it as `not_after`. Windows that meet at midnight count as one stretch. An excluded end is answered by
    the microsecond before it.

    Returns:
        The instant, at most *horizon_days* days after *at*; None if *at* itself is closed.

    Raises:
        TimeError: *at* is naive, or *hours* name holidays and no calendar is given.
    """
    instant = require_aware(at).astimezone(UTC)
    _check_arguments(zones, hours, calendar)
    last = instant + timedelta(days=horizon_days)
    for name in zones:
        stays = _stays_open(instant, name, hours, calendar, until=last)
        if stays is None:
            return None
        last = stays
    return last if zones else None


def _check_arguments(zones: Sequence[str], hours: Hours, calendar: HolidayCalendar | None) -> None:
    if isinstance(zones, str):
        raise TimeError(f"zones are a list of names, got the single text {zones!r}; nothing was decided")
    if calendar is None and hours.names_holidays:
        raise TimeError("these hours treat holidays apart; give a holiday calendar, nothing was decided")


@lru_cache(maxsize=2048)
def _known_zone(name: str) -> ZoneInfo | None:
    # An unknown zone closes contact and must not stop the run; whoever stores a zone calls `zone` and hears why.
    try:
        return zone(name)
    except TimeError:
        return None


def _opening_at(instant: datetime, name: str, hours: Hours, calendar: HolidayCalendar | None) -> tuple[datetime, datetime] | None:
    place = _known_zone(name)
    if place is None:
        return None
    for opening in _openings_on(instant.astimezone(place).date(), name, hours, calendar):
        if opening[0] <= instant <= opening[1]:
            return opening
    return None


def _next_in(instant: datetime, name: str, hours: Hours, calendar: HolidayCalendar | None, *, until: datetime) -> datetime | None:
    place = _known_zone(name)
    if place is None:
        return None
    day, last_day = instant.astimezone(place).date(), until.astimezone(place).date()
    while day <= last_day:
        for first, last in _openings_on(day, name, hours, calendar):
            candidate = max(instant, _whole_second(first))
            if first <= instant <= last:
                candidate = instant
            if candidate <= last:
                return candidate if candidate <= until else None
        day += _ONE_DAY
    return None


def _stays_open(instant: datetime, name: str, hours: Hours, calendar: HolidayCalendar | None, *, until: datetime) -> datetime | None:
    opening = _opening_at(instant, name, hours, calendar)
    if opening is None:
        return None
    while opening is not None and instant < until:
        instant = opening[1]
        opening = _opening_at(instant + _TICK, name, hours, calendar)
    return min(instant, until)


def _whole_second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0) + _SECOND if instant.microsecond else instant


def _openings_on(day: date, name: str, hours: Hours, calendar: HolidayCalendar | None) -> tuple[tuple[datetime, datetime], ...]:
    holiday = hours.names_holidays and calendar is not None and calendar.is_holiday(day)
    return _openings(hours, name, day, holiday)


@lru_cache(maxsize=8192)
def _openings(hours: Hours, name: str, day: date, holiday: bool) -> tuple[tuple[datetime, datetime], ...]:
    """Return the openings of a local day as first and last instant in UTC, both inclusive, in order."""
    place = zone(name)
    bounds = ((_first(window, day, place), _last(window, day, place)) for window in hours.on(day, holiday=holiday))
    return tuple(sorted((first, last) for first, last in bounds if first <= last))


def _first(window: DailyWindow, day: date, place: ZoneInfo) -> datetime:
    early, late = _showings(datetime.combine(day, window.start), place)
    if early > late:
        return _change_between(late, early, place)
    return late if window.start_inclusive else late + _TICK


def _last(window: DailyWindow, day: date, place: ZoneInfo) -> datetime:
    whole_day = window.end == _MIDNIGHT
    early, late = _showings(datetime.combine(day + _ONE_DAY if whole_day else day, window.end), place)
    if early > late:
        return _change_between(late, early, place) - _TICK
    return early if window.end_inclusive and not whole_day else early - _TICK


def _showings(wall: datetime, place: ZoneInfo) -> tuple[datetime, datetime]:
    """
    Return the instants that PEP 495 gives *wall* with fold 0 and fold 1, in UTC.

    Equal: shown once. Ascending: shown twice. Descending: skipped, and the clock changes after the second
    of them, no later than the first.
    """
    aware = wall.replace(tzinfo=place)
    return aware.astimezone(UTC), aware.replace(fold=1).astimezone(UTC)


def _change_between(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """Return the instant of the clock change after *before* and no later than *after*, by bisection in whole seconds."""
    old = before.astimezone(place).utcoffset()
    low, high = 0, int((after - before) / _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(place).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + high * _SECOND
