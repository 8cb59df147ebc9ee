"""Reminders computed in full in advance, and what a new fact changes of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ValidationError
from collectkit.treatment import (
    DueOffset,
    PromiseOffset,
    ReminderChange,
    ReminderSchedule,
    Step,
    TreatmentPolicy,
    What,
    compare,
    propose,
    reminders,
    steps_taken,
)

from .conftest import DUE_ON, standing_of

DAY = timedelta(days=1)
FIRST = date(2026, 9, 1)
STEPS = [
    *(Step(f"before-{-day}", DueOffset(day), channel="email", template="t") for day in (-7, -3, -1)),
    Step("today", DueOffset(0), channel="sms", template="t"),
    Step("late-2", DueOffset(2), channel="sms", template="t"),
    Step("promise-tomorrow", PromiseOffset(-1), channel="sms", template="t"),
    Step("task", DueOffset(2), "agent_task"),
]
POLICY = TreatmentPolicy("own", "own@1", STEPS)


def ahead(on: date = FIRST, unpaid: tuple[date, ...] = DUE_ON, promised: tuple[date, ...] = (), **given: Any) -> ReminderSchedule:
    dues = {f"installment {DUE_ON.index(day) + 2}": day for day in unpaid}
    standing = standing_of(on, unpaid=unpaid, **given)
    return reminders(standing, POLICY, on + timedelta(days=60), dues=dues, promised=promised)


def told(changes: tuple[ReminderChange, ...]) -> list[tuple[str, str, str]]:
    return [(one.what.value, one.reminder.step, one.reminder.about) for one in changes]


class TestWorkedExamples:
    def test_everything_before_and_after_each_date_is_known_in_advance(self) -> None:
        """
        Seven, three and one day before each installment, on the day, and two days after; tasks are none of the borrower's.
        """
        found = [(one.on, one.step, one.about) for one in ahead().reminders]

        assert [
            (date(2026, 9, 8), "before-7", "installment 2"),
            (date(2026, 9, 12), "before-3", "installment 2"),
            (date(2026, 9, 14), "before-1", "installment 2"),
            (date(2026, 9, 15), "today", "installment 2"),
            (date(2026, 9, 17), "late-2", "installment 2"),
        ] == found[:5]
        assert {"installment 2", "installment 3", "installment 4"} == {about for _, _, about in found}

    def test_a_payment_takes_away_what_it_settles_and_says_so(self) -> None:
        """
        The second installment is paid on the 10th: what was left of its reminders goes, with the reason.
        """
        on = date(2026, 9, 10)
        changes = compare(ahead(on), ahead(on, DUE_ON[1:]), because=["payment p-1 of 25.00 USD on 2026-09-10"])
        gone = [one for one in changes if one.what is What.REMOVED and one.reminder.about == "installment 2"]

        assert ["before-7", "before-3", "before-1", "today", "late-2"] == [
            one.reminder.step for one in gone if one.reminder.about == "installment 2"
        ]
        assert "nothing is left to pay of installment 2, due on 2026-09-15 (payment p-1 of 25.00 USD on 2026-09-10)" == gone[0].why

    def test_a_snooze_moves_them(self) -> None:
        """
        The due date moves from the 15th to the 22nd, and its reminders by as many days.
        """
        before = ahead(FIRST, DUE_ON[:1])
        standing = standing_of(FIRST, unpaid=(date(2026, 9, 22),))
        after = reminders(standing, POLICY, FIRST + timedelta(days=60), dues={"installment 2": date(2026, 9, 22)})
        changes = compare(before, after)

        assert {What.MOVED} == {one.what for one in changes}
        assert [(date(2026, 9, 8), date(2026, 9, 15))] == [
            (one.before_on, one.reminder.on) for one in changes if one.reminder.step == "before-7"
        ]
        assert {"installment 2 is due on 2026-09-22, no longer on 2026-09-15"} == {one.why for one in changes}

    def test_a_promise_keeps_others_back_and_has_its_own(self) -> None:
        """
        Until the promised day nothing but the reminder of the promise goes out.
        """
        on, promised = date(2026, 9, 16), date(2026, 9, 25)
        changes = compare(ahead(on, DUE_ON[:1]), ahead(on, DUE_ON[:1], promise_due_on=promised))

        assert [
            ("added", "promise-tomorrow", "promise 1"),
            ("moved", "late-2", "installment 2"),
            ("removed", "today", "installment 2"),
        ] == sorted(told(changes))
        assert "promise 1 is to be paid by 2026-09-25" == next(one.why for one in changes if one.what is What.ADDED)

    def test_each_day_of_a_plan_is_remembered(self) -> None:
        """
        Three payments of an arrangement, the first of them the standing's.
        """
        days = (date(2026, 9, 20), date(2026, 9, 27), date(2026, 10, 4))
        found = ahead(date(2026, 9, 16), DUE_ON[:1], days, promise_due_on=days[0])

        assert [day - DAY for day in days] == [one.on for one in found.reminders if one.step == "promise-tomorrow"]

    def test_schedules_of_two_days_are_not_compared(self) -> None:
        """
        The difference would be that a day went by.
        """
        with pytest.raises(ValidationError, match="one account and one day"):
            compare(ahead(FIRST), ahead(FIRST + DAY))


unpaid_sets = st.sets(st.sampled_from(DUE_ON)).map(lambda days: tuple(sorted(days)))


class TestLaws:
    @given(unpaid=unpaid_sets, offset=st.integers(0, 50))
    def test_what_is_foretold_is_what_nights_do(self, unpaid: tuple[date, ...], offset: int) -> None:
        """
        Running every night with nothing paid makes exactly the contacts of the schedule, on their days.
        """
        begin = FIRST + offset * DAY
        foretold = [(one.on, one.step) for one in ahead(begin, unpaid).reminders]
        done, lived = [], list[tuple[date, str]]()
        for number in range(61):
            on = begin + number * DAY
            proposals = propose(standing_of(on, unpaid=unpaid), None, POLICY, done, on)
            done += steps_taken(proposals, version="1", on=on)
            lived += [(on, one.step) for one in proposals if one.channel]

        assert foretold == lived

    @given(before=unpaid_sets, after=unpaid_sets, offset=st.integers(0, 40))
    def test_the_difference_takes_the_one_to_the_other(self, before: tuple[date, ...], after: tuple[date, ...], offset: int) -> None:
        """
        Taking away, adding and moving as it says gives the new schedule; each change has a reason, and nothing else changes.
        """
        on = FIRST + offset * DAY
        old, new = ahead(on, before), ahead(on, after)
        kept = {one.key: one for one in old.reminders}
        for change in compare(old, new):
            assert change.why
            if change.what is What.REMOVED:
                del kept[change.reminder.key]
            else:
                kept[change.reminder.key] = change.reminder

        assert sorted((one.on, one.key) for one in new.reminders) == sorted((one.on, one.key) for one in kept.values())

    @given(unpaid=unpaid_sets, offset=st.integers(0, 40))
    def test_nothing_new_changes_nothing(self, unpaid: tuple[date, ...], offset: int) -> None:
        """
        The same facts give the same schedule.
        """
        schedule = ahead(FIRST + offset * DAY, unpaid)

        assert () == compare(schedule, attrs.evolve(schedule))

    @given(offset=st.integers(0, 60))
    def test_who_owes_nothing_hears_nothing(self, offset: int) -> None:
        """
        Reminders stop with the payment.
        """
        assert () == ahead(FIRST + offset * DAY, ()).reminders
