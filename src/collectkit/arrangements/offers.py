"""What a settlement is worth, what going on is worth, and whether it may be offered, by whom.

The same function serves the person on the phone and the self-service page: same facts, same offer. Worth is computed in exact
fractions and rounded down, with simple discounting; every term is kept and shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

import attrs

from collectkit._checks import given, member, whole
from collectkit.arrangements.payment_plans import PlanItem, Share
from collectkit.arrangements.settlements import OnReversal, SettlementOffered, SettlementTerms
from collectkit.errors import PolicyError
from collectkit.holds import Effect
from collectkit.identifiers import AccountId
from collectkit.money import Money
from collectkit.refusals import Refusal

__all__ = [
    "Authority",
    "Continuing",
    "OfferPolicy",
    "OfferReason",
    "OfferRefused",
    "Offering",
    "Worth",
    "offer_settlement",
    "worth_of",
]

_WHOLE_BP = 10_000
_YEAR = 365


def _bp(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or not 0 <= value <= _WHOLE_BP:
        raise PolicyError(f"{attribute.name} is 0 to {_WHOLE_BP} basis points, got {value!r}; nothing was loaded")


def _on_reversal(given: str | OnReversal) -> OnReversal:
    return member(OnReversal, given, "on_reversal is", not_done="nothing was loaded", error=PolicyError)


@attrs.frozen(kw_only=True)
class Continuing:
    """
    What going on without a settlement brings.

    Attributes:
        collected_bp: Share of the debt that is expected to be collected, in basis points.
        commission_bp: Share of that which collectors keep.
        cost_minor: What it costs besides.
        days: When that money comes on average.
    """

    collected_bp: int = attrs.field(default=3_000, validator=_bp)
    commission_bp: int = attrs.field(default=0, validator=_bp)
    cost_minor: int = attrs.field(default=0, validator=whole)
    days: int = attrs.field(default=180, validator=whole)


@attrs.frozen
class Authority:
    """
    How much a role may give up alone: a row of the matrix.

    Attributes:
        role: Of whoever offers; of several roles the one that may do more decides.
        discount_bp: Greatest discount of one settlement, in basis points of the debt.
        conceded_minor: All that may be conceded to one person in twelve months, this settlement included, in minor units of the
            currency of the account. What was conceded in small steps, and by whomever, counts together.

    Raises:
        PolicyError: No role, or a number out of its range.
    """

    role: str = attrs.field(validator=given)
    discount_bp: int = attrs.field(validator=_bp)
    conceded_minor: int = attrs.field(validator=whole)


@attrs.frozen(kw_only=True)
class OfferPolicy:
    """
    Which settlements may be offered.

    Attributes:
        floor_bp: Least share of the debt that is asked, in basis points; less needs an approval.
        target_bp: Share that is asked first, and accepted at once.
        items_max: In how many stages it may be paid.
        days_max: How far ahead the last stage may lie.
        offer_days: How long an offer holds.
        kept_bp: Share of such payments that is expected to come, by the number of the stage, in basis points; the last for all later ones.
        yearly_bp: What waiting costs, in basis points a year.
        cost_minor: What taking one payment costs.
        grace_days, cure_days: When a settlement is breached.
        on_reversal: What becomes of it when a payment is taken back after it was fulfilled.
        effects: What it stops while it is active.
        continuing: What going on without a settlement brings, where nobody says otherwise of an account.
        authority: What each role may give up alone; empty: whatever else is allowed here. With it, whoever has none of the roles gives up
            nothing alone.

    Raises:
        PolicyError: A number is out of its range, or the target is below the floor.
    """

    floor_bp: int = attrs.field(default=5_000, validator=_bp)
    target_bp: int = attrs.field(default=8_000, validator=_bp)
    items_max: int = attrs.field(default=3, validator=whole)
    days_max: int = attrs.field(default=92, validator=whole)
    offer_days: int = attrs.field(default=14, validator=whole)
    kept_bp: tuple[int, ...] = attrs.field(default=(9_000, 7_000, 6_000), converter=tuple[int, ...])
    yearly_bp: int = attrs.field(default=1_000, validator=whole)
    cost_minor: int = attrs.field(default=0, validator=whole)
    grace_days: int = attrs.field(default=3, validator=whole)
    cure_days: int = attrs.field(default=0, validator=whole)
    on_reversal: OnReversal = attrs.field(default=OnReversal.VOID, converter=_on_reversal)
    effects: tuple[str, ...] = attrs.field(default=("contact_limited", "fees", "placement", "retry", "sale"), converter=tuple[str, ...])
    continuing: Continuing = Continuing()
    authority: tuple[Authority, ...] = attrs.field(default=(), converter=tuple[Authority, ...])

    def __attrs_post_init__(self) -> None:
        unknown = [name for name in self.effects if name not in {effect.value for effect in Effect}]
        if self.target_bp < self.floor_bp or not self.kept_bp or not self.items_max or unknown:
            raise PolicyError("floor_bp is at most target_bp, kept_bp and items_max say something, effects exist; nothing was loaded")


@attrs.frozen
class Worth:
    """
    What a settlement is worth, term by term.

    Attributes:
        payments_minor: Each payment as it counts: expected, discounted and less its cost, rounded down.
        value_minor: Together.
        continuing_minor: What going on without it brings.
        floor_minor: The least that may be asked: the policy's floor, or what going on brings, whichever is more.
    """

    payments_minor: tuple[int, ...]
    value_minor: int
    continuing_minor: int
    floor_minor: int


def worth_of(
    debt_minor: int,
    items: Sequence[tuple[date, int]],
    policy: OfferPolicy = OfferPolicy(),
    continuing: Continuing | None = None,
    *,
    on: date,
) -> Worth:
    """
    Value payments against going on without them.

    Each counts ``kept · amount / (1 + yearly · days / 365) - cost``; going on brings
    ``(collected · debt · (1 - commission) - cost) / (1 + yearly · days / 365)``, never less than nothing.

    Args:
        debt_minor: What is owed.
        items: Day and minor units of each payment.
        policy: Kept rates, the price of waiting and the floor.
        continuing: What going on brings; None: what the policy says.
        on: The business date.

    Source:
        Present value with simple discounting, by the policy's rates. Exact fractions, each payment rounded down to whole minor units;
        years of 365 days.
    """
    continuing = policy.continuing if continuing is None else continuing
    parts = []
    for place, (due_on, minor) in enumerate(items):
        kept = policy.kept_bp[min(place, len(policy.kept_bp) - 1)]
        parts.append(int(Fraction(minor * kept, _WHOLE_BP) / _waiting(policy, (due_on - on).days)) - policy.cost_minor)
    kept_share = Fraction(continuing.collected_bp * (_WHOLE_BP - continuing.commission_bp), _WHOLE_BP**2)
    going_on = max(0, int((debt_minor * kept_share - continuing.cost_minor) / _waiting(policy, continuing.days)))
    floor = -(-debt_minor * policy.floor_bp // _WHOLE_BP)
    return Worth(tuple(parts), sum(parts), going_on, max(floor, going_on))


def _waiting(policy: OfferPolicy, days: int) -> Fraction:
    return 1 + Fraction(policy.yearly_bp * max(0, days), _WHOLE_BP * _YEAR)


class OfferReason(Enum):
    """Why a settlement is not offered, in order of precedence."""

    NOTHING_OWED = "nothing_owed"
    """There is nothing to settle."""
    NO_DISCOUNT = "no_discount"
    """All or more is asked, or nothing: that is no settlement."""
    DUE_IN_PAST = "due_in_past"
    """A payment falls before today."""
    TERM = "term"
    """Too many stages, or too far ahead."""
    BELOW_FLOOR = "below_floor"
    """Less is asked than the floor: it needs an approval."""
    AUTHORITY = "authority"
    """Whoever offers has not that much to give: it needs an approval."""
    NOT_WORTH = "not_worth"
    """Going on without it is worth more: it needs an approval."""


APPROVABLE = frozenset({OfferReason.BELOW_FLOOR, OfferReason.AUTHORITY, OfferReason.NOT_WORTH})
"""Reasons that a second person may overrule."""


@attrs.frozen
class OfferRefused(Refusal[OfferReason]):
    """
    The settlement is not offered.

    Attributes:
        worth: What it is worth, once that was asked.
        approvable: Whether a second person may overrule it.
    """

    worth: Worth | None = None

    @property
    def approvable(self) -> bool:
        """Return whether a second person may overrule it."""
        return self.reason in APPROVABLE


Offering: TypeAlias = SettlementOffered | OfferRefused


def _lacking(authority: Sequence[Authority], roles: Sequence[str], discount_bp: int, conceded_minor: int) -> str:
    """Return why none of the roles is enough; empty when one is."""
    known = [one for one in authority if one.role in roles]
    if any(discount_bp <= one.discount_bp and conceded_minor <= one.conceded_minor for one in known):
        return ""
    said = ", ".join(sorted(one.role for one in known)) or "whoever has none of these roles"
    return f"{said} may not give up {discount_bp} basis points of this debt and {conceded_minor} minor units in twelve months"


def offer_settlement(
    id: str,
    person: str,
    account: str,
    debt: Money,
    items: Sequence[tuple[date, int]],
    policy: OfferPolicy = OfferPolicy(),
    continuing: Continuing | None = None,
    *,
    at: datetime,
    on: date,
    roles: Sequence[str] | None = None,
    conceded_minor: int = 0,
    approved: bool = False,
    replaces: str | None = None,
) -> Offering:
    """
    Decide whether a settlement is offered.

    Args:
        id: Id of the settlement.
        person: To whom.
        account: What is settled.
        debt: All that is outstanding.
        items: Day and minor units of each payment, in order.
        policy: What is allowed.
        continuing: What going on brings; None: what the policy says.
        at: The present instant, from which the offer's life counts.
        on: The business date.
        roles: Of whoever offers, whose authority the policy limits; None: nobody, as when the published mechanism answers a bid.
        conceded_minor: What was conceded to the person in the last twelve months, in minor units of the currency of the debt.
        approved: A second person approved exactly this offer; the caller has checked that.
        replaces: Id of the arrangement that it takes the place of.

    Source:
        The policy's `OfferPolicy` and its authority. Whole minor units; calendar days in the business zone, the last of `days_max`
        inclusive.
    """
    total = sum(minor for _, minor in items)
    refused = _impossible(debt, items, total, policy, on)
    if refused is not None:
        return refused
    worth = worth_of(debt.minor, items, policy, continuing, on=on)
    settlement = SettlementTerms(
        id,
        person,
        account,
        debt,
        [PlanItem(due_on, Money(minor, debt.currency), (Share(AccountId(account), minor),)) for due_on, minor in items],
        policy.grace_days,
        policy.cure_days,
        policy.on_reversal,
        tuple(sorted(policy.effects)),
        replaces=replaces,
    )
    authority = policy.authority if roles is not None else ()
    refused = None if approved else _unapproved(settlement, worth, authority, roles or (), conceded_minor)
    if refused is not None:
        return refused
    return SettlementOffered(settlement, at, at + timedelta(days=policy.offer_days), worth.value_minor, worth.continuing_minor)


def _impossible(debt: Money, items: Sequence[tuple[date, int]], total: int, policy: OfferPolicy, on: date) -> OfferRefused | None:
    if debt.minor <= 0:
        return _no(OfferReason.NOTHING_OWED, "nothing is outstanding")
    if not 0 < total < debt.minor or any(minor <= 0 for _, minor in items):
        return _no(OfferReason.NO_DISCOUNT, f"a settlement asks more than nothing and less than {debt}, got {total} minor units")
    if any(later[0] <= item[0] for item, later in pairwise(items)) or items[0][0] < on:
        return _no(OfferReason.DUE_IN_PAST, f"payments stand in the order of their days, from {on} on")
    if len(items) > policy.items_max or (items[-1][0] - on).days > policy.days_max:
        return _no(OfferReason.TERM, f"at most {policy.items_max} payments within {policy.days_max} days are allowed")
    return None


def _unapproved(
    settlement: SettlementTerms, worth: Worth, authority: Sequence[Authority], roles: Sequence[str], conceded_minor: int
) -> OfferRefused | None:
    total = settlement.total_minor
    if total < worth.floor_minor:
        # Whoever negotiates may see this; a customer is never told the floor.
        return _no(
            OfferReason.BELOW_FLOOR, f"{total} minor units are less than the floor, {worth.floor_minor}; it needs an approval", worth
        )
    if authority:
        lacks = _lacking(authority, roles, settlement.discount_bp, conceded_minor + settlement.discount_minor)
        if lacks:
            return _no(OfferReason.AUTHORITY, f"{lacks}; a second person must approve", worth)
    if worth.value_minor < worth.continuing_minor:
        detail = f"it is worth {worth.value_minor} minor units, going on {worth.continuing_minor}; a second person must approve"
        return _no(OfferReason.NOT_WORTH, detail, worth)
    return None


def _no(reason: OfferReason, detail: str, worth: Worth | None = None) -> OfferRefused:
    return OfferRefused(reason, detail, "nothing was offered", worth)
