"""Opening, closing, placing an account: what each command does to what is known, decided without touching a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Final, TypeAlias

import attrs

from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.allocation import ROOM, Handler, WhyNot, lifecycle
from collectkit.facts import AccountFacts
from collectkit.identifiers import AccountId, HandlerId
from collectkit.placement import TRANSITIONS, AccountPlaced, AccountRecalled, Placement, PlacementMoved, PlacementState
from collectkit.refusals import Refusal

SOLD: Final = "sold"
"""Reason of the closing of an account that was sold, which is asked of the law."""

_CHANGED = "the account stands already, with other content; a contract is not changed by opening it again"


class OpeningReason(Enum):
    """Why an account is not opened, in order of precedence."""

    ID_REUSED = "id_reused"
    CONSUMER_UNKNOWN = "consumer_unknown"


@attrs.frozen
class AlreadyOpened:
    """The same account was opened before with the same content; nothing was changed."""

    account: AccountId


Opening: TypeAlias = AccountOpened | AlreadyOpened | Refusal[OpeningReason]


def open_account(known: AccountFacts | None, account: Account, *, consumer_known: bool) -> Opening:
    """Decide what opening *account* does; the same id with the same content is a retry, with other content a conflict."""
    if known is not None:
        if known.account == account:
            return AlreadyOpened(account.id)
        return Refusal(
            OpeningReason.ID_REUSED,
            _CHANGED,
        )
    if not consumer_known:
        return Refusal(OpeningReason.CONSUMER_UNKNOWN, f"consumer '{account.consumer}' is unknown; register the consumer first")
    return AccountOpened(account)


class ClosingReason(Enum):
    """Why an account is not closed, in order of precedence."""

    ALREADY_CLOSED = "already_closed"
    STILL_OWED = "still_owed"
    FORBIDDEN = "forbidden"
    """A rule of law stands against the sale."""


Closing: TypeAlias = AccountClosed | Refusal[ClosingReason]


def close_account(known: AccountFacts, *, on: date, reason: str, outstanding_minor: int) -> Closing:
    """Decide what closing does; an account is closed as ``paid`` only when nothing remains to be paid."""
    if known.closed is not None:
        if (known.closed.on, known.closed.reason) == (on, reason):
            return known.closed
        return Refusal(ClosingReason.ALREADY_CLOSED, f"the account was closed on {known.closed.on} as {known.closed.reason}")
    if reason == "paid" and outstanding_minor > 0:
        return Refusal(ClosingReason.STILL_OWED, f"{outstanding_minor} minor units remain to be paid")
    return AccountClosed(known.account.id, on, reason)


class PlacingReason(Enum):
    """Why an account is not placed, moved on or recalled, in order of precedence."""

    UNKNOWN_HANDLER = "unknown_handler"
    """The policy names handlers, and none of that id."""
    CLOSED = "closed"
    ALREADY_HELD = "already_held"
    HELD_BACK = "held_back"
    """A hold or an arrangement stops placement."""
    NOT_ELIGIBLE = "not_eligible"
    """The handler cannot take it: no licence, on recall, or outside of what it takes."""
    NO_ROOM = "no_room"
    """The handler has as much as it may have, in accounts, in units of work, in what is outstanding, or for that day."""
    NOT_HELD = "not_held"
    NOT_FROM_THERE = "not_from_there"
    """The placement cannot come into that state from the one it is in."""
    FORBIDDEN = "forbidden"
    """A rule of law stands against the placement."""


def place_account(
    known: AccountFacts,
    placement: Placement,
    *,
    held_by: HandlerId | None,
    held_back: Sequence[str] = (),
    why_not: WhyNot | None = None,
    handlers: Sequence[HandlerId] = (),
) -> AccountPlaced | Refusal[PlacingReason]:
    """
    Decide what placing does; an account has one holder at most, so another's must be recalled first.

    Args:
        known: The account.
        placement: With whom, from when.
        held_by: Who has it.
        held_back: What the scrub found: holds and arrangements that stop placement.
        why_not: Why the handler cannot take it; None when it can, or when nothing is known of it.
        handlers: Whom the policy names; without any, everybody may be placed with.
    """
    if handlers and placement.handler not in handlers:
        named = f"handlers are {', '.join(handlers)}, got '{placement.handler}'"
        return Refusal(PlacingReason.UNKNOWN_HANDLER, named, "nothing was placed")
    if known.closed is not None:
        return Refusal(PlacingReason.CLOSED, "a closed account is not placed")
    if held_by is not None:
        return Refusal(PlacingReason.ALREADY_HELD, f"handler '{held_by}' holds it; recall it first")
    if held_back:
        return Refusal(PlacingReason.HELD_BACK, f"not placed while this is in force: {', '.join(held_back)}")
    if why_not is not None:
        return Refusal(PlacingReason.NO_ROOM if why_not.reason in ROOM else PlacingReason.NOT_ELIGIBLE, str(why_not))
    return AccountPlaced(placement)


def recall_account(known: AccountFacts, *, on: date, reason: str, held_by: HandlerId | None) -> AccountRecalled | Refusal[PlacingReason]:
    """Decide what recalling does."""
    if held_by is None:
        return Refusal(PlacingReason.NOT_HELD, "nobody holds it")
    return AccountRecalled(known.account.id, held_by, on, reason)


def advance_placement(
    known: AccountFacts, handlers: Mapping[HandlerId, Handler], to: PlacementState, *, on: date, reason: str
) -> PlacementMoved | Refusal[PlacingReason]:
    """
    Decide what a handler's word, or our request for the account, does to the placement; what ends it is a recall.

    The same state again is refused like any other that cannot follow, so that a file that comes twice moves nothing.
    """
    lives = lifecycle(known.moves, known.progress, handlers)
    if not lives or lives[-1].ended_on is not None:
        return Refusal(PlacingReason.NOT_HELD, "nobody holds it")
    now = lives[-1].state
    if not to.held or to not in TRANSITIONS[now]:
        allowed = ", ".join(sorted(state.value for state in TRANSITIONS[now] if state.held)) or "nothing"
        return Refusal(PlacingReason.NOT_FROM_THERE, f"from {now.value} a placement comes into {allowed}, not {to.value}")
    return PlacementMoved(known.account.id, lives[-1].placement.handler, to, on, reason)
