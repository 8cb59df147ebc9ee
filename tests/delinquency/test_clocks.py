"""Three clocks over one ledger."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars.dates import Interval
from collectkit.calendars.spans import Spans
from collectkit.delinquency import (
    ClockRules,
    LatenessPolicy,
    Materiality,
    installment_lateness,
    lateness,
    person_lateness,
    read_clock,
)
from collectkit.errors import PolicyError
from collectkit.ledger import Payment, Reage
from collectkit.money import Money
from collectkit.schedules import replay
from collectkit.schedules.building import pay_in_4
from collectkit.testing.strategies import FIRST_DAY, days, histories, plans

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
FIRST = Payment("p-1", "a-1", Money(5000, "USD"), date(2026, 9, 1))
LATE_ON = date(2026, 9, 15)


def book(day, *entries):
    return replay(PLAN, [FIRST, *entries], as_of=day)


class TestClocks:
    def test_due_today_is_not_late(self):
        """
        On the due date nothing, on the day after it one.
        """
        assert 0 == lateness(book(LATE_ON)).contractual.days
        assert 1 == lateness(book(date(2026, 9, 16))).contractual.days

    def test_a_pause_stops_the_operational_clock_alone(self):
        """
        Ten days late, four of them under a hold: work is planned by six, the contract says ten.
        """
        paused = Spans.of([(date(2026, 9, 18), date(2026, 9, 22))])
        found = lateness(book(date(2026, 9, 25)), paused=paused)

        assert (10, 6, 10) == (found.contractual.days, found.operational.days, found.reporting.days)
        assert (10, 4) == (found.operational.past_due_days, found.operational.stopped_days)

    def test_grace_is_taken_off(self):
        """
        Three days of grace: the fourth day late is the first that counts.
        """
        policy = LatenessPolicy(operational=ClockRules(grace_days=3, stops=True))

        assert [0, 1] == [lateness(book(date(2026, 9, day)), policy).operational.days for day in (18, 19)]

    def test_a_reage_moves_the_operational_clock_alone(self):
        """
        By the new dates nothing is late; by the contract it still is, and so it is reported.
        """
        reage = Reage("r-1", "a-1", date(2026, 9, 25), date(2026, 10, 25), Interval.of("1 month"), 3)
        found = lateness(book(date(2026, 9, 25), reage))

        assert (10, 0, 10) == (found.contractual.days, found.operational.days, found.reporting.days)
        assert LATE_ON == found.contractual.since_on

    def test_too_little_is_not_late_and_stays_visible(self):
        """
        Of fifty dollars one is missing: no lateness where a dollar or two per cent are ignored, and the dollar is shown.
        """
        policy = LatenessPolicy(operational=ClockRules(materiality=Materiality(minor=50, bp=200)))
        found = lateness(book(date(2026, 9, 25), Payment("p-2", "a-1", Money(4900, "USD"), LATE_ON)), policy)

        assert (0, 100) == (found.operational.days, found.operational.ignored_minor)
        assert (10, 100) == (found.contractual.days, found.contractual.past_due_minor)

    @pytest.mark.parametrize("rules", [ClockRules(as_agreed=True, stops=True), ClockRules()])
    def test_the_contract_has_one_clock(self, rules):
        """
        A contractual clock that stops or moves would be another clock.
        """
        with pytest.raises(PolicyError, match="never stops"):
            LatenessPolicy(contractual=rules)

    def test_installments_and_account_have_one_formula(self):
        """
        The account is as late as its oldest installment.
        """
        late = book(date(2026, 10, 5))
        each = installment_lateness(late)

        assert [0, 20, 6, 0] == [one.days for one in each]
        assert max(one.days for one in each) == lateness(late).operational.days

    @given(
        plan=plans(),
        entries=histories(),
        on=days(200),
        grace=st.integers(0, 5),
        minor=st.integers(0, 600),
        spans=st.lists(st.tuples(days(), st.integers(1, 40)), max_size=3),
    )
    def test_the_account_is_the_most_of_its_dues(self, plan, entries, on, grace, minor, spans):
        """
        Whatever the grace, the pauses and what is too little; and the contractual clock shows the most of the three.
        """
        stops = Spans.of((start, start + timedelta(days=length)) for start, length in spans)
        held = replay(plan, entries, as_of=on)
        rules = ClockRules(grace_days=grace, materiality=Materiality(minor), stops=True)
        shown = read_clock(held, rules, stops)

        assert max((one.days for one in installment_lateness(held, rules, stops=stops)), default=0) == shown.days
        assert shown.days <= shown.past_due_days <= read_clock(held, ClockRules(), Spans()).past_due_days
        late = sum(held.unpaid_of(due) for due, day in enumerate(held.due_on) if day < on)
        assert late == shown.past_due_minor + shown.ignored_minor


class TestPeople:
    def test_levels(self):
        """
        The worst account, the average by what is late, and how many.
        """
        clocks = [
            lateness(book(date(2026, 10, 5))).operational,
            lateness(book(date(2026, 9, 17))).operational,
            lateness(book(FIRST_DAY)).operational,
        ]
        found = person_lateness(clocks)

        assert (20, 2, 3, 15_000) == (found.days, found.accounts_late, found.accounts, found.past_due_minor)
        assert Fraction(20 * 10_000 + 2 * 5000, 15_000) == found.weighted_days
        assert (True, False) == (found.crosses(20), found.crosses(21))
        assert (0, Fraction(0)) == (person_lateness([]).days, person_lateness([]).weighted_days)
