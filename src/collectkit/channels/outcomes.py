"""What became of a hand-over: the three honest answers a driver can give."""

from __future__ import annotations

from typing import TypeAlias

import attrs


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
