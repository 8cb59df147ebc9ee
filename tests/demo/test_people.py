"""What people of the demo do: each habit by example."""

from __future__ import annotations

from datetime import date, timedelta

from collectkit.account import Account
from collectkit.arrangements.promises import Promise
from collectkit.demo.people import Act, Diary, Habit, Kind, Pay
from collectkit.holds import Hold
from collectkit.ledger import Reversal
from collectkit.money import Money
from collectkit.person import Stop
from collectkit.schedules.building import pay_in_4

BOUGHT = date(2026, 3, 2)
ACCOUNT = Account("a-1", "c-1", pay_in_4(Money.of("200.00", "USD"), bought_on=BOUGHT))
DUE = ACCOUNT.plan.due_on


def lived(habit: Habit) -> list[tuple[date, Act]]:
    """Everything that somebody with that habit does, in order."""
    diary = Diary(ACCOUNT, habit)
    return [(day, act) for day in diary.days for act in diary.acts_on(day)]


def paid(habit: Habit) -> list[tuple[date, int]]:
    """Days and amounts of all payments."""
    return [(day, act.payment.amount.minor) for day, act in lived(habit) if isinstance(act, Pay)]


class TestHabits:
    def test_prompt(self) -> None:
        """
        Each installment two days early, but none before the purchase.
        """
        early = [BOUGHT, *(day - timedelta(days=2) for day in DUE[1:])]

        assert [(day, 5_000) for day in early] == paid(Habit(kind=Kind.PROMPT, early_days=2))

    def test_late_by_a_week(self) -> None:
        """
        The first in time, the others a week late.
        """
        days = [DUE[0], *(day + timedelta(days=7) for day in DUE[1:])]

        assert [(day, 5_000) for day in days] == paid(Habit(kind=Kind.LATE, good=1, late_days=7))

    def test_a_promise_is_made_before_it_is_kept(self) -> None:
        """
        Promised on the day after the due date, to be paid on the day on which it is paid.
        """
        acts = lived(Habit(kind=Kind.PROMISER, good=3, late_days=6))
        (on, promise) = acts[3]

        assert isinstance(promise, Promise)
        assert (DUE[3] + timedelta(days=1), DUE[3] + timedelta(days=6)) == (on, promise.due_on)
        assert DUE[3] + timedelta(days=6) == acts[4][0]

    def test_who_ignores_pays_nothing_more(self) -> None:
        """
        Two installments, then silence; a first-payment default has not even those.
        """
        assert [DUE[0], DUE[1]] == [day for day, _ in paid(Habit(kind=Kind.IGNORER, good=2, settles=False))]
        assert [] == lived(Habit(kind=Kind.FIRST_PAYMENT_DEFAULT, settles=False))

    def test_who_disputes_and_who_opts_out_say_so_once(self) -> None:
        """
        One hold with an end, and one request to cease.
        """
        disputed = [act for _, act in lived(Habit(kind=Kind.DISPUTER, settles=False)) if isinstance(act, Hold)]
        stopped = [act for _, act in lived(Habit(kind=Kind.OPT_OUT, good=1, settles=False)) if isinstance(act, Stop)]

        assert [("dispute", "a-1", True)] == [(hold.kind.value, hold.account, hold.ends_on is not None) for hold in disputed]
        assert [("sms",)] == [stop.channels for stop in stopped]

    def test_two_halves_make_the_whole(self) -> None:
        """
        Nothing is lost when the first payment comes in parts.
        """
        assert 20_000 == sum(minor for _, minor in paid(Habit(kind=Kind.PROMPT, in_parts=True)))

    def test_a_returned_payment_is_made_good(self) -> None:
        """
        The last payment bounces and comes again.
        """
        acts = lived(Habit(kind=Kind.PROMPT, bounces=True))

        assert ["a-1-p4"] == [act.payment for _, act in acts if isinstance(act, Reversal)]
        assert "a-1-p4-again" == [act.payment.id for _, act in acts if isinstance(act, Pay)][-1]

    def test_what_was_done_is_struck_out(self) -> None:
        """
        The same day asked twice brings nothing the second time.
        """
        diary = Diary(ACCOUNT, Habit(kind=Kind.PROMPT))

        assert 1 == len(diary.acts_on(BOUGHT))
        assert () == diary.acts_on(BOUGHT)


class TestReminders:
    def test_who_heeds_pays_two_days_later(self) -> None:
        """
        A payment a month away is brought forward, with its value date; the next one stays.
        """
        diary = Diary(ACCOUNT, Habit(kind=Kind.LATE, good=2, late_days=30, heeds=True))
        reminded = DUE[2] + timedelta(days=3)
        diary.remind(reminded)
        (act,) = diary.acts_on(reminded + timedelta(days=2))

        assert isinstance(act, Pay)
        assert reminded + timedelta(days=2) == act.payment.value_on
        assert DUE[3] + timedelta(days=30) == diary.days[-1]

    def test_others_stay_as_they_are(self) -> None:
        """
        Who does not heed reminders pays when they pay.
        """
        diary = Diary(ACCOUNT, Habit(kind=Kind.LATE, good=2, late_days=30))
        before = diary.days
        diary.remind(DUE[2] + timedelta(days=3))

        assert before == diary.days
