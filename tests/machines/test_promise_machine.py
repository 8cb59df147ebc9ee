"""Promises on a kit: whatever comes when, the verdicts are those of judging from scratch, and nothing moves outside its table."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from collectkit import Account, Consumer, Hold, Kit, Money, Payment, Promise, Reversal, plans
from collectkit.arrangements import (
    Item,
    OnMissed,
    PromiseJudged,
    PromiseMade,
    PromisePolicy,
    PromiseSeries,
    PromiseSeriesMade,
    PromiseVerdict,
)
from collectkit.arrangements.lifecycles import PROMISE, reachable
from collectkit.facts import fold_account, kept_still, promise_states
from collectkit.holds import holds_in
from collectkit.policy import load_policy
from collectkit.reports import promises as promise_report
from collectkit.standing.building import _changes

BOUGHT_ON = date(2026, 9, 1)
RULES = PromisePolicy(grace_days=1, threshold_bp=9_000, open_max=3)
POLICY = attrs.evolve(load_policy("us-bnpl"), promises=RULES, late_fees=None)
STEPS = reachable(PROMISE)


class PromiseMachine(RuleBasedStateMachine):
    @initialize(minor=st.integers(4_000, 40_000))
    def open(self, minor):
        self.kit = Kit.open("memory://", policy=POLICY, actor="tests")
        self.today = BOUGHT_ON
        self.kit.register(Consumer("c-1", name="Test Consumer", region="US-NY"), at=self.at)
        plan = plans.pay_in_4(Money(minor, "USD"), bought_on=BOUGHT_ON)
        self.kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=self.at)
        self.count, self.received, self.stands = 0, {}, set()
        self.last, self.held = {}, []

    @property
    def at(self):
        return datetime.combine(self.today, time(18), UTC)

    def name(self, kind):
        self.count += 1
        return f"{kind}-{self.count:03d}"

    @rule(days=st.integers(1, 9))
    def nights_pass(self, days):
        for _ in range(days):
            self.today += timedelta(days=1)
            self.kit.run_night(as_of=self.today, at=self.at)
            self.follow()
        believed = {e.body.id: e.body.verdict for e in self.kit.history("a-1") if isinstance(e.body, PromiseJudged)}
        over = {s.promise.id: s.verdict for s in self.states() if s.verdict.value in ("kept", "partially_kept", "broken", "invalidated")}
        assert over == {id: verdict for id, verdict in believed.items() if id in over}

    @rule(minor=st.integers(1, 9_000), back=st.integers(0, 12), source=st.sampled_from(("card", "card", "refund")))
    def pay(self, minor, back, source):
        id = self.name("p")
        self.kit.post(Payment(id, "a-1", Money(minor, "USD"), self.today - timedelta(days=back), source=source), at=self.at)
        self.received[id] = (self.today - timedelta(days=back), 0 if source == "refund" else minor)
        self.stands.add(id)
        self.follow()

    @rule(data=st.data())
    def bounce(self, data):
        if self.stands:
            id = data.draw(st.sampled_from(sorted(self.stands)))
            self.kit.reverse(Reversal(f"r-{id}", "a-1", id, self.today), at=self.at)
            del self.received[id]
            self.stands.discard(id)
            self.follow()

    @rule(minor=st.integers(1, 9_000), days=st.integers(0, 12), replaces=st.booleans(), soft=st.booleans())
    def promise(self, minor, days, replaces, soft):
        made = Promise(
            self.name("pr"), "a-1", Money(minor, "USD"), self.today + timedelta(days=days), self.at, kind="soft" if soft else "firm"
        )
        live = [group for group, verdicts in self.groups().items() if PromiseVerdict.OPEN in verdicts]
        outcome = self.kit.try_promise(attrs.evolve(made, replaces=live[0] if replaces and live else None), at=self.at)
        assert isinstance(outcome, PromiseMade) or outcome.reason
        self.follow()

    @rule(gaps=st.lists(st.integers(1, 7), min_size=1, max_size=3), minor=st.integers(1, 3_000), on_missed=st.sampled_from(OnMissed))
    def promise_series(self, gaps, minor, on_missed):
        days = [sum(gaps[: n + 1]) for n in range(len(gaps))]
        items = [Item(self.today + timedelta(days=after), Money(minor, "USD")) for after in days]
        outcome = self.kit.try_promise_series(PromiseSeries(self.name("ps"), "a-1", items, self.at, on_missed), at=self.at)
        assert isinstance(outcome, PromiseSeriesMade) or outcome.reason
        self.follow()

    @rule(data=st.data())
    def withdraw(self, data):
        live = [group for group, verdicts in self.groups().items() if PromiseVerdict.OPEN in verdicts]
        if live:
            self.kit.cancel_promise("a-1", data.draw(st.sampled_from(live)), at=self.at)
            self.follow()

    @rule(back=st.integers(0, 9), days=st.none() | st.integers(0, 12), whole=st.booleans())
    def hold(self, back, days, whole):
        starts_on, account = max(BOUGHT_ON, self.today - timedelta(days=back)), None if whole else "a-1"
        end = {"review_on": starts_on} if days is None else {"ends_on": starts_on + timedelta(days=days)}
        made = Hold(self.name("h"), "hardship", person="c-1", account=account, starts_on=starts_on, reason="asked", **end)
        self.kit.hold(made, at=self.at)
        self.held.append(made)
        self.follow()

    @rule(data=st.data(), back=st.integers(0, 9))
    def lift(self, data, back):
        if self.held:
            one = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
            self.kit.lift(one, on=max(one.starts_on, self.today - timedelta(days=back)), reason="decided", at=self.at)
            self.follow()

    # What must hold

    def states(self, facts=None, on=None):
        facts = facts or fold_account([envelope.body for envelope in self.kit.history("a-1")])
        facts = kept_still(facts, *holds_in([envelope.body for envelope in self.kit.person_history("c-1")]))
        return promise_states(facts, on or self.today, waterfall=POLICY.waterfall, policy=RULES)

    def groups(self):
        found = {}
        for state in self.states():
            found.setdefault(state.promise.group, set()).add(state.verdict)
        return found

    def follow(self):
        """Each promise has moved, if at all, by rows of the table; a day and an event may be two rows."""
        now = {state.promise.id: state.verdict.value for state in self.states()}
        for id, verdict in now.items():
            before = self.last.get(id, "")
            steps = {to for origin, to in STEPS if origin == before}
            reach = steps | {to for origin, to in STEPS if origin in steps} | {before}
            assert verdict in reach, f"{id}: {before} became {verdict}"
        self.last = now

    @invariant()
    def the_order_of_arrival_is_forgotten(self):
        if not hasattr(self, "kit"):
            return
        opened, *bodies = [envelope.body for envelope in self.kit.history("a-1")]
        random.Random(self.count).shuffle(bodies)
        assert self.states() == self.states(fold_account([opened, *bodies]))

    @invariant()
    def what_is_counted_was_received(self):
        """In every stretch of days: what the promises within it count came in within it."""
        if not hasattr(self, "kit"):
            return
        states = self.states()
        for first in {state.promise.opens_on for state in states}:
            for last in {state.closes_on for state in states}:
                counted = sum(s.counted_minor for s in states if first <= s.promise.opens_on and s.closes_on <= last)
                assert counted <= sum(minor for on, minor in self.received.values() if first <= on <= last)

    @invariant()
    def every_open_promise_will_be_judged(self):
        if not hasattr(self, "kit"):
            return
        standing = self.kit.standing("a-1", as_of=self.today)
        live = [state for state in self.states() if state.verdict is PromiseVerdict.OPEN]
        assert bool(live) == (standing.promise_due_on is not None)
        assert all(standing.valid_through <= state.closes_on for state in live)

    @invariant()
    def the_end_is_that_of_a_clerk_who_crosses_out_held_days(self):
        if not hasattr(self, "kit"):
            return
        histories = [*self.kit.history("a-1"), *self.kit.person_history("c-1")]
        placed, lifted = holds_in([envelope.body for envelope in histories])
        off = {one.hold: one.on for one in lifted}
        for state in self.states():
            made, end = state.promise, state.promise.opens_on
            if made.series is not None:
                continue  # one missed item may end another
            left = (made.due_on - made.opens_on).days + RULES.grace_days
            while end < self.today + timedelta(days=60) and (left or self.is_held(placed, off, end)):
                left -= not self.is_held(placed, off, end)
                end += timedelta(days=1)
            assert state.closes_on == end or (state.closes_on >= end >= self.today + timedelta(days=60))

    def is_held(self, placed, off, day):
        return any(one.starts_on <= day <= (one.ends_on or date.max) and day < off.get(one.id, date.max) for one in placed)

    @invariant()
    def the_kept_rate_is_that_of_a_clerk(self):
        if not hasattr(self, "kit"):
            return
        rows = [(state.verdict.value, state.promise.amount.minor) for state in self.states()]
        judged = [row for row in rows if row[0] in ("kept", "partially_kept", "broken")]
        kept = [minor for verdict, minor in judged if verdict == "kept"]
        report = promise_report(self.states())
        by_count, by_amount = report.kept_rate("USD"), report.kept_rate_by_amount("USD")
        assert (len(kept), len(judged)) == (by_count.numerator, by_count.denominator)
        assert (sum(kept), sum(minor for _, minor in judged)) == (by_amount.numerator, by_amount.denominator)


PromiseMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=18, deadline=None)
TestPromiseMachine = PromiseMachine.TestCase


@pytest.mark.soak
class TestPromiseMachineForLong(PromiseMachine.TestCase):
    settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


def _without_promises(facts, book, as_of, states, *others):
    """Tell of all changes by time alone but those of promises."""
    return _changes(attrs.evolve(facts, promises=()), book, as_of, (), *others)


def _counted_twice(self, promise, closes_on):
    """Count money for each promise as if there were no other."""
    window = [p.amount.minor for p in self._payments if promise.opens_on <= p.value_on <= closes_on]
    return min(promise.amount.minor, sum(window))


def _deaf_to_holds(self, day, since):
    """Leave every deadline where it was."""
    return day


class TestSaboteurs:
    """Each fault that the machine is there for, planted: it is found."""

    @pytest.mark.parametrize(
        ("place", "fault"),
        [
            ("collectkit.standing.building._changes", _without_promises),
            ("collectkit.arrangements.judging._Judge._count", _counted_twice),
            ("collectkit.calendars.spans.Spans.put_off", _deaf_to_holds),
        ],
        ids=["a promise that nobody will judge", "money counted twice", "a deadline that no hold moves"],
    )
    def test_it_is_convicted(self, place, fault, monkeypatch):
        """
        Within a few hundred lives.
        """
        monkeypatch.setattr(place, fault)
        hunt = settings(max_examples=300, stateful_step_count=25, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
        with pytest.raises(AssertionError):
            run_state_machine_as_test(PromiseMachine, settings=hunt)
