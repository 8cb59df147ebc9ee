"""Delivery reports that no contact is known for yet: kept, without effect, until one is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import attrs

from collectkit.channels.outcomes import DeliveryReport
from collectkit.events import Event
from collectkit.identifiers import COMMAND_LENGTH_MAX, MessageId, apart, derived


@attrs.frozen
class DeliveryReported:
    """
    A channel told something about a message under a reference that no contact had.

    Attributes:
        report: What it told.
        message: The contact that turned out to be meant; None while none is known.
    """

    TYPE: ClassVar[str] = "delivery-reported/1"

    report: DeliveryReport
    message: MessageId | None = attrs.field(default=None, converter=attrs.converters.optional(MessageId))


@attrs.frozen
class OrphanReport:
    """A delivery report without a contact: it was kept and changed nothing."""

    report: DeliveryReport


def reference_key(channel: str, reference: str) -> str:
    """Return under what a reference of a channel is remembered; a very long one as its SHA-256, for no index takes texts of any length."""
    return derived(apart(channel, "/"), reference, room=COMMAND_LENGTH_MAX)


def waiting_in(bodies: Iterable[Event]) -> list[DeliveryReport]:
    """Return the reports of a stream of orphans that were not matched yet."""
    held = [body for body in bodies if isinstance(body, DeliveryReported)]
    matched = {body.report.id for body in held if body.message is not None}
    return [body.report for body in held if body.message is None and body.report.id not in matched]
