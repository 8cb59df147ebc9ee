from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars.dates import Interval
from collectkit.errors import PlanError, TimeError
from collectkit.schedules.due_dates import month_days, series

ANCHORS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


class TestSeries:
    @given(
        anchor=ANCHORS,
        n=st.integers(1, 48),
        count=st.integers(1, 6),
        after=st.integers(0, 3),
        unit=st.sampled_from(("days", "weeks", "months")),
    )
    def test_each_is_counted_from_the_anchor(self, anchor, n, count, after, unit):
        """
        The k-th due date is k intervals after the anchor, inside the table of months and outside it.
        """
        every = Interval(count, unit)

        assert tuple(every.nth(anchor, after + k) for k in range(n)) == series(anchor, n, every, after)

    def test_leap_day(self):
        """
        The thirty-first comes back after each short month.
        """
        expected = (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31))

        assert expected == month_days(date(2024, 1, 31), 3)

    def test_end_of_the_calendar(self):
        """
        No date is made up beyond the last year.
        """
        with pytest.raises(PlanError, match="leave the calendar"):
            series(date(9999, 12, 1), 4, Interval(2, "weeks"))
        with pytest.raises(TimeError):
            series(date(9999, 12, 1), 4, Interval(1, "months"))
