"""Opening, closing, placing an account: what each command does to what is known, decided without touching a store."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TypeAlias

import attrs

from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.facts import AccountFacts
from collectkit.identifiers import AccountId, HandlerId
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.refusals import Refusal

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
        return Refusal(OpeningReason.CONSUMER_UNKNOWN, f"consumer {account.consumer!r} is unknown; register the consumer first")
    return AccountOpened(account)


class ClosingReason(Enum):
    """Why an account is not closed, in order of precedence."""

    ALREADY_CLOSED = "already_closed"
    STILL_OWED = "still_owed"


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
    """Why an account is not placed or recalled, in order of precedence."""

    CLOSED = "closed"
    ALREADY_HELD = "already_held"
    NOT_HELD = "not_held"


def place_account(known: AccountFacts, placement: Placement, *, held_by: HandlerId | None) -> AccountPlaced | Refusal[PlacingReason]:
    """Decide what placing does; an account has one holder at most, so another's must be recalled first."""
    if known.closed is not None:
        return Refusal(PlacingReason.CLOSED, "a closed account is not placed")
    if held_by is not None:
        return Refusal(PlacingReason.ALREADY_HELD, f"handler {held_by!r} holds it; recall it first")
    return AccountPlaced(placement)


def recall_account(known: AccountFacts, *, on: date, reason: str, held_by: HandlerId | None) -> AccountRecalled | Refusal[PlacingReason]:
    """Decide what recalling does."""
    if held_by is None:
        return Refusal(PlacingReason.NOT_HELD, "nobody holds it")
    return AccountRecalled(known.account.id, held_by, on, reason)
