from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from itertools import permutations
from statistics import median

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CurrencyMismatchError, IntegrityBreachError
from collectkit.ledger import (
    Application,
    CashRefund,
    Charge,
    Chargeback,
    Credit,
    Payment,
    Reschedule,
    Reversal,
    Undo,
    Waiver,
    WriteOff,
    kind_of,
)
from collectkit.money import Money
from collectkit.schedules import Move, Plan, PostingRules, difference, post, replay
from collectkit.schedules.building import from_schedule, pay_in_4
from collectkit.schedules.waterfall import Slot, Waterfall
from collectkit.testing.strategies import days, histories, minor_units, payments, plans, waterfalls

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
OCTOBER = date(2026, 10, 20)


def pay(id, minor, on):
    return Payment(id, "a-1", Money(minor, "USD"), on)


def fee(id, minor, on, due_on=None):
    return Charge(id, "a-1", "fee", Money(minor, "USD"), on, due_on or on)


def waive(id, charge, minor, on):
    return Waiver(id, "a-1", charge, Money(minor, "USD"), on, "goodwill")


FIRST = pay("p-1", 5000, date(2026, 9, 1))


def taxed(id, minor, tax, on, due_on=None, component="fee"):
    return Charge(id, "a-1", component, Money(minor, "USD"), on, due_on or on, tax=Money(tax, "USD"))


class TestTax:
    LATE = date(2026, 9, 17)

    def test_the_tax_of_a_fee_is_owed_and_paid_apart(self):
        """
        A fee of 10.00 with 1.60 of tax on it: a payment goes to the installment's principal, then to the fee, then to its tax.
        """
        entries = [FIRST, taxed("f-1", 1160, 160, self.LATE), pay("p-2", 6100, self.LATE + timedelta(days=1))]
        book = replay(PLAN, entries, as_of=OCTOBER)
        due = book.due("f-1")

        assert ((0, 1000, 0, 0, 160), (0, 1000, 0, 0, 100)) == (due.asked, due.paid)
        assert (60, Money(60, "USD")) == (due.unpaid_minor, book.balances().of("tax"))
        assert (Application("f-1", "fee", 1000), Application("f-1", "tax", 100)) == book.applications("p-2")[1:]

    def test_a_tax_that_stands_alone(self):
        """
        A stamp duty is a charge that is nothing but tax.
        """
        duty = Charge("t-1", "a-1", "tax", Money(250, "USD"), self.LATE, self.LATE)
        book = replay(PLAN, [FIRST, duty], as_of=OCTOBER)

        assert (0, 0, 0, 0, 250) == book.due("t-1").asked

    def test_a_waiver_gives_up_the_tax_with_the_fee(self):
        """
        A quarter of the fee is a quarter of its tax, and the rest takes the rest; giving it back restores both.
        """
        entries = [FIRST, taxed("f-1", 1160, 160, self.LATE), waive("w-1", "f-1", 290, self.LATE)]
        quarter = replay(PLAN, entries, as_of=OCTOBER).due("f-1")
        whole = replay(PLAN, [*entries, waive("w-2", "f-1", 870, self.LATE)], as_of=OCTOBER).due("f-1")
        undone = replay(PLAN, [*entries, Undo("u-1", "a-1", "w-1", "waiver", OCTOBER)], as_of=OCTOBER).due("f-1")

        assert ((0, 250, 0, 0, 40), (0, 750, 0, 0, 120)) == (quarter.waived, quarter.asked)
        assert ((0, 1000, 0, 0, 160), 0) == (whole.waived, whole.unpaid_minor)
        assert (0, 1000, 0, 0, 160) == undone.asked

    def test_a_fee_given_up_after_it_was_paid_sets_its_tax_free(self):
        """
        All 11.60 go to what is owed next, none stays with the tax office.
        """
        paid = pay("p-2", 6160, self.LATE)
        entries = [FIRST, taxed("f-1", 1160, 160, self.LATE), paid, waive("w-1", "f-1", 1160, OCTOBER)]
        book = replay(PLAN, entries, as_of=OCTOBER)

        assert (Application("installment 2", "principal", 5000), Application("installment 3", "principal", 1160)) == (
            book.applications("p-2")
        )

    def test_undone_with_the_fee(self):
        """
        A fee that is taken back leaves no tax behind.
        """
        entries = [FIRST, taxed("f-1", 1160, 160, self.LATE), Undo("u-1", "a-1", "f-1", "charge", OCTOBER)]

        assert replay(PLAN, [FIRST], as_of=OCTOBER).balances() == replay(PLAN, entries, as_of=OCTOBER).balances()

    def test_written_off_and_recovered(self):
        """
        Tax is written off with the rest; money that comes later recovers it before principal, as it would have been paid.
        """
        plan = from_schedule([(date(2026, 9, 1), Money(1000, "USD"), Money(100, "USD"), Money(16, "USD"))], bought_on=date(2026, 8, 1))
        entries = [WriteOff("x-1", "a-1", self.LATE, "given up"), pay("p-1", 110, OCTOBER)]
        book = replay(plan, entries, as_of=OCTOBER)

        assert ((0, 0, 0, 0, 0), 110) == (book.unpaid, book.recovered_minor)
        assert (Application("installment 1", "interest", 100), Application("installment 1", "tax", 10)) == tuple(
            sorted(book.applications("p-1"), key=lambda part: part.component)
        )

    def test_a_charged_back_payment_owes_its_tax_again(self):
        """
        Where a chargeback is owed in parts, tax is one; an order of four components has it after interest.
        """
        plan = from_schedule([(date(2026, 9, 1), Money(1000, "USD"), Money(100, "USD"), Money(16, "USD"))], bought_on=date(2026, 8, 1))
        rules = PostingRules(chargeback_order=("penalty", "fee", "interest", "principal"))
        entries = [pay("p-1", 1116, date(2026, 9, 1)), Chargeback("b-1", "a-1", "p-1", Money(600, "USD"), self.LATE)]
        book = replay(plan, entries, as_of=OCTOBER, waterfall=rules)

        assert ("penalty", "fee", "interest", "tax", "principal") == rules.chargeback_order
        assert (0, 0, 100, 484, 16) == book.due("b-1").asked


