"""Delivery reports that no contact is known for yet: kept, without effect, until one is."""

from __future__ import annotations

from typing import ClassVar

import attrs

from collectkit.channels.outcomes import DeliveryReport
from collectkit.identifiers import MessageId


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
