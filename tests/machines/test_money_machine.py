from __future__ import annotations

import importlib.util
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from collectkit.ledger import Charge, ChargeAssessed, ChargeWaived, Payment, PaymentPosted, PaymentReversed, Reversal, Waiver
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules import LateFeePolicy, Tier, assess_charge, late_fees, post, post_payment, replay, reverse_payment, waive_charge
from collectkit.testing.strategies import FIRST_DAY, minor_units, plans, waterfalls

_spec = importlib.util.spec_from_file_location("money_oracle", Path(__file__).with_name("oracle.py"))
assert _spec is not None and _spec.loader is not None
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

POLICY = LateFeePolicy(tiers=(Tier(0, Money(700, "USD")), Tier(7, Money(500, "USD"))), due="with_installment")


class MoneyMachine(RuleBasedStateMachine):
    """One account through pay, overpay, late fee, waive, reverse and backdate, beside an account kept in plain integers."""

    @initialize(plan=plans(), waterfall=waterfalls())
    def open(self, plan, waterfall):
        self.entries = []
        self.count = 0
        self.book = replay(plan, (), as_of=FIRST_DAY, waterfall=waterfall)

    def keep(self, entry):
        self.entries.append(entry)
        self.book = post(self.book, entry)

    def next_id(self, kind):
        self.count += 1
        return f"{kind}-{self.count}"

    @rule(later=st.integers(1, 30))
    def wait(self, later):
        as_of = self.book.as_of + timedelta(days=later)
        self.book = replay(self.book.plan, self.book.entries, as_of=as_of, waterfall=self.book.waterfall)

    @rule(minor=minor_units(1, 9000), back=st.just(0) | st.integers(0, 40))
    def pay(self, minor, back):
        payment = Payment(self.next_id("p"), "a-1", Money(minor, "USD"), self.book.as_of - timedelta(days=back))
        posted = post_payment(self.book, payment)
        assert isinstance(posted, PaymentPosted)
        assert minor == sum(part.minor for part in posted.believed) + posted.unapplied
        self.keep(payment)

    @rule()
    def overpay(self):
        self.pay(self.book.balances().outstanding_minor + 123, 0)

    @rule()
    def charge_late_fees(self):
        for fee in late_fees(self.book, POLICY, account="a-1"):
            if isinstance(fee, Charge):
                assert isinstance(assess_charge(self.book, fee), ChargeAssessed)
                self.keep(fee)
        assert not any(isinstance(fee, Charge) for fee in late_fees(self.book, POLICY, account="a-1"))

    @precondition(lambda self: any(isinstance(entry, Charge) for entry in self.entries))
    @rule(data=st.data())
    def waive(self, data):
        charge = data.draw(st.sampled_from([entry for entry in self.entries if isinstance(entry, Charge)]))
        amount = Money(data.draw(minor_units(1, charge.amount.minor)), "USD")
        waiver = Waiver(self.next_id("w"), "a-1", charge.id, amount, self.book.as_of, "goodwill")
        decided = waive_charge(self.book, waiver)
        assert isinstance(decided, Refusal) == (amount.minor > self.book.due(charge.id).unpaid_minor)
        if isinstance(decided, ChargeWaived):
            self.keep(waiver)

    @precondition(lambda self: any(isinstance(entry, Payment) for entry in self.entries))
    @rule(data=st.data())
    def reverse(self, data):
        payment = data.draw(st.sampled_from([entry for entry in self.entries if isinstance(entry, Payment)]))
        reversal = Reversal(self.next_id("r"), "a-1", payment.id, self.book.as_of)
        if isinstance(reverse_payment(self.book, reversal), PaymentReversed):
            self.keep(reversal)

    @invariant()
    def agrees_with_the_oracle_per_component(self):
        expected = oracle.account(self.book.plan, self.entries, self.book.as_of, self.book.waterfall)
        assert expected == oracle.of_book(self.book)

    @invariant()
    def no_minor_unit_is_created_or_lost(self):
        book = self.book
        applied = sum(part.minor for payment in book.payments for part in book.applications(payment.id))
        assert book.paid_minor == applied + book.unapplied_minor
        assert sum(book.asked) == applied + sum(book.unpaid)
        assert min(book.unpaid) >= 0


MoneyMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestMoneyMachine = MoneyMachine.TestCase
