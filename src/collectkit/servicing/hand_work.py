"""What people report about calls and visits that stood on a list: attempted or not, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

import attrs

from collectkit._checks import aware, member
from collectkit.identifiers import MessageId

LISTED: Final = frozenset({"phone", "prerecorded_call", "in_person"})
"""Channels whose contacts stand on a list until somebody makes them."""


class HandResult(Enum):
    """What came of a call or a visit."""

    NOT_ATTEMPTED = "not_attempted"
    """Nobody called or went: it is no contact, and gives back what it had spent."""
    NO_ANSWER = "no_answer"
    """Nobody answered, or nobody was at home."""
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    """Also a card that was left at the door."""
    CONVERSATION = "conversation"
    """The person was spoken with."""
    THIRD_PARTY = "third_party"
    """Somebody else answered; nothing was said about the debt."""
    REFUSED = "refused"
    """The person would not speak."""
    WRONG_POINT = "wrong_point"
    """A number or an address that is not the person's."""


OUTCOMES: Mapping[HandResult, str] = MappingProxyType(
    {
        HandResult.NO_ANSWER: "no_answer",
        HandResult.BUSY: "busy",
        HandResult.VOICEMAIL: "voicemail",
        HandResult.CONVERSATION: "conversation",
        HandResult.THIRD_PARTY: "third_party_answered",
        HandResult.REFUSED: "conversation",
        HandResult.WRONG_POINT: "undeliverable",
    }
)
"""What each result but `HandResult.NOT_ATTEMPTED` is in the words of the history of contacts, which the caps count."""


def _result(given: str | HandResult) -> HandResult:
    return member(HandResult, given, "a result is")


@attrs.frozen
class HandWork:
    """
    The report about one row of a list.

    Attributes:
        id: Of the row.
        result: What came of it.
        at: When it was attempted, or when the list was closed; aware.
        by: Who did it: the id of a dialer or an agent.
        permit: The permit that stood in the row; empty when the list did not keep it.
        recording: The host's reference of a recording; empty without one.
    """

    id: MessageId = attrs.field(converter=MessageId)
    result: HandResult = attrs.field(converter=_result)
    at: datetime = attrs.field(validator=aware)
    by: str = ""
    permit: str = ""
    recording: str = ""


class HandFault(Enum):
    """What stands against a report, in order of precedence."""

    UNKNOWN = "unknown"
    """No call or visit of that id was on a list; nothing was recorded."""
    TAKEN_BEFORE = "taken_before"
    """Another result came for it before; nothing was recorded."""
    OTHER_PERMIT = "other_permit"
    """The row is of an older list: what it allowed was given back since. An attempt counts all the same."""
    TOO_LATE = "too_late"
    """It was attempted after its time was over. An attempt counts all the same."""


@attrs.frozen
class HandFaulted:
    """One report with what stands against it."""

    work: HandWork
    fault: HandFault


@attrs.frozen
class HandReport:
    """
    What became of some reports.

    Attributes:
        attempted: How many were attempts.
        given_back: How many were not attempted and gave back what they had spent.
        repeated: How many had come before with the same content.
        faults: What stands against some of them, in their order.
    """

    attempted: int = 0
    given_back: int = 0
    repeated: int = 0
    faults: tuple[HandFaulted, ...] = ()
