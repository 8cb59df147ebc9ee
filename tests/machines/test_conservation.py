"""No minor unit is created or lost by any sequence of commands: seeded sequences beside a plain account, and a machine."""

from __future__ import annotations

import importlib.util
import random
from datetime import date, timedelta
from itertools import count, permutations
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from collectkit.calendars.dates import Interval
from collectkit.ledger import (
    CREDIT_KINDS,
    CashRefund,
    Charge,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Payment,
    Reage,
    Reamortize,
    Reschedule,
    Reversal,
    Undo,
    Waiver,
    WriteOff,
    kind_of,
)
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyMoved, Plan, move, post, replay, waive_charge
from collectkit.testing.strategies import FIRST_DAY, days, minor_units, plans

_spec = importlib.util.spec_from_file_location("wide_oracle", Path(__file__).with_name("wide_oracle.py"))
assert _spec is not None and _spec.loader is not None
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

CURRENCIES = ("JPY", "USD", "KWD")
SEQUENCES, COMMANDS = 20_000, 12
SHARDS = 4


def taxed(taxes: random.Random | None, minor: int) -> int:
    """Make up a tax on an amount, less than it; none in one case of two, or where *taxes* is none."""
    return taxes.randint(0, minor - 1) if taxes is not None and minor > 1 and taxes.random() < 0.5 else 0


def drawn_plan(chance: random.Random, taxes: random.Random | None) -> Plan:
    """Make up a plan of up to five installments in a currency of exponent 0, 2 or 3."""
    count = chance.randint(1, 5)
    due_on = sorted(FIRST_DAY + timedelta(days=chance.randint(0, 90)) for _ in range(count))
    principal = [chance.choice((0, 1, 333, chance.randint(1, 9000))) for _ in range(count)]
    principal[0] += not any(principal)
    interest = [chance.randint(0, 99) for _ in range(count)] if chance.random() < 0.5 else []
    tax = tuple(taxed(taxes, minor) for minor in interest)
    return Plan("generated", chance.choice(CURRENCIES), FIRST_DAY, tuple(due_on), tuple(principal), tuple(interest), tax=tax)


def next_entry(chance: random.Random, taxes: random.Random | None, plan: Plan, entries: list, number: int):
    """Make up the next entry: any kind, dated on any day."""
    on = FIRST_DAY + timedelta(days=chance.randint(0, 120))
    amount = Money(chance.choice((1, 7, chance.randint(1, 9999))), plan.currency)
    id = f"{number:03}"
    paid = [one for one in entries if isinstance(one, Payment)]
    charged = [one for one in entries if isinstance(one, Charge)]
    pick = chance.random()
    if pick < 0.35 or not paid:
        return Payment(id, "a-1", amount, on)
    if pick < 0.45:
        return Credit(id, "a-1", amount, on, chance.choice(CREDIT_KINDS))
    if pick < 0.55:
        component, due_on = chance.choice(("fee", "penalty")), on + timedelta(days=chance.randint(0, 30))
        if taxes is not None and taxes.random() < 0.2:
            return Charge(id, "a-1", "tax", amount, on, due_on)
        tax = taxed(taxes, amount.minor)
        return Charge(id, "a-1", component, amount, on, due_on, tax=Money(tax, plan.currency) if tax else None)
    if pick < 0.62 and charged:
        charge = chance.choice(charged)
        given_up = sum(one.amount.minor for one in entries if isinstance(one, Waiver) and one.charge == charge.id)
        room = charge.amount.minor - given_up
        return Waiver(id, "a-1", charge.id, Money(chance.randint(1, room), plan.currency), on, "goodwill") if room else None
    if pick < 0.70:
        return Reversal(id, "a-1", chance.choice(paid).id, on)
    if pick < 0.78:
        return Chargeback(id, "a-1", chance.choice(paid).id, amount, on)
    if pick < 0.84:
        return CreditRefund(id, "a-1", amount, on)
    if pick < 0.90:
        return CashRefund(id, "a-1", amount, on)
    if pick < 0.93:
        return ChargeOff(id, "a-1", on)
    if pick < 0.95:
        return WriteOff(id, "a-1", on, "given up")
    target = chance.choice(entries)
    return Undo(id, "a-1", target.id, kind_of(target), on)


def sequence(seed: int, *, tax: bool = True, most: int = COMMANDS):
    """Return a plan and up to *most* entries in order of arrival; without *tax* the same of which none is tax."""
    chance, taxes = random.Random(seed), random.Random(f"tax {seed}") if tax else None
    plan, entries = drawn_plan(chance, taxes), []
    for number in range(chance.randint(1, most)):
        entry = next_entry(chance, taxes, plan, entries, number)
        if entry is not None:
            entries.append(entry)
    return plan, entries, FIRST_DAY + timedelta(days=chance.randint(60, 150))