class TestReplay:
    def test_only_the_first_is_paid(self):
        """
        On 20 October the second installment, due 15 September, is the oldest unpaid.
        """
        now = replay(PLAN, [FIRST], as_of=OCTOBER).balances()

        assert date(2026, 9, 15) == now.oldest_unpaid_due_on
        assert (15_000, 3) == (now.past_due_minor, now.past_due_count)

    def test_settled_on_the_day_the_money_covered_it(self):
        """
        An installment is settled on the value date on which the paid sum reaches it.
        """
        entries = [FIRST, pay("p-2", 3000, date(2026, 9, 10)), pay("p-3", 3000, date(2026, 9, 20))]
        book = replay(PLAN, entries, as_of=OCTOBER)

        assert (date(2026, 9, 1), date(2026, 9, 20), None, None) == book.settled_on
        assert (Application("installment 2", "principal", 2000), Application("installment 3", "principal", 1000)) == book.applications(
            "p-3"
        )

    def test_future_entries_are_pending(self):
        """
        A payment dated tomorrow is known and not in the balance.
        """
        later = pay("p-2", 5000, date(2026, 10, 21))
        book = replay(PLAN, [FIRST, later], as_of=OCTOBER)

        assert ((later,), 5000) == (book.pending, book.paid_minor)

    def test_reversed_payment_counts_for_nothing(self):
        """
        From the reversal on the account stands as if the payment had never come; the day before it does not.
        """
        back = Reversal("r-1", "a-1", "p-1", date(2026, 9, 5))

        assert replay(PLAN, [FIRST], as_of=date(2026, 9, 4)).unpaid == replay(PLAN, [FIRST, back], as_of=date(2026, 9, 4)).unpaid
        after = replay(PLAN, [FIRST, back], as_of=date(2026, 9, 5))
        assert (20_000, 0, (FIRST,)) == (sum(after.unpaid), after.paid_minor, after.reversed_payments)

    def test_reversal_before_its_payment_waits(self):
        """
        An orphan changes nothing until its payment comes, and then the payment counts for nothing.
        """
        back = Reversal("r-1", "a-1", "p-1", date(2026, 9, 5))
        orphan = replay(PLAN, [back], as_of=OCTOBER)

        assert ((back,), 20_000) == (orphan.orphans, sum(orphan.unpaid))
        matched = post(orphan, FIRST)
        assert ((), 20_000, 0) == (matched.orphans, sum(matched.unpaid), matched.paid_minor)

    def test_what_was_undone_waits_for_nothing(self):
        """
        A reversal and a waiver that came first, and were taken back before their payment and their charge came.
        """
        told = [Reversal("r-1", "a-1", "p-9", date(2026, 9, 3)), waive("w-1", "f-9", 100, date(2026, 9, 3))]
        undone = [Undo(f"u-{one.id}", "a-1", one.id, kind_of(one), date(2026, 9, 4)) for one in told]

        assert tuple(told) == replay(PLAN, told, as_of=OCTOBER).orphans
        assert () == replay(PLAN, [*told, *undone], as_of=OCTOBER).orphans

    def test_credit_pays_a_later_charge(self):
        """
        Overpaid money waits and is put against the charge on the day it is assessed.
        """
        book = replay(PLAN, [pay("p-1", 21_000, date(2026, 9, 2)), fee("c-1", 700, date(2026, 9, 20))], as_of=OCTOBER)

        assert (300, date(2026, 9, 20)) == (book.unapplied_minor, book.due("c-1").settled_on)
        assert Application("c-1", "fee", 700) in book.applications("p-1")

    def test_fee_is_asked_from_its_day_only(self):
        """
        A payment before the assessment goes to the installments, even if the fee has an older due date.
        """
        entries = [pay("p-1", 5000, date(2026, 9, 16)), fee("c-1", 700, date(2026, 9, 17), due_on=date(2026, 9, 1))]
        book = replay(PLAN, entries, as_of=OCTOBER)

        assert (700, date(2026, 9, 16)) == (book.due("c-1").unpaid_minor, book.due("installment 1").settled_on)

    def test_waiver_lowers_the_charge(self):
        """
        A fee given up in part asks for the rest only.
        """
        book = replay(PLAN, [fee("c-1", 700, date(2026, 9, 17)), waive("w-1", "c-1", 400, date(2026, 9, 18))], as_of=OCTOBER)

        due = book.due("c-1")
        assert (300, (0, 400, 0, 0, 0), (0, 300, 0, 0, 0)) == (due.unpaid_minor, due.waived, due.asked)

    def test_backdated_payment_frees_the_money_of_a_waived_fee(self):
        """
        The fee was paid by a transfer that became known after the waiver: the money pays the installments instead.
        """
        entries = [fee("c-1", 700, date(2026, 9, 2), due_on=date(2026, 9, 1)), waive("w-1", "c-1", 700, date(2026, 9, 10))]
        book = replay(PLAN, [*entries, pay("p-1", 700, date(2026, 9, 5))], as_of=OCTOBER)

        assert (Application("installment 1", "principal", 700),) == book.applications("p-1")
        assert 19_300 == sum(book.unpaid)

    def test_waiver_that_came_before_its_charge(self):
        """
        An orphan waiver waits for its charge.
        """
        early = waive("w-1", "c-1", 700, date(2026, 9, 10))

        assert (early,) == replay(PLAN, [early], as_of=OCTOBER).orphans
        assert 20_000 == sum(replay(PLAN, [early, fee("c-1", 700, date(2026, 9, 12))], as_of=OCTOBER).unpaid)

    def test_same_entry_twice_counts_once(self):
        """
        Webhooks come twice.
        """
        assert (
            replay(PLAN, [FIRST], as_of=OCTOBER)
            == replay(PLAN, [FIRST, FIRST], as_of=OCTOBER)
            == post(replay(PLAN, [FIRST], as_of=OCTOBER), FIRST)
        )

    def test_broken_books_are_not_folded(self):
        """
        Two contents under one id, more waived than charged, or another currency mean broken data.
        """
        with pytest.raises(IntegrityBreachError, match="share an id"):
            replay(PLAN, [FIRST, attrs.evolve(FIRST, source="bank")], as_of=OCTOBER)
        with pytest.raises(IntegrityBreachError, match="of which 700 are asked"):
            replay(PLAN, [fee("c-1", 700, OCTOBER), waive("w-1", "c-1", 701, OCTOBER)], as_of=OCTOBER)
        with pytest.raises(CurrencyMismatchError):
            post(replay(PLAN, [], as_of=OCTOBER), attrs.evolve(FIRST, amount=Money(1, "EUR")))

    def test_paused_installment_is_settled_at_the_purchase(self):
        """
        An installment of zero asks for nothing.
        """
        plan = attrs.evolve(PLAN, principal=(5000, 0, 7500, 7500))

        assert (None, date(2026, 9, 1), None, None) == replay(plan, [], as_of=OCTOBER).settled_on
        assert (date(2026, 9, 1),) * 2 == replay(plan, [FIRST], as_of=OCTOBER).settled_on[:2]


