from __future__ import annotations

from datetime import date, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import StepTaken
from collectkit.rules import parse
from collectkit.treatment import AfterStep, DueOffset, PromiseOffset, Step, TreatmentPolicy, propose, schedule, steps_taken


def sms(name, trigger, **given):
    return Step(name, trigger, channel="sms", template=name, **given)


STEPS = [sms("coming", DueOffset(-3)), sms("today", DueOffset(0)), sms("late", DueOffset(3)), sms("after", AfterStep("late", 4))]
POLICY = TreatmentPolicy("t", "1", STEPS)


def days(planned):
    return [(item.on.isoformat()[5:], item.step.name) for item in planned]


class TestSchedule:
    def test_all_reminders_of_a_plan_stand_in_advance(self, standing, due_on):
        """
        Before each due date one; on the first and after it those of its lateness, if nothing is paid.
        """
        expected = [
            ("09-12", "coming"),
            ("09-15", "today"),
            ("09-18", "late"),
            ("09-22", "after"),
            ("09-26", "coming"),
            ("10-10", "coming"),
        ]

        assert expected == days(schedule(standing(date(2026, 9, 1)), POLICY, date(2026, 10, 31), due_on=due_on))

    def test_what_was_done_is_not_planned_again(self, standing):
        """
        The schedule goes on from the steps that were taken.
        """
        done = [StepTaken("a-1", "late", date(2026, 9, 15), date(2026, 9, 18), "1", "done")]

        assert [("09-22", "after")] == days(
            schedule(standing(date(2026, 9, 19), unpaid=[date(2026, 9, 15)]), POLICY, date(2026, 9, 30), taken=done)
        )

    def test_a_promise_suspends_until_its_day(self, standing):
        """
        Its own reminder stands alone; what waits comes on the day after.
        """
        policy = TreatmentPolicy("t", "1", [*STEPS, sms("promised", PromiseOffset(-1))])
        late = standing(date(2026, 9, 17), unpaid=[date(2026, 9, 15)], promise_due_on=date(2026, 9, 20))

        assert [("09-19", "promised"), ("09-21", "late"), ("09-25", "after")] == days(schedule(late, policy, date(2026, 9, 30)))

    def test_nothing_lies_ahead_of_a_paid_account(self, standing):
        """
        The schedule ends with the debt.
        """
        assert () == schedule(standing(date(2026, 9, 1), unpaid=()), POLICY, date(2026, 12, 31))

    def test_a_planned_step_reads_as_a_line(self, standing):
        """
        The condition is named, as it is asked only on the day.
        """
        policy = TreatmentPolicy("t", "1", [sms("late", DueOffset(3), when=parse("owed > 0"))])
        (planned,) = schedule(standing(date(2026, 9, 1)), policy, date(2026, 9, 20))

        assert "2026-09-18: late, contact by sms (3 days after due date) if owed > 0" == str(planned)


class TestLaws:
    @given(
        offsets=st.lists(st.integers(-6, 15), min_size=1, max_size=4),
        after=st.integers(1, 5),
        repeats=st.integers(2, 3),
        start=st.dates(date(2026, 9, 1), date(2026, 9, 30)),
        paid_before=st.none() | st.integers(0, 9),
        pause=st.integers(0, 12),
        quiet=st.sets(st.integers(0, 6), max_size=3),
    )
    def test_the_schedule_is_what_daily_runs_will_do(self, offsets, after, repeats, start, paid_before, pause, quiet, standing, due_on):
        """
        If nothing is paid, each step fires on the day on which it was planned.
        """
        steps = [sms(f"s-{i}", DueOffset(offset)) for i, offset in enumerate(offsets)]
        steps += [sms("after", AfterStep("s-0", after)), Step("fee", DueOffset(2), "charge_fee", repeat_every_days=3, repeats_max=repeats)]
        policy, until = TreatmentPolicy("t", "1", steps, payment_pause_days=pause, quiet_days=tuple(quiet)), date(2026, 10, 20)
        paid_on = start - timedelta(days=paid_before) if paid_before is not None else None
        done, day = [], start
        while day <= until:
            today = attrs.evolve(standing(day), last_paid_on=paid_on)
            done += steps_taken(propose(today, None, policy, done, day), version="1", on=day)
            day += timedelta(days=1)

        planned = schedule(attrs.evolve(standing(start), last_paid_on=paid_on), policy, until, due_on=due_on)
        assert sorted((step.on, step.step, step.cycle) for step in done) == sorted((p.on, p.step.name, p.cycle) for p in planned)
