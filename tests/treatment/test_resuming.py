"""How a treatment goes on after a hold, a promise or an arrangement."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import StepTaken
from collectkit.calendars.spans import Spans
from collectkit.errors import PolicyError
from collectkit.history import Happening, History
from collectkit.identifiers import AccountId, MessageId
from collectkit.treatment import (
    AfterStep,
    DueOffset,
    Happened,
    Interruption,
    OnDate,
    Past,
    Resume,
    Step,
    TreatmentPolicy,
    propose,
    resumed,
    steps_taken,
)
from collectkit.treatment.resuming import merged

from .conftest import DUE_ON, standing_of

DUE = DUE_ON[0]
DAY = timedelta(days=1)
HOLD = Interruption("dispute", date(2026, 9, 18), date(2026, 9, 27))
STEPS = (
    Step("first", DueOffset(2), channel="sms", template="a"),
    Step("second", DueOffset(5), channel="sms", template="a"),
    Step("fee", DueOffset(6), "charge_fee"),
    Step("third", DueOffset(14), channel="sms", template="a"),
)


def lived(rule: Resume | None, over: Interruption = HOLD, stops: Spans = Spans()) -> dict[int, list[str]]:
    """Run every day from the due date to the end of October; on the days of the hold nothing can fire."""
    rules = {over.cause: rule} if rule is not None else {}
    given = TreatmentPolicy("t", "1", STEPS, resume=rules)
    done, log, day = [], {}, DUE
    while day <= date(2026, 10, 31):
        if not over.starts_on <= day <= over.ends_on:
            past = Past(over=(over,), stops=stops) if day > over.ends_on else Past(stops=stops)
            proposals = propose(standing_of(day, unpaid=[DUE]), None, given, done, day, past=past)
            done += steps_taken(proposals, version="1", on=day)
            if proposals:
                log[(day - DUE).days] = [proposal.step for proposal in proposals]
        day += DAY
    return log


class TestWorkedExamples:
    """Due on the 15th, on hold from the third day past due through the twelfth; the first reminder went out on the second."""

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (None, {2: ["first"], 13: ["second", "fee"], 14: ["third"]}),
            (Resume.RE_ENTER, {2: ["first"], 13: ["second", "fee"], 14: ["third"]}),
            (Resume.CONTINUE, {2: ["first"], 15: ["second"], 16: ["fee"], 24: ["third"]}),
            (Resume.RESTART, {2: ["first"], 13: ["fee"], 14: ["first"], 17: ["second"], 26: ["third"]}),
            (Resume.SKIP, {2: ["first"], 14: ["third"]}),
            (Resume.EXIT, {2: ["first"]}),
        ],
    )
    def test_each_rule_goes_on_in_its_way(self, rule: Resume | None, expected: dict[int, list[str]]) -> None:
        """
        By its dates; ten days later; anew from the last day of the hold; without what came due meanwhile; not at all.
        """
        assert expected == lived(rule)

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (Resume.RE_ENTER, {2: ["first"], 15: ["second"], 16: ["fee"], 24: ["third"]}),
            (Resume.BY_DATES, {2: ["first"], 13: ["second", "fee"], 14: ["third"]}),
        ],
    )
    def test_who_stood_still_with_the_clock_re_enters_by_the_clock(self, rule: Resume, expected: dict[int, list[str]]) -> None:
        """
        On the day after the hold three days past due count, not thirteen; a policy may say that the dates alone count.
        """
        stops = Spans.of([(HOLD.starts_on, HOLD.ends_on + DAY)]) if rule is Resume.RE_ENTER else Spans()

        assert expected == lived(rule, stops=stops)

    def test_who_was_held_on_the_due_date_is_on_time_the_day_after(self) -> None:
        """
        Held from before the 15th through the 19th, the due date is as if it were the 20th: the first reminder goes out on the 22nd.
        """
        hold = Interruption("dispute", DUE - 20 * DAY, DUE + 4 * DAY)

        assert [7, 10, 11, 19] == list(lived(None, hold, stops=Spans.of([(hold.starts_on, hold.ends_on + DAY)])))

    def test_a_stop_without_a_known_end_keeps_back_what_it_came_before(self) -> None:
        """
        Nothing is due while it lasts, however long; what had come due before it is.
        """
        past, on = Past(stops=Spans.of([(HOLD.starts_on, None)])), DUE + 300 * DAY
        proposals = propose(standing_of(on, unpaid=[DUE]), None, TreatmentPolicy("t", "1", STEPS), (), on, past=past)

        assert ["first"] == [proposal.step for proposal in proposals]

    def test_days_that_the_clock_left_out_are_not_counted_twice(self) -> None:
        """
        A promise within a dispute goes on where it was, and its days are days of the dispute.
        """
        promise = Interruption("promise", HOLD.starts_on, HOLD.ends_on)
        stops = Spans.of([(HOLD.starts_on, HOLD.ends_on + DAY)])
        found = resumed(DUE, DUE + 5 * DAY, DUE, [HOLD, promise], {"promise": Resume.CONTINUE}, restarts=True, stops=stops)

        assert found is not None
        assert DUE + 15 * DAY == found.starts_on

    def test_another_cause_has_its_own_rule(self) -> None:
        """
        A rule for promises says nothing about disputes.
        """
        given = TreatmentPolicy("t", "1", STEPS, resume={"promise": Resume.EXIT})
        on = DUE + 13 * DAY
        proposals = propose(standing_of(on, unpaid=[DUE]), None, given, (), on, past=Past(over=(HOLD,)))

        assert ["second", "fee"] == [proposal.step for proposal in proposals]

    def test_a_hold_from_before_the_due_date_counts_from_it(self) -> None:
        """
        Nobody was late yet: the first reminder comes two days after the hold.
        """
        hold = Interruption("dispute", DUE - 20 * DAY, DUE + 4 * DAY)

        assert [6, 9, 10, 18] == list(lived(Resume.CONTINUE, hold))

    @pytest.mark.parametrize("rule", [Resume.CONTINUE, Resume.RESTART, Resume.SKIP, Resume.EXIT])
    def test_what_counts_from_no_due_date_keeps_its_day(self, rule: Resume) -> None:
        """
        A day of the calendar and an event that fell into the hold are answered on the day after it.
        """
        steps = (Step("on-a-day", OnDate(date(2026, 9, 25)), "agent_task"), Step("on-a-reply", Happened("reply"), "agent_task"))
        given = TreatmentPolicy("t", "1", steps, resume={"dispute": rule})
        past = Past(History([Happening(date(2026, 9, 26), "reply", "r")]), (HOLD,))
        day = HOLD.ends_on + DAY
        proposals = propose(standing_of(day, unpaid=[DUE]), None, given, (), day, past=past)

        assert ["on-a-day", "on-a-reply"] == [proposal.step for proposal in proposals]

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (Resume.RE_ENTER, date(2026, 9, 28)),
            (Resume.CONTINUE, date(2026, 10, 1)),
            (Resume.RESTART, None),
            (Resume.SKIP, None),
            (Resume.EXIT, None),
        ],
    )
    @pytest.mark.parametrize("delivered", [True, False])
    def test_after_a_step_and_after_its_delivery_are_alike(self, rule: Resume, expected: date | None, *, delivered: bool) -> None:
        """
        Done or delivered on the 19th, four days later is within the hold: on the day after it, eight days later, or not at all.
        Anew it waits for the first step, which is sent once more.
        """
        seen = Step("seen", AfterStep("first", 4, delivered), "agent_task")
        given = TreatmentPolicy("t", "1", (STEPS[0], seen), resume={"dispute": rule})
        message, done_on = MessageId("m-1"), date(2026, 9, 17 if delivered else 19)
        sent = StepTaken(AccountId("a-1"), "first", DUE, done_on, "1", "planned", message)
        past = Past(History([Happening(date(2026, 9, 19), "delivered", message)]), (HOLD,))
        days = [HOLD.ends_on + number * DAY for number in range(1, 20)]
        made = {day: propose(standing_of(day, unpaid=[DUE]), None, given, [sent], day, past=past) for day in days}

        assert expected == next((day for day in days if "seen" in [proposal.step for proposal in made[day]]), None)

    def test_days_on_two_holds_at_once_count_once(self) -> None:
        """
        The one within the other adds nothing.
        """
        inner = Interruption("complaint", date(2026, 9, 20), date(2026, 9, 22))
        rules = {"dispute": Resume.CONTINUE, "complaint": Resume.CONTINUE}
        both = [resumed(DUE, DUE + 5 * DAY, DUE, over, rules, restarts=True) for over in ([HOLD], [HOLD, inner])]

        assert both[0] == both[1]

    def test_a_cause_that_there_is_not_is_refused(self) -> None:
        """
        The message lists those that there are.
        """
        with pytest.raises(PolicyError, match="payment_plan"):
            TreatmentPolicy("t", "1", STEPS, resume={"weather": Resume.EXIT})


spans = st.tuples(st.integers(-10, 40), st.integers(0, 15)).map(
    lambda span: Interruption("dispute", DUE + span[0] * DAY, DUE + (span[0] + span[1]) * DAY)
)


class TestLaws:
    @given(over=st.lists(spans, max_size=4), offset=st.integers(1, 30))
    def test_continuing_never_hurries_and_never_lands_in_what_is_over(self, over: list[Interruption], offset: int) -> None:
        """
        A step keeps its distance in days on which nothing stood in the way.
        """
        place = resumed(DUE, DUE + offset * DAY, DUE, over, {"dispute": Resume.CONTINUE}, restarts=True)
        assert place is not None
        still = {one.starts_on + n * DAY for one in over for n in range((one.ends_on - one.starts_on).days + 1)}
        moved = place.starts_on

        assert DUE + offset * DAY <= moved
        assert moved not in still
        assert offset == sum(DUE + n * DAY not in still for n in range(1, (moved - DUE).days + 1))

    @given(over=st.lists(spans, max_size=4), offset=st.integers(1, 30), rule=st.sampled_from(Resume))
    def test_touching_spans_are_one(self, over: list[Interruption], offset: int, rule: Resume) -> None:
        """
        Merged they hold the same days, none twice.
        """
        days = [one.starts_on + n * DAY for one in merged(over) for n in range((one.ends_on - one.starts_on).days + 1)]

        assert len(set(days)) == len(days)
        assert {one.starts_on + n * DAY for one in over for n in range((one.ends_on - one.starts_on).days + 1)} == set(days)

    @given(over=st.lists(spans, max_size=4), offset=st.integers(1, 30))
    def test_re_entering_without_a_stopped_clock_changes_nothing(self, over: list[Interruption], offset: int) -> None:
        """
        Its dates alone decide.
        """
        place = resumed(DUE, DUE + offset * DAY, DUE, over, {}, restarts=True)

        assert place is not None
        assert (DUE, DUE + offset * DAY) == (place.cycle, place.starts_on)

    @given(over=st.lists(spans, min_size=1, max_size=4), offset=st.integers(1, 30))
    def test_what_must_not_be_done_twice_is_not_restarted(self, over: list[Interruption], offset: int) -> None:
        """
        A fee keeps its cycle, whatever restarts.
        """
        place = resumed(DUE, DUE + offset * DAY, DUE, over, {"dispute": Resume.RESTART}, restarts=False)

        assert place is not None
        assert DUE == place.cycle

    @given(over=st.lists(spans, max_size=4), offset=st.integers(0, 30))
    def test_a_step_is_due_when_the_operational_clock_shows_its_day(self, over: list[Interruption], offset: int) -> None:
        """
        The first day outside a stop on which the clock of a standing shows as many days past due as the step wants.
        """
        stops = Spans.of((one.starts_on, one.ends_on + DAY) for one in over)
        place = resumed(DUE, DUE + offset * DAY, DUE, over, {}, restarts=True, stops=stops)

        def shown(on: date) -> int:
            return (on - DUE).days - stops.days_within(DUE, on)

        assert place is not None
        assert place.starts_on == next(day for n in range(200) if (day := DUE + n * DAY) not in stops and shown(day) >= offset)
