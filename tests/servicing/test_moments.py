"""When a contact is wanted where the person is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Proposal
from collectkit.servicing.moments import wanted_moment

EAST, WEST = "America/New_York", "America/Los_Angeles"
FRIDAY = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)


def wish(local_time: str = "", weekdays: tuple[int, ...] = ()) -> Proposal:
    return Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "sms", local_time=local_time, weekdays=weekdays)


class TestWorkedExamples:
    @pytest.mark.parametrize(
        ("proposal", "zones", "expected"),
        [
            (wish(), [EAST], FRIDAY),
            (wish("16:00"), [EAST], datetime(2026, 11, 27, 21, 0, tzinfo=UTC)),
            (wish("10:00"), [EAST], datetime(2026, 11, 28, 15, 0, tzinfo=UTC)),
            (wish("10:00", (0, 1, 2, 3, 4)), [EAST], datetime(2026, 11, 30, 15, 0, tzinfo=UTC)),
            (wish("10:00"), [EAST, WEST], datetime(2026, 11, 28, 18, 0, tzinfo=UTC)),
            (wish("", (5,)), [EAST, WEST], datetime(2026, 11, 28, 8, 0, tzinfo=UTC)),
            (wish("10:00"), [], FRIDAY),
        ],
    )
    def test_the_first_instant_that_suits_every_place(self, proposal: Proposal, zones: list[str], expected: datetime) -> None:
        """
        Three in the afternoon in New York, noon in Los Angeles, on a Friday.
        """
        assert expected == wanted_moment(proposal, zones, FRIDAY)


class TestLaws:
    @given(
        hour=st.times().map(lambda given: given.replace(second=0, microsecond=0, fold=0)),
        days=st.sets(st.integers(0, 6), min_size=1),
        zones=st.lists(st.sampled_from([EAST, WEST, "Asia/Tokyo", "Europe/London", "Pacific/Auckland"]), min_size=1, max_size=3),
        at=st.integers(0, 525_600).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    )
    def test_it_is_the_hour_at_one_place_and_past_it_at_the_others(
        self, hour: time, days: set[int], zones: list[str], at: datetime
    ) -> None:
        """
        And it is never in the past, and at most nine days ahead.
        """
        proposal = wish(hour.isoformat("minutes"), tuple(sorted(days)))
        moment = wanted_moment(proposal, zones, at)
        local = [moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones]
        starts = [datetime.combine(one.date(), hour) for one in local]

        assert at <= moment <= at + timedelta(days=9)
        assert any(abs(one - start) <= timedelta(hours=1) for one, start in zip(local, starts, strict=True))