def with_changes(seed: int, entries: list) -> list:
    """Put up to three changes of the plan between the entries, and take one back now and then."""
    chance, found = random.Random(f"change {seed}"), list(entries)
    for number in range(chance.randint(1, 3)):
        on, later = FIRST_DAY + timedelta(days=chance.randint(0, 120)), FIRST_DAY + timedelta(days=chance.randint(0, 200))
        id = f"{len(entries) + number:03}"
        changes = (
            Reage(id, "a-1", on, later, Interval(chance.randint(1, 4), "weeks"), chance.randint(1, 5)),
            Reamortize(id, "a-1", on),
            Reschedule(id, "a-1", on, FIRST_DAY + timedelta(days=chance.randint(0, 90)), moved_to=later),
            Reschedule(
                id,
                "a-1",
                on,
                FIRST_DAY + timedelta(days=chance.randint(0, 90)),
                moved_to=chance.choice((None, later)),
                extra=chance.randint(0, 3),
                principal_holiday=chance.randint(0, 3),
            ),
        )
        made = [one for one in found if isinstance(one, Reage | Reamortize | Reschedule)]
        target = chance.choice(made) if made and chance.random() < 0.2 else None
        found.append(Undo(id, "a-1", target.id, kind_of(target), on) if target is not None else chance.choice(changes))
    return found


def check(seed: int, *, tax: bool = True, changes: bool = False, most: int = COMMANDS) -> None:
    plan, entries, as_of = sequence(seed, tax=tax, most=most)
    entries = with_changes(seed, entries) if changes else entries
    book = replay(plan, entries, as_of=as_of)
    applied = sum(minor for *_, minor in book.parts)

    assert oracle.account(plan, entries, as_of) == oracle.of_book(book), seed
    assert book.received_minor == applied + book.unapplied_minor + book.returned_minor, seed
    assert min(book.unpaid) >= 0, seed
    assert sum(book.asked) + sum(book.waived) >= sum(book.unpaid) + applied, seed


