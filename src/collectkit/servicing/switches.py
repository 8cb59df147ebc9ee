"""Kill switches: what stops hand-overs at once, for a jurisdiction, a channel, a handler or a template; and what lifting does.

A switch is a fact in a stream of its own. The transaction that begins a hand-over reads that stream, so that nothing
begins after a stop was acknowledged. Lifting must give no burst: what waited is spread or dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Final

import attrs

from collectkit._checks import aware, given
from collectkit.actions import Proposal
from collectkit.errors import ValidationError
from collectkit.identifiers import CommandId
from collectkit.servicing.dispatch import Dispatch
from collectkit.servicing.purposes import OBLIGATORY

STREAM: Final = "switches"
"""Name of the stream that holds them."""


@attrs.frozen
class KillSwitch:
    """
    Which hand-overs stop. What is left empty does not narrow it; with all four empty, everything stops.

    Attributes:
        id: The caller's own id.
        reason: Why; mandatory, without personal data.
        jurisdiction: ISO 3166 code; ``US`` covers ``US-NY``, and a person who may live there is covered.
        channel: ``sms``, ``email`` …
        handler: Id of who acts.
        template: Key of the message template.
    """

    id: CommandId = attrs.field(converter=CommandId)
    reason: str = attrs.field(validator=given)
    jurisdiction: str = attrs.field(default="", kw_only=True)
    channel: str = attrs.field(default="", kw_only=True)
    handler: str = attrs.field(default="", kw_only=True)
    template: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if any(not isinstance(word, str) for word in (self.jurisdiction, self.channel, self.handler, self.template)):
            raise ValidationError("jurisdiction, channel, handler and template of a kill switch are texts; nothing was stopped")

    def stops(self, proposal: Proposal, regions: Iterable[str]) -> bool:
        """Tell whether it covers a contact with a person who may live in any of *regions*; of an unknown region it covers all."""
        held = tuple(regions)
        return (
            (not self.jurisdiction or not held or any(_overlap(self.jurisdiction, region) for region in held))
            and (not self.channel or proposal.channel == self.channel)
            and (not self.handler or proposal.handler == self.handler)
            and (not self.template or proposal.template == self.template)
        )


def _overlap(one: str, other: str) -> bool:
    """Whether one of two ISO 3166 codes lies in the other."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


@attrs.frozen
class HandOversStopped:
    """Hand-overs were stopped by a kill switch."""

    TYPE: ClassVar[str] = "hand-overs-stopped/1"

    switch: KillSwitch
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class HandOversResumed:
    """
    A kill switch was lifted.

    Attributes:
        switch: Which.
        at: From when on.
        reason: Why; mandatory.
    """

    TYPE: ClassVar[str] = "hand-overs-resumed/1"

    switch: CommandId = attrs.field(converter=CommandId)
    at: datetime = attrs.field(validator=aware)
    reason: str = attrs.field(validator=given)


@attrs.frozen
class Switchboard:
    """
    All kill switches of a book.

    Attributes:
        on: Those in force, in the order they were pulled.
        lifted: Those lifted, with the instant of it.
    """

    on: tuple[HandOversStopped, ...] = ()
    lifted: tuple[tuple[HandOversStopped, datetime], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.on or self.lifted)

    def against(self, proposal: Proposal, regions: Iterable[str]) -> KillSwitch | None:
        """Return the first switch in force that covers a contact, or None."""
        held = tuple(regions)
        return next((stopped.switch for stopped in self.on if stopped.switch.stops(proposal, held)), None)

    def waited(self, dispatch: Dispatch, regions: Iterable[str]) -> datetime | None:
        """Return the instant of the last lift before which the contact's time had come while it was stopped, or None."""
        held = tuple(regions)
        ends = [
            at
            for stopped, at in self.lifted
            if dispatch.planned_at < at
            and (dispatch.held_by == stopped.switch.id or dispatch.not_before < at)
            and stopped.switch.stops(dispatch.proposal, held)
        ]
        return max(ends, default=None)


def switchboard(bodies: Iterable[object]) -> Switchboard:
    """Fold the stream of kill switches; a switch that is pulled again after it was lifted is in force again."""
    on: dict[str, HandOversStopped] = {}
    lifted: list[tuple[HandOversStopped, datetime]] = []
    for body in bodies:
        if isinstance(body, HandOversStopped):
            on[body.switch.id] = body
        elif isinstance(body, HandOversResumed) and body.switch in on:
            lifted.append((on.pop(body.switch), body.at))
    return Switchboard(tuple(on.values()), tuple(lifted))


def spread(id: str, since: datetime, over: timedelta) -> datetime:
    """
    Return the moment at which a contact that waited may be made: somewhere in the time after a lift, the same for the same contact.

    Args:
        id: Of the contact.
        since: When the switch was lifted.
        over: How long what waited is spread.
    """
    share = int.from_bytes(hashlib.sha256(id.encode()).digest()[:4], "big")
    return since + timedelta(microseconds=over // timedelta(microseconds=1) * share >> 32)


def is_dropped(dispatch: Dispatch, rule: str) -> bool:
    """Tell whether a contact that waited is given up by *rule* (``drop`` or ``replan``); what the law obliges us to make never is."""
    return rule == "drop" and dispatch.proposal.purpose not in OBLIGATORY
