"""What a bureau is told of an account on a day."""

from __future__ import annotations

from datetime import date

from hypothesis import given

from collectkit import Account, Money
from collectkit.calendars.spans import Spans
from collectkit.delinquency import Reported, ReportedChange, lateness, reported
from collectkit.facts import AccountFacts
from collectkit.holds import Hold
from collectkit.ledger import ChargeOff, Entry, Payment, WriteOff
from collectkit.schedules import Plan, replay
from collectkit.schedules.building import pay_in_4
from collectkit.servicing.hindsight import compare_facts
from collectkit.testing.strategies import days, histories, plans

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
"""Fifty dollars on 1, 15 and 29 September and 13 October."""
ON = date(2026, 9, 20)


def told(*entries: Entry, unreported: Spans = Spans(), on: date = ON) -> Reported:
    return reported(replay(PLAN, entries, as_of=on), unreported=unreported)


class TestExamples:
    def test_late_and_how_much(self) -> None:
        """
        Two installments of fifty dollars are late since the first.
        """
        assert Reported("past_due", date(2026, 9, 1), 19, 10_000, 20_000, None, None) == told()

    def test_words_for_how_it_stands(self) -> None:
        """
        Current on its due date, paid, charged off and written off.
        """
        paid = Payment("p-1", "a-1", Money(20_000, "USD"), date(2026, 9, 1))
        off = ChargeOff("off-1", "a-1", date(2026, 9, 18))

        assert "current" == told(on=date(2026, 9, 1)).status
        assert ("paid", date(2026, 9, 1)) == (told(paid).status, told(paid).last_paid_on)
        assert ("charged_off", off.value_on) == (told(off).status, told(off).charged_off_on)
        assert "written_off" == told(off, WriteOff("off-2", "a-1", ON, "given up")).status

    def test_days_on_which_reporting_was_forbidden(self) -> None:
        """
        Ten of nineteen days; the amount stays what it is.
        """
        found = told(unreported=Spans.of([(date(2026, 9, 5), date(2026, 9, 15))]))

        assert (9, 10_000) == (found.days, found.past_due_minor)

    def test_a_dispute_that_becomes_known_late_changes_what_is_told(self) -> None:
        """
        The money stands as it did; only what may be reported is different, and is said.
        """
        account = Account("a-1", "c-1", PLAN)
        dispute = Hold(
            "h-1", "dispute", person="c-1", account="a-1", starts_on=date(2026, 9, 11), ends_on=date(2026, 9, 30), reason="broken"
        )
        found = compare_facts(AccountFacts(account), AccountFacts(account, holds=(dispute,)), ON)

        assert (False, None) == (bool(found.difference), found.lateness)
        assert found.reported is not None
        assert "to report of 2026-09-20: days past due 10 instead of 19" == str(found.reported)


class TestLaws:
    @given(plan=plans(), entries=histories(), as_of=days())
    def test_it_is_the_reporting_clock(self, plan: Plan, entries: tuple[Entry, ...], as_of: date) -> None:
        """
        Days and amounts are those of the clock, and the same twice is no change.
        """
        book = replay(plan, entries, as_of=as_of)
        found, clock = reported(book), lateness(book).reporting

        assert (clock.days, clock.since_on, clock.past_due_minor) == (found.days, found.since_on, found.past_due_minor)
        assert not ReportedChange(as_of, found, found, plan.currency)