class TestDifference:
    def test_a_returned_payment_reopens(self):
        """
        The explained difference: which parts went, what is open again, how much more is past due.
        """
        before = replay(PLAN, [FIRST], as_of=date(2026, 9, 10))
        change = difference(before, post(before, Reversal("r-1", "a-1", "p-1", date(2026, 9, 9))))

        assert (Move("p-1", "installment 1", "principal", 5000, 0),) == change.moves
        assert ((), ("installment 1",)) == (change.settled, change.reopened)
        assert (5000, 5000, 0) == (change.past_due_minor, change.outstanding_minor, change.unapplied_minor)
        assert (date(2026, 9, 15), date(2026, 9, 1)) == change.oldest_unpaid_due_on

    def test_a_backdated_payment_moves_a_later_one(self):
        """
        The earlier value date pays first, and the later payment's money lies elsewhere.
        """
        before = replay(PLAN, [pay("p-2", 5000, date(2026, 9, 15))], as_of=OCTOBER)
        change = difference(before, post(before, FIRST))

        assert Move("p-2", "installment 1", "principal", 5000, 0) in change.moves
        assert Move("p-2", "installment 2", "principal", 0, 5000) in change.moves
        assert (("installment 2",), -5000) == (change.settled, change.past_due_minor)

    @given(plan=plans(), entries=histories(), as_of=days())
    def test_nothing_changed_is_falsy(self, plan, entries, as_of):
        """
        A book does not differ from itself.
        """
        book = replay(plan, entries, as_of=as_of)

        assert not difference(book, book)


