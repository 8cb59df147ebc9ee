from __future__ import annotations

import importlib.util
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from collectkit import Account, Consumer, Hold, Kit, Money, Payment, Promise, Reversal, Waiver, plans
from collectkit.account import AccountClosed
from collectkit.arrangements import PromiseJudged, PromiseMade, PromisePolicy
from collectkit.ledger import ChargeWaived, PaymentReversed
from collectkit.policy import load_policy
from collectkit.schedules import AlreadyPosted, FeeTax, LateFeePolicy, PostingReason, Tier

_spec = importlib.util.spec_from_file_location("life_oracle", Path(__file__).with_name("life_oracle.py"))
assert _spec is not None and _spec.loader is not None
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

BOUGHT_ON = date(2026, 9, 1)
POLICY = attrs.evolve(
    load_policy("us-bnpl"),
    late_fees=LateFeePolicy(tiers=(Tier(0, Money(oracle.FEE, "USD")),), grace_days=oracle.FEE_GRACE, due="with_installment"),
    promises=PromisePolicy(grace_days=oracle.PROMISE_GRACE, tolerance_minor=oracle.TOLERANCE),
)

TAXED = attrs.evolve(POLICY, late_fees=attrs.evolve(POLICY.late_fees, tax=FeeTax(oracle.TAX_BP)))


