"""When a handler may work: licences that end, days off, and shifts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import attrs

from collectkit.errors import PolicyError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAVE_KEPT = 7
"""Days of leave ahead that leave an account where it is; for a longer absence somebody else takes it over."""


def _day(text: str, of: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PolicyError(f"{of!r} names no day such as 2026-12-31; nothing was loaded") from None


@attrs.frozen
class Licence:
    """
    A licence to collect in a region.

    Attributes:
        region: ISO 3166 code; ``US`` covers ``US-NY``.
        until: Last day on which it is valid, inclusive; None: open.
    """

    region: str
    until: date | None = None

    @classmethod
    def of(cls, text: str) -> Licence:
        """
        Read ``US-NY`` or ``US-NY until 2026-12-31``.

        Raises:
            PolicyError: No region, or a day that is none.
        """
        region, _, until = text.partition(" until ")
        if not region or " " in region:
            raise PolicyError(f"a licence is 'US-NY' or 'US-NY until 2026-12-31', got {text!r}; nothing was loaded")
        return cls(region, _day(until, text) if until else None)


@attrs.frozen
class Leave:
    """Days off, both inclusive."""

    first: date
    last: date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            raise PolicyError(f"a leave from {self.first} to {self.last} ends before it starts; nothing was loaded")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def leaves(given: Iterable[str | Leave]) -> tuple[Leave, ...]:
    """
    Read leaves from texts such as ``2026-11-02 to 2026-11-13``.

    Raises:
        PolicyError: A text that names no two days, or a leave that ends before it starts.
    """
    return tuple(one if isinstance(one, Leave) else _leave(one) for one in given)


def _leave(text: str) -> Leave:
    first, word, last = text.partition(" to ")
    if not word:
        raise PolicyError(f"a leave is '2026-11-02 to 2026-11-13', got {text!r}; nothing was loaded")
    return Leave(_day(first, text), _day(last, text))


@attrs.frozen
class Shift:
    """
    Hours of work on some days of the week, in the zone of whoever works them.

    Attributes:
        days: Days of the week, ``mon`` to ``sun``.
        start: First local time.
        end: First local time at which it is over; midnight for the end of the day.
    """

    days: tuple[str, ...]
    start: time
    end: time

    @classmethod
    def of(cls, text: str) -> Shift:
        """
        Read ``mon-fri 09:00-17:30``, ``sat 10:00-14:00`` or ``mon,wed 18:00-00:00``.

        Raises:
            PolicyError: Days or hours that are none, or a shift that ends before it starts; one over midnight is two.
        """
        named, _, hours = text.partition(" ")
        days = tuple(day for part in named.split(",") for day in _days(part, text))
        start, end = _hours(hours, text)
        if end <= start and end != _MIDNIGHT:
            raise PolicyError(f"the shift {text!r} ends before it starts; one that goes over midnight is two; nothing was loaded")
        return cls(days, start, end)


_MIDNIGHT = time(0)


def _days(part: str, of: str) -> tuple[str, ...]:
    first, _, last = part.partition("-")
    ends = (first, last or first)
    if any(day not in WEEKDAYS for day in ends) or WEEKDAYS.index(ends[1]) < WEEKDAYS.index(first):
        raise PolicyError(f"a shift is 'mon-fri 09:00-17:30', with days from {', '.join(WEEKDAYS)}, got {of!r}; nothing was loaded")
    return WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(ends[1]) + 1]


def _hours(hours: str, of: str) -> tuple[time, time]:
    start, _, end = hours.partition("-")
    try:
        return time.fromisoformat(start), time.fromisoformat(end)
    except ValueError:
        raise PolicyError(f"a shift is 'mon-fri 09:00-17:30', got {of!r}; nothing was loaded") from None


def shifts(given: Iterable[str | Shift]) -> tuple[Shift, ...]:
    """
    Read shifts from texts such as ``mon-fri 09:00-17:30``.

    Raises:
        PolicyError: A text that names no days and hours.
    """
    return tuple(one if isinstance(one, Shift) else Shift.of(one) for one in given)


def shift_end(given: Iterable[Shift], at: datetime) -> datetime | None:
    """
    Return when the shift ends in which *at* falls, the latest of several; None outside of all.

    Args:
        given: Shifts; none at all: work goes on until the end of the day.
        at: In the zone of the shifts.
    """
    midnight = datetime.combine(at.date() + timedelta(days=1), _MIDNIGHT, at.tzinfo)
    held = tuple(given)
    if not held:
        return midnight
    here = [shift for shift in held if WEEKDAYS[at.weekday()] in shift.days and shift.start <= at.time()]
    ends = [midnight if shift.end == _MIDNIGHT else datetime.combine(at.date(), shift.end, at.tzinfo) for shift in here]
    return max((end for end in ends if at < end), default=None)