class TestLaws:
    @given(plan=plans(), entries=histories(), as_of=days(), order=waterfalls())
    def test_nothing_is_created_or_lost(self, plan, entries, as_of, order):
        """
        Received is applied plus credit; asked is applied plus unpaid; nothing is negative.
        """
        book = replay(plan, entries, as_of=as_of, waterfall=order)
        applied = sum(part.minor for payment in book.payments for part in book.applications(payment.id))

        assert book.paid_minor == applied + book.unapplied_minor
        assert sum(book.asked) == applied + sum(book.unpaid)
        assert min(book.unpaid) >= 0
        assert not (book.unapplied_minor and any(book.unpaid))

    @given(plan=plans(), entries=histories(), as_of=days(), order=waterfalls(), seed=st.randoms(use_true_random=False))
    def test_arrival_order_does_not_matter(self, plan, entries, as_of, order, seed):
        """
        Any order of arrival gives one book.
        """
        shuffled = list(entries)
        seed.shuffle(shuffled)

        assert replay(plan, entries, as_of=as_of, waterfall=order) == replay(plan, shuffled, as_of=as_of, waterfall=order)

    def test_every_permutation_of_a_bank_story(self):
        """
        Paid, returned, paid again, a fee and its waiver: one book in all 120 orders of arrival.
        """
        story = [
            FIRST,
            Reversal("r-1", "a-1", "p-1", date(2026, 9, 4)),
            pay("p-2", 5700, date(2026, 9, 5)),
            fee("c-1", 700, date(2026, 9, 4)),
            waive("w-1", "c-1", 700, date(2026, 9, 6)),
        ]
        expected = replay(PLAN, story, as_of=OCTOBER)

        for arrival in permutations(story):
            book = replay(PLAN, (), as_of=OCTOBER)
            for entry in arrival:
                book = post(book, entry)
            assert expected == book

    @given(plan=plans(), entries=histories(), as_of=days(), order=waterfalls())
    def test_posting_one_by_one_equals_replay(self, plan, entries, as_of, order):
        """
        The fast path agrees with the fold from scratch, whatever arrives when.
        """
        book = replay(plan, (), as_of=as_of, waterfall=order)
        for entry in entries:
            book = post(book, entry)

        assert replay(plan, entries, as_of=as_of, waterfall=order) == book

    @given(plan=plans(), entries=histories(), as_of=days(), payment=payments("p-x"))
    def test_a_reversed_payment_leaves_no_residue(self, plan, entries, as_of, payment):
        """
        With a payment and its reversal the account stands as without both.
        """
        without = replay(plan, entries, as_of=as_of)
        both = replay(plan, [*entries, payment, Reversal("r-x", "a-1", "p-x", as_of)], as_of=as_of)

        assert without.balances() == both.balances()
        assert not difference(without, both)

    @given(plan=plans(), entries=histories(), as_of=days(), later=st.integers(1, 400))
    def test_what_is_pending_does_not_count(self, plan, entries, as_of, later):
        """
        A book of the day is the book of the entries up to that day.
        """
        future = pay("p-x", 1000, as_of + timedelta(days=later))
        seen = [entry for entry in entries if entry.value_on <= as_of]

        assert replay(plan, seen, as_of=as_of).balances() == replay(plan, [*entries, future], as_of=as_of).balances()


