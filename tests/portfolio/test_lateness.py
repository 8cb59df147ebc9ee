"""Bands and days of lateness over columns, by looking up and by comparing."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from collectkit.delinquency import Buckets
from collectkit.portfolio.lateness import Lateness

TODAY = 739_000
NEAR, FAR = st.integers(1, 90), st.integers(1, 5_000)
ACCOUNTS = st.tuples(st.integers(-6_000, 6_000) | st.integers(-10, 100), st.booleans())


class TestLateness:
    @given(
        starts=st.lists(NEAR, min_size=1, max_size=6, unique=True) | st.lists(FAR, min_size=1, max_size=6, unique=True),
        days=st.sets(st.integers(-10, 100), max_size=4),
        accounts=st.lists(ACCOUNTS, min_size=1, max_size=12),
        dtype=st.sampled_from((np.int32, np.int64)),
    )
    @example(starts=[1, 253], days=set(), accounts=[(late, True) for late in (-1, 0, 1, 252, 253, 254, 255)], dtype=np.int32)
    @example(starts=[1, 254], days=set(), accounts=[(late, True) for late in (-1, 0, 1, 253, 254, 255, 256)], dtype=np.int32)
    @example(starts=[1], days={-3, 7}, accounts=[(late, True) for late in range(-5, 10)], dtype=np.int32)
    def test_agrees_with_one_account_at_a_time(self, starts, days, accounts, dtype):
        """
        The band is that of the days past due, a day to be told is told; who owes nothing is in band 0 and on no day.
        """
        buckets = Buckets(tuple(sorted(starts)))
        due_on = np.array([TODAY - late for late, _ in accounts], dtype)
        unpaid = np.array([owes for _, owes in accounts], np.bool_)
        band, told = (np.full(len(accounts), 77, np.uint8) for _ in range(2))
        lateness = Lateness(buckets.starts, TODAY, due_on.dtype, most=len(accounts), days=days)
        before = due_on.copy()
        lateness.fill(due_on, unpaid, band, told)

        assert [buckets.index(late) if owes else 0 for late, owes in accounts] == band.tolist()
        assert [int(owes and late in days) for late, owes in accounts] == told.tolist()
        assert (before == due_on).all()
        lateness.fill(due_on, None, band)
        assert [buckets.index(late) for late, _ in accounts] == band.tolist()

    def test_many_bands(self):
        """
        So many bands that a byte has no room beside their number, and days at both ends of the type.
        """
        starts = tuple(range(1, 201))
        due_on = np.array([TODAY, TODAY - 1, TODAY - 200, -(2**31), 2**31 - 1], np.int32)
        band, told = (np.empty(5, np.uint8) for _ in range(2))
        Lateness(starts, TODAY, due_on.dtype, most=5, days=(200,)).fill(due_on, None, band, told)

        assert [0, 1, 200, 200, 0] == band.tolist()
        assert [0, 0, 1, 0, 0] == told.tolist()

    def test_a_date_beyond_the_type(self):
        """
        Where the business date does not fit into the column, all are as late as can be.
        """
        band = np.empty(2, np.uint8)
        Lateness((1, 8), 2**40, np.dtype(np.int32), most=2).fill(np.array([-(2**31), 2**31 - 1], np.int32), None, band)

        assert [2, 2] == band.tolist()
