"""One hold: a fact that stops work, from when to when, and how it is placed, extended and lifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, TypeAlias

import attrs

from collectkit._checks import day
from collectkit.errors import ValidationError
from collectkit.holds.adjusting import Adjustments
from collectkit.holds.matrix import DISPUTES, HoldKind, HoldPolicy, hold_kind
from collectkit.identifiers import AccountId, HoldId, PersonId
from collectkit.money import Money
from collectkit.refusals import Refusal


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
        adjustments: How a vulnerable person may be contacted, for ``vulnerability`` alone and of the person; None: not at all.

    Raises:
        ValidationError: Neither end nor review, dates that go back, or a dispute without an account or with a wrong amount.
    """

    id: HoldId = attrs.field(converter=HoldId)
    kind: HoldKind = attrs.field(converter=hold_kind)
    person: PersonId = attrs.field(converter=PersonId, kw_only=True)
    starts_on: date = attrs.field(validator=day, kw_only=True)
    reason: str = attrs.field(validator=_reason, kw_only=True)
    account: AccountId | None = attrs.field(default=None, converter=attrs.converters.optional(AccountId), kw_only=True)
    ends_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day), kw_only=True)
    review_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day), kw_only=True)
    amount: Money | None = attrs.field(default=None, kw_only=True)
    adjustments: Adjustments | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.adjustments is not None and (self.kind is not HoldKind.VULNERABILITY or self.account is not None):
            raise ValidationError("adjustments belong to a hold of kind vulnerability on the person; nothing was recorded")
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


@attrs.frozen
class HoldExtended:
    """
    Somebody looked at a hold and decided that it goes on.

    Attributes:
        hold: Which.
        on: Business date of the decision.
        reason: Why; mandatory.
        ends_on: Its last day from now on; None when it has none.
        review_on: Day on which somebody must decide again.
    """

    TYPE: ClassVar[str] = "hold-extended/1"

    hold: HoldId = attrs.field(converter=HoldId)
    on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=_reason)
    ends_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))
    review_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))

    def __attrs_post_init__(self) -> None:
        if self.ends_on is None and self.review_on is None:
            raise ValidationError("a hold needs ends_on or review_on, so that it is not forgotten; nothing was recorded")


def extended(holds: Iterable[Hold], extensions: Iterable[HoldExtended]) -> tuple[Hold, ...]:
    """Return the holds as they stand after their extensions, the last of each deciding."""
    last = {extension.hold: extension for extension in extensions}
    return tuple(
        attrs.evolve(hold, ends_on=last[hold.id].ends_on, review_on=last[hold.id].review_on) if hold.id in last else hold for hold in holds
    )


def lifts(lifted: Iterable[HoldLifted]) -> dict[HoldId, date]:
    """
    Return the first day off of each lifted hold; of two, the earlier.

    Source:
        What is recorded; calendar days in the business zone.
    """
    off: dict[HoldId, date] = {}
    for event in lifted:
        off[event.hold] = min(event.on, off.get(event.hold, event.on))
    return off


def in_force(holds: Iterable[Hold], lifted: Iterable[HoldLifted], on: date) -> tuple[Hold, ...]:
    """
    Return the holds in force on a day, sorted by kind and id.

    Args:
        holds: As their extensions left them (`extended`); ended or not.
        lifted: Those that were lifted; from that day on they are not in force.
        on: The day. A hold is in force from its first day to its last, both inclusive; one that awaits its review stays in force.

    Source:
        What is recorded; calendar days in the business zone.
    """
    off = lifts(lifted)
    found = [hold for hold in holds if hold.starts_on <= on <= (hold.last_on(off) or date.max)]
    return tuple(sorted(found, key=lambda hold: (hold.kind.value, hold.id)))


def adjustments_on(holds: Iterable[Hold], lifted: Iterable[HoldLifted], on: date) -> tuple[Adjustments, ...]:
    """
    Return the adjustments in force on a day; none while a hold for vulnerability is in force that has none, for that allows nothing.

    Args:
        holds: As for `in_force`.
        lifted: As for `in_force`.
        on: The day.

    Source:
        What is recorded; of several holds each must allow a contact.
    """
    found = [hold.adjustments for hold in in_force(holds, lifted, on) if hold.kind is HoldKind.VULNERABILITY]
    return tuple(one for one in found if one is not None) if None not in found else ()


class HoldStatus(Enum):
    """Where a hold stands on a day."""

    AHEAD = "ahead"
    """It starts later."""
    IN_FORCE = "in_force"
    REVIEW_DUE = "review_due"
    """In force, and somebody must decide whether it goes on."""
    LIFTED = "lifted"
    ENDED = "ended"
    """Its last day is over."""


