"""Every transition of a contact, as the whole object that comes out of it and as the whole refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from collectkit.actions import ActionKind, Judged, Outcome, Permit, Proposal, Spend, Verdict
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.identifiers import LENGTH_MAX, MessageId
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import (
    Dispatch,
    DispatchReason,
    DispatchState,
    begin,
    confirm,
    copy_of,
    expire,
    following,
    give_up,
    not_attempted,
    permit_of,
    plan,
    put_back,
    release,
    reserve,
    told,
)

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
LATER, LEASE = AT + timedelta(minutes=1), timedelta(minutes=2)
END = AT + timedelta(days=1)
PROPOSAL = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "email", template="reminder-late")
SPEND = Spend("person/c-1", "cap", 7, 7, date(2026, 10, 20))
VERDICT = Verdict(PROPOSAL, AT, Outcome.ALLOW, point="p-1", budgets=(SPEND,), duties=("mini_miranda",))
JUDGED = Judged(PROPOSAL, AT, "allow", packs=("us-federal@1",), inputs="{}", digest="ab")

PLANNED = Dispatch(MessageId("m-1"), DispatchState.PLANNED, PROPOSAL, AT, AT, END, updated_at=AT, due_by=END)
RESERVED = attrs.evolve(
    PLANNED,
    state=DispatchState.RESERVED,
    point="p-1",
    budgets=(SPEND,),
    duties=("mini_miranda",),
    fence=1,
    worker="w",
    lease_until=AT + LEASE,
    written_on=date(2026, 10, 20),
    versions=(("account/a-1", 3),),
    held_by="k-1",
    notice="m-0",
    judged=JUDGED,
)
SENDING = attrs.evolve(RESERVED, state=DispatchState.SENDING, content="ab", lease_until=LATER + LEASE, updated_at=LATER, begun_at=LATER)
SENT = attrs.evolve(SENDING, state=DispatchState.SENT, reference="x-1", lease_until=None)
UNKNOWN = attrs.evolve(SENDING, state=DispatchState.UNKNOWN, reason="time-out", lease_until=None)
NOT_SENT = attrs.evolve(SENDING, state=DispatchState.NOT_SENT, reason="no", lease_until=None)
NO_STATE, NO_FENCE = DispatchReason.WRONG_STATE, DispatchReason.STALE_FENCE


class TestPlanning:
    def test_what_is_planned(self) -> None:
        """
        The proposal, when it may go, and until when.
        """
        assert PLANNED == plan(PROPOSAL, at=AT, not_before=AT, not_after=END, due_by=END)
        assert attrs.evolve(PLANNED, due_by=None, not_after=None) == plan(PROPOSAL, at=AT, not_before=AT, not_after=None)

    def test_a_copy_says_the_same_to_the_same_point(self) -> None:
        """
        Under the same key, as a contact of its own; a copy of a copy keeps the first key.
        """
        expected = Dispatch(
            MessageId("m-1/copy-2"),
            DispatchState.PLANNED,
            attrs.evolve(PROPOSAL, id=MessageId("m-1/copy-2")),
            LATER,
            END,
            None,
            point="p-1",
            content="ab",
            updated_at=LATER,
            key="m-1",
            copy=2,
            due_by=END,
            written_on=date(2026, 10, 20),
            versions=(("account/a-1", 3),),
            begun_at=LATER,
            notice="m-0",
        )
        second = copy_of(UNKNOWN, at=LATER, not_before=END, not_after=None)
        assert expected == second
        third = copy_of(second, at=LATER, not_before=END, not_after=END)
        assert ("m-1/copy-3", "m-1", 3, END) == (third.id, third.key, third.copy, third.not_after)

    def test_a_derived_id_fits_and_stays_the_same(self) -> None:
        """
        A long one becomes a digest.
        """
        just = "x" * (LENGTH_MAX - len("/copy-2"))
        assert f"{just}/copy-2" == following(just, "copy-2")
        long = following(f"{just}x", "copy-2")
        assert long == following(f"{just}x", "copy-2") != following(f"{just}y", "copy-2")
        assert 64 + len("/copy-2") == len(long)


class TestReserving:
    def test_what_a_reservation_holds(self) -> None:
        """
        What the verdict says, who has it, and until when.
        """
        before = attrs.evolve(
            PLANNED, written_on=RESERVED.written_on, versions=RESERVED.versions, held_by="k-1", notice="m-0", judged=JUDGED
        )
        assert RESERVED == reserve(before, VERDICT, worker="w", at=AT, lease=LEASE)
        assert 5 == reserve(attrs.evolve(before, fence=4), VERDICT, worker="w", at=LATER, lease=LEASE).fence
        assert LATER == reserve(before, VERDICT, worker="w", at=LATER, lease=LEASE).updated_at

    @pytest.mark.parametrize(("ends", "until"), [(LATER, LATER), (END, AT + LEASE), (None, AT + LEASE)])
    def test_the_lease_ends_with_the_lawful_hours(self, ends: datetime | None, until: datetime) -> None:
        """
        Whichever comes first.
        """
        assert until == reserve(PLANNED, attrs.evolve(VERDICT, not_after=ends), worker="w", at=AT, lease=LEASE).lease_until

    def test_a_permit_is_what_was_reserved(self) -> None:
        """
        And nothing else has one.
        """
        assert Permit(PROPOSAL, "p-1", AT, AT + LEASE, ("mini_miranda",), 1) == permit_of(RESERVED)
        for other in (PLANNED, SENDING, SENT):
            text = f"only a reserved contact has a permit, this one is {other.state.value}"
            assert Refusal(NO_STATE, text) == permit_of(other)
        for broken in (attrs.evolve(RESERVED, lease_until=None), attrs.evolve(RESERVED, updated_at=None)):
            assert Refusal(NO_STATE, "only a reserved contact has a permit, this one is reserved") == permit_of(broken)


class TestBeginning:
    def test_what_is_under_way(self) -> None:
        """
        What it says, a new lease, and when it first began.
        """
        assert SENDING == begin(RESERVED, fence=1, content="ab", at=LATER, lease=LEASE)
        again = begin(attrs.evolve(RESERVED, begun_at=AT), fence=1, content="ab", at=LATER, lease=LEASE)
        assert attrs.evolve(SENDING, begun_at=AT) == again

    def test_what_stops_it(self) -> None:
        """
        Another state, another holder, a lease that is over; its last instant still holds.
        """
        nothing = "nothing was sent"
        assert Refusal(NO_STATE, "the contact is planned", nothing) == begin(PLANNED, fence=0, content="ab", at=AT, lease=LEASE)
        other = Refusal(NO_FENCE, "another worker holds this contact now", nothing)
        assert other == begin(RESERVED, fence=2, content="ab", at=AT, lease=LEASE)
        over = Refusal(DispatchReason.LEASE_OVER, "the permit has expired", nothing)
        late = AT + LEASE + timedelta(microseconds=1)
        assert over == begin(RESERVED, fence=1, content="ab", at=late, lease=LEASE)
        assert over == begin(attrs.evolve(RESERVED, lease_until=None), fence=1, content="ab", at=AT, lease=LEASE)
        assert isinstance(begin(RESERVED, fence=1, content="ab", at=AT + LEASE, lease=LEASE), Dispatch)


class TestConfirming:
    @pytest.mark.parametrize(("answer", "after"), [(Accepted("x-1"), SENT), (Rejected("no"), NOT_SENT), (Doubtful("time-out"), UNKNOWN)])
    def test_what_was_answered(self, answer: HandOver, after: Dispatch) -> None:
        """
        Also after a doubt, whose reason goes with the answer.
        """
        for before in (SENDING, attrs.evolve(UNKNOWN, reason="the worker was lost while sending")):
            assert attrs.evolve(after, updated_at=END) == confirm(before, answer, fence=1, at=END)

    def test_what_is_not_taken(self) -> None:
        """
        An answer to something that is not under way, or of an older reservation.
        """
        nothing = "the answer was not recorded"
        assert Refusal(NO_STATE, "the contact is planned", nothing) == confirm(PLANNED, Accepted("x"), fence=0, at=END)
        stale = Refusal(NO_FENCE, "the answer belongs to an older reservation", nothing)
        assert stale == confirm(SENDING, Accepted("x"), fence=2, at=END)

    @pytest.mark.parametrize(("answer", "after"), [(Accepted("x-1"), SENT), (Rejected("no"), NOT_SENT)])
    def test_the_same_answer_again_changes_nothing(self, answer: HandOver, after: Dispatch) -> None:
        """
        Whoever heard nothing says it again; under another fence, or with another word, it is refused.
        """
        assert after is confirm(after, answer, fence=1, at=END)
        stale = confirm(after, answer, fence=2, at=END)
        assert Refusal(NO_STATE, f"the contact is {after.state.value}", "the answer was not recorded") == stale
        for other in (Accepted("x-9"), Accepted(), Rejected("never"), Doubtful("no"), Doubtful("x-1")):
            assert isinstance(confirm(after, other, fence=1, at=END), Refusal)

    def test_a_callback_that_was_quicker_settles_it(self) -> None:
        """
        Of the answer only the reference is kept, and only under the right fence.
        """
        told_first = attrs.evolve(SENT, reference="", delivery="delivered", reason="?")
        expected = attrs.evolve(told_first, state=DispatchState.SENT, reference="x-2", reason="", updated_at=END)
        assert expected == confirm(told_first, Accepted("x-2"), fence=1, at=END)
        assert told_first == confirm(told_first, Doubtful("time-out"), fence=1, at=END)
        assert isinstance(confirm(told_first, Accepted("x-2"), fence=2, at=END), Refusal)
        known = attrs.evolve(told_first, reference="x-1")
        assert Refusal(NO_STATE, "the contact is sent", "the answer was not recorded") == confirm(known, Accepted("x-2"), fence=1, at=END)
        open_one = attrs.evolve(SENDING, delivery="")
        assert attrs.evolve(NOT_SENT, updated_at=END) == confirm(open_one, Rejected("no"), fence=1, at=END)


class TestGivingBack:
    def test_what_was_given_back_stays_so(self) -> None:
        """
        Said again by its last holder; what nobody ever held, and what somebody else holds by now, is refused.
        """
        back = release(SENDING, fence=1, at=END)
        assert isinstance(back, Dispatch)
        assert back is release(back, fence=1, at=END)
        assert isinstance(release(back, fence=2, at=END), Refusal)
        assert isinstance(release(PLANNED, fence=PLANNED.fence, at=END), Refusal)
        assert isinstance(release(attrs.evolve(SENDING, fence=2), fence=1, at=END), Refusal)

    def test_what_goes_back_to_the_list(self) -> None:
        """
        With nothing of its reservation; a copy keeps the point and the words of the first.
        """
        cleared = attrs.evolve(
            RESERVED,
            state=DispatchState.PLANNED,
            point="",
            budgets=(),
            duties=(),
            worker="",
            lease_until=None,
            content="",
            updated_at=END,
            written_on=None,
            versions=(),
            begun_at=None,
            judged=None,
        )
        assert cleared == put_back(attrs.evolve(RESERVED, content="ab", begun_at=AT), at=END)
        assert attrs.evolve(cleared, not_before=LATER) == put_back(RESERVED, at=END, not_before=LATER)
        copied = attrs.evolve(SENDING, copy=2)
        kept = attrs.evolve(
            copied, state=DispatchState.PLANNED, budgets=(), duties=(), worker="", lease_until=None, updated_at=END, judged=None
        )
        assert kept == put_back(copied, at=END)
        assert cleared == release(RESERVED, fence=1, at=END)
        assert cleared == release(SENDING, fence=1, at=END)

    def test_only_the_holder_gives_it_back(self) -> None:
        """
        And only while it is held.
        """
        nothing = "nothing was given back"
        assert Refusal(NO_STATE, "the contact is sent", nothing) == release(SENT, fence=1, at=END)
        assert Refusal(NO_FENCE, "another worker holds this contact now", nothing) == release(SENDING, fence=2, at=END)

    def test_what_is_withdrawn(self) -> None:
        """
        With the reason.
        """
        expected = attrs.evolve(RESERVED, state=DispatchState.NOT_SENT, reason="stale", lease_until=None, updated_at=END)
        assert expected == give_up(RESERVED, "stale", at=END)


class TestNotAttempting:
    @pytest.mark.parametrize(
        "listed", [SENT, UNKNOWN, attrs.evolve(SENT, lease_until=END)], ids=["listed", "in doubt", "still on the list"]
    )
    def test_nobody_made_the_call(self, listed: Dispatch) -> None:
        """
        It counts as not made, says why, and keeps what it spent, which the store gives back.
        """
        reason = "it was listed and not attempted"
        expected = attrs.evolve(listed, state=DispatchState.NOT_SENT, reason=reason, lease_until=None, updated_at=END)
        assert expected == not_attempted(listed, at=END)
        assert expected.budgets == (SPEND,)

    @pytest.mark.parametrize(
        ("contact", "what"),
        [
            (PLANNED, "planned"),
            (RESERVED, "reserved"),
            (SENDING, "sending"),
            (NOT_SENT, "not_sent"),
            (attrs.evolve(SENT, delivery="delivered"), "delivered"),
            (attrs.evolve(UNKNOWN, delivery="failed"), "failed"),
            (attrs.evolve(NOT_SENT, delivery="not_taken"), "not_taken"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_was_not_listed_or_is_known_to_have_been_made(self, contact: Dispatch, what: str) -> None:
        """
        One that never was on a list, one that was taken off it, one that the channel told about: the last word is said.
        """
        assert Refusal(NO_STATE, f"the contact is {what}", "nothing was given back") == not_attempted(contact, at=END)


class TestLosing:
    def test_a_lost_worker(self) -> None:
        """
        What never began goes back, what may have gone out is in doubt; at the lease's last instant nothing is lost.
        """
        assert put_back(RESERVED, at=END) == expire(RESERVED, at=END)
        lost = "the worker was lost while sending"
        expected = attrs.evolve(SENDING, state=DispatchState.UNKNOWN, reason=lost, lease_until=None, updated_at=END)
        assert expected == expire(SENDING, at=END)
        for held in (RESERVED, SENDING):
            assert held.lease_until is not None
            assert held == expire(held, at=held.lease_until)
        assert attrs.evolve(SENDING, lease_until=None) == expire(attrs.evolve(SENDING, lease_until=None), at=END)
        assert SENT == expire(SENT, at=END)
        odd = attrs.evolve(SENT, lease_until=AT)
        assert odd == expire(odd, at=END)


class TestTelling:
    def test_what_the_channel_tells_later(self) -> None:
        """
        A report settles a doubt, the weightiest counts, and what was accepted stays handed over.
        """
        delivered = attrs.evolve(UNKNOWN, state=DispatchState.SENT, delivery="delivered", reason="", lease_until=None, updated_at=END)
        assert delivered == told(UNKNOWN, "delivered", at=END)
        assert delivered == told(delivered, "delivered", at=END + LEASE)
        from collectkit.channels.outcomes import STATUSES

        for place, status in enumerate(STATUSES):
            for other in STATUSES[: place + 1]:
                held = attrs.evolve(SENT, delivery=status)
                assert held == told(held, other, at=END)
        assert attrs.evolve(SENT, delivery="not_taken", updated_at=END) == told(SENT, "not_taken", at=END)
        never = "the channel says it never took it"
        expected = attrs.evolve(UNKNOWN, state=DispatchState.NOT_SENT, delivery="not_taken", reason=never, lease_until=None, updated_at=END)
        assert expected == told(UNKNOWN, "not_taken", at=END)
        assert expected == told(attrs.evolve(SENDING, reason="x"), "not_taken", at=END)
        sent = attrs.evolve(SENDING, state=DispatchState.SENT, delivery="delivered", lease_until=None, updated_at=END)
        assert sent == told(SENDING, "delivered", at=END)
