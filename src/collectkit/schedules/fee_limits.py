"""Limits of late fees at four scopes, and what counts against them: of the installment, of the order, of a person in twelve months.

What counts is asked of a day and of what is known: a fee that turned out unfounded never used any room, what a person gave up of a fee
frees its room from that day on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

import attrs

from collectkit.calendars.dates import add_months
from collectkit.identifiers import AccountId
from collectkit.ledger import Charge, Entry, Undo, Waiver
from collectkit.money import Money, Rounding, divide
from collectkit.schedules._folding.counting import counting
from collectkit.schedules.book import Book
from collectkit.schedules.fee_terms import WHOLE_BP, FeeCaps, FeePeriod, FeeReason, LateFeePolicy
from collectkit.schedules.plan import Plan

__all__ = ["Borne", "FeeLimits", "Limit", "OtherFees", "fee_period", "late_fees_borne", "percent", "step_id", "step_number"]

FEE_PREFIX = "late-fee/"
UNDONE_PREFIX = "late-fee-undone/"
_REST = re.compile(r"/rest(/\d+)?$")


def percent(bp: int) -> str:
    """
    Write basis points as percent.

    >>> percent(2500), percent(250)
    ('25%', '2.5%')
    """
    return f"{bp // 100}.{bp % 100:02d}".rstrip("0").rstrip(".") + "%"


def step_id(id: str) -> str:
    """
    Return the id of the step of a fee; the rest of a fee that a limit had cut is of the same step.

    >>> step_id("late-fee/a-1/2/1/rest")
    'late-fee/a-1/2/1'
    """
    return _REST.sub("", id)


def step_number(id: str) -> int:
    """
    Return the number of the step from the id of a late fee or of the rest of one, which is asked by no step of its own; 0 for neither.

    >>> step_number("late-fee/a-1/2/1/rest"), step_number("late-fee/imported")
    (1, 0)
    """
    number = step_id(id).rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


_NO_OTHERS: Mapping[AccountId, tuple[Entry, ...]] = MappingProxyType({})


@attrs.frozen
class OtherFees:
    """
    What the person bears on other accounts: it counts where a policy limits what they bear in all.

    Attributes:
        entries: Of each other account in the currency of the policy.
        first_contract_on: Day of the person's first contract, from which contract years are counted; None for this account's.
    """

    entries: Mapping[AccountId, tuple[Entry, ...]] = _NO_OTHERS
    first_contract_on: date | None = None


ALONE = OtherFees()


@attrs.frozen
class Limit:
    """
    One limit, and what is used of it: minor units, or a number of fees.

    Attributes:
        reason: Which.
        most: The limit.
        used: What counts against it.
        name: In the words of a trace.
        counts: Whether fees are counted and not their minor units.
    """

    reason: FeeReason
    most: int
    used: int
    name: str
    counts: bool = False

    def left(self, wanted: int) -> int:
        """Return how many of the minor units that are wanted it leaves."""
        if self.counts:
            return wanted if self.used < self.most else 0
        return max(0, min(wanted, self.most - self.used))

    def since(self, then: Limit, amount: int) -> Limit:
        """
        Return the limit for a fee of that amount that was charged under it.

        What was allowed by what counted *then* is allowed: a policy that became stricter since cuts no fee of the past.
        """
        return attrs.evolve(self, most=max(self.most, then.used + (1 if self.counts else amount)))

    def said(self, currency: str) -> str:
        """Return how much of it is used, for a person."""
        if self.counts:
            return f"{self.used} of {self.most} fees are on the {self.name}"
        return f"{self.name} is {Money.aggregate(self.most, currency)}, of which {Money.aggregate(self.used, currency)} is used"


class Borne:
    """What an account and its person bear in late fees, waivers taken off, in minor units."""

    def __init__(self, person_minor: int = 0) -> None:
        self.person = person_minor
        self.order = 0
        self.by_number: dict[int, int] = {}
        self._steps: dict[int, set[str]] = {}
        self._by_day: dict[date, int] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry], person_minor: int = 0) -> Borne:
        """
        Return what the entries of an account leave of late fees.

        Args:
            entries: All that counts; what was taken back is left out here.
            person_minor: Of the person over all accounts, those of this one included.
        """
        borne, held = cls(), _standing(entries)
        given_up = _given_up(held)
        for entry in held:
            if isinstance(entry, Charge) and entry.id.startswith(FEE_PREFIX):
                left = entry.amount.minor - given_up.get(entry.id, 0)
                borne.add(entry.id, entry.installment, left)
                borne._by_day[entry.value_on] = borne._by_day.get(entry.value_on, 0) + left
        borne.person = person_minor
        return borne

    def add(self, id: str, installment: int, minor: int) -> None:
        """Count one more fee; one of which nothing is left counts for none."""
        self.order += minor
        self.person += minor
        self.by_number[installment] = self.by_number.get(installment, 0) + minor
        if minor > 0:
            self._steps.setdefault(installment, set()).add(step_id(id))

    def order_since(self, first: date) -> int:
        """Return what the entries of the account leave of the fees asked from *first* on."""
        return sum(minor for day, minor in self._by_day.items() if day >= first)

    def count(self, installment: int | None = None) -> int:
        """Return the number of fees, of an installment or of all."""
        held = self._steps.values() if installment is None else [self._steps.get(installment, set())]
        return sum(map(len, held))


@attrs.frozen
class FeeLimits:
    """
    The limits that a policy sets for one order.

    Attributes:
        caps: What the policy has.
        plan: Of the account as it stands, for shares of an installment, which are rounded down.
        order_minor: What the contract asks for in all.
    """

    caps: FeeCaps
    plan: Plan
    order_minor: int

    @classmethod
    def of(cls, book: Book, policy: LateFeePolicy) -> FeeLimits:
        """Return the limits of the account of a book."""
        total = book.contract.total_minor
        return cls(policy.of_order(total, book.contract.bought_on)[1], book.plan, total)

    def counts(self, borne: Borne, installment: int) -> Iterator[Limit]:
        """Yield the limits of how many fees there may be."""
        caps = self.caps
        if caps.count_per_order is not None:
            yield Limit(FeeReason.COUNT_PER_ORDER, caps.count_per_order, borne.count(), "order", counts=True)
        if caps.count_per_installment is not None:
            on_it = borne.count(installment)
            yield Limit(FeeReason.COUNT_PER_INSTALLMENT, caps.count_per_installment, on_it, "installment", counts=True)

    def amounts(self, borne: Borne, installment: int) -> Iterator[Limit]:
        """Yield the limits of what fees come to, from the narrowest scope to the widest."""
        caps, on_it = self.caps, borne.by_number.get(installment, 0)
        if caps.per_installment is not None:
            yield Limit(FeeReason.PER_INSTALLMENT, caps.per_installment.minor, on_it, "the cap per installment")
        if caps.per_installment_bp is not None:
            most = divide(self.plan.installment(installment).amount.minor * caps.per_installment_bp, WHOLE_BP, Rounding.DOWN)
            yield Limit(FeeReason.PER_INSTALLMENT, most, on_it, f"the cap of {percent(caps.per_installment_bp)} of the installment")
        if caps.per_order is not None:
            yield Limit(FeeReason.PER_ORDER, caps.per_order.minor, borne.order, "the cap per order")
        if caps.per_order_bp is not None:
            most = divide(self.order_minor * caps.per_order_bp, WHOLE_BP, Rounding.DOWN)
            yield Limit(FeeReason.PER_ORDER, most, borne.order, f"the cap of {percent(caps.per_order_bp)} of the order")
        if caps.per_person_12m is not None:
            yield Limit(FeeReason.PER_PERSON_12M, caps.per_person_12m.minor, borne.person, "the cap per person in twelve months")


def fee_period(first_contract_on: date, on: date, period: FeePeriod = "contract_years") -> tuple[date, date]:
    """
    Return the twelve months of fees in which a day lies: first and last day, both inclusive.

    Args:
        first_contract_on: Day of the person's first contract; contract years are counted from it.
        on: The day.
        period: ``contract_years``, or ``rolling`` for the twelve months that end on the day.

    Source:
        The policy, which follows the law of the place: contract years are the fee periods of Australian low-cost credit,
        National Consumer Credit Protection Regulations 2010 reg 69G, in force since 2025-06-10.

    >>> fee_period(date(2025, 6, 20), date(2026, 6, 19))
    (datetime.date(2025, 6, 20), datetime.date(2026, 6, 19))
    """
    if period == "rolling":
        return add_months(on, -12) + timedelta(days=1), on
    years = max(0, on.year - first_contract_on.year)
    if add_months(first_contract_on, 12 * years) > on:
        years = max(0, years - 1)
    return add_months(first_contract_on, 12 * years), add_months(first_contract_on, 12 * (years + 1)) - timedelta(days=1)


def late_fees_borne(entries: Iterable[Entry], first: date, last: date, *, known_on: date | None = None) -> int:
    """
    Return the late fees assessed from *first* to *last*, both inclusive, less what was given up of them by *last*, in minor units.

    Args:
        entries: Of any accounts in one currency.
        first: First day of the period.
        last: Last day of the period, or the day asked about.
        known_on: Day up to which it is known what turned out unfounded; such a fee never counted. None for *last*, as it was believed then.

    Source:
        What is recorded. Days are calendar days in the account's time zone.
    """
    known = last if known_on is None else known_on
    held = _standing(entry for entry in entries if entry.value_on <= last or (entry.value_on <= known and _corrects(entry)))
    given_up = _given_up(held)
    charged = (entry for entry in held if isinstance(entry, Charge) and entry.id.startswith(FEE_PREFIX) and first <= entry.value_on <= last)
    return sum(entry.amount.minor - given_up.get(entry.id, 0) for entry in charged)


def _corrects(entry: Entry) -> bool:
    """Whether an entry says that something never should have been, and not that it was given up."""
    return isinstance(entry, Undo) or (isinstance(entry, Waiver) and entry.id.startswith(UNDONE_PREFIX))


def _standing(entries: Iterable[Entry]) -> list[Entry]:
    """Return the fees and waivers that were not taken back."""
    return counting([entry for entry in entries if isinstance(entry, Charge | Waiver | Undo)])


def _given_up(entries: Iterable[Entry]) -> dict[str, int]:
    minor: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, Waiver):
            minor[entry.charge] = minor.get(entry.charge, 0) + entry.amount.minor
    return minor
