"""The clocks of lateness as dates that a standing holds."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from collectkit import Account, Money
from collectkit.arrangements.hardship import Hardship, HardshipGranted, Measure
from collectkit.calendars.dates import Interval
from collectkit.calendars.spans import Spans
from collectkit.delinquency import lateness
from collectkit.delinquency.clock_dates import clock_dates
from collectkit.facts import AccountFacts
from collectkit.holds import Hold, HoldLifted
from collectkit.ledger import ChargeOff, Entry, Payment, Reage, Reschedule, Undo
from collectkit.portfolio.columns import Portfolio
from collectkit.schedules import Plan, replay
from collectkit.schedules.building import pay_in_4
from collectkit.standing import Standing, standing_of
from collectkit.testing.strategies import days, histories, plans

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
"""Fifty dollars on 1, 15 and 29 September and 13 October."""


def facts(*entries: Entry, **more: object) -> AccountFacts:
    return AccountFacts(Account("a-1", "c-1", PLAN), entries, **more)  # type: ignore[arg-type]


def dispute(first: date, last: date | None, id: str = "h-1") -> Hold:
    return Hold(id, "dispute", person="c-1", account="a-1", starts_on=first, ends_on=last, reason="wrong goods")


def clocks(standing: Standing) -> tuple[int, int, int]:
    return standing.days_past_due, standing.contractual_days_past_due, standing.operational_days_past_due


def reported(held: AccountFacts, *on: date) -> list[int]:
    return [standing_of(held, day).reporting_days_past_due for day in on]


class TestExamples:
    def test_without_stops_and_changes_all_agree(self) -> None:
        """
        Ten days are ten days on every clock.
        """
        assert (10, 10, 10) == clocks(standing_of(facts(), date(2026, 9, 11)))
        assert (0, 0, 0) == clocks(standing_of(facts(), date(2026, 9, 1)))

    def test_a_dispute_stops_the_operational_clock_alone(self) -> None:
        """
        Five days before, none during, and on from there when it is over.
        """
        held = facts(holds=(dispute(date(2026, 9, 6), date(2026, 9, 15)),))

        assert [(5, 5, 5), (9, 9, 5), (15, 15, 5), (16, 16, 6)] == [
            clocks(standing_of(held, date(2026, 9, day))) for day in (6, 10, 16, 17)
        ]
        during = standing_of(held, date(2026, 9, 10))
        assert (date(2026, 9, 1), date(2026, 9, 6)) == (during.operational_since_on, during.clock_stopped_on)

    def test_what_is_reported_stops_while_a_hold_forbids_it(self) -> None:
        """
        Nobody is reported as later and later while a dispute is open; a return or a re-ageing changes nothing of what is told.
        """
        on = [date(2026, 9, day) for day in (6, 10, 16, 17)]
        part = attrs.evolve(dispute(on[0], date(2026, 9, 15)), kind="dispute_part", amount=Money(100, "USD"))
        back = Hold("h-2", "return", person="c-1", account="a-1", starts_on=on[0], ends_on=date(2026, 9, 15), reason="sent back")
        reage = Reage("m-1", "a-1", date(2026, 9, 7), date(2026, 11, 20), Interval(1, "months"), 2)

        assert [5, 5, 5, 6] == reported(facts(holds=(part,)), *on)
        assert [5, 9, 15, 16] == reported(facts(holds=(back,)), *on)
        assert [5, 9, 15, 16] == reported(facts(reage), *on)
        assert [(5, 5, 5), (9, 9, 9)] == [clocks(standing_of(facts(holds=(part,)), day)) for day in on[:2]]

    def test_relief_stops_it_until_it_is_ended(self) -> None:
        """
        A payment holiday is no lateness of the consumer.
        """
        relief = Hardship("ar-1", "c-1", [Measure("holiday", date(2026, 9, 4), date(2026, 9, 30))], date(2026, 9, 30), "job lost")
        granted = HardshipGranted(relief, date(2026, 9, 4))

        assert (19, 19, 3) == clocks(standing_of(facts(agreed=(granted,)), date(2026, 9, 20)))

    def test_a_re_ageing_sets_the_contractual_clock_back_by_nothing(self) -> None:
        """
        Operationally nothing is late until the new dates; by the contract the first installment still is, and grows older.
        """
        held = facts(Reage("m-1", "a-1", date(2026, 10, 20), date(2026, 11, 20), Interval(1, "months"), 2))

        assert (0, 49, 0) == clocks(standing_of(held, date(2026, 10, 20)))
        assert (1, 81, 1) == clocks(standing_of(held, date(2026, 11, 21)))

    def test_a_date_that_came_forward_makes_nobody_late_by_the_contract(self) -> None:
        """
        The third installment was asked for eleven days earlier: late by the plan as it stands, and not as agreed.
        """
        paid = Payment("p-1", "a-1", Money(10_000, "USD"), date(2026, 9, 1))
        standing = standing_of(
            facts(paid, Reschedule("m-1", "a-1", date(2026, 9, 2), date(2026, 9, 29), date(2026, 9, 18))), date(2026, 9, 20)
        )
        columns = Portfolio.of([standing])

        assert (2, 0, 2) == clocks(standing)
        assert (0, 2) == (int(columns.contractual_days_past_due[0]), int(columns.operational_days_past_due[0]))

    def test_the_day_of_the_charge_off(self) -> None:
        """
        It stands from its day on, and not when it was undone.
        """
        off = ChargeOff("off-1", "a-1", date(2026, 12, 1))
        undone = Undo("u-1", "a-1", "off-1", "charge_off", date(2026, 12, 5))

        before, after = (standing_of(facts(off), date(2026, month, day)) for month, day in ((11, 30), (12, 1)))

        assert (None, off.value_on) == (before.charged_off_on, after.charged_off_on)
        assert standing_of(facts(off, undone), date(2026, 12, 5)).charged_off_on is None

    def test_a_row_of_a_release_without_clocks_tells_the_plain_age(self) -> None:
        """
        What is not known is not guessed to be current.
        """
        old = attrs.evolve(standing_of(facts(), date(2026, 9, 11)), contractual_since_on=None, operational_since_on=None)
        old = attrs.evolve(old, reporting_since_on=None)

        assert (10, 10, 10) == clocks(old)
        assert 10 == old.reporting_days_past_due == int(Portfolio.of([old]).reporting_days_past_due[0])


@st.composite
def stretches(draw: st.DrawFn) -> Spans:
    firsts = draw(st.lists(st.tuples(days(), st.integers(1, 40)), max_size=4))
    return Spans.of([(first, first + timedelta(days=count)) for first, count in firsts])


class TestLaws:
    @given(plan=plans(), entries=histories(), as_of=days(), stops=stretches(), unreported=stretches())
    def test_the_dates_tell_what_the_clocks_tell(
        self, plan: Plan, entries: tuple[Entry, ...], as_of: date, stops: Spans, unreported: Spans
    ) -> None:
        """
        Days past due minus the size of the union of the stops, whatever was posted.
        """
        book = replay(plan, entries, as_of=as_of)
        told = lateness(book, paused=stops, unreported=unreported)
        dates = clock_dates(book, told.operational.since_on, stops, unreported)

        assert told.contractual.since_on == dates.contractual_since_on
        if told.operational.since_on is None:
            assert (None, None) == (dates.operational_since_on, dates.stopped_on)
        else:
            assert dates.operational_since_on is not None
            assert told.operational.days == max(0, ((dates.stopped_on or as_of) - dates.operational_since_on).days)
        if told.reporting.since_on is None:
            assert (None, None) == (dates.reporting_since_on, dates.reporting_stopped_on)
        else:
            assert dates.reporting_since_on is not None
            assert told.reporting.days == max(0, ((dates.reporting_stopped_on or as_of) - dates.reporting_since_on).days)

    @given(first=st.integers(0, 60), length=st.integers(0, 30), lifted=st.none() | st.integers(0, 90), as_of=st.integers(0, 120))
    def test_a_standing_stays_right_as_long_as_it_says(self, first: int, length: int, lifted: int | None, as_of: int) -> None:
        """
        Until `valid_through` the same dates tell the clocks of every day; objects and columns agree.
        """
        start = PLAN.bought_on
        hold = dispute(start + timedelta(days=first), start + timedelta(days=first + length))
        reage = Reage("m-1", "a-1", date(2026, 10, 20), date(2026, 11, 20), Interval(1, "months"), 2)
        off = () if lifted is None else (HoldLifted(hold.id, start + timedelta(days=lifted), "settled"),)
        held = facts(Payment("p-1", "a-1", Money(5_000, "USD"), date(2026, 9, 20)), reage, holds=(hold,), lifted=off)
        standing = standing_of(held, start + timedelta(days=as_of))

        for day in range((min(standing.valid_through, standing.as_of + timedelta(days=40)) - standing.as_of).days + 1):
            on = standing.as_of + timedelta(days=day)
            assert clocks(standing_of(held, on)) == clocks(standing.on(on))
            assert reported(held, on) == [standing.on(on).reporting_days_past_due]
        columns = Portfolio.of([standing])
        assert standing == columns.row(0)
        assert clocks(standing)[1:] == (int(columns.contractual_days_past_due[0]), int(columns.operational_days_past_due[0]))
        assert standing.reporting_days_past_due == int(columns.reporting_days_past_due[0])
