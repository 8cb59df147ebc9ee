"""Holds: facts that stop work, and the matrix of what each of them stops.

A hold never ends by being forgotten: it has a last day or a day on which somebody must look at it again. Several
holds together stop whatever any of them stops; when one is lifted, the others are asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, TypeAlias

import attrs

from collectkit._checks import day
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, HoldId, PersonId
from collectkit.money import Money
from collectkit.refusals import Refusal


class HoldKind(Enum):
    """Why work stops."""

    DISPUTE = "dispute"
    """The whole debt is disputed."""
    DISPUTE_PART = "dispute_part"
    """A stated amount is disputed; the rest may be collected."""
    RETURN = "return"
    """The goods are on their way back."""
    COMPLAINT = "complaint"
    FRAUD = "fraud"
    """Fraud or identity theft is reported."""
    HARDSHIP = "hardship"
    """A request for relief is under review."""
    MORATORIUM = "moratorium"
    """Breathing space by law."""
    INSOLVENCY = "insolvency"
    DECEASED = "deceased"
    VULNERABILITY = "vulnerability"
    CEASE_CONTACT = "cease_contact"
    """The person forbade contact."""
    REPRESENTED = "represented"
    """A representative speaks for the person."""
    MILITARY = "military"
    """The person is protected while in service."""
    SYSTEM_ERROR = "system_error"
    """What we believe about the account is known to be wrong."""


class Effect(Enum):
    """What a hold stops."""

    CONTACT = "contact"
    """Solicitation; obligatory notices are judged by the law."""
    CONTACT_LIMITED = "contact_limited"
    """Contact that is not about the hold itself, not adjusted to it, or not with the representative."""
    FEES = "fees"
    INTEREST = "interest"
    RETRY = "retry"
    """Automatic collection from a stored card or account."""
    PROMISE = "promise"
    """Asking for a promise to pay."""
    PLACEMENT = "placement"
    RECALL = "recall"
    """Leaving the account with an agency: it is taken back."""
    REPORTING = "reporting"
    """Reporting to a bureau as if nothing had happened."""
    CLOCK = "clock"
    """The operational count of days past due; the contractual one never stops."""
    SALE = "sale"


def _effects(*effects: Effect) -> frozenset[Effect]:
    return frozenset(effects)


_MONEY = (Effect.FEES, Effect.INTEREST, Effect.RETRY)
_OUT = (Effect.PLACEMENT, Effect.SALE)

EFFECTS: Mapping[HoldKind, frozenset[Effect]] = MappingProxyType(
    {
        HoldKind.DISPUTE: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.REPORTING, Effect.CLOCK),
        HoldKind.DISPUTE_PART: _effects(*_OUT, Effect.REPORTING),
        HoldKind.RETURN: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.CLOCK),
        HoldKind.COMPLAINT: _effects(Effect.CONTACT_LIMITED, *_OUT),
        HoldKind.FRAUD: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK),
        HoldKind.HARDSHIP: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.REPORTING, Effect.CLOCK),
        HoldKind.MORATORIUM: _effects(Effect.CONTACT, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK),
        HoldKind.INSOLVENCY: _effects(
            Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK
        ),
        HoldKind.DECEASED: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK),
        HoldKind.VULNERABILITY: _effects(Effect.CONTACT_LIMITED, Effect.SALE),
        HoldKind.CEASE_CONTACT: _effects(Effect.CONTACT),
        HoldKind.REPRESENTED: _effects(Effect.CONTACT_LIMITED),
        HoldKind.MILITARY: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.REPORTING),
        HoldKind.SYSTEM_ERROR: _effects(Effect.CONTACT, *_MONEY, *_OUT, Effect.PROMISE, Effect.REPORTING, Effect.CLOCK),
    }
)
"""What each kind of hold stops, where the host's policy says nothing else."""

DISPUTES = frozenset({HoldKind.DISPUTE, HoldKind.DISPUTE_PART})
"""Holds that belong to one account and dispute what it owes."""


def blocked(kinds: Iterable[str | HoldKind], effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS) -> frozenset[Effect]:
    """
    Return all that the holds of these kinds stop together.

    Raises:
        ValidationError: There is no such kind of hold.

    >>> sorted(effect.value for effect in blocked(["cease_contact", "vulnerability"]))
    ['contact', 'contact_limited', 'sale']
    """
    return frozenset[Effect]().union(*(effects[_kind(kind)] for kind in kinds))


def _kind(given: str | HoldKind) -> HoldKind:
    try:
        return HoldKind(given)
    except ValueError:
        allowed = ", ".join(kind.value for kind in HoldKind)
        raise ValidationError(f"a hold is one of {allowed}, got {given!r}; nothing was recorded") from None