def hold_status(hold: Hold, lifted: Iterable[HoldLifted], on: date) -> HoldStatus:
    """
    Return where a hold stands on a day.

    Args:
        hold: As its extensions left it.
        lifted: Holds that were lifted; the first day off is no day in force.
        on: The day; on the day of its review somebody must decide already.

    Source:
        What is recorded; calendar days in the business zone.
    """
    off = lifts(lifted).get(hold.id)
    if off is not None and off <= on:
        return HoldStatus.LIFTED
    if on < hold.starts_on:
        return HoldStatus.AHEAD
    if hold.ends_on is not None and hold.ends_on < on:
        return HoldStatus.ENDED
    return HoldStatus.REVIEW_DUE if hold.review_on is not None and hold.review_on <= on else HoldStatus.IN_FORCE


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
    OVER = "over"
    """Its last day is over, so that it cannot be extended; place another."""
    TOO_LONG = "too_long"
    """It would go on unlooked at for longer than the policy allows."""
    TOO_OFTEN = "too_often"
    """It was extended as often as the policy allows: somebody must decide."""


@attrs.frozen
class AlreadyPlaced:
    """The same hold was placed before; nothing was changed."""

    hold: HoldId


@attrs.frozen
class AlreadyLifted:
    """The hold was lifted on the same day before; nothing was changed."""

    hold: HoldId


HoldPlacing: TypeAlias = HoldPlaced | AlreadyPlaced | Refusal[HoldReason]
HoldExtending: TypeAlias = HoldExtended | Refusal[HoldReason]
HoldLifting: TypeAlias = HoldLifted | AlreadyLifted | Refusal[HoldReason]


def place_hold(known: Sequence[Hold], hold: Hold, *, currency: str = "", policy: HoldPolicy = HoldPolicy()) -> HoldPlacing:
    """
    Decide what placing a hold does; the same id with the same content is a retry.

    Args:
        known: Holds placed before, as they were placed.
        hold: The one to place; it may start in the past, and what follows from that is computed anew.
        currency: Of the account, if it has one.
        policy: How long a hold may last unlooked at.
    """
    same = next((one for one in known if one.id == hold.id), None)
    if same == hold:
        return AlreadyPlaced(hold.id)
    if same is not None:
        return Refusal(HoldReason.ID_REUSED, "this hold id was used with other content; a hold needs an id of its own")
    if currency and hold.amount is not None and hold.amount.currency != currency:
        return Refusal(HoldReason.CURRENCY_DIFFERS, f"the account is in {currency}, the disputed amount in {hold.amount.currency}")
    return _too_long(hold.starts_on, hold.review_on or hold.ends_on, policy) or HoldPlaced(hold)


def _too_long(since: date, until: date | None, policy: HoldPolicy) -> Refusal[HoldReason] | None:
    if policy.review_days_max is None or (until is not None and (until - since).days <= policy.review_days_max):
        return None
    return Refusal(HoldReason.TOO_LONG, f"a hold ends or is reviewed within {policy.review_days_max} days; here that would be {until}")


def extend_hold(
    known: Sequence[Hold],
    lifted: Sequence[HoldLifted],
    before: Sequence[HoldExtended],
    extension: HoldExtended,
    policy: HoldPolicy = HoldPolicy(),
) -> HoldExtending:
    """
    Decide whether a hold goes on; the same decision again is a retry.

    Args:
        known: Holds as they were placed.
        lifted: Holds lifted.
        before: Extensions so far.
        extension: The one to make.
        policy: How often, and for how long at a time.
    """
    hold = next((one for one in extended(known, before) if one.id == extension.hold), None)
    if hold is None:
        return Refusal(HoldReason.UNKNOWN, f"there is no hold '{extension.hold}'")
    if extension in before:
        return extension
    off = lifts(lifted)
    if extension.hold in off:
        return Refusal(HoldReason.ALREADY_LIFTED, f"the hold was lifted on {off[extension.hold]}")
    if hold.ends_on is not None and hold.ends_on < extension.on:
        return Refusal(HoldReason.OVER, f"the hold ended on {hold.ends_on}; place another")
    so_far = sum(one.hold == extension.hold for one in before)
    if policy.extensions_max is not None and so_far >= policy.extensions_max:
        return Refusal(HoldReason.TOO_OFTEN, f"the hold was extended {so_far} times, {policy.extensions_max} are the limit: decide")
    return _too_long(extension.on, extension.review_on or extension.ends_on, policy) or extension


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
