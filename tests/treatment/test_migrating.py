"""What another version of a treatment means for accounts in flight."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.treatment.conftest import standing_of

from collectkit.actions import StepTaken
from collectkit.errors import ValidationError
from collectkit.treatment import DueOffset, Step, TreatmentPolicy, migration_plan, schedule

DUE = date(2026, 9, 15)
TODAY = DUE + timedelta(days=5)


def sms(name, day):
    return Step(name, DueOffset(day), channel="sms", template="late", catch_up="replay")


OLD = TreatmentPolicy("t", "t@1", [sms("three", 3), sms("ten", 10), sms("twenty", 20)])
NEW = TreatmentPolicy("t", "t@2", [sms("three", 3), sms("four", 4), sms("ten", 12), sms("thirty", 30)])
TAKEN = (StepTaken("a-1", "three", DUE, DUE + timedelta(days=3), "t@1", "planned"),)


def plan(taken=TAKEN, before=OLD, after=NEW, days=60):
    return migration_plan([(standing_of(TODAY, unpaid=[DUE]), taken)], before, after, TODAY, days=days)


class TestMigrationPlan:
    def test_each_change_is_told(self):
        """
        Five days past due: one step fires at once, one is later, one is new and one is gone; the one that fired does not fire again.
        """
        (found,) = plan().accounts

        assert ("four",) == found.at_once
        assert ("thirty",) == found.added
        assert ("twenty",) == found.dropped
        assert (("ten", DUE + timedelta(days=10), DUE + timedelta(days=12)),) == found.moved
        assert "three (t@1) on 2026-09-18" == found.last
        assert "t@1 to t@2 on 2026-09-20: 1 accounts change, 0 do not" == str(plan()).splitlines()[0]
        assert {"added: thirty": 1, "at once: four": 1, "dropped: twenty": 1, "moved: ten": 1} == dict(plan().counts())

    def test_the_same_steps_under_another_version_change_nothing(self):
        """
        Whoever is in flight would not notice.
        """
        found = plan(after=attrs.evolve(OLD, version="t@1a"))

        assert ((), 1) == (found.accounts, found.unchanged)

    def test_one_version_is_not_compared_with_itself(self):
        """
        There is nothing to put into force.
        """
        with pytest.raises(ValidationError, match="nothing was compared"):
            plan(after=OLD)

    @given(
        old=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30), min_size=1),
        new=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30), min_size=1),
        fired=st.sets(st.sampled_from("abcdef")),
    )
    def test_the_plan_is_the_difference_of_what_is_ahead(self, old, new, fired):
        """
        Every step ahead under either version stands in exactly one place, or is the same in both; none that fired fires again.
        """
        before = TreatmentPolicy("t", "1", [sms(name, day) for name, day in sorted(old.items())])
        after = TreatmentPolicy("t", "2", [sms(name, day) for name, day in sorted(new.items())])
        taken = tuple(StepTaken("a-1", name, DUE, DUE, "1", "planned") for name in sorted(fired))
        standing = standing_of(TODAY, unpaid=[DUE])
        made = plan(taken, before, after)
        one = made.accounts[0] if made.accounts else None
        ahead = {
            version: {item.step.name: item.on for item in schedule(standing, policy, TODAY + timedelta(days=60), taken=taken)}
            for version, policy in (("old", before), ("new", after))
        }
        told = {*one.at_once, *one.added, *one.dropped, *(step for step, _, _ in one.moved)} if one else set()

        assert told == {step for step in ahead["old"].keys() | ahead["new"].keys() if ahead["old"].get(step) != ahead["new"].get(step)}
        assert not fired & (set(one.at_once) | set(one.added) if one else set())