class TestKivaSchedules:
    """Real dated schedules with the real payments made against them."""

    def test_installments_are_settled_when_the_paid_sum_reaches_them(self, shared_data):
        """
        369 loans: settled early 1120, on the day 34, late 1967, never 11; past due at two month ends.
        """
        folder = shared_data / "data" / "kiva_schedules"
        books = list(kiva_books(folder))
        late = []
        early = punctual = never = 0
        for book in books:
            for due in book.dues():
                if due.settled_on is None:
                    never += 1
                else:
                    days_late = (due.settled_on - due.due_on).days
                    early += days_late < 0
                    punctual += days_late == 0
                    late += [days_late] if days_late > 0 else []

        assert (369, 1120, 34, 1967, 11) == (len(books), early, punctual, len(late), never)
        assert (30, 215, 969) == (median(late), max(late), sum(days > 30 for days in late))
        month_end = date(2007, 1, 31)
        then = [replay(book.plan, book.entries, as_of=month_end).balances() for book in books if book.plan.bought_on <= month_end]
        assert (12_813_600, 2_045_967) == (sum(each.outstanding_minor for each in then), sum(each.past_due_minor for each in then))


def kiva_books(folder):
    def rows(name):
        with (folder / name).open(newline="") as stream:
            return list(csv.DictReader(stream))

    scheduled, paid = rows("schedule_borrower.csv"), rows("payments.csv")
    for loan in rows("loans.csv"):
        key = loan["loan_id"]
        due = [(date.fromisoformat(row["due_date"]), Money.of(row["amount"], "USD")) for row in scheduled if row["loan_id"] == key]
        if loan["status"] not in ("paid", "defaulted") or not due or not loan["disbursed_at"]:
            continue
        plan = from_schedule(sorted(due, key=lambda row: row[0]), bought_on=date.fromisoformat(loan["disbursed_at"][:10]))
        entries = [
            Payment(row["payment_id"], key, Money.of(row["amount"], "USD"), date.fromisoformat(row["processed_date"]))
            for row in paid
            if row["loan_id"] == key
        ]
        random.Random(key).shuffle(entries)
        yield replay(plan, entries, as_of=date(2015, 1, 1))