def _reason(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value.strip():
        raise ValidationError("a hold needs a reason to begin and to end; nothing was recorded")


@attrs.frozen
class Hold:
    """
    A fact that stops work on one account, or on every account of a person.

    Attributes:
        id: The caller's own id.
        kind: Which of `HoldKind`; its text is taken too.
        person: Whose.
        starts_on: First day, inclusive; may lie in the past.
        reason: Why; mandatory, without personal data.
        account: The account it is about; None for the person and all their accounts.
        ends_on: Last day, inclusive.
        review_on: Day on which somebody must decide whether it goes on; it stays in force until then and after.
        amount: The disputed part, for ``dispute_part`` alone.

    Raises:
        ValidationError: Neither end nor review, dates that go back, or a dispute without an account or with a wrong amount.
    """

    id: HoldId = attrs.field(converter=HoldId)
    kind: HoldKind = attrs.field(converter=_kind)
    person: PersonId = attrs.field(converter=PersonId, kw_only=True)
    starts_on: date = attrs.field(validator=day, kw_only=True)
    reason: str = attrs.field(validator=_reason, kw_only=True)
    account: AccountId | None = attrs.field(default=None, converter=attrs.converters.optional(AccountId), kw_only=True)
    ends_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day), kw_only=True)
    review_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day), kw_only=True)
    amount: Money | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.ends_on is None and self.review_on is None:
            raise ValidationError("a hold needs ends_on or review_on, so that it is not forgotten; nothing was recorded")
        if any(day is not None and day < self.starts_on for day in (self.ends_on, self.review_on)):
            raise ValidationError(f"a hold that starts on {self.starts_on} cannot end or be reviewed before; nothing was recorded")
        if self.kind in DISPUTES and self.account is None:
            raise ValidationError(f"a hold of kind {self.kind.value} names the account that is disputed; nothing was recorded")
        if (self.kind is HoldKind.DISPUTE_PART) != (self.amount is not None):
            raise ValidationError("the disputed amount belongs to a hold of kind dispute_part, and to no other; nothing was recorded")
        if self.amount is not None and self.amount.minor <= 0:
            raise ValidationError(f"the disputed amount must be more than zero, got {self.amount}; nothing was recorded")

    def last_on(self, lifted: Mapping[HoldId, date] = MappingProxyType({})) -> date | None:
        """Return the last day in force as far as is known; None when no end is known. *lifted*: by hold, as `lifts` gives it."""
        off = lifted.get(self.id)
        if off is None:
            return self.ends_on
        before = off.fromordinal(max(1, off.toordinal() - 1))
        return before if self.ends_on is None else min(before, self.ends_on)


@attrs.frozen
class HoldPlaced:
    """A hold was placed."""

    TYPE: ClassVar[str] = "hold-placed/1"

    hold: Hold


@attrs.frozen
class HoldLifted:
    """
    A hold was lifted.

    Attributes:
        hold: Which.
        on: First day on which it is no longer in force.
        reason: Why; mandatory.
    """

    TYPE: ClassVar[str] = "hold-lifted/1"

    hold: HoldId = attrs.field(converter=HoldId)
    on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=_reason)


def lifts(lifted: Iterable[HoldLifted]) -> dict[HoldId, date]:
    """Return the first day off of each lifted hold; of two, the earlier."""
    off: dict[HoldId, date] = {}
    for event in lifted:
        off[event.hold] = min(event.on, off.get(event.hold, event.on))
    return off


def in_force(holds: Iterable[Hold], lifted: Iterable[HoldLifted], on: date) -> tuple[Hold, ...]:
    """Return the holds in force on that day, sorted by kind and id."""
    off = lifts(lifted)
    found = [hold for hold in holds if hold.starts_on <= on <= (hold.last_on(off) or date.max)]
    return tuple(sorted(found, key=lambda hold: (hold.kind.value, hold.id)))


class HoldReason(Enum):
    """Why a hold is not placed or lifted, in order of precedence."""

    ID_REUSED = "id_reused"
    """The id belongs to another hold."""
    CURRENCY_DIFFERS = "currency_differs"
    """The account is in another currency than the disputed amount."""
    UNKNOWN = "unknown"
    """There is no such hold."""
    ALREADY_LIFTED = "already_lifted"
    """It was lifted before."""


@attrs.frozen
class AlreadyPlaced:
    """The same hold was placed before; nothing was changed."""

    hold: HoldId


@attrs.frozen
class AlreadyLifted:
    """The hold was lifted on the same day before; nothing was changed."""

    hold: HoldId


HoldPlacing: TypeAlias = HoldPlaced | AlreadyPlaced | Refusal[HoldReason]
HoldLifting: TypeAlias = HoldLifted | AlreadyLifted | Refusal[HoldReason]


def place_hold(known: Sequence[Hold], hold: Hold, *, currency: str = "") -> HoldPlacing:
    """Decide what placing a hold does; the same id with the same content is a retry. *currency*: of the account, if it has one."""
    same = next((one for one in known if one.id == hold.id), None)
    if same == hold:
        return AlreadyPlaced(hold.id)
    if same is not None:
        return Refusal(HoldReason.ID_REUSED, "this hold id was used with other content; a hold needs an id of its own")
    if currency and hold.amount is not None and hold.amount.currency != currency:
        return Refusal(HoldReason.CURRENCY_DIFFERS, f"the account is in {currency}, the disputed amount in {hold.amount.currency}")
    return HoldPlaced(hold)


def lift_hold(known: Sequence[Hold], lifted: Sequence[HoldLifted], lift: HoldLifted) -> HoldLifting:
    """Decide what lifting does: the hold must be known, and is lifted once."""
    if all(one.id != lift.hold for one in known):
        return Refusal(HoldReason.UNKNOWN, f"there is no hold '{lift.hold}'")
    before = next((one for one in lifted if one.hold == lift.hold), None)
    if before is None:
        return lift
    if before.on == lift.on:
        return AlreadyLifted(lift.hold)
    return Refusal(HoldReason.ALREADY_LIFTED, f"the hold was lifted on {before.on}")
