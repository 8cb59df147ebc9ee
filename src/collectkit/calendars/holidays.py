"""Which days are business days.

A weekend and a public holiday are told apart: a law that closes "statutory holidays" does not thereby close
every Saturday. A calendar that does not know a year says so instead of answering "no holiday".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Protocol, runtime_checkable

import attrs

from collectkit.errors import MissingExtraError, TimeError, ValidationError

SATURDAY_AND_SUNDAY = frozenset({5, 6})


@runtime_checkable
class HolidayCalendar(Protocol):
    """What the library asks about a day at a place; hosts may bring their own."""

    def is_holiday(self, day: date) -> bool:
        """Tell whether *day* is a public holiday; a plain weekend day is none."""
        ...

    def is_weekend(self, day: date) -> bool:
        """Tell whether *day* is a weekly day of rest."""
        ...

    def name(self, day: date) -> str | None:
        """Return what the holiday is called, or None if *day* is none."""
        ...


def is_business_day(day: date, calendar: HolidayCalendar) -> bool:
    """
    Tell whether *day* is neither a weekend day nor a holiday of *calendar*.

    Source:
        The calendar, whose days are civil days of its place.
    """
    return not calendar.is_weekend(day) and not calendar.is_holiday(day)


def _weekend(days: Iterable[int]) -> frozenset[int]:
    chosen = frozenset(days)
    if not chosen <= frozenset(range(7)) or len(chosen) == 7:
        raise ValidationError(f"a weekend is up to six days from 0 (Monday) to 6 (Sunday), got {sorted(chosen)}; no calendar was made")
    return chosen


@attrs.frozen
class Weekends:
    """
    The default calendar: weekends and no holiday.

    Attributes:
        weekend: Days of rest, 0 for Monday to 6 for Sunday; may be empty.
    """

    weekend: frozenset[int] = attrs.field(default=SATURDAY_AND_SUNDAY, converter=_weekend)

    def is_holiday(self, day: date) -> bool:
        """Return False: this calendar knows no holidays."""
        return False

    def is_weekend(self, day: date) -> bool:
        """Tell whether *day* is one of the chosen days of rest."""
        return day.weekday() in self.weekend

    def name(self, day: date) -> str | None:
        """Return None: this calendar knows no holidays."""
        return None


def _named_days(days: Mapping[date, str] | Iterable[date]) -> tuple[tuple[date, str], ...]:
    named = days.items() if isinstance(days, Mapping) else ((day, "holiday") for day in set(days))
    return tuple(sorted(named))


@attrs.frozen
class FixedHolidays:
    """
    Holidays from an explicit list, as a statute or a policy file gives it.

    Attributes:
        days: The holidays with their names, in order; built from a mapping of day to name or from plain days.
        weekend: Days of rest, 0 for Monday to 6 for Sunday.
        known_from: First day for which the list is complete, inclusive; None for no bound.
        known_through: Last day for which the list is complete, inclusive; None for no bound.
    """

    days: tuple[tuple[date, str], ...] = attrs.field(converter=_named_days)
    weekend: frozenset[int] = attrs.field(default=SATURDAY_AND_SUNDAY, converter=_weekend)
    known_from: date | None = attrs.field(default=None, kw_only=True)
    known_through: date | None = attrs.field(default=None, kw_only=True)
    _names: dict[date, str] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: dict(self.days), takes_self=True)
    )

    def is_holiday(self, day: date) -> bool:
        """
        Tell whether *day* is on the list.

        Raises:
            TimeError: *day* lies outside the days for which the list is complete.
        """
        return self.name(day) is not None

    def is_weekend(self, day: date) -> bool:
        """Tell whether *day* is one of the chosen days of rest."""
        return day.weekday() in self.weekend

    def name(self, day: date) -> str | None:
        """
        Return what the holiday is called, or None if *day* is not on the list.

        Raises:
            TimeError: *day* lies outside the days for which the list is complete.
        """
        too_early = self.known_from is not None and day < self.known_from
        if too_early or (self.known_through is not None and day > self.known_through):
            raise TimeError(
                f"the holiday list is complete from {self.known_from} to {self.known_through} and does not tell about {day}; "
                "extend the list, nothing was decided"
            )
        return self._names.get(day)


@attrs.frozen
class CountryHolidays:
    """
    Public holidays of a country or one of its parts, from the `holidays` package.

    Attributes:
        country: ISO 3166-1 alpha-2 code, such as "US".
        subdivision: Code of the state or province within the country, such as "CA", or None.
        weekend: Days of rest, 0 for Monday to 6 for Sunday.

    Raises:
        MissingExtraError: The `holidays` package is not installed.
        ValidationError: The package does not know the country or the subdivision.
    """

    country: str
    subdivision: str | None = None
    weekend: frozenset[int] = attrs.field(default=SATURDAY_AND_SUNDAY, converter=_weekend, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _holidays_of(self.country, self.subdivision, 2026)

    def is_holiday(self, day: date) -> bool:
        """
        Tell whether *day* is a public holiday, observed days included.

        Raises:
            TimeError: The package has no holidays for that year.
        """
        return self.name(day) is not None

    def is_weekend(self, day: date) -> bool:
        """Tell whether *day* is one of the chosen days of rest."""
        return day.weekday() in self.weekend

    def name(self, day: date) -> str | None:
        """
        Return what the holiday is called in the country's default language, or None.

        Raises:
            TimeError: The package has no holidays for that year.
        """
        return _holidays_of(self.country, self.subdivision, day.year).get(day)


@attrs.frozen
class Union:
    """
    Several calendars at once: a day is a holiday or a weekend day as soon as one of them says so.

    Attributes:
        calendars: At least one calendar; the first that names a holiday gives its name.
    """

    calendars: tuple[HolidayCalendar, ...] = attrs.field(converter=tuple[HolidayCalendar, ...])

    def __attrs_post_init__(self) -> None:
        if not self.calendars:
            raise ValidationError("a union needs at least one calendar, got none; no calendar was made")

    def is_holiday(self, day: date) -> bool:
        """Tell whether any calendar has a holiday on *day*."""
        return any(calendar.is_holiday(day) for calendar in self.calendars)

    def is_weekend(self, day: date) -> bool:
        """Tell whether any calendar rests on *day*."""
        return any(calendar.is_weekend(day) for calendar in self.calendars)

    def name(self, day: date) -> str | None:
        """Return the name from the first calendar that has one."""
        names = (calendar.name(day) for calendar in self.calendars)
        return next((name for name in names if name is not None), None)


@lru_cache(maxsize=512)
def _holidays_of(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    # One frozen year at a time: the package's own object grows on demand and marks a year as known before
    # it has filled it, so that a second thread would for a moment see no holidays.
    try:
        import holidays
    except ImportError:
        raise MissingExtraError("country holidays", "calendars") from None

    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False)
    except NotImplementedError as error:
        raise ValidationError(f"no holidays for that country or part: {error}; no calendar was made") from None
    if not found.start_year <= year <= found.end_year:
        raise TimeError(f"holidays of {country} are known from {found.start_year} to {found.end_year}, not for {year}; nothing was decided")
    return dict(found)
