"""Stretches of days as a set: a day that several of them cover is one day.

Whatever stops a clock (a hold, a return in progress, a moratorium) is a stretch with a first day and a day on which it is over.
Counting each stretch on its own would count days twice where two overlap; here they are joined first, once and for all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import attrs

from collectkit.errors import TimeError

__all__ = ["NEVER", "NO_DAYS", "Spans"]

NEVER = date.max
"""End of a stretch whose end is not known."""


@attrs.frozen
class Spans:
    """
    A set of days as stretches that neither overlap nor touch.

    Attributes:
        spans: First day and first day after, in order.

    >>> held = Spans.of([(date(2026, 3, 1), date(2026, 3, 10)), (date(2026, 3, 5), date(2026, 3, 8)), (date(2026, 3, 10), None)])
    >>> held.days_within(date(2026, 3, 4), date(2026, 3, 12))
    8
    """

    spans: tuple[tuple[date, date], ...] = ()

    def __attrs_post_init__(self) -> None:
        days = [day for span in self.spans for day in span]
        if any(first >= second for first, second in pairwise(days)):
            raise TimeError("stretches of days rise and do not touch; make them with Spans.of; nothing was computed")

    @classmethod
    def of(cls, spans: Iterable[tuple[date, date | None]]) -> Spans:
        """
        Join stretches of any kind: overlapping, touching, one inside another, in any order.

        Args:
            spans: First day and first day after; None when the end is not known.

        Raises:
            TimeError: A stretch that ends before it begins, or is empty.
        """
        joined: list[tuple[date, date]] = []
        for start, given in sorted((start, end or NEVER) for start, end in spans):
            if given <= start:
                raise TimeError(f"a stretch of days that starts on {start} cannot be over on {given}; nothing was computed")
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], given))
            else:
                joined.append((start, given))
        return cls(tuple(joined))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __iter__(self) -> Iterator[tuple[date, date]]:
        return iter(self.spans)

    def __contains__(self, day: date) -> bool:
        return self._end_after(day) is not None

    def __or__(self, other: Spans) -> Spans:
        return Spans.of((*self.spans, *other.spans))

    def days_within(self, first: date, after: date) -> int:
        """Return how many days of the set lie from *first* on and before *after*."""
        return sum(max(0, (min(end, after) - max(start, first)).days) for start, end in self.spans)

    def resumed(self, on: date) -> Spans:
        """Return the days of the set before *on*: what runs on that day is over."""
        return Spans(tuple((start, min(end, on)) for start, end in self.spans if start < on))

    def later(self, day: date, count: int) -> date:
        """
        Return the first day on which *count* days outside the set have gone by since *day*; itself never in the set.

        A day of the set goes by without being counted. `NEVER` when the set has no end that is known before.

        >>> Spans.of([(date(2026, 3, 2), date(2026, 3, 5))]).later(date(2026, 3, 1), 1), Spans().later(date(2026, 3, 1), 1)
        (datetime.date(2026, 3, 5), datetime.date(2026, 3, 2))
        """
        reached = _shifted(day, count)
        for start, end in self.spans:
            if end <= day:
                continue
            if start > reached:
                break
            if end == NEVER:
                return NEVER
            reached = _shifted(reached, (end - max(start, day)).days)
        return reached

    def put_off(self, day: date, since: date) -> date:
        """
        Return the day to which a deadline moves: as many days outside the set lie before it, from *since* on, as lay before *day*.

        Itself never in the set, and never earlier than it was; `NEVER` when a stretch with no known end stands before it.

        >>> Spans.of([(date(2026, 3, 5), date(2026, 3, 8))]).put_off(date(2026, 3, 6), since=date(2026, 3, 1))
        datetime.date(2026, 3, 9)
        """
        return self.later(since, (day - since).days) if self.spans and day >= since else day

    def _end_after(self, day: date) -> date | None:
        """Return the first day after the stretch in which *day* lies."""
        index = bisect_right(self.spans, (day, NEVER)) - 1
        if index < 0:
            return None
        start, end = self.spans[index]
        return end if start <= day < end or (end == NEVER and day >= start) else None


NO_DAYS: Final = Spans()
"""The set without a day: nothing stops."""


def _shifted(day: date, days: int) -> date:
    return NEVER if days > (NEVER - day).days else day + timedelta(days=days)