class TestConservation:
    @pytest.mark.parametrize("shard", range(SHARDS))
    def test_seeded_sequences_agree_with_a_plain_account(self, shard: int) -> None:
        """
        Twenty thousand sequences of up to twelve entries of any kind, in currencies of exponent 0, 2 and 3.
        """
        for seed in range(shard, SEQUENCES, SHARDS):
            check(seed)

    @pytest.mark.parametrize("seeds", [range(3_000), pytest.param(range(3_000, 60_000), marks=pytest.mark.soak)], ids=["few", "many"])
    def test_changes_of_the_plan_between_them(self, seeds: range) -> None:
        """
        Three thousand of them re-aged, re-amortised and moved in between: principal goes elsewhere and stays what it was.
        """
        for seed in seeds:
            check(seed, changes=True)

    @pytest.mark.parametrize("seed", [22241, 23869])
    def test_money_set_free_after_a_write_off_recovers_it(self, seed: int) -> None:
        """
        Two of those that long runs found: a charge after the write-off was paid, and then waived.
        """
        check(seed, tax=False)
        check(seed)

    @pytest.mark.soak
    @pytest.mark.parametrize("shard", range(SHARDS))
    def test_ten_times_as_many(self, shard: int) -> None:
        """
        The same with other seeds, two hundred thousand of them.
        """
        for seed in range(SEQUENCES + shard, 11 * SEQUENCES, SHARDS):
            check(seed)

    @pytest.mark.parametrize("many", [200, pytest.param(SEQUENCES, marks=pytest.mark.soak)])
    def test_long_sequences_too(self, many: int) -> None:
        """
        P1: of up to fifty entries each.
        """
        for seed in range(many):
            check(seed, most=50)

    @pytest.mark.parametrize(("histories", "length"), [(30, 5), pytest.param(200, 7, marks=pytest.mark.soak)])
    def test_every_order_of_arrival_gives_one_account(self, histories: int, length: int) -> None:
        """
        P4: all permutations of the same entries, and not a sample of them.
        """
        found = 0
        for seed in count():
            plan, entries, as_of = sequence(seed, most=length)
            if len(entries) < length:
                continue
            expected = replay(plan, entries, as_of=as_of)
            assert all(expected == replay(plan, arrival, as_of=as_of) for arrival in permutations(entries)), seed
            found += 1
            if found == histories:
                break

    @pytest.mark.parametrize("shard", range(SHARDS))
    def test_any_order_of_arrival_gives_one_account(self, shard: int) -> None:
        """
        What matters is when things happened; and the same entry twice counts once.
        """
        for seed in range(shard, SEQUENCES // 20, SHARDS):
            plan, entries, as_of = sequence(seed)
            shuffled = random.Random(seed).sample(entries, len(entries))
            expected = replay(plan, entries, as_of=as_of)

            assert expected == replay(plan, [*shuffled, *shuffled[:3]], as_of=as_of), seed

    @pytest.mark.parametrize("shard", range(SHARDS))
    def test_one_by_one_is_all_at_once(self, shard: int) -> None:
        """
        The fast path of the newest payment, and everything else that arrives late, end where a fold of all ends.
        """
        for seed in range(shard, SEQUENCES // 20, SHARDS):
            plan, entries, as_of = sequence(seed)
            book = replay(plan, (), as_of=as_of)
            for entry in entries:
                book = post(book, entry)

            assert replay(plan, entries, as_of=as_of) == book, seed

    def test_undoing_everything_leaves_nothing(self) -> None:
        """
        A movement that was undone leaves no trace in any figure, whatever stands around it.
        """
        for seed in range(SEQUENCES // 20):
            plan, entries, as_of = sequence(seed)
            kept, undone = entries[: len(entries) // 2], entries[len(entries) // 2 :]
            undoing = [Undo(f"u-{one.id}", "a-1", one.id, kind_of(one), as_of) for one in undone if not isinstance(one, Undo | Reversal)]
            removing = {(one.kind, one.entry) for one in undoing}
            rest = [one for one in entries if (kind_of(one), one.id) not in removing]
            expected, actual = replay(plan, rest, as_of=as_of), replay(plan, [*entries, *undoing], as_of=as_of)

            assert expected.balances() == actual.balances(), (seed, kept)
            assert expected.parts == actual.parts, seed


class MovementMachine(RuleBasedStateMachine):
    """An account through every movement that is decided on, beside the plain account; what is refused changes nothing."""

    @initialize(plan=plans())
    def open(self, plan: Plan) -> None:
        self.count = 0
        self.book = replay(plan, (), as_of=FIRST_DAY)

    def next_id(self) -> str:
        self.count += 1
        return f"{self.count:03}"

    def try_(self, movement) -> None:
        before = self.book
        decided = move(before, movement)
        if isinstance(decided, Refusal):
            assert decided.detail
            return
        self.book = post(before, movement)
        assert isinstance(move(self.book, movement), AlreadyMoved)

    @rule(later=st.integers(1, 30))
    def wait(self, later: int) -> None:
        self.book = replay(self.book.contract, self.book.entries, as_of=self.book.as_of + timedelta(days=later))

    @rule(minor=minor_units(1, 9000), on=days(60))
    def pay(self, minor: int, on: date) -> None:
        self.book = post(self.book, Payment(self.next_id(), "a-1", Money(minor, "USD"), min(on, self.book.as_of)))

    @rule(minor=minor_units(1, 900), tax=minor_units(0, 200), component=st.sampled_from(("fee", "penalty", "tax")))
    def charge(self, minor: int, tax: int, component: str) -> None:
        on_it = Money(tax, "USD") if tax and component != "tax" else None
        amount = Money(minor + (tax if on_it is not None else 0), "USD")
        self.book = post(self.book, Charge(self.next_id(), "a-1", component, amount, self.book.as_of, self.book.as_of, tax=on_it))

    @rule(minor=minor_units(1, 900), data=st.data())
    def waive(self, minor: int, data: st.DataObject) -> None:
        charges = [entry for entry in self.book.entries if isinstance(entry, Charge)]
        if charges:
            waiver = Waiver(self.next_id(), "a-1", data.draw(st.sampled_from(charges)).id, Money(minor, "USD"), self.book.as_of, "asked")
            if not isinstance(waive_charge(self.book, waiver), Refusal):
                self.book = post(self.book, waiver)

    @rule(minor=minor_units(1, 9000), kind=st.sampled_from(CREDIT_KINDS))
    def credit(self, minor: int, kind: str) -> None:
        self.try_(Credit(self.next_id(), "a-1", Money(minor, "USD"), self.book.as_of, kind))

    @rule(minor=minor_units(1, 9000), data=st.data())
    def charge_back(self, minor: int, data: st.DataObject) -> None:
        if self.book.payments:
            payment = data.draw(st.sampled_from(self.book.payments)).id
            self.try_(Chargeback(self.next_id(), "a-1", payment, Money(minor, "USD"), self.book.as_of))

    @rule(minor=minor_units(1, 9000), cash=st.booleans())
    def refund(self, minor: int, cash: bool) -> None:
        self.try_((CashRefund if cash else CreditRefund)(self.next_id(), "a-1", Money(minor, "USD"), self.book.as_of))

    @rule()
    def charge_off(self) -> None:
        self.try_(ChargeOff(self.next_id(), "a-1", self.book.as_of))

    @rule()
    def write_off(self) -> None:
        self.try_(WriteOff(self.next_id(), "a-1", self.book.as_of, "given up"))

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        if self.book.entries:
            entry = data.draw(st.sampled_from(self.book.entries))
            self.try_(Undo(self.next_id(), "a-1", entry.id, kind_of(entry), self.book.as_of))

    @invariant()
    def agrees_with_the_plain_account(self) -> None:
        book = self.book
        assert oracle.account(book.contract, book.entries, book.as_of) == oracle.of_book(book)

    @invariant()
    def what_came_in_is_accounted_for(self) -> None:
        book = self.book
        assert book.received_minor == sum(minor for *_, minor in book.parts) + book.unapplied_minor + book.returned_minor


MovementMachine.TestCase.settings = settings(max_examples=500, stateful_step_count=10, deadline=None)
TestMovementMachine = MovementMachine.TestCase


class ManyMovements(MovementMachine):
    """The same, ten times as often."""


ManyMovements.TestCase.settings = settings(max_examples=5_000, stateful_step_count=20, deadline=None)
TestManyMovements = pytest.mark.soak(ManyMovements.TestCase)
