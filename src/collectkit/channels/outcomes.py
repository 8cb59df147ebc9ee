"""What became of a hand-over: the three honest answers a driver can give."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from collectkit._checks import aware, one_of
from collectkit.errors import ValidationError


@attrs.frozen
class Accepted:
    """
    The other side took the message.

    Attributes:
        reference: Its id there; empty when the channel gives none.
    """

    reference: str = ""


@attrs.frozen
class Rejected:
    """
    The message was certainly not handed over, so what it spent is given back.

    Attributes:
        reason: Why, without personal data.
        permanent: Trying the same contact point again is pointless.
    """

    reason: str
    permanent: bool = False


@attrs.frozen
class Doubtful:
    """
    Nobody can tell whether it was handed over: a time-out, a lost answer, an exception while sending.

    What it spent stays spent, and only evidence from the other side settles it.

    Attributes:
        reason: What happened, without personal data.
    """

    reason: str


HandOver: TypeAlias = Accepted | Rejected | Doubtful


STATUSES = ("not_taken", "failed", "delivered", "complained")
"""What a channel can tell later, in order of weight: of several reports about one message the last in this order counts."""


@attrs.frozen
class DeliveryReport:
    """
    What a channel told later about one message.

    Attributes:
        id: The channel's own id of this report; the same again changes nothing.
        channel: ``email``, ``sms`` …
        status: ``not_taken`` (it certainly never took the message), ``failed`` (it did not arrive), ``delivered``, or
            ``complained`` (the person called it unwanted, which stops the channel).
        at: When that happened; aware.
        reference: The message's id on the other side; empty when *message* is given.
        message: Our own id of the message; empty when only the reference is known.

    Raises:
        ValidationError: Another status, or neither reference nor message.
    """

    id: str
    channel: str
    status: str = attrs.field(validator=one_of(*STATUSES))
    at: datetime = attrs.field(validator=aware)
    reference: str = ""
    message: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.id or not self.channel or not (self.reference or self.message):
            raise ValidationError("a delivery report names its id, the channel, and reference or message; nothing was recorded")