class TestTakingBackTwice:
    def undo(self, id: str, entry: str, kind: str) -> Undo:
        return Undo(id, "a-1", entry, kind, date(2026, 9, 20))

    @pytest.mark.parametrize(("first", "second"), [("u-1", "u-2"), ("u-2", "u-1")])
    def test_on_one_day_ids_decide_nothing(self, first: str, second: str) -> None:
        """
        The payment counts: its undoing was undone.
        """
        payment = Credit("c-1", "a-1", Money(5000, "USD"), date(2026, 9, 1), "goodwill")
        entries = [payment, self.undo(first, "c-1", "goodwill"), self.undo(second, first, "undo")]

        assert 5000 == replay(PLAN, entries, as_of=date(2026, 9, 20)).received_minor

    @pytest.mark.parametrize("first", ["chargeback", "reversal"])
    def test_a_return_told_as_chargeback_and_as_reversal_counts_once(self, first: str) -> None:
        """
        50.00 of 200.00 went back: 200.00 is owed and not 250.00, whichever the bank told first; without the reversal the same.
        """
        told = [chargeback("cb-1", 5000, date(2026, 9, 5)), Reversal("r-1", "a-1", "p-1", date(2026, 9, 7))]
        book = replay(PLAN, [FIRST, *(told if first == "chargeback" else told[::-1])], as_of=OCTOBER)

        assert 20_000 == book.balances().outstanding_minor
        assert 20_000 == replay(PLAN, [FIRST, *told], as_of=date(2026, 9, 6)).balances().outstanding_minor
        undone = replay(PLAN, [FIRST, *told, Undo("u-1", "a-1", "r-1", "reversal", date(2026, 9, 8))], as_of=OCTOBER)
        assert (20_000, 5000) == (undone.balances().outstanding_minor, undone.received_minor)

    def test_a_credit_that_was_undone_is_not_charged_back_again(self) -> None:
        """
        The shop's refund was taken back by the shop, and undone by us as well.
        """
        refund = Credit("m-1", "a-1", Money(5000, "USD"), date(2026, 9, 1), "merchant_refund")
        undo = Undo("u-1", "a-1", "m-1", "merchant_refund", date(2026, 9, 7))
        book = replay(PLAN, [refund, chargeback("cb-1", 5000, date(2026, 9, 5), of="m-1"), undo], as_of=OCTOBER)

        assert 20_000 == book.balances().outstanding_minor

    @given(plan=plans(), entries=histories(), as_of=days(), payment=payments("p-x"), part=minor_units(1))
    def test_what_was_reversed_is_owed_once(self, plan, entries, as_of, payment, part):
        """
        With a chargeback of any part beside its reversal the account stands as without the payment.
        """
        back = chargeback("cb-x", min(part, payment.amount.minor), payment.value_on, of="p-x", currency=plan.currency)
        told = [payment, back, Reversal("r-x", "a-1", "p-x", as_of)]

        assert replay(plan, entries, as_of=as_of).balances() == replay(plan, [*told, *entries], as_of=as_of).balances()


def chargeback(id, minor, on, of="p-1", currency="USD"):
    return Chargeback(id, "a-1", of, Money(minor, currency), on)


class TestCashGivenBack:
    REFUND = CashRefund("out-1", "a-1", Money(2000, "USD"), date(2026, 9, 5))

    def test_cash_given_back_of_a_payment_that_bounced_is_owed_again(self) -> None:
        """
        50.00 were paid and 20.00 of them given back in cash, before the payment bounced: 200.00 and the 20.00 are owed.
        """
        book = replay(PLAN, [FIRST, self.REFUND, Reversal("r-1", "a-1", "p-1", date(2026, 9, 7))], as_of=OCTOBER)

        assert 22_000 == book.balances().outstanding_minor
        assert (0, 0, 2000) == (book.received_minor, book.returned_minor, book.due("out-1").unpaid_minor)

    def test_as_long_as_the_payment_stands_it_opens_what_that_paid(self) -> None:
        """
        170.00 are owed, and no due stands for the refund itself.
        """
        book = replay(PLAN, [FIRST, self.REFUND], as_of=OCTOBER)

        assert (17_000, 5000, 2000) == (book.balances().outstanding_minor, book.received_minor, book.returned_minor)
        assert 4 == len(book.sources)

    @given(plan=plans(), entries=histories(), as_of=days(), out=minor_units(1), on=days())
    def test_what_goes_out_is_never_lost(self, plan, entries, as_of, out, on):
        """
        Outstanding less credit rises by exactly the cash that went out, whether there was anything to give back or not.
        """

        def owed(known):
            balances = replay(plan, known, as_of=max(as_of, on)).balances()
            return balances.outstanding_minor - balances.credit_minor

        refund = CashRefund("out-x", "a-1", Money(out, plan.currency), on)
        assert owed(entries) + out == owed([*entries, refund])


