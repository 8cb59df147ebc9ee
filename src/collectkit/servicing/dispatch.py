"""The life of one outward contact, from plan to outcome; pure transitions, the store keeps the rows.

``PLANNED → RESERVED → SENDING → SENT | NOT_SENT | UNKNOWN``. Budget is spent on the way into RESERVED and given
back only on proof that nothing was handed over: a reservation that never reached SENDING, or a driver's
`Rejected`. Everything that died inside SENDING is UNKNOWN and stays spent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import assert_never

import attrs

from collectkit.actions import Permit, Proposal, Spend, Verdict
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.identifiers import MessageId
from collectkit.refusals import Refusal


class DispatchState(Enum):
    """Where a contact stands."""

    PLANNED = "planned"
    RESERVED = "reserved"
    SENDING = "sending"
    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


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


def plan(proposal: Proposal, *, at: datetime, not_before: datetime, not_after: datetime | None) -> Dispatch:
    """Put a proposal on the list of contacts to make; nothing is spent yet."""
    return Dispatch(proposal.id, DispatchState.PLANNED, proposal, at, not_before, not_after, updated_at=at)


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
    return attrs.evolve(dispatch, state=DispatchState.SENDING, content=content, lease_until=at + lease, updated_at=at)


def confirm(dispatch: Dispatch, result: HandOver, *, fence: int, at: datetime) -> Dispatch | Refusal[DispatchReason]:
    """Record what the driver answered; an answer after the lease still counts, for it is evidence."""
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


def give_up(dispatch: Dispatch, reason: str, *, at: datetime) -> Dispatch:
    """Withdraw a contact that was not handed over: it became unlawful, needless or stale. The store refunds what it spent."""
    return attrs.evolve(dispatch, state=DispatchState.NOT_SENT, reason=reason, lease_until=None, updated_at=at)


def put_back(dispatch: Dispatch, *, at: datetime, not_before: datetime | None = None) -> Dispatch:
    """Return a reserved contact to the list; nothing was handed over, so the store refunds what it spent."""
    later = dispatch.not_before if not_before is None else not_before
    return attrs.evolve(
        dispatch, state=DispatchState.PLANNED, not_before=later, point="", budgets=(), duties=(), worker="", lease_until=None, updated_at=at
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
