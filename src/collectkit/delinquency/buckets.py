"""Buckets of lateness: named, contiguous ranges of days past due, the last one open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

import attrs

from collectkit.errors import PolicyError


@attrs.frozen
class Band:
    """
    A range of days past due as somebody writes it down.

    Attributes:
        name: What it is called.
        first: First day past due in it.
        last: Last day in it; None for the one that is open.
    """

    name: str
    first: int
    last: int | None = None


@attrs.frozen
class Buckets:
    """
    Named bands of days past due.

    Attributes:
        starts: First day of each band after ``current``, rising, the first at least 1; a band ends where the next begins.
        labels: What the bands are called, ``current`` first; empty to name them by their days.

    Raises:
        PolicyError: The starts are not whole days that rise from at least 1, or the labels do not fit them.

    >>> Buckets((1, 31, 61)).names
    ('current', '1-30', '31-60', '61+')
    >>> Buckets((1, 31, 61)).of(30)
    '1-30'
    """

    starts: tuple[int, ...] = attrs.field(converter=tuple[int, ...])
    labels: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    names: tuple[str, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        starts = self.starts
        if not starts or starts[0] < 1 or any(a >= b for a, b in pairwise(starts)):
            raise PolicyError(f"buckets start on rising days of at least 1, got {list(starts)}; nothing was loaded")
        if self.labels and (len(self.labels) != len(starts) + 1 or len(set(self.labels)) != len(self.labels)):
            raise PolicyError(f"{len(starts) + 1} different names are needed, got {list(self.labels)}; nothing was loaded")
        object.__setattr__(self, "names", self.labels or ("current", *_ranges(starts)))

    @classmethod
    def of_bands(cls, bands: Iterable[Band]) -> Buckets:
        """
        Read bands as they are written down, and refuse what leaves a day out or puts one into two bands.

        Args:
            bands: In the order of their days; the first is what is not late, from 0 or below, the last is open.

        Raises:
            PolicyError: A gap, an overlap, a last band that ends, or a first one that does not hold day 0.

        >>> Buckets.of_bands([Band("good", 0, 3), Band("watch", 4, 30), Band("bad", 31)]).of(4)
        'watch'
        """
        held = tuple(bands)
        if len(held) < 2 or held[0].first > 0 or held[-1].last is not None:
            raise PolicyError("bands begin with one that holds day 0 and end with one that is open; nothing was loaded")
        for before, after in pairwise(held):
            if before.last is None:
                raise PolicyError(f"only the last band is open, got {before.name!r} before {after.name!r}; nothing was loaded")
            if after.first > before.last + 1:
                raise PolicyError(
                    f"days {before.last + 1} to {after.first - 1} lie between {before.name!r} and {after.name!r}; nothing was loaded"
                )
            if after.first <= before.last:
                raise PolicyError(f"day {after.first} lies in two bands, {before.name!r} and {after.name!r}; nothing was loaded")
        return cls(tuple(band.first for band in held[1:]), tuple(band.name for band in held))

    @classmethod
    def of_cycles(cls, every_days: int, count: int) -> Buckets:
        """
        Return bands of billing cycles, for plans that are paid every few weeks: one cycle late, two, and so on.

        Args:
            every_days: Days of a cycle, at least 1; 14 for fortnightly plans.
            count: How many bands after ``current``; the last is open.

        >>> Buckets.of_cycles(14, 3).names, Buckets.of_cycles(14, 3).of(15)
        (('current', '1 cycle', '2 cycles', '3+ cycles'), '2 cycles')
        """
        if type(every_days) is not int or type(count) is not int or every_days < 1 or count < 1:
            raise PolicyError(f"cycles have days, and there is at least one band, got {every_days!r} and {count!r}; nothing was loaded")
        names = [f"{number} cycle{'s' if number > 1 else ''}" for number in range(1, count)]
        last = f"{count}+ cycles"
        return cls(tuple(1 + every_days * number for number in range(count)), ("current", *names, last))

    def index(self, days_past_due: int) -> int:
        """Return the position in `names`; 0 is ``current``."""
        return bisect_right(self.starts, days_past_due)

    def of(self, days_past_due: int) -> str:
        """Return the name of the band that holds *days_past_due*."""
        return self.names[self.index(days_past_due)]


def _ranges(starts: Sequence[int]) -> list[str]:
    closed = [f"{first}-{then - 1}" if then - 1 > first else f"{first}" for first, then in pairwise(starts)]
    return [*closed, f"{starts[-1]}+"]


MONTHLY = Buckets((1, 31, 61, 91, 121))
"""The bands of monthly plans and of most public figures."""

BNPL = Buckets((1, 4, 8, 15, 31, 61, 91, 121))
"""Bands for plans that last six weeks, where thirty-day bands would hide everything."""