class TestDueChargesFirst:
    ORDER = Waterfall(
        tuple(
            Slot(phase, part) for phase in ("past_due", "due", "in_advance") for part in ("principal", "interest", "fee", "penalty", "tax")
        )
    )

    def test_the_newest_payment_is_applied_as_a_fold_of_all(self) -> None:
        """
        Of an installment paid in advance the late fee comes first, though principal would: by the fast path, too.
        """
        rules = PostingRules(waterfall=self.ORDER, due_charges_first=True, stands="installment")
        entries = [fee("f-1", 700, date(2026, 9, 2)), FIRST, pay("p-2", 1300, date(2026, 9, 4))]
        book = replay(PLAN, entries[:2], as_of=OCTOBER, waterfall=rules)

        expected = replay(PLAN, entries, as_of=OCTOBER, waterfall=rules)
        assert (Application("installment 2", "fee", 700), Application("installment 2", "principal", 600)) == expected.applications("p-2")
        assert expected == post(book, entries[2])


def monthly(*minors):
    return Plan("monthly", "USD", date(2025, 12, 31), tuple(MONTH_ENDS[: len(minors)]), minors)


MONTH_ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


class TestFurtherInstallments:
    """A plan that is given, with installments added at its end."""

    def changed(self, plan, from_on, **more):
        change = Reschedule("s-1", "a-1", date(2026, 1, 10), from_on, **more)
        return replay(plan, [change], as_of=date(2026, 1, 20)).plan

    def test_a_month_is_a_month(self):
        """
        The 31st of January, February and March are followed by those of April and May; 90.00 make five times 18.00.
        """
        plan = self.changed(monthly(3000, 3000, 3000), MONTH_ENDS[0], extra=2)

        assert (tuple(MONTH_ENDS), (1800,) * 5) == (plan.due_on, plan.principal)

    def test_from_the_last_one_on_the_distance_is_that_of_the_last_two(self):
        """
        Not that from the first one.
        """
        plan = self.changed(monthly(3000, 3000, 3000), MONTH_ENDS[2], extra=1)

        assert (tuple(MONTH_ENDS[:4]), (3000, 3000, 1500, 1500)) == (plan.due_on, plan.principal)

    def test_a_single_installment_goes_on_from_the_purchase(self):
        """
        Due a month after it; the further one a month later, and not on the same day.
        """
        plan = self.changed(monthly(3000), MONTH_ENDS[0], extra=1)

        assert (tuple(MONTH_ENDS[:2]), (1500, 1500)) == (plan.due_on, plan.principal)

    def test_days_stay_days(self):
        """
        Every two weeks, before and after.
        """
        plan = self.changed(PLAN, PLAN.due_on[3], extra=1)

        assert (*PLAN.due_on, PLAN.due_on[3] + timedelta(weeks=2)) == plan.due_on

    def test_a_holiday_asks_for_no_principal(self):
        """
        The second installment waits, and one is added.
        """
        plan = self.changed(monthly(3000, 3000, 3000), MONTH_ENDS[1], principal_holiday=1)

        assert (tuple(MONTH_ENDS[:4]), (3000, 0, 3000, 3000)) == (plan.due_on, plan.principal)

    def test_fewer_minor_units_than_installments(self):
        """
        None is negative: 0.03 over five are three cents and two times nothing.
        """
        assert (1, 1, 1, 0, 0) == self.changed(monthly(1, 1, 1), MONTH_ENDS[0], extra=2).principal
