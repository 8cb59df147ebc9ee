"""The life of one contact: every transition, and what must hold along any path."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Outcome, Proposal, Spend, Verdict
from collectkit.channels.outcomes import STATUSES, Accepted, Doubtful, HandOver, Rejected
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import (
    SPENT_STATES,
    Dispatch,
    DispatchReason,
    DispatchState,
    begin,
    confirm,
    copy_of,
    expire,
    following,
    plan,
    put_back,
    release,
    reserve,
    told,
)

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
LEASE = timedelta(minutes=2)
PROPOSAL = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "email", template="reminder-late")
SPEND = Spend("person/c-1", "cap", 7, 7, date(2026, 10, 20))
ANSWERS: list[HandOver] = [Accepted("x-1"), Rejected("no"), Doubtful("time-out")]


def planned() -> Dispatch:
    return plan(PROPOSAL, at=AT, not_before=AT, not_after=AT + timedelta(days=1))


def reserved(before: Dispatch | None = None) -> Dispatch:
    verdict = Verdict(PROPOSAL, AT, Outcome.ALLOW, point="p-1", budgets=(SPEND,))
    return reserve(before or planned(), verdict, worker="w", at=AT, lease=LEASE)


def sending() -> Dispatch:
    after = begin(reserved(), fence=1, content="ab", at=AT, lease=LEASE)
    assert isinstance(after, Dispatch)
    return after


def moved(after: Dispatch | Refusal[DispatchReason]) -> Dispatch:
    assert isinstance(after, Dispatch)
    return after


class TestLeases:
    def test_a_reservation_that_never_began_goes_back(self) -> None:
        """
        Nothing was handed over, so its budgets are free again; the fence is kept, so that the lost worker cannot begin.
        """
        after = expire(reserved(), at=AT + LEASE + timedelta(seconds=1))

        assert (DispatchState.PLANNED, (), 1) == (after.state, after.budgets, after.fence)
        assert isinstance(begin(after, fence=1, content="ab", at=AT, lease=LEASE), Refusal)

    def test_what_was_being_sent_is_in_doubt(self) -> None:
        """
        It may have arrived: what it spent stays spent.
        """
        after = expire(sending(), at=AT + LEASE + timedelta(seconds=1))

        assert (DispatchState.UNKNOWN, (SPEND,)) == (after.state, after.budgets)

    def test_a_lease_that_is_not_over_is_left_alone(self) -> None:
        """
        Its last instant belongs to it.
        """
        assert expire(sending(), at=AT + LEASE) == sending()

    def test_an_older_fence_moves_nothing(self) -> None:
        """
        Whoever was taken for lost comes too late for everything.
        """
        again = reserved(put_back(reserved(), at=AT))

        assert 2 == again.fence
        for late in (begin(again, fence=1, content="ab", at=AT, lease=LEASE), release(again, fence=1, at=AT)):
            assert isinstance(late, Refusal)
            assert DispatchReason.STALE_FENCE is late.reason
        assert isinstance(confirm(sending(), Accepted(), fence=0, at=AT), Refusal)

    def test_who_did_not_start_gives_back(self) -> None:
        """
        Only the holder can know that a hand-over did not start.
        """
        after = moved(release(sending(), fence=1, at=AT))

        assert (DispatchState.PLANNED, ()) == (after.state, after.budgets)


class TestReports:
    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("delivered", DispatchState.SENT),
            ("failed", DispatchState.SENT),
            ("complained", DispatchState.SENT),
            ("not_taken", DispatchState.NOT_SENT),
        ],
    )
    def test_a_report_settles_a_doubt(self, status: str, state: DispatchState) -> None:
        """
        What failed on its way was handed over all the same; only what was never taken was not.
        """
        doubtful = moved(confirm(sending(), Doubtful("time-out"), fence=1, at=AT))

        assert state is told(doubtful, status, at=AT).state

    def test_a_report_overtakes_the_answer(self) -> None:
        """
        The answer then brings its reference and changes nothing else, not even when it is a doubt.
        """
        early = told(sending(), "delivered", at=AT)

        assert (DispatchState.SENT, "x-1") == ((late := moved(confirm(early, Accepted("x-1"), fence=1, at=AT))).state, late.reference)
        assert early == confirm(early, Doubtful("time-out"), fence=1, at=AT)

    def test_an_acceptance_outranks_a_denial_before_it(self) -> None:
        """
        A channel that says it never took a message and then gives its reference has taken it.
        """
        denied = told(sending(), "not_taken", at=AT)

        assert DispatchState.SENT is moved(confirm(denied, Accepted("x-1"), fence=1, at=AT)).state

    @given(reports=st.lists(st.sampled_from(STATUSES), min_size=1, max_size=5), order=st.randoms(use_true_random=False))
    def test_the_order_of_reports_does_not_matter(self, reports: list[str], order: object) -> None:
        """
        In whatever order and however often they come, the contact ends the same.
        """
        shuffled = list(reports)
        order.shuffle(shuffled)  # type: ignore[attr-defined]
        ends = []
        for sequence in (reports, shuffled):
            held = moved(confirm(sending(), Accepted("x-1"), fence=1, at=AT))
            for status in sequence:
                held = told(held, status, at=AT)
            ends.append(held)
        assert ends[0] == ends[1]


class TestCopies:
    def test_a_copy_has_the_key_of_the_first(self) -> None:
        """
        And of the copy before it; each has an id and budgets of its own.
        """
        second = copy_of(sending(), at=AT, not_before=AT, not_after=None)
        third = copy_of(second, at=AT, not_before=AT, not_after=None)

        assert [("m-1/copy-2", "m-1", 2), ("m-1/copy-3", "m-1", 3)] == [(row.id, row.key, row.copy) for row in (second, third)]
        assert ("ab", AT, ()) == (third.content, third.begun_at, third.budgets)

    def test_a_derived_id_is_never_too_long(self) -> None:
        """
        A host's own ids may be as long as an id can be.
        """
        assert following("m" * 128, "copy-2") == following("m" * 128, "copy-2") != following("n" * 128, "copy-2")


class TestAnyPath:
    @given(steps=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 200)), max_size=25))
    def test_whoever_may_have_been_reached_stays_counted(self, steps: list[tuple[int, int, int]]) -> None:
        """
        Along any path a contact that was begun leaves the spent states only on proof, and its fence never goes back.
        """
        row, at, proven = planned(), AT, False
        for step, choice, seconds in steps:
            at += timedelta(seconds=seconds)
            before = row
            answer = ANSWERS[choice % 3]
            after: Dispatch | Refusal[DispatchReason] = row
            match step:
                case 0 if row.state is DispatchState.PLANNED:
                    after = reserve(row, Verdict(PROPOSAL, at, Outcome.ALLOW, budgets=(SPEND,)), worker="w", at=at, lease=LEASE)
                case 1:
                    after = begin(row, fence=row.fence, content="ab", at=at, lease=LEASE)
                case 2:
                    after = confirm(row, answer, fence=row.fence, at=at)
                    proven = isinstance(answer, Rejected)
                case 3:
                    after = expire(row, at=at)
                case 4:
                    after = release(row, fence=row.fence, at=at)
                    proven = True
                case 5 if row.state not in (DispatchState.PLANNED, DispatchState.RESERVED):
                    after = told(row, STATUSES[choice], at=at)
                    proven = STATUSES[choice] == "not_taken"
            row = before if isinstance(after, Refusal) else after
            assert row.fence >= before.fence
            if before.state in SPENT_STATES - {DispatchState.RESERVED} and row.state not in SPENT_STATES:
                assert proven
            if row.state in SPENT_STATES:
                assert (SPEND,) == row.budgets
