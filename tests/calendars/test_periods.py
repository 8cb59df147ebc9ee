from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars import require_period
from collectkit.errors import TimeError

instants = st.datetimes(timezones=st.just(UTC))


class TestPeriods:
    @given(first=st.dates(), last=st.dates())
    def test_of_days(self, first, last):
        """
        One day is a period, and so is any that ends on a later one; all others are refused with both days.
        """
        if first <= last:
            require_period(first, last)
        else:
            with pytest.raises(TimeError, match=f"from {first} to {last} ends before it begins; .*; nothing was counted$"):
                require_period(first, last, "nothing was counted")

    @given(first=instants, last=instants)
    def test_of_instants(self, first, last):
        """
        One that is over as it begins holds nothing, and says so; one that is over before cannot be meant.
        """
        if first <= last:
            require_period(first, last)
        else:
            with pytest.raises(TimeError, match="ends before it begins"):
                require_period(first, last)

    def test_a_day_and_an_instant_make_no_period(self):
        """
        Which day an instant lies in depends on a zone.
        """
        day, at = date(2026, 10, 1), datetime(2026, 10, 20, tzinfo=UTC)

        for first, last in ((day, at), (at, day), (at, at.replace(tzinfo=None))):
            with pytest.raises(TimeError, match="nothing was computed"):
                require_period(first, last)
