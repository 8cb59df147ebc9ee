"""What happened to an account, counted the way conditions count it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements.promises import PromiseJudged, PromiseVerdict
from collectkit.history import HAPPENINGS, Happening, History, delays, happenings
from collectkit.holds import CaseMoved
from collectkit.identifiers import AccountId
from collectkit.ledger import Payment, PaymentPosted, PaymentReversed, Reversal
from collectkit.money import Money
from collectkit.person import NOT_MADE, Contact, ContactRecorded, ContactSettled
from collectkit.rules import compile_condition, parse
from collectkit.schedules import Plan, replay

NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ONE = AccountId("a-1")


def contact(outcome: str, at: datetime = NOON, **given: Any) -> ContactRecorded:
    return ContactRecorded(Contact("c-1", at, "phone", accounts=("a-1",), outcome=outcome, **given))


def kinds(events: list[object], person_events: list[object]) -> list[str]:
    return sorted(one.kind for one in happenings(ONE, events, person_events, lambda at: at.date()))


def paid(id: str, on: date) -> PaymentPosted:
    return PaymentPosted(Payment(id, "a-1", Money(2_500, "USD"), on), ())


rows = st.lists(
    st.builds(Happening, st.dates(date(2026, 8, 1), date(2026, 10, 1)), st.sampled_from(["payment", "reply"]), st.text("ab", max_size=2))
)


class TestWorkedExamples:
    def test_three_attempts_without_an_answer_in_ten_days(self) -> None:
        """
        The sentence of a supervisor, as a condition: it holds on the tenth day, and no longer on the eleventh.
        """
        history = History([Happening(date(2026, 9, day), "no_answer", str(day)) for day in (1, 5, 9)])
        asked = parse("count('no_answer', 10) >= 3 and count('reply', 10) == 0", happenings=HAPPENINGS)
        holds = compile_condition(asked, "mapping")

        assert [True, False] == [holds(history.figures(asked.aggregates, date(2026, 9, day))) for day in (10, 11)]

    @pytest.mark.parametrize(
        ("outcome", "expected"),
        [
            ("no_answer", ["attempt", "no_answer"]),
            ("voicemail", ["attempt", "no_answer"]),
            ("conversation", ["attempt", "conversation"]),
            ("delivered", ["attempt", "delivered"]),
            ("unknown", ["attempt"]),
        ],
    )
    def test_a_contact_is_an_attempt_and_what_came_of_it(self, outcome: str, expected: list[str]) -> None:
        """
        A call that nobody answers is two happenings of one day.
        """
        assert expected == kinds([], [contact(outcome)])

    def test_what_came_of_a_message_may_be_learned_later(self) -> None:
        """
        It was sent on the 10th and arrived on the 12th; one that was never made is nothing.
        """
        sent = contact("unknown", message="m-1")
        told = [sent, ContactSettled("m-1", "delivered", NOON + 2 * DAY)]

        assert ["attempt", "delivered"] == kinds([], told)
        assert [date(2026, 9, 12)] == [one.on for one in happenings(ONE, [], told, lambda at: at.date()) if one.kind == "delivered"]
        assert [] == kinds([], [sent, ContactSettled("m-1", NOT_MADE, NOON)])

    def test_a_contact_about_another_account_is_not_ours(self) -> None:
        """
        One that names no account is about all of them.
        """
        other = ContactRecorded(Contact("c-1", NOON, "phone", accounts=("a-2",), direction="inbound"))
        nobody = ContactRecorded(Contact("c-1", NOON, "phone", direction="inbound"))

        assert ["reply"] == kinds([], [other, nobody])

    def test_each_contact_of_a_day_counts(self) -> None:
        """
        The person wrote at noon and called an hour later, and we missed them twice: two replies, two attempts.
        """
        told = [contact("unknown", NOON, direction="inbound"), contact("unknown", NOON + timedelta(hours=1), direction="inbound")]
        missed = [contact("no_answer", NOON), contact("no_answer", NOON + timedelta(hours=1))]
        history = History(happenings(ONE, [], [*told, *missed], lambda at: at.date()))

        assert {"reply": 2, "attempt": 2, "no_answer": 2} == {
            kind: history.count(kind, 1, NOON.date()) for kind in ("reply", "attempt", "no_answer")
        }

    def test_a_case_that_never_waited_for_a_document_settles_none(self) -> None:
        """
        One case is confirmed at once, the other after its document came.
        """
        moves = [
            CaseMoved("h-1", "confirmed", date(2026, 9, 3), "a letter of the court"),
            CaseMoved("h-2", "evidence_awaited", date(2026, 9, 4), "asked for the order"),
            CaseMoved("h-2", "confirmed", date(2026, 9, 9), "it came"),
        ]
        expected = [Happening(date(2026, 9, 4), "evidence_awaited", "h-2"), Happening(date(2026, 9, 9), "evidence_settled", "h-2")]

        for events, person_events in ((moves, []), ([], moves)):
            assert expected == list(happenings(ONE, events, person_events, lambda at: at.date()))

    def test_a_payment_taken_back_was_none(self) -> None:
        """
        It is no payment on any day, and the taking back is an event of its own.
        """
        back = PaymentReversed(Reversal("r-1", "a-1", "p-1", date(2026, 9, 12)))

        assert ["payment", "payment_reversed"] == kinds([paid("p-1", date(2026, 9, 1)), back, paid("p-2", date(2026, 9, 3))], [])

    def test_a_promise_that_turns_out_kept_was_never_broken(self) -> None:
        """
        The last judgement is believed.
        """
        verdicts = [PromiseJudged("pr-1", "a-1", PromiseVerdict(verdict), date(2026, 9, 5), 0) for verdict in ("broken", "kept")]

        assert ["promise_kept"] == kinds(list(verdicts), [])

    def test_the_delay_of_payments_grows(self) -> None:
        """
        Two days late, then five, then nine.
        """
        due = [date(2026, 9, 1) + n * timedelta(days=14) for n in range(4)]
        plan = Plan("pay_in_4", "USD", date(2026, 8, 18), tuple(due), (2_500,) * 4)
        entries = [Payment(f"p-{n}", "a-1", Money(2_500, "USD"), due[n] + timedelta(days=late)) for n, late in enumerate((0, 2, 5, 9))]
        history = History(delays(replay(plan, entries, as_of=date(2026, 12, 1))))

        assert [0, 2, 5, 9] == [one.measure for one in history.of("delay")]
        assert (True, None) == (history.rising("delay", 3, date(2026, 12, 1)), history.rising("delay", 4, date(2026, 12, 1)))
        assert history.rising("delay", 3, due[2]) is None


class TestLaws:
    @given(found=rows, days=st.integers(1, 400), as_of=st.dates(date(2026, 7, 25), date(2026, 10, 9)))
    def test_counting_is_counting(self, found: list[Happening], days: int, as_of: date) -> None:
        """
        As a loop over the days finds it.
        """
        wanted = [as_of - n * DAY for n in range(days)]
        history = History(found)

        assert sum(one.on in wanted for one in set(found) if one.kind == "payment") == history.count("payment", days, as_of)
        last = max((one.on for one in found if one.kind == "reply" and one.on <= as_of), default=None)
        assert ((as_of - last).days if last is not None else None) == history.days_since("reply", as_of)

    @given(found=rows, order=st.randoms(use_true_random=False))
    def test_the_order_of_arrival_does_not_matter(self, found: list[Happening], order: Random) -> None:
        """
        Nor does telling a thing twice.
        """
        shuffled = [*found, *found]
        order.shuffle(shuffled)

        assert History(found).happenings == History(shuffled).happenings

    @given(found=rows, as_of=st.dates(date(2026, 7, 25), date(2026, 10, 9)))
    def test_tomorrow_is_not_known(self, found: list[Happening], as_of: date) -> None:
        """
        What happens later changes no figure of today.
        """
        known = [one for one in found if one.on <= as_of]
        asked = parse("count('payment', 30) > 0 or days_since('reply') > 3", happenings=HAPPENINGS).aggregates

        assert History(known).figures(asked, as_of) == History(found).figures(asked, as_of)
