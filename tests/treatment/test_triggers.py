"""What a step may wait for besides a due date: a band, a delivery, an event, a day; and days on which reminders rest."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import StepTaken
from collectkit.delinquency import Buckets
from collectkit.errors import PolicyError
from collectkit.history import HAPPENINGS, Happening, History
from collectkit.identifiers import AccountId, MessageId
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS
from collectkit.treatment import (
    AfterStep,
    BucketEntry,
    DueOffset,
    Happened,
    OnDate,
    Past,
    PromiseOffset,
    Step,
    TreatmentPolicy,
    next_step_on,
    propose,
    steps_taken,
)

from .conftest import DUE_ON, standing_of

DUE = DUE_ON[0]
DAY = timedelta(days=1)


def sms(name, trigger, **given):
    return Step(name, trigger, channel="sms", template=name, **given)


def task(name, trigger, **given):
    return Step(name, trigger, "agent_task", **given)


def policy(*steps, **given):
    return TreatmentPolicy("t", "1", steps, **given)


def names(proposals):
    return [proposal.step for proposal in proposals]


def lived(given, first, last, past=Past(), **change):
    """Run every day from *first* through *last*; return what fired on which day of the month."""
    done, log, day = [], {}, first
    while day <= last:
        proposals = propose(standing_of(day, **change), None, given, done, day, past=past)
        done += steps_taken(proposals, version="1", on=day)
        if proposals:
            log[day] = names(proposals)
        day += DAY
    return log


def happened(*rows):
    return Past(History([Happening(on, kind, id) for on, kind, id in rows]))


class TestBands:
    def test_a_step_fires_on_the_first_day_of_a_band(self):
        """
        The band that begins with day 8 is entered on the eighth day past due; two days on is the tenth.
        """
        given = policy(task("enter", BucketEntry("8-14")), task("two-on", BucketEntry("8-14", 2)), buckets=Buckets((1, 8, 15)))

        assert {date(2026, 9, 23): ["enter"], date(2026, 9, 25): ["two-on"]} == lived(given, DUE, date(2026, 9, 29), unpaid=[DUE])

    def test_it_moves_with_the_bands(self):
        """
        Another policy of bands, the same step.
        """
        given = policy(task("enter", BucketEntry("8-14")), buckets=Buckets((1, 8, 15)))
        moved = policy(task("enter", BucketEntry("6-20")), buckets=Buckets((1, 6, 21)))

        assert [date(2026, 9, 23)] == list(lived(given, DUE, date(2026, 9, 29), unpaid=[DUE]))
        assert [date(2026, 9, 21)] == list(lived(moved, DUE, date(2026, 9, 29), unpaid=[DUE]))

    @pytest.mark.parametrize("band", ["current", "9-13"])
    def test_a_band_that_there_is_not_is_refused(self, band):
        """
        And the bands that there are stand in the message.
        """
        with pytest.raises(PolicyError, match="bands of lateness are 1-7, 8-14, 15\\+"):
            policy(task("enter", BucketEntry(band)), buckets=Buckets((1, 8, 15)))

    @given(days=st.integers(1, 40), offset=st.integers(0, 10), on=st.integers(0, 60))
    def test_it_is_the_day_past_due_on_which_the_band_begins(self, days, offset, on):
        """
        Whatever the band, a step on its entry and one on that day past due are proposed alike.
        """
        bands, as_of = Buckets((days,)), DUE + on * DAY
        standing = standing_of(as_of, unpaid=[DUE])
        entry = policy(task("s", BucketEntry(bands.names[1], offset)), buckets=bands)

        assert names(propose(standing, None, policy(task("s", DueOffset(days + offset))), (), as_of)) == names(
            propose(standing, None, entry, (), as_of)
        )


class TestDelivery:
    STEPS = policy(sms("text", DueOffset(1)), task("look", AfterStep("text", 2, delivered=True)))
    SENT = StepTaken("a-1", "text", DUE, DUE + DAY, "1", "planned", MessageId("m-1"))

    def test_a_step_waits_for_the_proof_of_delivery(self):
        """
        Sent on the 16th, shown to have arrived on the 18th: due on the 20th. Without the proof it is never due.
        """
        on = date(2026, 9, 20)
        arrived = happened((date(2026, 9, 18), "delivered", "m-1"))

        for day, past, expected in ((on, arrived, ["look"]), (on - DAY, arrived, []), (on + 9 * DAY, Past(), [])):
            standing = standing_of(day, unpaid=[DUE])
            assert expected == names(propose(standing, None, self.STEPS, [self.SENT], day, past=past))

    def test_a_copy_that_arrived_is_a_delivery(self):
        """
        The copy has an id that begins with that of the first.
        """
        past = happened((date(2026, 9, 18), "delivered", "m-1/copy-2"))
        standing = standing_of(date(2026, 9, 20), unpaid=[DUE])

        assert ["look"] == names(propose(standing, None, self.STEPS, [self.SENT], date(2026, 9, 20), past=past))

    def test_the_delivery_of_another_message_is_none(self):
        """
        Nor is one that begins alike.
        """
        past = happened((date(2026, 9, 18), "delivered", "m-10"))
        standing = standing_of(date(2026, 9, 20), unpaid=[DUE])

        assert [] == propose_all(standing, self.STEPS, [self.SENT], past)

    def test_a_treatment_says_that_it_asks(self):
        """
        Only then is the past read at all.
        """
        assert [True, False] == [self.STEPS.asks_for_the_past, policy(sms("text", DueOffset(1))).asks_for_the_past]


def propose_all(standing, given, done, past):
    return list(propose(standing, None, given, done, standing.as_of, past=past))


class TestEvents:
    def test_each_time_it_happens_fires_the_step_once(self):
        """
        A payment bounced on the 16th and two on the 20th; a second run of a day finds nothing.
        """
        past = happened(*[(date(2026, 9, day), "payment_reversed", id) for day, id in ((16, "p-1"), (20, "p-2"), (20, "p-3"))])
        given = policy(task("ask", Happened("payment_reversed")))

        expected = {date(2026, 9, 16): ["ask"], date(2026, 9, 20): ["ask", "ask"]}
        assert expected == lived(given, DUE, date(2026, 9, 25), past)

    def test_it_may_wait_some_days(self):
        """
        Three days after the reply of the 16th.
        """
        given = policy(task("ask", Happened("reply", 3)))

        assert [date(2026, 9, 19)] == list(lived(given, DUE, date(2026, 9, 25), happened((date(2026, 9, 16), "reply", ""))))

    @pytest.mark.parametrize(("late", "expected"), [(7, ["ask"]), (8, [])])
    def test_it_does_not_dig_in_the_past(self, late, expected):
        """
        A policy that is new today does not answer what happened more than a week ago.
        """
        given, on = policy(task("ask", Happened("reply"))), date(2026, 9, 16)
        standing = standing_of(on + late * DAY, unpaid=[DUE])

        assert expected == names(propose(standing, None, given, (), standing.as_of, past=happened((on, "reply", ""))))

    def test_what_follows_it_counts_from_its_last_answer(self):
        """
        Two days after the answer to the second reply.
        """
        given = policy(task("ask", Happened("reply")), task("again", AfterStep("ask", 2)))
        past = happened((date(2026, 9, 16), "reply", "1"), (date(2026, 9, 17), "reply", "2"))

        assert [date(2026, 9, 16), date(2026, 9, 17), date(2026, 9, 19)] == list(lived(given, DUE, date(2026, 9, 25), past))

    def test_what_there_is_not_is_refused(self):
        """
        The words that there are stand in the message.
        """
        with pytest.raises(PolicyError, match="payment_reversed"):
            Happened("full_moon")


class TestDates:
    def test_a_day_of_the_calendar(self):
        """
        It fires once on that day, also when nothing is late.
        """
        given = policy(sms("holidays", OnDate(date(2026, 9, 10))))

        assert {date(2026, 9, 10): ["holidays"]} == lived(given, date(2026, 9, 1), date(2026, 9, 30))

    def test_who_bought_later_is_not_meant(self):
        """
        The account was opened on the first.
        """
        given = policy(task("t", OnDate(date(2026, 8, 31))))

        assert {} == lived(given, date(2026, 9, 1), date(2026, 9, 10))

    def test_the_next_day_of_work_is_that_day(self):
        """
        A night may leave the account alone until then.
        """
        given = policy(task("t", OnDate(date(2026, 9, 4))))

        assert date(2026, 9, 4) == next_step_on(standing_of(date(2026, 9, 1)), given, (), date(2026, 9, 1))


class TestConditions:
    def test_a_guard_may_ask_for_the_past(self):
        """
        A call only after two texts that nobody answered.
        """
        when = parse("count('attempt', 10) >= 2 and days_since('reply') is None", STANDING_FIELDS, happenings=HAPPENINGS)
        given = policy(Step("call", DueOffset(1), channel="phone", when=when))
        past = happened((date(2026, 9, 16), "attempt", "1"), (date(2026, 9, 18), "attempt", "2"))

        assert [date(2026, 9, 18)] == list(lived(given, DUE, date(2026, 9, 28), past))
        assert {} == lived(given, DUE, date(2026, 9, 28), Past())


class TestQuietDays:
    """The due date is a Tuesday; the 19th and 20th are a weekend."""

    WEEKEND = (5, 6)

    @pytest.mark.parametrize(("days", "expected"), [(4, 21), (5, 21), (6, 21), (3, 18)])
    def test_a_reminder_waits_for_the_next_day_that_is_not_quiet(self, days, expected):
        """
        Day 4 is a Saturday; what falls on the weekend goes out on Monday.
        """
        given = policy(sms("s", DueOffset(days)), quiet_days=self.WEEKEND)

        assert {date(2026, 9, expected): ["s"]} == lived(given, DUE, date(2026, 9, 28), unpaid=[DUE])

    def test_a_reminder_of_something_ahead_goes_out_earlier(self):
        """
        Two days before a Tuesday is a Sunday: Friday it is. A promised Monday is remembered on Friday, too.
        """
        given = policy(sms("s", DueOffset(-2)), sms("p", PromiseOffset(-1)), quiet_days=self.WEEKEND)
        promised = date(2026, 9, 21)

        assert [date(2026, 9, 11)] == list(lived(given, date(2026, 9, 1), DUE))
        assert [date(2026, 9, 18)] == list(lived(given, date(2026, 9, 16), promised, unpaid=[DUE], promise_due_on=promised))

    def test_notices_and_tasks_do_not_rest(self):
        """
        What the law obliges us to send goes out on its day, and so do acts that reach nobody.
        """
        given = policy(sms("n", DueOffset(4), purpose="notice"), task("t", DueOffset(4)), quiet_days=self.WEEKEND)

        assert {date(2026, 9, 19): ["n", "t"]} == lived(given, DUE, date(2026, 9, 28), unpaid=[DUE])

    def test_a_reminder_that_waits_hides_no_act_of_the_days_between(self):
        """
        The reminder of Saturday waits for Monday; what answers an event on Sunday is done on Sunday.
        """
        given = policy(sms("s", DueOffset(4)), task("t", Happened("reply", days=3)), quiet_days=self.WEEKEND)
        past, friday = happened((date(2026, 9, 17), "reply", "1")), date(2026, 9, 18)

        assert date(2026, 9, 20) == next_step_on(standing_of(friday, unpaid=[DUE]), given, (), friday, past=past)
        assert {date(2026, 9, 20): ["t"], date(2026, 9, 21): ["s"]} == lived(given, friday, date(2026, 9, 28), past, unpaid=[DUE])

    @given(days=st.integers(-6, 12), quiet=st.sets(st.integers(0, 6), max_size=6), first=st.integers(0, 13))
    def test_never_on_a_quiet_day_and_never_lost(self, days, quiet, first):
        """
        A reminder fires exactly once, on no quiet day, and the day on which a night must look is never missed.
        """
        given = policy(sms("s", DueOffset(days)), quiet_days=tuple(quiet))
        begin = date(2026, 9, 1) + first * DAY
        fired = [day for day, steps in lived(given, begin, date(2026, 10, 12), unpaid=[DUE]).items() if "s" in steps]

        assert 1 >= len(fired)
        assert [] == [day for day in fired if day.weekday() in quiet]
        if fired:
            on, looked = begin, []
            while on is not None and on < fired[0]:
                standing = standing_of(on, unpaid=[DUE])
                on = next_step_on(standing, given, (), on)
                looked.append(on)
                if on is not None and on < fired[0]:
                    on = min(on + DAY, fired[0])
            assert on == fired[0]

    def test_the_words_of_a_contact_say_when(self):
        """
        The proposal carries the local hour and the weekdays, so that the hand-over keeps them.
        """
        given = policy(sms("s", DueOffset(1), local_time=time(10, 30), weekdays=(0, 1, 2)), quiet_days=(0,))
        (proposal,) = propose(standing_of(date(2026, 9, 16)), None, given, (), date(2026, 9, 16))

        assert ("10:30", (1, 2)) == (proposal.local_time, proposal.weekdays)

    def test_no_week_is_quiet_altogether(self):
        """
        Then nothing would ever go out.
        """
        with pytest.raises(PolicyError, match="not all"):
            policy(quiet_days=tuple(range(7)))


class TestAfterAPayment:
    def test_reminders_rest_and_then_go_on(self):
        """
        Who paid something on the 20th hears nothing for three days.
        """
        import attrs

        given = policy(sms("s", DueOffset(5)), task("t", DueOffset(5)), payment_pause_days=3)
        log = {}
        for number in range(8):
            on = date(2026, 9, 19) + number * DAY
            standing = attrs.evolve(standing_of(on, unpaid=[DUE]), last_paid_on=date(2026, 9, 20) if number else None)
            log[on.day] = names(propose(standing, None, given, (), on))

        assert {19: [], 20: ["t"], 21: ["t"], 22: ["t"], 23: ["s", "t"], 24: ["s", "t"], 25: ["s", "t"], 26: ["s", "t"]} == log
        quiet = attrs.evolve(standing_of(date(2026, 9, 20), unpaid=[DUE]), last_paid_on=date(2026, 9, 20))
        done = [StepTaken(AccountId("a-1"), "t", DUE, date(2026, 9, 20), "1", "done")]
        assert date(2026, 9, 23) == next_step_on(quiet, given, done, date(2026, 9, 20))
