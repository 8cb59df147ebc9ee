"""Placements on a kit: by hand, by night, by file of the host, in any order and again: nobody has too much, and nothing has two holders."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from collectkit import Account, Consumer, Kit, Money, Payment, Placement, plans
from collectkit._kit.crowding import Crowd, Crowding
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, WorkUnits, lifecycle
from collectkit.facts import fold_account
from collectkit.policy import load_policy
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS

BOUGHT_ON = date(2026, 9, 1)
PRESET = load_policy("us-bnpl")
DESK = Handler("desk", "Desk", "in_house", capacity=2, max_new_per_day=1)
HEAVY = Handler("heavy", "Heavy", "in_house", units_most=5, outstanding_most=[Money(60_000, "USD")])
LATE = parse("days_past_due >= 3", STANDING_FIELDS)
POLICY = attrs.evolve(
    PRESET,
    late_fees=None,
    treatment=attrs.evolve(PRESET.treatment, steps=()),
    allocation=AllocationPolicy(
        [DESK, HEAVY],
        [AllocationRule("first", ["desk"], when=LATE), AllocationRule("then", ["heavy"], when=LATE)],
        units=[WorkUnits(2, parse("outstanding >= money('150.00 USD')", STANDING_FIELDS))],
    ),
)


class PlacementMachine(RuleBasedStateMachine):
    """Accounts of some people; after each step the whole book is counted, from its events alone."""

    @initialize(people=st.integers(2, 5))
    def open(self, people: int) -> None:
        self.kit = Kit.open("memory://", policy=POLICY, actor="tests")
        self.today, self.accounts, self.paid = BOUGHT_ON, [], 0
        for _ in range(people):
            self.buy(minor=20_000)

    def teardown(self) -> None:
        self.kit.close_store()

    @property
    def at(self) -> datetime:
        return datetime.combine(self.today, time(18), UTC)

    @precondition(lambda self: len(self.accounts) < 8)
    @rule(minor=st.sampled_from([8_000, 20_000, 40_000]))
    def buy(self, minor: int) -> None:
        number = len(self.accounts) + 1
        self.kit.register(Consumer(f"c-{number}", region="US-NY"), at=self.at)
        plan = plans.pay_in_4(Money(minor, "USD"), bought_on=BOUGHT_ON)
        self.kit.open_account(Account(f"a-{number}", consumer=f"c-{number}", plan=plan), at=self.at)
        self.accounts.append(f"a-{number}")

    @rule(days=st.integers(1, 3))
    def nights_pass(self, days: int) -> None:
        for _ in range(days):
            self.today += timedelta(days=1)
            self.kit.run_night(as_of=self.today, at=self.at)
            self.nobody_has_too_much()

    @rule()
    def the_same_night_again(self) -> None:
        self.kit.run_night(as_of=self.today, at=self.at)

    @rule(which=st.integers(0, 7), handler=st.sampled_from(["desk", "heavy"]))
    def place(self, which: int, handler: str) -> None:
        self.kit.try_place(Placement(self.accounts[which % len(self.accounts)], handler, self.today), at=self.at)

    @rule(which=st.integers(0, 7), reason=st.sampled_from(["request", "returned"]))
    def recall(self, which: int, reason: str) -> None:
        self.kit.try_recall(self.accounts[which % len(self.accounts)], on=self.today, reason=reason, at=self.at)

    @rule(which=st.integers(0, 7), minor=st.sampled_from([5_000, 40_000]))
    def pay(self, which: int, minor: int) -> None:
        self.paid += 1
        account = self.accounts[which % len(self.accounts)]
        self.kit.post(Payment(f"p-{self.paid}", account, Money(minor, "USD"), self.today), at=self.at)

    @invariant()
    def nobody_has_too_much(self) -> None:
        loads, new, units, minor = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        for account in self.accounts:
            facts = fold_account(envelope.body for envelope in self.kit.history(account))
            assert facts is not None
            held = lifecycle(facts.moves, facts.progress, {})
            assert not [one for one in held[:-1] if one.ended_on is None], "two have it at once"
            # Who gives an account back on the day on which it came was given it that day all the same.
            if not held or held[-1].ended_on is not None:
                continue
            handler, standing = held[-1].placement.handler, self.kit.standing(account, as_of=self.today)
            loads[handler] += 1
            new[handler] += held[-1].placement.since == self.today
            units[handler] += 2 if standing.outstanding_minor >= 15_000 else 1
            minor[handler] += standing.outstanding_minor
        assert loads["desk"] <= 2 and new["desk"] <= 1
        assert units["heavy"] <= 5 and minor["heavy"] <= 60_000


class TestPlacement(PlacementMachine.TestCase):
    settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


def _forgetful(self, unit, on, fresh=None, known=None):
    """Count nothing that anybody has already."""
    return Crowd({}, {}, {})


class TestSaboteur:
    def test_it_is_convicted(self, monkeypatch):
        """
        Whoever does not count what handlers have before it gives them more is found out.
        """
        monkeypatch.setattr(Crowding, "_crowd", _forgetful)
        hunt = settings(max_examples=100, stateful_step_count=20, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
        with pytest.raises(AssertionError):
            run_state_machine_as_test(PlacementMachine, settings=hunt)
