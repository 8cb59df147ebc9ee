"""The grammar of late fees: trigger, steps, limits at four scopes, and what small orders get instead.

A policy is data. What it comes to for one account on one day is computed by `collectkit.schedules.charges`; what the law
of the place allows is asked of the compliance gate and not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum
from typing import Any, Literal, TypeAlias

import attrs

from collectkit._checks import day, one_of, whole
from collectkit.errors import PolicyError
from collectkit.ledger import FeeStep
from collectkit.money import Money, Rounding, divide

__all__ = [
    "Band",
    "FeeBase",
    "FeeCaps",
    "FeeDue",
    "FeePeriod",
    "FeePrices",
    "FeeReason",
    "FeeReturns",
    "FeeTax",
    "FeeTrigger",
    "LateFeePolicy",
    "Tier",
]

FeeDue: TypeAlias = Literal["with_installment", "next_due", "own_line"]
FeeTrigger: TypeAlias = Literal["due_date", "retries_ended"]
FeeBase: TypeAlias = Literal["unpaid", "installment", "order"]
FeePeriod: TypeAlias = Literal["rolling", "contract_years"]
FeeReturns: TypeAlias = Literal["given_up", "kept"]
FeePrices: TypeAlias = Literal["with_tax", "without_tax"]

WHOLE_BP = 10_000


def _amount(instance: object, attribute: attrs.Attribute[Money | None], value: Money | None) -> None:
    if value is not None and (not isinstance(value, Money) or value.minor < 0):
        raise PolicyError(f"{attribute.name} must be an amount of money, not negative, got {value}; nothing was loaded")


def _price(instance: object, attribute: attrs.Attribute[Money], value: Money) -> None:
    if not isinstance(value, Money) or value.minor <= 0:
        raise PolicyError(f"{attribute.name} must be an amount of money, more than zero, got {value}; nothing was loaded")


_whole_or_none = attrs.validators.optional(whole)


def _word(*words: str) -> Callable[[object, attrs.Attribute[Any], Any], None]:
    return one_of(*words, error=PolicyError, not_done="nothing was loaded")


@attrs.frozen
class Tier:
    """
    One step of the fee.

    Attributes:
        after_days: Days after the first step; the first has 0.
        amount: Flat fee; None when it is a share only.
        percent_bp: Share of *of*, in basis points, rounded down. With both, the lower counts.
        of: What a share is taken of: what is ``unpaid`` of the installment, the whole ``installment``, or the ``order``.

    Raises:
        PolicyError: Neither amount nor share, or one of them negative.
    """

    after_days: int = attrs.field(default=0, validator=whole)
    amount: Money | None = attrs.field(default=None, validator=_amount)
    percent_bp: int | None = attrs.field(default=None, validator=_whole_or_none)
    of: FeeBase = attrs.field(default="unpaid", validator=_word("unpaid", "installment", "order"))

    def __attrs_post_init__(self) -> None:
        if self.amount is None and self.percent_bp is None:
            raise PolicyError("a fee tier needs an amount or a percent_bp; nothing was loaded")


@attrs.frozen
class FeeCaps:
    """
    What late fees may never exceed; None is no limit. Where two limits apply, the lower counts.

    Attributes:
        per_installment: Sum of the fees of one installment.
        per_installment_bp: The same as a share of the installment, in basis points, rounded down.
        count_per_installment: How many fees one installment may bear; one that was wholly waived is not counted.
        per_order: Sum of the fees of the account.
        per_order_bp: The same as a share of the contract's total.
        count_per_order: How many fees the account may bear; one that was wholly waived is not counted.
        per_person_12m: Sum over all accounts of the person in twelve months.
        person_period: Which twelve months: ``rolling`` up to the day, or ``contract_years`` counted from the day of the
            person's first contract, as fee periods of the law are.
    """

    per_installment: Money | None = attrs.field(default=None, validator=_amount)
    per_installment_bp: int | None = attrs.field(default=None, validator=_whole_or_none)
    count_per_installment: int | None = attrs.field(default=None, validator=_whole_or_none)
    per_order: Money | None = attrs.field(default=None, validator=_amount)
    per_order_bp: int | None = attrs.field(default=None, validator=_whole_or_none)
    count_per_order: int | None = attrs.field(default=None, validator=_whole_or_none)
    per_person_12m: Money | None = attrs.field(default=None, validator=_amount)
    person_period: FeePeriod = attrs.field(default="rolling", validator=_word("rolling", "contract_years"))

    @property
    def amounts(self) -> Iterator[Money]:
        """Yield the limits that are amounts."""
        return (amount for amount in (self.per_installment, self.per_order, self.per_person_12m) if amount is not None)


@attrs.frozen
class Band:
    """
    What orders below a price follow in place of the policy's own steps and limits.

    Attributes:
        below: Orders of less than this.
        tiers: Their steps; empty charges nothing.
        caps: Their limits.
    """

    below: Money = attrs.field(validator=_price)
    tiers: tuple[Tier, ...] = attrs.field(default=(), converter=tuple)
    caps: FeeCaps = FeeCaps()


@attrs.frozen
class FeeTax:
    """
    The tax that fees bear, such as value added tax.

    Limits hold for what the person is asked, fee and tax together; what a limit cuts, it cuts of both.

    Attributes:
        rate_bp: The rate in basis points; 1600 is 16 percent.
        prices: Whether the amounts and shares of the policy are said ``with_tax``, as prices to consumers are, or
            ``without_tax``: then it comes on top of them.
        source: The law that says so.

    Raises:
        PolicyError: A rate that is not 1 to 10,000 basis points, or other prices.
    """

    rate_bp: int = attrs.field()
    prices: FeePrices = attrs.field(default="with_tax", validator=_word("with_tax", "without_tax"))
    source: str = ""

    @rate_bp.validator
    def _is_rate(self, attribute: attrs.Attribute[int], value: int) -> None:
        if type(value) is not int or not 1 <= value <= WHOLE_BP:
            raise PolicyError(f"rate_bp must be 1 to {WHOLE_BP} basis points, got {value!r}; nothing was loaded")

    @classmethod
    def of(cls, step: FeeStep) -> FeeTax | None:
        """Return the tax that a step was asked with; None for none."""
        return cls(step.tax_bp, step.tax_prices) if step.tax_prices else None

    def priced(self, minor: int) -> int:
        """
        Return what the person is asked where the policy says *minor*, in minor units.

        >>> FeeTax(1600).priced(1000), FeeTax(1600, "without_tax").priced(1000)
        (1000, 1160)
        """
        return minor if self.prices == "with_tax" else minor + divide(minor * self.rate_bp, WHOLE_BP, Rounding.HALF_UP)

    def within(self, minor: int) -> int:
        """
        Return how much of what the person is asked is tax, rounded half up: what `priced` put on top, where it did.

        >>> FeeTax(1600).within(1000), FeeTax(1600, "without_tax").within(1160)
        (138, 160)
        """
        return divide(minor * self.rate_bp, WHOLE_BP + self.rate_bp, Rounding.HALF_UP)


@attrs.frozen
class LateFeePolicy:
    """
    When an unpaid installment costs a fee, and how much at most.

    The first fee falls due on the first day that is more than *grace_days* past due: with 0 on the day after the
    due date. Whatever the caps, the fees of an installment never exceed what is unpaid of it.

    Attributes:
        tiers: In the order of their days; empty charges nothing.
        grace_days: Days past due without a fee.
        caps: Limits.
        due: When the fee falls due: ``with_installment`` on the due date of the late one, ``next_due`` with the next
            one (on the day itself when there is none), ``own_line`` on the day it is assessed.
        trigger: ``due_date``: the grace is all that is waited for; ``retries_ended``: the fee also waits until the last try to
            collect the installment has failed.
        repeat_every_days: After the last step a fee like it falls due again after so many days, until a cap ends it; 0 for never.
        bands: What small orders follow instead, smallest first.
        bought_from: Only purchases on this day or later bear fees; None for all.
        returned: Whether a fee on what is returned later is ``given_up`` or ``kept``; see `collectkit.schedules.review_fees`.
        tax: What tax the fees bear; None for none.

    Raises:
        PolicyError: Days or bands that do not rise, a repetition without an end, or amounts of two currencies.
    """

    tiers: tuple[Tier, ...] = attrs.field(default=(), converter=tuple)
    grace_days: int = attrs.field(default=0, validator=whole)
    caps: FeeCaps = FeeCaps()
    due: FeeDue = attrs.field(default="next_due", validator=_word("with_installment", "next_due", "own_line"))
    trigger: FeeTrigger = attrs.field(default="due_date", validator=_word("due_date", "retries_ended"))
    repeat_every_days: int = attrs.field(default=0, validator=whole)
    bands: tuple[Band, ...] = attrs.field(default=(), converter=tuple)
    bought_from: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))
    returned: FeeReturns = attrs.field(default="given_up", validator=_word("given_up", "kept"))
    tax: FeeTax | None = None

    def __attrs_post_init__(self) -> None:
        for tiers in (self.tiers, *(band.tiers for band in self.bands)):
            days = [tier.after_days for tier in tiers]
            if days != sorted(set(days)):
                raise PolicyError(f"the after_days of fee tiers must rise, got {days}; nothing was loaded")
        if len(self.currencies) > 1:
            raise PolicyError(f"a fee policy has one currency, got {', '.join(sorted(self.currencies))}; nothing was loaded")
        below = [band.below.minor for band in self.bands]
        if below != sorted(set(below)):
            raise PolicyError(f"bands of a fee policy rise by what they are below, got {below}; nothing was loaded")

    @property
    def currencies(self) -> frozenset[str]:
        """Return the currency of the amounts; empty when all is given in shares."""
        amounts = [tier.amount for tiers in (self.tiers, *(band.tiers for band in self.bands)) for tier in tiers]
        amounts += [*self.caps.amounts, *(amount for band in self.bands for amount in (band.below, *band.caps.amounts))]
        return frozenset(amount.currency for amount in amounts if amount is not None)

    @property
    def counts_person(self) -> bool:
        """Return whether what a person was charged on other accounts matters."""
        return any(caps.per_person_12m is not None for caps in (self.caps, *(band.caps for band in self.bands)))

    def of_order(self, total_minor: int, bought_on: date) -> tuple[tuple[Tier, ...], FeeCaps]:
        """Return the steps and limits of an order of that price, bought on that day."""
        if self.bought_from is not None and bought_on < self.bought_from:
            return (), self.caps
        band = next((band for band in self.bands if total_minor < band.below.minor), None)
        return (self.tiers, self.caps) if band is None else (band.tiers, band.caps)


class FeeReason(Enum):
    """Which limit left no room for a fee."""

    COUNT_PER_ORDER = "count_per_order"
    """The account bears as many fees as it may."""
    UNPAID_INSTALLMENT = "unpaid_installment"
    """The fees of the installment have reached what is unpaid of it."""
    PER_INSTALLMENT = "per_installment"
    """The fees of the installment have reached their limit."""
    PER_ORDER = "per_order"
    """The fees of the account have reached their limit."""
    PER_PERSON_12M = "per_person_12m"
    """The fees of the person in twelve months have reached their limit."""
    NOTHING_TO_CHARGE = "nothing_to_charge"
    """The tier itself comes to zero."""
    COUNT_PER_INSTALLMENT = "count_per_installment"
    """The installment bears as many fees as it may."""
    LAW = "law"
    """A rule of law stands against it, whatever the contract says."""
