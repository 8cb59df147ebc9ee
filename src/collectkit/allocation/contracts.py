"""What a contract with an agency says about money: rates, tiers, tail, settlement, direct pay, caps, tax, remittance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum

import attrs

from collectkit._checks import given, member
from collectkit.allocation.handlers import WHOLE_BP
from collectkit.allocation.lifecycle import Stage
from collectkit.errors import PolicyError
from collectkit.identifiers import HandlerId
from collectkit.ledger import COMPONENTS


class Remittance(Enum):
    """How the money that the agency took comes to the creditor."""

    NET = "net"
    """The agency keeps its commission and sends the rest."""
    GROSS = "gross"
    """The agency sends everything, and the creditor pays the commission on invoice."""


def _remittance(given: str | Remittance) -> Remittance:
    return member(Remittance, given, "a remittance is", not_done="no contract was made", error=PolicyError)


def _stages(given: Iterable[str | Stage]) -> tuple[Stage, ...]:
    return tuple(member(Stage, one, "a stage is", not_done="no contract was made", error=PolicyError) for one in given)


def _bp(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= WHOLE_BP:
        raise PolicyError(f"{attribute.name} is from 0 to {WHOLE_BP} basis points, got {value!r}; no contract was made")


@attrs.frozen
class Rate:
    """
    A share of what is collected, and for which accounts; what is not given matches every one.

    Attributes:
        bp: Basis points of the payment.
        stages: Stages of placement.
        products: Product codes.
        age_least: Fewest days past due on the day of the placement.
        placed_least_minor: Smallest amount that was placed, minor units.
        placed_most_minor: Largest amount that was placed, minor units; None: no limit.
    """

    bp: int = attrs.field(validator=_bp)
    stages: tuple[Stage, ...] = attrs.field(default=(), kw_only=True, converter=_stages)
    products: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    age_least: int = attrs.field(default=0, kw_only=True)
    placed_least_minor: int = attrs.field(default=0, kw_only=True)
    placed_most_minor: int | None = attrs.field(default=None, kw_only=True)


@attrs.frozen
class Tier:
    """From this much collected in a calendar month on, in minor units, all further payments of the month earn this rate."""

    from_minor: int
    bp: int = attrs.field(validator=_bp)


def _rates(given_rates: Iterable[Rate]) -> tuple[Rate, ...]:
    return tuple(given_rates)


@attrs.frozen
class Contract:
    """
    One version of the terms with one agency. A statement names it, so that old months are always worked out by old terms.

    Attributes:
        handler: With whom.
        version: Unique for the handler.
        currency: ISO 4217 code; accounts in another are under another contract.
        rates: The first that fits an account decides; without one that fits nothing is earned.
        tiers: Rates by what was collected in the calendar month, instead of *rates*, ascending from 0; empty: none.
        settlement_bp: Rate for payments on an account that was settled for less; None: the ordinary one.
        direct_bp: Share of the ordinary commission that a payment to the creditor itself earns, basis points; 10,000: all of it.
        tail_days: Payments so many days after the recall still earn, if the agency had the account when they were promised or
            caused; 0: none.
        excluded_sources: Sources that earn nothing: refunds of the merchant, goodwill, buy-backs.
        excluded_components: What of a payment earns nothing, by what it paid on its day: ``tax``, where an agency earns on money that
            the creditor keeps; any of `collectkit.ledger.COMPONENTS`.
        placement_fee_minor: For each account on its placement, whatever is collected, minor units.
        cap_minor: Most that one account earns in all, minor units; None: no limit.
        tax_bp: Tax on commission and fees, basis points.
        remittance: Net or gross.

    Raises:
        PolicyError: A rate or a component that is none, or tiers that do not ascend from 0; no contract was made.
    """

    handler: HandlerId = attrs.field(converter=HandlerId)
    version: str = attrs.field(validator=given)
    currency: str
    rates: tuple[Rate, ...] = attrs.field(default=(), converter=_rates)
    tiers: tuple[Tier, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    settlement_bp: int | None = attrs.field(default=None, kw_only=True, validator=attrs.validators.optional(_bp))
    direct_bp: int = attrs.field(default=WHOLE_BP, kw_only=True, validator=_bp)
    tail_days: int = attrs.field(default=0, kw_only=True)
    excluded_sources: frozenset[str] = attrs.field(default=frozenset(), kw_only=True, converter=frozenset)
    excluded_components: frozenset[str] = attrs.field(default=frozenset(), kw_only=True, converter=frozenset)
    placement_fee_minor: int = attrs.field(default=0, kw_only=True)
    cap_minor: int | None = attrs.field(default=None, kw_only=True)
    tax_bp: int = attrs.field(default=0, kw_only=True, validator=_bp)
    remittance: Remittance = attrs.field(default=Remittance.NET, kw_only=True, converter=_remittance)

    def __attrs_post_init__(self) -> None:
        starts = [tier.from_minor for tier in self.tiers]
        if starts and (starts[0] != 0 or sorted(set(starts)) != starts):
            raise PolicyError(f"the tiers of contract {self.version!r} ascend from 0, got {starts}; no contract was made")
        unknown = sorted(self.excluded_components - set(COMPONENTS))
        if unknown:
            raise PolicyError(
                f"contract {self.version!r} may leave out {', '.join(COMPONENTS)}, got {', '.join(unknown)}; no contract was made"
            )
        if min(self.tail_days, self.placement_fee_minor, self.cap_minor or 0) < 0:
            raise PolicyError(f"contract {self.version!r} has a tail, fee or cap below 0; no contract was made")

    def rate_for(self, *, stage: Stage, product: str, age_days: int, placed_minor: int) -> Rate | None:
        """Return the first rate that fits an account as it was on the day of its placement, or None."""
        for rate in self.rates:
            fits = (not rate.stages or stage in rate.stages) and (not rate.products or product in rate.products)
            large = rate.placed_most_minor is None or placed_minor <= rate.placed_most_minor
            if fits and large and age_days >= rate.age_least and placed_minor >= rate.placed_least_minor:
                return rate
        return None


@attrs.frozen
class Terms:
    """
    Which version of a contract holds from which day on.

    Attributes:
        versions: Each with its first day, ascending.
    """

    versions: tuple[tuple[date, Contract], ...]

    def on(self, day: date) -> Contract | None:
        """Return the version in force on a day, or None before the first."""
        return next((contract for first, contract in reversed(self.versions) if first <= day), None)
