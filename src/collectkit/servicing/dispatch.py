"""The life of one outward contact, from plan to outcome; pure transitions, the store keeps the rows.

``PLANNED → RESERVED → SENDING → SENT | NOT_SENT | UNKNOWN``. Budget is spent on the way into RESERVED and given
back only on proof that nothing was handed over: a reservation that never reached SENDING, a driver's `Rejected`, or
the word of whoever holds it that it did not start. Everything that died inside SENDING is UNKNOWN and stays spent.

``UNKNOWN → SENT | NOT_SENT`` by evidence from the other side alone, which may also come before the driver's answer.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final, assert_never

import attrs

from collectkit.actions import Judged, Permit, Proposal, Spend, Verdict
from collectkit.channels.outcomes import STATUSES, Accepted, Doubtful, HandOver, Rejected
from collectkit.identifiers import MessageId, derived
from collectkit.refusals import Refusal


class DispatchState(Enum):
    """Where a contact stands."""

    PLANNED = "planned"
    RESERVED = "reserved"
    SENDING = "sending"
    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


REFUSED_BY: Final = "refused by "
"""How the reason of a contact begins that was given up because of rules; their ids follow, with commas between them."""


class DispatchReason(Enum):
    """Why a transition is refused, in order of precedence."""

    WRONG_STATE = "wrong_state"
    STALE_FENCE = "stale_fence"
    LEASE_OVER = "lease_over"


OPEN_STATES = frozenset({DispatchState.PLANNED, DispatchState.RESERVED, DispatchState.SENDING})
SPENT_STATES = frozenset({DispatchState.RESERVED, DispatchState.SENDING, DispatchState.SENT, DispatchState.UNKNOWN})
"""A contact in one of these was possibly made, and counts against every cap."""


@attrs.frozen
class Dispatch:
    """
    One contact on its way.

    Attributes:
        id: The proposal's id.
        state: Where it stands.
        proposal: What is to happen.
        planned_at: When it was planned.
        not_before: It may not be reserved earlier.
        not_after: After this instant it is stale and will not be sent; None when it does not go stale.
        point: Id of the contact point, once reserved.
        budgets: What it spent, once reserved.
        duties: Disclosures it must carry, once reserved.
        fence: Counts reservations; whoever holds an older number has lost the message.
        worker: Who holds it.
        lease_until: Until when that worker may begin (RESERVED) or must answer (SENDING).
        content: SHA-256 of what was handed over, hexadecimal.
        reference: The other side's id.
        reason: Why it was not sent, or what is doubtful.
        updated_at: Instant of the last transition.
        key: Id under which the other side knows it: its own, or for a copy that of the first.
        copy: 1 for the first, 2 for its first copy …
        due_by: Until when an obligatory notice must have been given; None for other contacts.
        held_by: Id of the kill switch that kept it last; empty when none did or its time has been planned anew.
        written_on: Business date for which it was written, so that a copy can be written in the same words.
        versions: Versions of its accounts' streams from which it was written.
        delivery: What the channel told later, one of `collectkit.channels.outcomes.STATUSES`; empty while it told nothing.
        begun_at: When its first hand-over under its key began; None before.
        notice: Id of the first contact of an obligatory notice that went on to another channel; empty for the first itself.
        expires_at: Last instant at which a call or visit on a list may be begun; None for whatever goes out at once.
        judged: The verdict under which it was reserved last, with all that it rested on.
    """

    id: MessageId = attrs.field(converter=MessageId)
    state: DispatchState
    proposal: Proposal
    planned_at: datetime
    not_before: datetime
    not_after: datetime | None = None
    point: str = ""
    budgets: tuple[Spend, ...] = ()
    duties: tuple[str, ...] = ()
    fence: int = 0
    worker: str = ""
    lease_until: datetime | None = None
    content: str = ""
    reference: str = ""
    reason: str = ""
    updated_at: datetime | None = None
    key: str = ""
    copy: int = 1
    due_by: datetime | None = None
    held_by: str = ""
    written_on: date | None = None
    versions: tuple[tuple[str, int], ...] = ()
    delivery: str = ""
    begun_at: datetime | None = None
    notice: str = ""
    expires_at: datetime | None = None
    judged: Judged | None = None

    @property
    def permit(self) -> str:
        """The name of the reservation under which it may be made: one that was given back has another name the next time."""
        return f"{self.id}/{self.fence}"


def plan(proposal: Proposal, *, at: datetime, not_before: datetime, not_after: datetime | None, due_by: datetime | None = None) -> Dispatch:
    """Put a proposal on the list of contacts to make; nothing is spent yet."""
    return Dispatch(proposal.id, DispatchState.PLANNED, proposal, at, not_before, not_after, updated_at=at, due_by=due_by)


def copy_of(dispatch: Dispatch, *, at: datetime, not_before: datetime, not_after: datetime | None) -> Dispatch:
    """
    Plan a copy of a contact that is in doubt: the same key and the same words, marked as a copy, with budgets of its own.

    The doubtful one stays as it is, and stays spent.
    """
    key = dispatch.key or dispatch.id
    again = plan(
        attrs.evolve(dispatch.proposal, id=following(key, f"copy-{dispatch.copy + 1}")),
        at=at,
        not_before=not_before,
        not_after=not_after,
        due_by=dispatch.due_by,
    )
    return attrs.evolve(
        again,
        key=key,
        copy=dispatch.copy + 1,
        point=dispatch.point,
        content=dispatch.content,
        written_on=dispatch.written_on,
        versions=dispatch.versions,
        begun_at=dispatch.begun_at,
        notice=dispatch.notice,
    )


def following(id: str, what: str) -> MessageId:
    """
    Return the id of a contact that follows from another one, always the same.

    >>> following("m-1", "copy-2")
    MessageId('m-1/copy-2')
    """
    return MessageId(derived(id, after=f"/{what}"))


def reserve(dispatch: Dispatch, verdict: Verdict, *, worker: str, at: datetime, lease: timedelta) -> Dispatch:
    """
    Give a planned contact to *worker*; the store spends the verdict's budgets in the same transaction.

    The lease never outlives the verdict: it ends at the latest when the lawful hours do.
    """
    until = at + lease
    if verdict.not_after is not None:
        until = min(until, verdict.not_after)
    return attrs.evolve(
        dispatch,
        state=DispatchState.RESERVED,
        point=verdict.point,
        budgets=verdict.budgets,
        duties=verdict.duties,
        fence=dispatch.fence + 1,
        worker=worker,
        lease_until=until,
        updated_at=at,
    )


def permit_of(dispatch: Dispatch) -> Permit | Refusal[DispatchReason]:
    """Return the permit that a reservation stands for."""
    if dispatch.state is not DispatchState.RESERVED or dispatch.lease_until is None or dispatch.updated_at is None:
        return Refusal(DispatchReason.WRONG_STATE, f"only a reserved contact has a permit, this one is {dispatch.state.value}")
    return Permit(dispatch.proposal, dispatch.point, dispatch.updated_at, dispatch.lease_until, dispatch.duties, dispatch.fence)


def begin(dispatch: Dispatch, *, fence: int, content: str, at: datetime, lease: timedelta) -> Dispatch | Refusal[DispatchReason]:
    """Move a reserved contact into SENDING, the last moment at which anything can stop it."""
    if dispatch.state is not DispatchState.RESERVED:
        return Refusal(DispatchReason.WRONG_STATE, f"the contact is {dispatch.state.value}", "nothing was sent")
    if dispatch.fence != fence:
        return Refusal(DispatchReason.STALE_FENCE, "another worker holds this contact now", "nothing was sent")
    if dispatch.lease_until is None or at > dispatch.lease_until:
        return Refusal(DispatchReason.LEASE_OVER, "the permit has expired", "nothing was sent")
    begun_at = at if dispatch.begun_at is None else dispatch.begun_at
    return attrs.evolve(dispatch, state=DispatchState.SENDING, content=content, lease_until=at + lease, updated_at=at, begun_at=begun_at)


def confirm(dispatch: Dispatch, result: HandOver, *, fence: int, at: datetime) -> Dispatch | Refusal[DispatchReason]:
    """
    Record what the driver answered; an answer after the lease still counts, for it is evidence.

    A callback may have overtaken the answer: then the contact is settled already, and of the answer only the reference is kept.
    The same answer again changes nothing.
    """
    if dispatch.fence == fence and dispatch.delivery and not dispatch.reference:
        if not isinstance(result, Accepted):
            return dispatch
        return attrs.evolve(dispatch, state=DispatchState.SENT, reference=result.reference, reason="", updated_at=at)
    if dispatch.fence == fence and _says_already(dispatch, result):
        return dispatch
    if dispatch.state not in (DispatchState.SENDING, DispatchState.UNKNOWN):
        return Refusal(DispatchReason.WRONG_STATE, f"the contact is {dispatch.state.value}", "the answer was not recorded")
    if dispatch.fence != fence:
        return Refusal(DispatchReason.STALE_FENCE, "the answer belongs to an older reservation", "the answer was not recorded")
    match result:
        case Accepted(reference):
            return attrs.evolve(dispatch, state=DispatchState.SENT, reference=reference, reason="", lease_until=None, updated_at=at)
        case Rejected(reason):
            return attrs.evolve(dispatch, state=DispatchState.NOT_SENT, reason=reason, lease_until=None, updated_at=at)
        case Doubtful(reason):
            return attrs.evolve(dispatch, state=DispatchState.UNKNOWN, reason=reason, lease_until=None, updated_at=at)
        case _:
            assert_never(result)


def _says_already(dispatch: Dispatch, result: HandOver) -> bool:
    """Tell whether a contact that is settled came to just what is answered: a worker that heard nothing says it again."""
    if isinstance(result, Accepted):
        return dispatch.state is DispatchState.SENT and dispatch.reference == result.reference
    return isinstance(result, Rejected) and dispatch.state is DispatchState.NOT_SENT and dispatch.reason == result.reason


def release(dispatch: Dispatch, *, fence: int, at: datetime) -> Dispatch | Refusal[DispatchReason]:
    """
    Take a contact back from whoever holds it and says that its hand-over did not start; the store refunds what it spent.

    Only the holder can know that, so an older fence is refused. What was given back already stays as it is.
    """
    if dispatch.state is DispatchState.PLANNED and 0 < dispatch.fence == fence:
        return dispatch
    if dispatch.state not in (DispatchState.RESERVED, DispatchState.SENDING):
        return Refusal(DispatchReason.WRONG_STATE, f"the contact is {dispatch.state.value}", "nothing was given back")
    if dispatch.fence != fence:
        return Refusal(DispatchReason.STALE_FENCE, "another worker holds this contact now", "nothing was given back")
    return put_back(dispatch, at=at)


def told(dispatch: Dispatch, status: str, *, at: datetime) -> Dispatch:
    """
    Take in what the channel told later, in whatever order it tells: the status of most weight counts.

    Whoever was not handed over yet cannot be told of: the caller sees to that. A report settles a doubt: a message that
    was delivered, or failed on its way, was handed over; one that was certainly not taken was not. What the channel
    accepted before stays handed over, whatever it says afterwards.
    """
    if dispatch.delivery and STATUSES.index(status) <= STATUSES.index(dispatch.delivery):
        return dispatch
    if status != "not_taken":
        return attrs.evolve(dispatch, state=DispatchState.SENT, delivery=status, reason="", lease_until=None, updated_at=at)
    if dispatch.state is DispatchState.SENT:
        return attrs.evolve(dispatch, delivery=status, updated_at=at)
    reason = "the channel says it never took it"
    return attrs.evolve(dispatch, state=DispatchState.NOT_SENT, delivery=status, reason=reason, lease_until=None, updated_at=at)


def not_attempted(dispatch: Dispatch, *, at: datetime) -> Dispatch | Refusal[DispatchReason]:
    """
    Take a call or visit off the books that stood on a list and that nobody made; the store refunds what it spent.

    Only whoever had the list can know that. What a channel told before is evidence that it was made.
    """
    if dispatch.state not in (DispatchState.SENT, DispatchState.UNKNOWN) or dispatch.delivery:
        return Refusal(DispatchReason.WRONG_STATE, f"the contact is {dispatch.delivery or dispatch.state.value}", "nothing was given back")
    return attrs.evolve(dispatch, state=DispatchState.NOT_SENT, reason="it was listed and not attempted", lease_until=None, updated_at=at)


def give_up(dispatch: Dispatch, reason: str, *, at: datetime) -> Dispatch:
    """Withdraw a contact that was not handed over: it became unlawful, needless or stale. The store refunds what it spent."""
    return attrs.evolve(dispatch, state=DispatchState.NOT_SENT, reason=reason, lease_until=None, updated_at=at)


def put_back(dispatch: Dispatch, *, at: datetime, not_before: datetime | None = None) -> Dispatch:
    """Return a reserved contact to the list; nothing was handed over, so the store refunds what it spent."""
    later = dispatch.not_before if not_before is None else not_before
    # A copy is tied to the point and the words of the first.
    first = dispatch.copy == 1
    return attrs.evolve(
        dispatch,
        state=DispatchState.PLANNED,
        not_before=later,
        point="" if first else dispatch.point,
        budgets=(),
        duties=(),
        worker="",
        lease_until=None,
        content="" if first else dispatch.content,
        updated_at=at,
        written_on=None if first else dispatch.written_on,
        versions=() if first else dispatch.versions,
        begun_at=None if first else dispatch.begun_at,
        judged=None,
    )


def expire(dispatch: Dispatch, *, at: datetime) -> Dispatch:
    """
    Settle a contact whose worker was lost.

    One that was only reserved goes back to the list. One that was being sent is UNKNOWN: it may have reached the person.
    """
    if dispatch.lease_until is None or at <= dispatch.lease_until:
        return dispatch
    if dispatch.state is DispatchState.RESERVED:
        return put_back(dispatch, at=at)
    if dispatch.state is DispatchState.SENDING:
        return attrs.evolve(
            dispatch, state=DispatchState.UNKNOWN, reason="the worker was lost while sending", lease_until=None, updated_at=at
        )
    return dispatch
