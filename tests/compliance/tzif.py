"""Wall time from the raw files of the time zone database: a walk over their tables of transitions, without `zoneinfo`."""

from __future__ import annotations

import re
import struct
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

HEADER = struct.Struct(">4sc15x6l")
COUNTS = 6

Shift = tuple[int, int]
"""Seconds since 1970 from which on an offset holds, and the offset in seconds east of Greenwich."""


@lru_cache(maxsize=1024)
def shifts(zone: str) -> tuple[Shift, ...]:
    """
    Return every change of the offset of a zone to the end of 2037, oldest first; the first holds since ever.

    What the file lists comes first; behind its last change the rule for all years, which stands at its end, is written out.
    """
    area, _, place = zone.partition("/")
    file = files("tzdata").joinpath("zoneinfo", area, *place.split("/"))
    raw = file.read_bytes()
    # The first block is in 32 bits for old readers; the second says the same in 64.
    after_first = HEADER.size + _length(raw, 0, 4)
    *_, times, types, _ = HEADER.unpack_from(raw, after_first)[2 : 2 + COUNTS]
    at = after_first + HEADER.size
    moments = struct.unpack_from(f">{times}q", raw, at)
    which = raw[at + 8 * times : at + 9 * times]
    offsets = [struct.unpack_from(">lBB", raw, at + 9 * times + 6 * number)[0] for number in range(types)]
    footer = raw[at + _length(raw, after_first, 8) :].strip(b"\n").decode()
    listed = [(moment, offsets[index]) for moment, index in zip(moments, which, strict=True)]
    last = listed[-1][0] if listed else -(2**62)
    ruled = [shift for shift in _by_rule(footer) if shift[0] > last]
    return ((-(2**62), offsets[0]), *listed, *ruled)


_NAME = r"(?:<[^>]+>|[A-Za-z]+)"
_CLOCK = r"[+-]?\d+(?::\d+)*"
_RULE = re.compile(rf"{_NAME}({_CLOCK}){_NAME}({_CLOCK})?,(M[^,/]+)(?:/({_CLOCK}))?,(M[^,/]+)(?:/({_CLOCK}))?")


def _by_rule(footer: str) -> list[Shift]:
    """Return the changes of a rule such as ``EET-2EEST,M3.5.0/3,M10.5.0/4`` in the years 1970 to 2037; none without two seasons."""
    found = _RULE.fullmatch(footer)
    if found is None:
        return []
    winter = -_seconds(found[1])
    summer = winter + 3600 if found[2] is None else -_seconds(found[2])
    starts, ends = _seconds(found[4] or "2"), _seconds(found[6] or "2")
    changes = []
    for year in range(1970, 2038):
        # Each change is given by the clock that was in force just before it.
        changes.append((_day(year, found[3]) * 86_400 + starts - winter, summer))
        changes.append((_day(year, found[5]) * 86_400 + ends - summer, winter))
    return sorted(changes)


def _seconds(clock: str) -> int:
    sign = -1 if clock.startswith("-") else 1
    parts = [int(part) for part in clock.lstrip("+-").split(":")]
    return sign * sum(part * 60 ** (2 - place) for place, part in enumerate(parts))


def _day(year: int, named: str) -> int:
    """Return a day such as ``M3.5.0``, the last Sunday of March, as days since 1970."""
    month, week, weekday = (int(part) for part in named[1:].split("."))
    days = [day for day in range(1, 32) if _is_day(year, month, day) and date(year, month, day).isoweekday() % 7 == weekday]
    chosen = date(year, month, days[-1] if week == 5 else days[week - 1])
    return (chosen - date(1970, 1, 1)).days


def _is_day(year: int, month: int, day: int) -> bool:
    return day <= 28 or (date(year, month, 28) + timedelta(days=day - 28)).month == month


def _length(raw: bytes, at: int, width: int) -> int:
    isut, isstd, leaps, times, types, letters = HEADER.unpack_from(raw, at)[2 : 2 + COUNTS]
    return int(times * (width + 1) + types * 6 + letters + leaps * (width + 4) + isstd + isut)


def offset_at(zone: str, moment: int) -> int:
    """Return the offset in force at an instant: the last shift that is not later, found by walking."""
    found = 0
    for since, offset in shifts(zone):
        if since > moment:
            break
        found = offset
    return found


def second_of_day(zone: str, moment: int) -> int:
    """Return what the clock on the wall reads, in seconds since midnight."""
    return (moment + offset_at(zone, moment)) % 86_400


def is_shown_twice(zone: str, moment: int) -> bool:
    """Tell whether the clock on the wall reads the same on the same day at another instant: an hour that autumn repeats."""
    local = moment + offset_at(zone, moment)
    tried = {local - offset_at(zone, moment + days * 86_400) for days in (-1, 0, 1)}
    return len({other for other in tried if other + offset_at(zone, other) == local}) > 1
