"""Buckets of lateness: contiguous, named, the last one open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.delinquency import BNPL, MONTHLY, Buckets
from collectkit.errors import PolicyError

STARTS = st.lists(st.integers(1, 400), min_size=1, max_size=8, unique=True).map(sorted).map(tuple)


class TestBuckets:
    @pytest.mark.parametrize(
        ("days", "expected"),
        [(0, "current"), (1, "1-3"), (3, "1-3"), (4, "4-7"), (30, "15-30"), (31, "31-60"), (120, "91-120"), (121, "121+"), (9999, "121+")],
    )
    def test_both_ends_of_a_band_are_inside(self, days: int, expected: str) -> None:
        """
        Due today is current, one day late is not.
        """
        assert expected == BNPL.of(days)

    def test_names(self) -> None:
        """
        A band of one day is named by that day.
        """
        assert ("current", "1-30", "31-60", "61-90", "91-120", "121+") == MONTHLY.names
        assert ("current", "1", "2-4", "5+") == Buckets((1, 2, 5)).names
        assert ("current", "10+") == Buckets((10,)).names

    @pytest.mark.parametrize("starts", [(), (0, 30), (-1,), (1, 31, 31), (31, 1)])
    def test_gaps_and_overlaps_cannot_be_said(self, starts: tuple[int, ...]) -> None:
        """
        Only rising days from 1 are bands.
        """
        with pytest.raises(PolicyError, match="rising days of at least 1"):
            Buckets(starts)

    @given(starts=STARTS, days=st.integers(0, 500))
    def test_every_day_lies_in_one_band_and_later_is_never_lower(self, starts: tuple[int, ...], days: int) -> None:
        """
        The index grows with the days, and counts the bands that have begun.
        """
        buckets = Buckets(starts)

        assert sum(start <= days for start in starts) == buckets.index(days) <= buckets.index(days + 1)
        assert len(set(buckets.names)) == len(starts) + 1
