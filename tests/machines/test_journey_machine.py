"""A treatment lived through: no step moves outside its table, fires twice in a cycle, or fires while something stands against it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from collectkit import Account, Consumer, Email, Hold, Kit, Money, Payment, Phone, Promise, Reversal, plans
from collectkit.actions import STEP, ActionKind, StepTaken
from collectkit.policy import load_policy
from collectkit.treatment.triggers import Cured, Happened, PromiseBroken

BOUGHT_ON = date(2026, 9, 1)
POLICY = load_policy("us-bnpl")
STEPS = {(before, after) for before, _, after, _ in STEP}
MOST = {step.name: step.repeats_max for step in POLICY.treatment.steps}
PURCHASES = (ActionKind.FREEZE_PURCHASES, ActionKind.CUT_LIMIT, ActionKind.THAW_PURCHASES)
OFTEN = {s.name for s in POLICY.treatment.steps if isinstance(s.trigger, PromiseBroken | Happened | Cured) or s.action in PURCHASES}
"""Steps that fire once for each event; who was thawed is frozen anew when a payment is taken back."""


class JourneyMachine(RuleBasedStateMachine):
    @initialize(minor=st.integers(4_000, 40_000))
    def open(self, minor):
        self.kit = Kit.open("memory://", policy=POLICY, actor="tests")
        self.today, self.count, self.paid, self.held, self.waiting = BOUGHT_ON, 0, [], [], set()
        contacts = [Phone("+12125550123", source="checkout", consents=["sms"]), Email("c1@example.com", source="checkout")]
        self.kit.register(Consumer("c-1", name="Test Consumer", region="US-NY", contacts=contacts), at=self.at)
        plan = plans.pay_in_4(Money(minor, "USD"), bought_on=BOUGHT_ON)
        self.kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=self.at)

    @property
    def at(self):
        return datetime.combine(self.today, time(18), UTC)

    def name(self, kind):
        self.count += 1
        return f"{kind}-{self.count:03d}"

    def taken(self):
        return [envelope.body for envelope in self.kit.history("a-1") if isinstance(envelope.body, StepTaken)]

    @rule(days=st.integers(1, 9))
    def nights_pass(self, days):
        for _ in range(days):
            self.today += timedelta(days=1)
            before = len(self.taken())
            barred = {one.step for one in self.kit.barred_steps("a-1", as_of=self.today)}
            self.kit.run_night(as_of=self.today, at=self.at)
            fired = self.taken()[before:]
            assert not barred & {one.step for one in fired} - OFTEN, "fired although something stood against it"
            self.follow(barred, fired)

    def follow(self, barred, fired):
        """Each step has moved by a row of the table: it came due and waits, it fired, or what it waited for is gone."""
        moves = {(self.before(one.step), one.outcome) for one in fired}
        moves |= {(self.before(step), "waiting") for step in barred - self.waiting}
        moves |= {("waiting", "not_due") for _ in self.waiting - barred - {one.step for one in fired}}
        assert moves <= STEPS, moves - STEPS
        self.waiting = barred

    def before(self, step):
        return "waiting" if step in self.waiting else "not_due"

    @invariant()
    def no_step_fires_twice_in_a_cycle(self):
        counted = Counter((one.step, one.cycle) for one in self.taken() if one.step not in OFTEN)
        assert [] == [key for key, number in counted.items() if number > MOST[key[0]]]

    @invariant()
    def nothing_asks_for_what_is_paid(self):
        if self.kit.standing("a-1", as_of=self.today).state == "paid":
            assert () == self.kit.reminders("a-1", as_of=self.today).reminders

    @rule(share=st.integers(1, 6), back=st.integers(0, 9))
    def pay(self, share, back):
        owed = self.kit.standing("a-1", as_of=self.today).outstanding_minor
        if owed:
            id = self.name("p")
            on = max(BOUGHT_ON, self.today - timedelta(days=back))
            self.kit.post(Payment(id, "a-1", Money(max(1, owed * share // 6), "USD"), on), at=self.at)
            self.paid.append(id)

    @rule(data=st.data())
    def bounce(self, data):
        if self.paid:
            id = self.paid.pop(data.draw(st.integers(0, len(self.paid) - 1)))
            self.kit.reverse(Reversal(self.name("r"), "a-1", id, self.today), at=self.at)

    @rule(minor=st.integers(100, 20_000), days=st.integers(0, 20))
    def promise(self, minor, days):
        self.kit.try_promise(Promise(self.name("q"), "a-1", Money(minor, "USD"), self.today + timedelta(days=days), self.at), at=self.at)

    @rule(kind=st.sampled_from(["dispute", "hardship", "complaint", "moratorium", "cease_contact", "minor"]), days=st.integers(0, 20))
    def hold(self, kind, days):
        account = "a-1" if kind == "dispute" else None
        ends_on = self.today + timedelta(days=days)
        one = Hold(self.name("h"), kind, person="c-1", account=account, starts_on=self.today, ends_on=ends_on, reason="told")
        self.kit.hold(one, at=self.at)
        self.held.append(one)

    @rule(data=st.data())
    def lift(self, data):
        if self.held:
            one = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
            self.kit.try_lift(one, on=max(one.starts_on, self.today), reason="decided", at=self.at)


JourneyMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=18, deadline=None)
TestJourneyMachine = JourneyMachine.TestCase


@pytest.mark.soak
class TestJourneyMachineForLong(JourneyMachine.TestCase):
    settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


HUNT = settings(max_examples=200, stateful_step_count=20, deadline=None, database=None, derandomize=True, phases=[Phase.generate])


class TestSaboteurs:
    @pytest.mark.parametrize(
        ("place", "fault"),
        [
            ("collectkit.treatment.proposing._barred", lambda *facts: False),
            ("collectkit.treatment.timing.Timetable._numbers", lambda self, step, cycle, starts_on: iter([(1, starts_on)])),
        ],
    )
    def test_it_is_convicted(self, place, fault, monkeypatch):
        """
        A treatment that fires whatever stands against it, or that forgets what it did.
        """
        monkeypatch.setattr(place, fault)
        with pytest.raises(AssertionError):
            run_state_machine_as_test(JourneyMachine, settings=HUNT)
