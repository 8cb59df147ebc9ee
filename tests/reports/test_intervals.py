"""Intervals of shares and counts, over people."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.reports.intervals import Interval, Z, count_interval, effective_size, root, score_interval


class TestShares:
    @pytest.mark.parametrize(
        ("share", "size", "expected"),
        [
            (Fraction(81, 263), 263, (0.2535, 0.3682)),
            (Fraction(15, 148), 148, (0.0598, 0.1644)),
            (Fraction(0), 20, (0.0, 0.2005)),
            (Fraction(1, 29), 29, (0.0018, 0.1963)),
        ],
    )
    def test_published_examples(self, share, size, expected):
        """
        The four examples that Newcombe (1998, Statistics in Medicine 17, 857-872, table I) works out for the
        score interval with continuity correction.
        """
        assert expected == tuple(round(float(end), 4) for end in attrs.astuple(score_interval(share, size, Fraction(1_959_964, 10**6))))

    def test_nobody_was_asked(self):
        """
        Nothing is known: from none to all.
        """
        assert Interval(Fraction(0), Fraction(1)) == score_interval(Fraction(0), 0)

    @given(above=st.integers(0, 500), below=st.integers(1, 500), z=st.fractions(0, 5))
    def test_holds_its_share_and_narrows(self, above, below, z):
        """
        A share lies in its interval, within 0 and 1, and more people make it no wider.
        """
        share = min(Fraction(1), Fraction(above, below))
        few, many = score_interval(share, below, z), score_interval(share, 4 * below, z)

        assert 0 <= few.low <= few.high <= 1
        assert share in few
        assert many.high - many.low <= few.high - few.low + Fraction(1, 10**8)


class TestSizes:
    @given(weights=st.lists(st.integers(0, 10**9), max_size=20), times=st.integers(1, 1_000))
    def test_between_one_and_all(self, weights, times):
        """
        No more than there are people, no fewer than one where there is any, and no other for cents than for euros.
        """
        size, people = effective_size(weights), sum(weight > 0 for weight in weights)

        assert bool(people) <= size <= people
        assert size == effective_size([weight * times for weight in weights])

    @given(weight=st.integers(1, 10**9), people=st.integers(1, 200))
    def test_equal_people_count_in_full(self, weight, people):
        """
        People of equal weight are as many as they are.
        """
        assert people == effective_size([weight] * people)


class TestCounts:
    @given(count=st.integers(0, 10_000))
    def test_ends_are_z_deviations_away(self, count):
        """
        At each end the count lies as many standard deviations away as was asked for.
        """
        held = count_interval(count)
        for end in (held.low, held.high):
            assert abs(abs(count - end) - Z * root(end)) < Fraction(1, 10**5)
