"""Placement: which team, call center, field agent or agency holds an account, since when, how far it has come, and its sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import ClassVar

import attrs

from collectkit._checks import day, member
from collectkit.identifiers import AccountId, HandlerId


class PlacementState(Enum):
    """How far a placement has come; the words after the first two are what an agency's files say."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    PLACED = "placed"
    REFUSED = "refused"
    """The handler did not take it."""
    ACKNOWLEDGED = "acknowledged"
    ACTIVE = "active"
    """The first piece of work on it was reported."""
    RECALL_REQUESTED = "recall_requested"
    RECALLED = "recalled"
    PAID_IN_FULL = "paid_in_full"
    SETTLED = "settled"
    RETURNED = "returned"
    """The handler gave it back."""
    SOLD = "sold"
    CLOSED_NO_ASSET = "closed_no_asset"
    """Nothing can be had."""

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return not TRANSITIONS[self]

    @property
    def held(self) -> bool:
        """Whether the account is with the handler."""
        return self in _HELD


def _state(given: str | PlacementState) -> PlacementState:
    return member(PlacementState, given, "a placement is")


_S = PlacementState
_HELD = frozenset({_S.PLACED, _S.ACKNOWLEDGED, _S.ACTIVE, _S.RECALL_REQUESTED})
_ENDS = frozenset({_S.RECALLED, _S.PAID_IN_FULL, _S.SETTLED, _S.RETURNED, _S.SOLD, _S.CLOSED_NO_ASSET})

TRANSITIONS: Mapping[PlacementState, frozenset[PlacementState]] = MappingProxyType(
    {
        _S.PROPOSED: frozenset({_S.APPROVED, _S.REJECTED}),
        _S.APPROVED: frozenset({_S.PLACED, _S.REJECTED}),
        _S.REJECTED: frozenset(),
        _S.PLACED: frozenset({_S.ACKNOWLEDGED, _S.ACTIVE, _S.REFUSED, _S.RECALL_REQUESTED}) | _ENDS,
        _S.REFUSED: frozenset(),
        _S.ACKNOWLEDGED: frozenset({_S.ACTIVE, _S.RECALL_REQUESTED}) | _ENDS,
        _S.ACTIVE: frozenset({_S.RECALL_REQUESTED}) | _ENDS,
        # Whoever is asked for an account back may still say that it was paid meanwhile, or be let off.
        _S.RECALL_REQUESTED: frozenset({_S.ACTIVE}) | _ENDS,
        **dict.fromkeys(_ENDS, frozenset()),
    }
)
"""What may follow each state."""

_ENDED_AS: Mapping[str, PlacementState] = MappingProxyType(
    {
        "paid": _S.PAID_IN_FULL,
        "settled": _S.SETTLED,
        "returned": _S.RETURNED,
        "refused": _S.REFUSED,
        "sold": _S.SOLD,
        "no_asset": _S.CLOSED_NO_ASSET,
    }
)


def ended_as(reason: str) -> PlacementState:
    """Return the state in which a placement ends that is recalled for *reason*; ``recalled`` for most."""
    return _ENDED_AS.get(reason, PlacementState.RECALLED)


@attrs.frozen
class Placement:
    """
    One account with one handler.

    Attributes:
        account: Which account.
        handler: Who works it.
        since: First day, inclusive.
        rule: Name of the allocation rule that placed it.
        why: Sentences for a person: why this handler.
    """

    account: AccountId = attrs.field(converter=AccountId)
    handler: HandlerId = attrs.field(converter=HandlerId)
    since: date = attrs.field(validator=day)
    rule: str = ""
    why: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen
class AccountPlaced:
    """The account was put with a handler; any earlier placement ended on that day."""

    TYPE: ClassVar[str] = "account-placed/1"

    placement: Placement


@attrs.frozen
class AccountRecalled:
    """
    The account was taken back.

    Attributes:
        account: Which.
        handler: From whom.
        on: First day on which the handler no longer holds it.
        reason: ``paid``, ``settled``, ``hold``, ``term``, ``inactivity``, ``rule``, ``returned``, ``refused``, ``sold``,
            ``no_asset``, ``reassigned`` or ``request``.
    """

    TYPE: ClassVar[str] = "account-recalled/1"

    account: AccountId = attrs.field(converter=AccountId)
    handler: HandlerId = attrs.field(converter=HandlerId)
    on: date = attrs.field(validator=day)
    reason: str


@attrs.frozen
class PlacementMoved:
    """
    A placement came into another state while the handler has the account.

    Attributes:
        account: Which.
        handler: Who has it.
        to: ``acknowledged``, ``active`` or ``recall_requested``.
        on: Since when.
        reason: Why, for a recall that is requested; otherwise what told us.
    """

    TYPE: ClassVar[str] = "placement-moved/1"

    account: AccountId = attrs.field(converter=AccountId)
    handler: HandlerId = attrs.field(converter=HandlerId)
    to: PlacementState = attrs.field(converter=_state)
    on: date = attrs.field(validator=day)
    reason: str = ""


@attrs.frozen
class RecallAnnounced:
    """
    A handler was told that it will have to give the account back.

    Attributes:
        account: Which.
        handler: Who was told.
        on: First day on which it no longer has it, unless something agreed meanwhile keeps the account there.
        reason: ``term`` or ``inactivity``.
        told_on: When it was told.
    """

    TYPE: ClassVar[str] = "recall-announced/1"

    account: AccountId = attrs.field(converter=AccountId)
    handler: HandlerId = attrs.field(converter=HandlerId)
    on: date = attrs.field(validator=day)
    reason: str
    told_on: date = attrs.field(validator=day)


@attrs.frozen
class AccountSold:
    """
    The account belongs to somebody else; nothing on it may be collected any more, whoever holds it.

    Attributes:
        account: Which.
        sale: Id of the sale; all accounts of one sale name it.
        buyer: To whom.
        on: First day on which it is the buyer's. What is paid on that day or later, by value date, is the buyer's money.
        currency: ISO 4217 code.
        face_minor: What was outstanding at the end of the day before, minor units.
        price_bp: Price in basis points of the face.
        price_minor: What the buyer pays for it, minor units: face times price, rounded half up.
        buy_back_by: Last day on which the buyer may give it back, inclusive; None: never.
        buy_back_for: For which reasons; no others are taken.
    """

    TYPE: ClassVar[str] = "account-sold/1"

    account: AccountId = attrs.field(converter=AccountId)
    sale: str
    buyer: str
    on: date = attrs.field(validator=day)
    currency: str
    face_minor: int
    price_bp: int
    price_minor: int
    buy_back_by: date | None = None
    buy_back_for: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen
class AccountBoughtBack:
    """
    A sold account is ours again: its sale is undone, its price goes back, and what was paid on it meanwhile counts for the consumer.

    Attributes:
        account: Which.
        sale: Id of the sale.
        buyer: From whom.
        on: First day on which it is ours again.
        reason: One of those for which the sale allows it.
        collected_minor: What the buyer took in on it, minor units; at least 0. It is posted as a payment of its own.
    """

    TYPE: ClassVar[str] = "account-bought-back/1"

    account: AccountId = attrs.field(converter=AccountId)
    sale: str
    buyer: str
    on: date = attrs.field(validator=day)
    reason: str
    collected_minor: int = 0


def sold_on(sales: Sequence[AccountSold | AccountBoughtBack], as_of: date) -> date | None:
    """Return since when an account is somebody else's on a day, by its sales in the order of the record; None while it is ours."""
    since: date | None = None
    for event in sales:
        if event.on <= as_of:
            since = event.on if isinstance(event, AccountSold) else None
    return since
