"""Buckets of lateness: named, contiguous ranges of days past due, the last one open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import attrs

from collectkit.errors import PolicyError


@attrs.frozen
class Buckets:
    """
    Named bands of days past due.

    Attributes:
        starts: First day of each band after ``current``, rising, the first at least 1; a band ends where the next begins.

    Raises:
        PolicyError: The starts are not whole days that rise from at least 1.

    >>> Buckets((1, 31, 61)).names
    ('current', '1-30', '31-60', '61+')
    >>> Buckets((1, 31, 61)).of(30)
    '1-30'
    """

    starts: tuple[int, ...] = attrs.field(converter=tuple[int, ...])
    names: tuple[str, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        starts = self.starts
        if not starts or starts[0] < 1 or any(a >= b for a, b in pairwise(starts)):
            raise PolicyError(f"buckets start on rising days of at least 1, got {list(starts)}; nothing was loaded")
        object.__setattr__(self, "names", ("current", *_ranges(starts)))

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
