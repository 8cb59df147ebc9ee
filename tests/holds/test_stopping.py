"""The days on which holds have an effect."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from collectkit.holds import Effect, Hold, HoldLifted, blocked, in_force, stopped
from collectkit.testing.strategies import days, holds


class TestStopped:
    def test_two_holds_on_one_day_stop_it_once(self):
        """
        A dispute and a hardship request that overlap are one stretch.
        """
        one = Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 10), reason="r")
        two = Hold("h-2", "hardship", person="c-1", starts_on=date(2026, 9, 5), review_on=date(2026, 10, 1), reason="r")
        found = stopped([one, two], [HoldLifted("h-2", date(2026, 9, 15), "done")], Effect.CLOCK)

        assert ((date(2026, 9, 1), date(2026, 9, 15)),) == found.spans

    @given(one=holds("h-1"), two=holds("h-2"), lift=st.none() | days(), on=days(150), effect=st.sampled_from(Effect))
    def test_a_day_is_stopped_when_a_hold_in_force_says_so(self, one, two, lift, on, effect):
        """
        The union agrees with asking each day which holds are in force.
        """
        lifted = [] if lift is None else [HoldLifted("h-1", lift, "done")]
        kinds = [hold.kind for hold in in_force([one, two], lifted, on)]

        assert (effect in blocked(kinds)) == (on in stopped([one, two], lifted, effect))
