"""What was given up, and what came back."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account
from collectkit.facts import AccountFacts
from collectkit.ledger import Charge, Chargeback, ChargeOff, CreditRefund, Payment, Reversal, Undo, WriteOff
from collectkit.money import Money
from collectkit.reports import charge_off_vintages, charge_offs
from collectkit.schedules import Plan

BOUGHT = date(2026, 1, 1)
PLAN = Plan("pay_in_4", "USD", BOUGHT, tuple(date(2026, month, 1) for month in (1, 2, 3, 4)), (2_500,) * 4)
LATER = date(2027, 12, 31)


def facts(id, *entries, plan=PLAN):
    return AccountFacts(Account(id, "c-1", plan), entries=entries)


def paid(id, minor, on):
    return Payment(id, "a-1", Money(minor, "USD"), on)


OFF = ChargeOff("o-1", "a-1", date(2026, 7, 1))


class TestChargeOffs:
    def test_gross_recovered_and_net(self):
        """
        Of a hundred dollars 25 were paid; 75 were charged off after 181 days, and 30 came back in the next year.
        """
        found = charge_offs([facts("a-1", paid("p-1", 2_500, BOUGHT), OFF, paid("p-2", 3_000, date(2027, 2, 1)))], LATER)

        (one,) = found.of("USD")
        assert (181, 10_000, 7_500, 3_000, 4_500) == (one.days, one.financed_minor, one.gross_minor, one.recovered_minor, one.net_minor)
        assert [("USD", 2026, 1, 7_500, 3_000)] == [
            (line.currency, line.year, line.accounts, line.gross_minor, line.recovered_minor) for line in found.lines
        ]
        assert Fraction(3, 4) == found.severity("USD").value
        assert Fraction(2, 5) == found.recovery_rate("USD").value

    def test_rate_is_of_all_accounts(self):
        """
        One of three; another currency is another book, and one that is not there has no rate.
        """
        euro = Plan("pay_in_4", "EUR", BOUGHT, (BOUGHT,), (100,))
        found = charge_offs([facts("a-1", OFF), facts("a-2"), facts("a-3"), facts("a-4", plan=euro)], LATER)

        assert Fraction(1, 3) == found.rate("USD").value
        assert (Fraction(0), None) == (found.rate("EUR").value, found.rate("JPY").value)

    def test_what_came_on_the_day_or_was_reversed_is_no_recovery(self):
        """
        A payment of the day lowers the gross amount; one that bounced counts for nothing.
        """
        bounced = paid("p-2", 1_000, date(2026, 8, 1))
        found = charge_offs(
            [facts("a-1", paid("p-1", 500, OFF.value_on), OFF, bounced, Reversal("r-1", "a-1", "p-2", date(2026, 8, 3)))], LATER
        )

        assert [(9_500, 0)] == [(one.gross_minor, one.recovered_minor) for one in found.charged_off]

    def test_undone_or_not_yet(self):
        """
        A charge-off that was undone is none, and neither is one after the day asked about.
        """
        undone = facts("a-1", OFF, Undo("u-1", "a-1", "o-1", "charge_off", date(2026, 7, 5)))

        assert () == charge_offs([undone], LATER).charged_off
        assert () == charge_offs([facts("a-1", OFF)], date(2026, 6, 30)).charged_off
        assert 1 == len(charge_offs([facts("a-1", OFF)], date(2026, 7, 1)).charged_off)

    def test_a_write_off_alone_counts(self):
        """
        What was outstanding before it was written off is the gross amount.
        """
        written = WriteOff("w-1", "a-1", date(2026, 7, 1), "statute-barred")
        found = charge_offs([facts("a-1", paid("p-1", 2_500, BOUGHT), paid("p-2", 500, date(2026, 7, 1)), written)], LATER)

        assert [7_000] == [one.gross_minor for one in found.charged_off]

    def test_all_that_stood_open_is_given_up(self):
        """
        Written off on the day on which a late fee of 7.00 was assessed and 5.00 of credit turned out to have been paid out: both are in it.
        """
        on = date(2026, 7, 1)
        fee = Charge("f-1", "a-1", "fee", Money(700, "USD"), on, on)
        out = CreditRefund("out-1", "a-1", Money(500, "USD"), on)
        found = charge_offs([facts("a-1", paid("p-1", 2_500, BOUGHT), fee, out, WriteOff("w-1", "a-1", on, "statute-barred"))], LATER)

        assert [8_700] == [one.gross_minor for one in found.charged_off]

    def test_what_was_charged_back_is_no_recovery(self):
        """
        30.00 came back after the charge-off, and 12.00 of them were taken back.
        """
        back = Chargeback("cb-1", "a-1", "p-2", Money(1_200, "USD"), date(2027, 3, 1))
        found = charge_offs([facts("a-1", OFF, paid("p-2", 3_000, date(2027, 2, 1)), back)], LATER)

        assert [1_800] == [one.recovered_minor for one in found.charged_off]

    @given(
        held=st.lists(st.tuples(st.integers(1, 9_999), st.integers(0, 400), st.integers(0, 9_999)), max_size=5),
        through=st.integers(0, 500),
    )
    def test_lines_and_vintages_add_up(self, held, through):
        """
        By calendar year and by vintage the same accounts and the same amounts.
        """
        accounts = []
        for number, (before, after, recovered) in enumerate(held):
            on = BOUGHT + timedelta(days=after)
            entries = [paid("p-1", before, BOUGHT), ChargeOff("o-1", "a-1", on)]
            entries += [paid("p-2", recovered, on + timedelta(days=10))] if recovered else []
            accounts.append(facts(f"a-{number}", *entries))
        day = BOUGHT + timedelta(days=through)
        found = charge_offs(accounts, day)
        vintages = charge_off_vintages(accounts, day, lambda one: one.account.id[-1])

        assert len(found.charged_off) == sum(line.accounts for line in found.lines) == sum(line.charged_off for line in vintages.lines)
        gross = sum(one.gross_minor for one in found.charged_off)
        assert gross == sum(line.gross_minor for line in found.lines) == sum(line.gross_minor for line in vintages.lines)
        assert sum(10_000 - before for before, after, _ in held if after <= through) == gross
        assert all(0 <= one.recovered_minor for one in found.charged_off)
        assert found.days("USD").n == len(found.charged_off)
        assert len(accounts) == sum(line.accounts for line in vintages.lines)
