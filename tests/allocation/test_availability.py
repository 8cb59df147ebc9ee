from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from collectkit.allocation import Handler, Shift
from collectkit.errors import PolicyError

NEW_YORK = ZoneInfo("America/New_York")


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 in New York; the 2nd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


class TestShifts:
    def test_reading(self):
        """
        Days from and to, or one by one, with hours; midnight ends a day.
        """
        assert Shift(("mon", "tue", "wed"), time(9), time(17, 30)) == Shift.of("mon-wed 09:00-17:30")
        assert Shift(("mon", "sat"), time(18), time(0)) == Shift.of("mon,sat 18:00-00:00")

    @pytest.mark.parametrize("text", ["", "mon", "mon 9-17", "fri-mon 09:00-17:00", "day 09:00-17:00", "mon 17:00-09:00"])
    def test_what_is_none(self, text):
        """
        Each is refused with what a shift looks like.
        """
        with pytest.raises(PolicyError, match="shift"):
            Shift.of(text)

    @pytest.mark.parametrize(
        ("at", "end"),
        [
            (local(2, 9), local(2, 12)),
            (local(2, 11, 59), local(2, 12)),
            (local(2, 12), None),
            (local(2, 13, 30), local(2, 18)),
            (local(7, 13, 30), None),
            (local(8, 23), local(9, 0)),
        ],
    )
    def test_who_is_at_work(self, at, end):
        """
        From the first minute to the last, in the handler's own zone, whatever zone the instant is told in.
        """
        held = Handler("x", "X", "agent", shifts=["mon-fri 09:00-12:00", "mon-fri 13:00-18:00", "sun 20:00-00:00"], zone="America/New_York")

        assert end == held.shift_ends_at(at) == held.shift_ends_at(at.astimezone(ZoneInfo("Asia/Tokyo")))

    def test_without_shifts(self):
        """
        Work goes on all day.
        """
        assert local(3, 0) == Handler("x", "X", "agent", zone="America/New_York").shift_ends_at(local(2, 3))

    def test_an_unknown_zone(self):
        """
        It is refused when the policy is read.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            Handler("x", "X", "agent", zone="New York")