class LifeMachine(RuleBasedStateMachine):
    """
    One account through the whole of its life on a kit: open, pay, overpay, late fee, waive, reverse, promise, hold, close.

    After every step each figure of its standing is that of a clerk who keeps it on paper.
    """

    @initialize(
        minor=st.integers(400, 60_000),
        count=st.integers(1, 5),
        every=st.sampled_from(["1 week", "2 weeks", "1 month"]),
        taxed=st.booleans(),
    )
    def open(self, minor, count, every, taxed):
        self.kit = Kit.open("memory://", policy=TAXED if taxed else POLICY, actor="tests")
        self.today = BOUGHT_ON
        plan = plans.pay_in_n(Money(minor, "USD"), count, every, bought_on=BOUGHT_ON)
        self.kit.register(Consumer("c-1", name="Test Consumer", region="US-NY"), at=self.at)
        self.kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=self.at)
        self.life = oracle.Life(list(zip(plan.due_on, plan.principal, strict=True)), taxed)
        self.count = self.nights = 0

    @property
    def at(self):
        return datetime.combine(self.today, time(18), UTC)

    def name(self, kind):
        self.count += 1
        return f"{kind}-{self.count:03d}"

    @rule(days=st.integers(1, 20))
    def wait(self, days):
        before, self.today = self.today, self.today + timedelta(days=days)
        self.kit.run_night(as_of=self.today, at=self.at)
        # The days without a night are made up for, but there is nothing to make up for before the first.
        for number in range(1 if self.nights else days, days + 1):
            self.life.night(before + timedelta(days=number))
        self.nights += 1
        # The night has written down what became of each promise, and again when a reversal changed it.
        events = [envelope.body for envelope in self.kit.history("a-1")]
        believed = {event.id: event.verdict.value for event in events if isinstance(event, PromiseJudged)}
        said = self.life.verdicts(self.today)
        judged = {id: verdict for id, verdict in said.items() if verdict not in ("open", "cancelled")}
        assert judged == {id: verdict for id, verdict in believed.items() if said[id] not in ("open", "cancelled")}

    @rule(minor=st.integers(1, 30_000), back=st.just(0) | st.integers(0, 20))
    def pay(self, minor, back):
        payment = Payment(self.name("p"), "a-1", Money(minor, "USD"), self.today - timedelta(days=back))
        self.kit.post(payment, at=self.at)
        assert isinstance(self.kit.post(payment, at=self.at), AlreadyPosted)
        other = self.kit.try_post(attrs.evolve(payment, amount=Money(minor + 1, "USD")), at=self.at)
        assert other.reason is PostingReason.ID_REUSED
        self.life.payments[payment.id] = (payment.value_on, minor)

    @rule(more=st.integers(0, 500))
    def pay_off(self, more):
        """All that remains, and a little more, which becomes credit."""
        self.pay(max(1, self.life.outstanding(self.today) + more), 0)

    @precondition(lambda self: self.life.payments.keys() - self.life.reversed.keys())
    @rule(data=st.data())
    def reverse(self, data):
        payment = data.draw(st.sampled_from(sorted(self.life.payments.keys() - self.life.reversed.keys())))
        done = self.kit.try_reverse(Reversal(self.name("r"), "a-1", payment, self.today), at=self.at)
        assert isinstance(done, PaymentReversed)
        self.life.reversed[payment] = self.today

    @precondition(lambda self: self.life.fees)
    @rule(data=st.data(), minor=st.integers(1, 700))
    def waive(self, data, minor):
        number = data.draw(st.sampled_from(sorted(self.life.fees)))
        charge = f"late-fee/a-1/{number + 1}/1"
        done = self.kit.try_waive(Waiver(self.name("w"), "a-1", charge, Money(minor, "USD"), self.today, "goodwill"), at=self.at)
        assert isinstance(done, ChargeWaived) == (minor <= self.life.left(self.today)[0][number][1])
        if isinstance(done, ChargeWaived):
            self.life.waived.setdefault(number, []).append((self.today, minor))

    @rule(minor=st.integers(1, 30_000), days=st.integers(0, 20))
    def promise(self, minor, days):
        promise = Promise(self.name("promise"), "a-1", Money(minor, "USD"), self.today + timedelta(days=days), self.at)
        done = self.kit.try_promise(promise, at=self.at)
        if isinstance(done, PromiseMade):
            assert self.life.closed_on is None
            assert minor <= self.life.outstanding(self.today)
            self.life.promises[promise.id] = (self.today, promise.due_on, minor)

    @precondition(lambda self: self.life.promises.keys() - self.life.cancelled.keys())
    @rule(data=st.data())
    def cancel_promise(self, data):
        promise = data.draw(st.sampled_from(sorted(self.life.promises.keys() - self.life.cancelled.keys())))
        self.kit.cancel_promise("a-1", promise, at=self.at)
        self.life.cancelled[promise] = self.today

    @rule(kind=st.sampled_from(["dispute", "hardship", "insolvency", "vulnerability", "complaint"]), days=st.integers(0, 30))
    def hold(self, kind, days):
        ends_on = self.today + timedelta(days=days)
        held = Hold(self.name("hold"), kind, person="c-1", account="a-1", starts_on=self.today, ends_on=ends_on, reason="test")
        self.kit.hold(held, at=self.at)
        self.life.holds[held.id] = (kind, self.today, ends_on)

    @precondition(lambda self: any(starts < self.today <= ends for _, starts, ends in self.life.holds.values()))
    @rule(data=st.data())
    def lift(self, data):
        id = data.draw(st.sampled_from(sorted(id for id, (_, starts, ends) in self.life.holds.items() if starts < self.today <= ends)))
        kind, starts_on, ends_on = self.life.holds[id]
        held = Hold(id, kind, person="c-1", account="a-1", starts_on=starts_on, ends_on=ends_on, reason="test")
        self.kit.lift(held, on=self.today, reason="settled", at=self.at)
        self.life.holds[id] = (kind, starts_on, self.today - timedelta(days=1))

    @precondition(lambda self: self.life.closed_on is None)
    @rule(reason=st.sampled_from(["paid", "paid", "cancelled", "written_off"]))
    def close(self, reason):
        done = self.kit.try_close("a-1", on=self.today, reason=reason, at=self.at)
        assert isinstance(done, AccountClosed) == (reason != "paid" or self.life.outstanding(self.today) == 0)
        if isinstance(done, AccountClosed):
            self.life.closed_on = self.today

    @invariant()
    def agrees_with_the_clerk(self):
        expected = self.life.standing(self.today)
        standing = self.kit.standing("a-1", as_of=self.today)
        assert {name: getattr(standing, name) for name in expected} == expected


LifeMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
TestLifeMachine = LifeMachine.TestCase


@pytest.mark.soak
class TestLongLives(LifeMachine.TestCase):
    settings = settings(max_examples=1000, stateful_step_count=60, deadline=None)
