"""Late fees: when one falls due, how much it may be, and why it is that much.

A fee is asked once per installment and tier, under an id made of both, so that a second run adds nothing. Payments
of the day come first: an installment that is paid on the day bears no fee of that day. What would break a cap is
clipped to the headroom; where there is none, that is recorded. Holds and the law of the place are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from hashlib import sha256
from typing import Literal, TypeAlias

import attrs

from collectkit.errors import CurrencyMismatchError, PolicyError
from collectkit.identifiers import AccountId, EntryId
from collectkit.ledger import Charge, Waiver
from collectkit.money import Money, Rounding, divide
from collectkit.schedules.book import Book

__all__ = ["FeeCaps", "FeeReason", "FeeRefused", "LateFeePolicy", "Tier", "late_fee_id", "late_fees", "next_fee_on"]

FeeDue: TypeAlias = Literal["with_installment", "next_due", "own_line"]

WHOLE_BP = 10_000
_ID_PREFIX = "late-fee/"
_ACCOUNT_LENGTH_MAX = 100


def _amount(instance: object, attribute: attrs.Attribute[Money | None], value: Money | None) -> None:
    if value is not None and (not isinstance(value, Money) or value.minor < 0):
        raise PolicyError(f"{attribute.name} must be an amount of money, not negative, got {value}; nothing was loaded")


def _whole(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 0:
        raise PolicyError(f"{attribute.name} must be a whole number, at least 0, got {value!r}; nothing was loaded")


_whole_or_none = attrs.validators.optional(_whole)


@attrs.frozen
class Tier:
    """
    One step of the fee.

    Attributes:
        after_days: Days after the first step; the first has 0.
        amount: Flat fee; None when it is a share only.
        percent_bp: Share of what is unpaid of the installment, in basis points, rounded down. With both, the lower counts.

    Raises:
        PolicyError: Neither amount nor share, or one of them negative.
    """

    after_days: int = attrs.field(default=0, validator=_whole)
    amount: Money | None = attrs.field(default=None, validator=_amount)
    percent_bp: int | None = attrs.field(default=None, validator=_whole_or_none)

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
        per_order: Sum of the fees of the account.
        per_order_bp: The same as a share of the contract's total.
        count_per_order: How many fees the account may bear; one that was wholly waived is not counted.
        per_person_12m: Sum over all accounts of the person in twelve months.
    """

    per_installment: Money | None = attrs.field(default=None, validator=_amount)
    per_installment_bp: int | None = attrs.field(default=None, validator=_whole_or_none)
    per_order: Money | None = attrs.field(default=None, validator=_amount)
    per_order_bp: int | None = attrs.field(default=None, validator=_whole_or_none)
    count_per_order: int | None = attrs.field(default=None, validator=_whole_or_none)
    per_person_12m: Money | None = attrs.field(default=None, validator=_amount)


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

    Raises:
        PolicyError: Tiers whose days do not rise, another word for *due*, or amounts of two currencies.
    """

    tiers: tuple[Tier, ...] = attrs.field(default=(), converter=tuple)
    grace_days: int = attrs.field(default=0, validator=_whole)
    caps: FeeCaps = FeeCaps()
    due: FeeDue = "next_due"

    def __attrs_post_init__(self) -> None:
        days = [tier.after_days for tier in self.tiers]
        if days != sorted(set(days)):
            raise PolicyError(f"the after_days of fee tiers must rise, got {days}; nothing was loaded")
        if self.due not in ("with_installment", "next_due", "own_line"):
            raise PolicyError(f"a late fee is due 'with_installment', 'next_due' or 'own_line', got {self.due!r}; nothing was loaded")
        if len(self.currencies) > 1:
            raise PolicyError(f"a fee policy has one currency, got {', '.join(sorted(self.currencies))}; nothing was loaded")

    @property
    def currencies(self) -> frozenset[str]:
        """Return the currency of the amounts; empty when all is given in shares."""
        amounts = [tier.amount for tier in self.tiers]
        amounts += [self.caps.per_installment, self.caps.per_order, self.caps.per_person_12m]
        return frozenset(amount.currency for amount in amounts if amount is not None)


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


@attrs.frozen
class FeeRefused:
    """
    A fee that fell due and may not be charged.

    Attributes:
        id: The id the charge would have had.
        account: On which account.
        installment: Number of the late installment.
        tier: Number of the tier, from 1.
        reason: Which limit left no room; the first in the enum's order.
        why: A sentence for a person.
    """

    id: EntryId
    account: AccountId
    installment: int
    tier: int
    reason: FeeReason
    why: str


def late_fee_id(account: str, installment: int, tier: int) -> EntryId:
    """
    Return the id of the fee of that tier, numbered from 1, on that installment.

    >>> late_fee_id("a-1", 2, 1)
    EntryId('late-fee/a-1/2/1')
    """
    if len(account) > _ACCOUNT_LENGTH_MAX:
        account = sha256(account.encode()).hexdigest()
    return EntryId(f"{_ID_PREFIX}{account}/{installment}/{tier}")


def late_fees(book: Book, policy: LateFeePolicy, *, account: str, charged_to_person_12m_minor: int = 0) -> tuple[Charge | FeeRefused, ...]:
    """
    Return the late fees that fall due by the book's day and are not on the book yet.

    Args:
        book: The account with all postings of the day.
        policy: When, how much, and the caps.
        account: Id of the account.
        charged_to_person_12m_minor: Late fees of the person over all accounts in the twelve months to the day, those
            on this account included, waivers taken off.

    Returns:
        By installment and tier; a fee that no cap leaves room for as `FeeRefused`, never silence.

    Raises:
        CurrencyMismatchError: The policy is in another currency than the plan.
    """
    if policy.currencies - {book.plan.currency}:
        raise CurrencyMismatchError(
            f"the fee policy is in {', '.join(policy.currencies)}, the plan in {book.plan.currency}; nothing was charged"
        )
    account = AccountId(account)
    borne = _Borne(book, charged_to_person_12m_minor)
    known = {entry.id for entry in book.entries if isinstance(entry, Charge)}
    results: list[Charge | FeeRefused] = []
    for number, tier, on in _steps(book, policy):
        id = late_fee_id(account, number, tier)
        if on > book.as_of or id in known:
            continue
        minor, reason, why = _allowed(policy, policy.tiers[tier - 1], number, borne)
        why = f"tier {tier} on installment {number}, {(book.as_of - book.plan.due_on[number - 1]).days} days past due: {why}"
        if not minor:
            results.append(FeeRefused(id, account, number, tier, reason, why))
            continue
        borne.add(number, minor)
        due_on = _due_on(book, policy, number)
        results.append(Charge(id, account, "fee", Money(minor, book.plan.currency), book.as_of, due_on, number, why))
    return tuple(results)


def next_fee_on(book: Book, policy: LateFeePolicy, *, account: str) -> date | None:
    """
    Return the first day after the book's day on which a fee falls due if nothing is paid; None when there is none.

    Whether a cap then leaves room for it is not asked.
    """
    known = {entry.id for entry in book.entries if isinstance(entry, Charge)}
    days = (on for number, tier, on in _steps(book, policy) if on > book.as_of and late_fee_id(account, number, tier) not in known)
    return min(days, default=None)


def _steps(book: Book, policy: LateFeePolicy) -> Iterator[tuple[int, int, date]]:
    """Yield number, tier and day of each fee that an unpaid installment brings, sooner or later."""
    for due, source in enumerate(book.sources):
        if isinstance(source, int) and book.settled_on[due] is None:
            for index, tier in enumerate(policy.tiers):
                yield source, index + 1, book.due_on[due] + timedelta(days=policy.grace_days + tier.after_days + 1)


class _Borne:
    """What the account and the person bear in late fees already, waivers taken off."""

    def __init__(self, book: Book, person_minor: int) -> None:
        self.book = book
        self.person = person_minor
        self.count = 0
        self.order = 0
        self.by_number: dict[int, int] = {}
        self.unpaid = {source: book.unpaid_of(due) for due, source in enumerate(book.sources) if isinstance(source, int)}
        given_up: dict[str, int] = {}
        for entry in book.entries:
            if isinstance(entry, Waiver):
                given_up[entry.charge] = given_up.get(entry.charge, 0) + entry.amount.minor
        for entry in book.entries:
            if isinstance(entry, Charge) and entry.id.startswith(_ID_PREFIX):
                minor = entry.amount.minor - given_up.get(entry.id, 0)
                self._bear(entry.installment, minor, minor > 0)

    def add(self, number: int, minor: int) -> None:
        """Count one more fee."""
        self._bear(number, minor, True)
        self.person += minor

    def _bear(self, number: int, minor: int, counts: bool) -> None:
        self.count += counts
        self.order += minor
        self.by_number[number] = self.by_number.get(number, 0) + minor


def _allowed(policy: LateFeePolicy, tier: Tier, number: int, borne: _Borne) -> tuple[int, FeeReason, str]:
    """Return the fee in minor units after all caps, the limit that decided, and the words for it."""
    currency = borne.book.plan.currency
    wanted, words = _wanted(tier, borne.unpaid[number], currency)
    limit, reason, said = wanted, FeeReason.NOTHING_TO_CHARGE, ""
    if policy.caps.count_per_order is not None and borne.count >= policy.caps.count_per_order:
        return 0, FeeReason.COUNT_PER_ORDER, f"{words}; refused: {borne.count} of {policy.caps.count_per_order} fees are on the order"
    for which, cap, used, name in _limits(policy.caps, number, borne):
        if cap - used < limit:
            limit, reason = max(0, cap - used), which
            said = f"{name} is {Money(cap, currency)}, of which {Money.aggregate(used, currency)} is used"
    if limit == wanted:
        return wanted, reason, words
    verb = f"clipped to {Money(limit, currency)}" if limit else "refused"
    return limit, reason, f"{words}; {verb}: {said}"


def _wanted(tier: Tier, unpaid: int, currency: str) -> tuple[int, str]:
    """Return what the tier asks for, and the words for it."""
    flat = tier.amount.minor if tier.amount is not None else None
    if tier.percent_bp is None:
        assert flat is not None
        return flat, f"flat {Money(flat, currency)}"
    share = divide(unpaid * tier.percent_bp, WHOLE_BP, Rounding.DOWN)
    words = f"{_percent(tier.percent_bp)} of {Money(unpaid, currency)} is {Money(share, currency)}"
    if flat is None:
        return share, words
    return min(flat, share), f"the lower of {Money(flat, currency)} and {words}"


def _limits(caps: FeeCaps, number: int, borne: _Borne) -> Iterator[tuple[FeeReason, int, int, str]]:
    """Yield each money limit with what is used of it, in the order of `FeeReason`."""
    plan = borne.book.plan
    on_installment = borne.by_number.get(number, 0)
    yield FeeReason.UNPAID_INSTALLMENT, borne.unpaid[number], on_installment, "what is unpaid of the installment"
    if caps.per_installment is not None:
        yield FeeReason.PER_INSTALLMENT, caps.per_installment.minor, on_installment, "the cap per installment"
    if caps.per_installment_bp is not None:
        cap = divide(plan.installment(number).amount.minor * caps.per_installment_bp, WHOLE_BP, Rounding.DOWN)
        yield FeeReason.PER_INSTALLMENT, cap, on_installment, f"the cap of {_percent(caps.per_installment_bp)} of the installment"
    if caps.per_order is not None:
        yield FeeReason.PER_ORDER, caps.per_order.minor, borne.order, "the cap per order"
    if caps.per_order_bp is not None:
        cap = divide(plan.total_minor * caps.per_order_bp, WHOLE_BP, Rounding.DOWN)
        yield FeeReason.PER_ORDER, cap, borne.order, f"the cap of {_percent(caps.per_order_bp)} of the order"
    if caps.per_person_12m is not None:
        yield FeeReason.PER_PERSON_12M, caps.per_person_12m.minor, borne.person, "the cap per person in twelve months"


def _percent(bp: int) -> str:
    """
    Write basis points as percent.

    >>> _percent(2500), _percent(250)
    ('25%', '2.5%')
    """
    return f"{bp // 100}.{bp % 100:02d}".rstrip("0").rstrip(".") + "%"


def _due_on(book: Book, policy: LateFeePolicy, number: int) -> date:
    if policy.due == "with_installment":
        return book.plan.due_on[number - 1]
    if policy.due == "next_due":
        return next((day for day in book.plan.due_on if day > book.as_of), book.as_of)
    return book.as_of
