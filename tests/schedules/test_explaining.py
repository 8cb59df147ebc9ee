"""Every minor unit is explained: where it went, which rule sent it, and what stands behind a balance."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest

from collectkit.ledger import Charge, Payment, Waiver, WriteOff
from collectkit.money import Money
from collectkit.schedules import REFUND_ORDERS, balance_table, payment_table, reconcile, replay
from collectkit.schedules.book import due_name
from collectkit.schedules.building import monthly, pay_in_4, with_tax

_spec = importlib.util.spec_from_file_location("sequences", Path(__file__).parents[1] / "machines" / "test_conservation.py")
assert _spec is not None
assert _spec.loader is not None
made_up = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made_up)

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))


def usd(minor):
    return Money(minor, "USD")


class TestPaymentTable:
    def test_credit_that_pays_a_later_charge(self):
        """
        A cent too much lay as credit until a fee was asked for.
        """
        entries = [
            Payment("p-1", "a-1", usd(20_100), date(2026, 9, 1)),
            Charge("f-1", "a-1", "fee", usd(700), date(2026, 10, 1), date(2026, 10, 1)),
        ]
        table = payment_table(replay(PLAN, entries, as_of=date(2026, 10, 20)), "p-1")

        assert ("f-1", 100, "it was credit, and was put against this when it was asked for on 2026-10-01") == (
            table.lines[-1].due,
            table.lines[-1].minor,
            table.lines[-1].rule,
        )

    def test_money_in_advance_names_which_installment_it_is_for(self):
        """
        Off the end of the plan, and the table says so.
        """
        book = replay(
            PLAN, [Payment("p-1", "a-1", usd(6_000), date(2026, 9, 1))], as_of=date(2026, 9, 1), waterfall=REFUND_ORDERS["shorten_tail"]
        )
        table = payment_table(book, "p-1")

        assert [("installment 1", 5_000), ("installment 4", 1_000)] == [(line.due, line.minor) for line in table.lines]
        assert table.lines[1].rule.endswith("the last one first")

    def test_tax_has_a_slot_of_its_own(self):
        """
        Fee and tax of one charge are two lines, each with the slot that sent it there.
        """
        fee = Charge("f-1", "a-1", "fee", usd(1160), date(2026, 9, 17), date(2026, 9, 17), tax=usd(160))
        entries = [Payment("p-1", "a-1", usd(5_000), date(2026, 9, 1)), fee, Payment("p-2", "a-1", usd(6_160), date(2026, 9, 18))]
        lines = payment_table(replay(PLAN, entries, as_of=date(2026, 9, 20)), "p-2").lines

        rules = ("slot 2 of 15, past_due.fee, oldest installment first", "slot 4 of 15, past_due.tax, oldest installment first")
        assert [("f-1", "fee", 1000, rules[0]), ("f-1", "tax", 160, rules[1])] == [
            (line.due, line.component, line.minor, line.rule) for line in lines[1:]
        ]

    def test_an_unknown_payment(self):
        """
        What is not there is not explained.
        """
        with pytest.raises(KeyError):
            payment_table(replay(PLAN, (), as_of=date(2026, 9, 1)), "p-1")
        with pytest.raises(KeyError):
            balance_table(replay(PLAN, (), as_of=date(2026, 9, 1)), "installment 5")


class TestBalanceTable:
    def test_a_charge_that_was_waived_and_paid(self):
        """
        Seven were asked, two given up, one paid.
        """
        entries = [
            Charge("f-1", "a-1", "fee", usd(700), date(2026, 9, 1), date(2026, 9, 1)),
            Waiver("w-1", "a-1", "f-1", usd(200), date(2026, 9, 2), "asked"),
            Payment("p-1", "a-1", usd(100), date(2026, 9, 3)),
        ]
        table = balance_table(replay(PLAN, entries, as_of=date(2026, 9, 3)), "f-1")

        assert [("f-1", 700), ("w-1", -200), ("p-1", -100)] == [(line.entry, line.minor) for line in table.lines]
        assert table.unpaid_minor == sum(line.minor for line in table.lines)

    def test_tax_is_told_apart_from_the_fee_it_is_on(self):
        """
        Asked, given up and written off: each line says what of it was fee and what tax.
        """
        day = date(2026, 9, 1)
        entries = [
            Charge("f-1", "a-1", "fee", usd(1160), day, day, tax=usd(160)),
            Waiver("w-1", "a-1", "f-1", usd(290), date(2026, 9, 2), "asked"),
            WriteOff("x-1", "a-1", date(2026, 9, 3), "given up"),
        ]
        table = balance_table(replay(PLAN, entries, as_of=date(2026, 9, 3)), "f-1")

        asked, waived = [("fee", 1000), ("tax", 160)], [("fee", -250), ("tax", -40)]
        assert [*asked, *waived, ("fee", -750), ("tax", -120)] == [(line.component, line.minor) for line in table.lines]

    def test_tax_of_the_contract(self):
        """
        What the plan asks for in tax is a line of its own.
        """
        plan = with_tax(monthly(usd(300_000), 3, bought_on=date(2026, 9, 1), annual_rate_bp=3600), 1600)
        lines = balance_table(replay(plan, (), as_of=date(2026, 9, 1)), "installment 1").lines

        assert [("interest", 9000), ("principal", plan.principal[0]), ("tax", 1440)] == [(line.component, line.minor) for line in lines]


class TestLaws:
    def test_tables_add_up(self):
        """
        Over made-up histories of every kind of entry: lines of a payment to its amount, lines of a balance to the balance.
        """
        for seed in range(600):
            plan, entries, as_of = made_up.sequence(seed)
            book = replay(plan, entries, as_of=as_of)
            put = {}
            for index, _, minor in book.parts:
                put[index] = put.get(index, 0) + minor
            for index, receipt in enumerate(book.payments):
                table = payment_table(book, receipt.id)
                assert put.get(index, 0) == sum(line.minor for line in table.lines), seed
            for source in book.sources:
                table = balance_table(book, due_name(source))
                assert table.unpaid_minor == sum(line.minor for line in table.lines), (seed, table)

    def test_every_day_is_reconciled(self):
        """
        What came in is reversed, applied, credit, or went out again, on every day of every history.
        """
        for seed in range(300):
            plan, entries, as_of = made_up.sequence(seed)
            found = reconcile([replay(plan, entries, as_of=as_of)])

            assert found.first_failed is None, (seed, found.first_failed)
            assert len(found.days) == len({entry.value_on for entry in entries if entry.value_on <= as_of})
