"""Where an obligatory notice goes when a channel cannot be shown to have taken it: to another channel, then to a person."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from collectkit._checks import aware
from collectkit.actions import Proposal
from collectkit.identifiers import AccountId, MessageId, PersonId, account_ids
from collectkit.person import Consumer
from collectkit.servicing.dispatch import Dispatch, following, plan


@attrs.frozen
class NoticeEscalated:
    """
    An obligatory notice could not be shown to have been given, and goes on.

    Attributes:
        message: Id of the first contact of the notice.
        person: To whom it is due.
        accounts: About which accounts.
        channel: Where it goes now; empty: no channel is left and a person must act.
        at: When that was decided; aware.
        why: What became of it before, without personal data.
        due_by: Until when it must have been given; None when that is not known.
    """

    TYPE: ClassVar[str] = "notice-escalated/1"

    message: MessageId = attrs.field(converter=MessageId)
    person: PersonId = attrs.field(converter=PersonId)
    accounts: tuple[AccountId, ...] = attrs.field(converter=account_ids)
    channel: str
    at: datetime = attrs.field(validator=aware)
    why: str
    due_by: datetime | None = None


def root_of(dispatch: Dispatch) -> MessageId:
    """Return the id of the first contact of the notice that *dispatch* belongs to."""
    return MessageId(dispatch.notice or dispatch.key or dispatch.id)


def on_channel(root: str, channel: str) -> MessageId:
    """Return the id of the contact by which a notice goes on to *channel*."""
    return following(root, channel)


def reachable(consumer: Consumer, channel: str) -> bool:
    """Tell whether a usable contact point takes *channel*."""
    return any(point.usable for point in consumer.points_for(channel))


def moved(dispatch: Dispatch, channel: str, *, at: datetime) -> Dispatch:
    """Plan the same notice for another channel, to be made at once."""
    root = root_of(dispatch)
    proposal: Proposal = attrs.evolve(dispatch.proposal, id=on_channel(root, channel), channel=channel)
    again = plan(proposal, at=at, not_before=at, not_after=None, due_by=dispatch.due_by)
    return attrs.evolve(again, notice=str(root))


def escalated(dispatch: Dispatch, channel: str, *, at: datetime) -> NoticeEscalated:
    """Return the fact that a notice goes on."""
    proposal = dispatch.proposal
    why = f"{proposal.channel}: {dispatch.reason or dispatch.state.value}"
    return NoticeEscalated(root_of(dispatch), proposal.person, proposal.accounts, channel, at, why, dispatch.due_by)
