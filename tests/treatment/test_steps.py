from __future__ import annotations

import pytest

from collectkit.errors import PolicyError
from collectkit.treatment import AfterStep, CatchUp, Cured, DueOffset, PromiseBroken, PromiseOffset, Step, TreatmentPolicy

THREE_DAYS = DueOffset(3)


class TestStep:
    @pytest.mark.parametrize(
        ("given", "catch_up", "audience"),
        [
            ({"channel": "sms"}, CatchUp.COALESCE, "consumer"),
            ({"channel": "letter", "purpose": "notice"}, CatchUp.REPLAY, "consumer"),
            ({"action": "charge_fee"}, CatchUp.REPLAY, "consumer"),
            ({"action": "agent_task"}, CatchUp.REPLAY, "agent"),
        ],
    )
    def test_reminders_coalesce_and_the_rest_is_replayed(self, given, catch_up, audience):
        """
        What a step says nothing of follows from what it does.
        """
        step = Step("s", THREE_DAYS, **given)

        assert (catch_up, audience) == (step.catch_up, step.audience)

    @pytest.mark.parametrize(
        ("given", "fault"),
        [
            ({}, "names a channel exactly when it is a contact"),
            ({"action": "charge_fee", "channel": "sms"}, "names a channel exactly when it is a contact"),
            ({"action": "charge_fee", "catch_up": "coalesce"}, "cannot coalesce"),
            ({"action": "freeze_purchases", "catch_up": "coalesce"}, "cannot coalesce"),
            ({"trigger": PromiseBroken(), "channel": "sms", "catch_up": "coalesce"}, "cannot coalesce"),
            ({"channel": "sms", "audience": "agent"}, "has the audience 'agent' for an agent task"),
            ({"channel": "sms", "repeat_every_days": 7}, "repeats with repeat_every_days"),
            ({"channel": "sms", "repeats_max": 2}, "repeats with repeat_every_days"),
            ({"channel": "sms", "repeat_every_days": 0, "repeats_max": 2}, "repeats with repeat_every_days"),
            ({"trigger": PromiseBroken(), "channel": "sms", "repeat_every_days": 1, "repeats_max": 2}, "fires once for each"),
            ({"action": "thaw_purchases"}, "exactly when its trigger is the cure"),
            ({"trigger": Cured(), "channel": "sms"}, "exactly when its trigger is the cure"),
            ({"action": "wait"}, "expected one of contact, charge_fee"),
            ({"channel": "sms", "catch_up": "later"}, "expected one of coalesce, replay, skip"),
            ({"channel": "sms", "skip_after_days": -1}, "at least 0"),
        ],
    )
    def test_contradictions_are_refused(self, given, fault):
        """
        A step that could never mean what it says is not loaded.
        """
        with pytest.raises(PolicyError, match=fault):
            Step("s", **{"trigger": THREE_DAYS, **given})

    def test_a_step_comes_at_least_a_day_after_another(self):
        """
        On one day a second run must find nothing to do.
        """
        with pytest.raises(PolicyError, match="at least 1, got 0"):
            AfterStep("first", 0)

    @pytest.mark.parametrize(
        ("trigger", "text"),
        [
            (DueOffset(-3), "3 days before due date"),
            (DueOffset(0), "on due date"),
            (DueOffset(1), "1 day after due date"),
            (AfterStep("first", 2), "2 days after step first"),
            (PromiseOffset(-1), "1 day before promised date"),
            (PromiseOffset(0), "on promised date"),
            (PromiseBroken(), "promise broken"),
            (Cured(), "cured"),
        ],
    )
    def test_triggers_read_as_words(self, trigger, text):
        """
        The words go into the reasons of a proposal.
        """
        assert text == str(trigger)


def sms(name, trigger):
    return Step(name, trigger, channel="sms")


class TestPolicy:
    @pytest.mark.parametrize(
        ("steps", "fault"),
        [
            ([sms("a", THREE_DAYS), sms("a", DueOffset(4))], "'a' came twice"),
            ([sms("a", AfterStep("ghost", 1))], "comes after 'ghost', known are a"),
            ([sms("a", AfterStep("b", 1)), sms("b", AfterStep("a", 1))], "in a circle: a, b, a"),
            ([Step("f", THREE_DAYS, "freeze_purchases")], "freezes purchases and never thaws them"),
            ([Step("t", Cured(), "thaw_purchases"), sms("a", AfterStep("t", 1))], "nothing follows a cure"),
        ],
    )
    def test_policies_that_cannot_work_are_refused(self, steps, fault):
        """
        The error names the step.
        """
        with pytest.raises(PolicyError, match=fault):
            TreatmentPolicy("t", "1", steps)

    def test_steps_are_ranked_by_their_day(self):
        """
        A step after another counts on from it.
        """
        policy = TreatmentPolicy("t", "1", [sms("a", DueOffset(-3)), sms("b", AfterStep("a", 5)), sms("c", AfterStep("b", 2))])

        assert [-3, 2, 4] == [policy.rank(step) for step in policy.steps]
        assert DueOffset(-3) == policy.root(policy.steps_by_name["c"])
