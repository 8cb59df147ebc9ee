"""Why a step that is due does not fire."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.treatment.conftest import standing_of

from collectkit.actions import ActionKind
from collectkit.arrangements import FIRM
from collectkit.holds import Effect, HoldKind
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS
from collectkit.treatment import Cured, DueOffset, Step, TreatmentPolicy, barred_steps, propose

DUE = date(2026, 9, 15)
POLICY = TreatmentPolicy(
    "t",
    "1",
    [
        Step("sms", DueOffset(1), channel="sms", template="late", catch_up="replay"),
        Step("freeze", DueOffset(1), ActionKind.FREEZE_PURCHASES),
        Step("thaw", Cured(), ActionKind.THAW_PURCHASES),
        Step("place", DueOffset(2), ActionKind.PLACE, when=parse("owed >= money('1000.00 USD')", STANDING_FIELDS)),
    ],
    stop_when=parse("outstanding < money('1.00 USD')", STANDING_FIELDS),
)


def why(standing, **change):
    held = standing(date(2026, 9, 18), unpaid=[DUE], **change)
    return {one.step: one.why for one in barred_steps(held, None, POLICY, [], date(2026, 9, 18))}


class TestBarred:
    def test_a_guard_is_named(self, standing):
        """
        Nothing else stands against the placement.
        """
        assert {"place": "the condition of the step does not hold: owed >= money('1000.00 USD')"} == why(standing)

    def test_a_promise_and_a_closed_account_say_so(self, standing):
        """
        Each in its words.
        """
        assert {"the treatment waits for what is agreed: promise"} == set(why(standing, promise_due_on=date(2026, 9, 30)).values())
        assert {"the account is closed"} == set(why(standing, closed_on=DUE).values())

    @given(kinds=st.sets(st.sampled_from([kind.value for kind in HoldKind]), max_size=3), promised=st.booleans())
    def test_a_step_that_is_due_fires_or_says_why(self, kinds, promised):
        """
        One or the other, never both, never neither.
        """
        due_on = date(2026, 9, 30) if promised else None
        held = standing_of(date(2026, 9, 18), unpaid=[DUE], holds=tuple(sorted(kinds)), promise_due_on=due_on)
        fired = {one.step for one in propose(held, None, POLICY, [], held.as_of)}
        barred = {one.step: one for one in barred_steps(held, None, POLICY, [], held.as_of)}

        assert {"sms", "freeze", "place"} == fired | set(barred)
        assert set() == fired & set(barred)
        assert all(one.why for one in barred.values())

    def test_the_effects_of_a_firm_promise_are_those_of_holds(self):
        """
        One vocabulary of what is stopped.
        """
        assert FIRM.effects <= set(Effect)
