"""Buckets of lateness: contiguous, named, the last one open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.delinquency import BNPL, MONTHLY, Band, Buckets
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


class TestBands:
    def test_names_of_their_own(self) -> None:
        """
        A band may be called what the business calls it, and the first may reach into days that are not yet late.
        """
        buckets = Buckets.of_bands([Band("good", 0, 3), Band("watch", 4, 30), Band("bad", 31)])

        assert ("good", "watch", "bad") == buckets.names
        assert ["good", "watch", "watch", "bad"] == [buckets.of(days) for days in (3, 4, 30, 31)]

    @pytest.mark.parametrize(
        ("bands", "message"),
        [
            ([Band("a", 0, 3), Band("b", 5, 30), Band("c", 31)], "days 4 to 4 lie between"),
            ([Band("a", 0, 3), Band("b", 3, 30), Band("c", 31)], "day 3 lies in two bands"),
            ([Band("a", 0, 3), Band("b", 4, 30)], "end with one that is open"),
            ([Band("a", 1, 3), Band("b", 4)], "begin with one that holds day 0"),
            ([Band("a", 0), Band("b", 4)], "only the last band is open"),
            ([Band("a", 0, 3), Band("a", 4)], "different names"),
        ],
    )
    def test_gaps_and_overlaps_are_refused(self, bands: list[Band], message: str) -> None:
        """
        Every day lies in one band, or nothing is loaded.
        """
        with pytest.raises(PolicyError, match=message):
            Buckets.of_bands(bands)

    @given(starts=STARTS, days=st.integers(0, 500))
    def test_written_bands_are_the_same_buckets(self, starts: tuple[int, ...], days: int) -> None:
        """
        Writing down what the starts mean gives the same band for each day.
        """
        ends = [*[start - 1 for start in starts], None]
        written = [Band(str(first), first, last) for first, last in zip((0, *starts), ends, strict=True)]

        assert Buckets(starts).index(days) == Buckets.of_bands(written).index(days)

    def test_cycles(self) -> None:
        """
        The first fortnight is one cycle late, the second two.
        """
        buckets = Buckets.of_cycles(14, 3)

        assert ["current", "1 cycle", "1 cycle", "2 cycles", "3+ cycles"] == [buckets.of(days) for days in (0, 1, 14, 15, 29)]
        with pytest.raises(PolicyError):
            Buckets.of_cycles(0, 3)
