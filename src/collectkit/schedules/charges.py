"""Late fees: when one falls due, how much it may be, and why it is that much.

A fee is asked once per installment and step, under an id made of both, so that a second run adds nothing. Payments
of the day come first: an installment that is paid on the day bears no fee of that day. What would break a cap is
clipped to the headroom; where there is none, that is recorded. The law of the place is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import ClassVar

import attrs

from collectkit.calendars.spans import NEVER, NO_DAYS, Spans
from collectkit.errors import CurrencyMismatchError
from collectkit.identifiers import AccountId, EntryId, derived
from collectkit.ledger import Charge, FeeStep
from collectkit.money import Money, Rounding, divide
from collectkit.schedules.book import Book
from collectkit.schedules.fee_limits import FEE_PREFIX, Borne, FeeLimits, Limit, fee_period, late_fees_borne, percent
from collectkit.schedules.fee_terms import WHOLE_BP, Band, FeeCaps, FeeDue, FeeReason, FeeTax, LateFeePolicy, Tier

__all__ = [
    "Band",
    "FeeCaps",
    "FeeDue",
    "FeeReason",
    "FeeRefused",
    "FeeTax",
    "LateFeePolicy",
    "LateFeeRefused",
    "Tier",
    "fee_period",
    "late_fee_id",
    "late_fees",
    "late_fees_borne",
    "next_fee_on",
]

ACCOUNT_LENGTH_MAX = 100
"""Of an account's id that stands whole in the ids of entries which the library makes."""

_NO_RETRIES: Mapping[int, date] = MappingProxyType({})


@attrs.frozen
class FeeRefused:
    """
    A fee that fell due and may not be charged.

    Attributes:
        id: The id the charge would have had.
        account: On which account.
        installment: Number of the late installment.
        tier: Number of the step, from 1.
        reason: Which limit left no room; of several that left equally little, the first by name of the scope.
        why: A sentence for a person.
    """

    id: EntryId
    account: AccountId
    installment: int
    tier: int
    reason: FeeReason
    why: str


@attrs.frozen
class LateFeeRefused:
    """
    A fee that fell due was not charged, because a limit left no room; kept so that it can be told later why there is none.

    Attributes:
        refused: Which, and why.
        on: The business date.
    """

    TYPE: ClassVar[str] = "late-fee-refused/1"

    refused: FeeRefused
    on: date


def late_fee_id(account: str, installment: int, tier: int) -> EntryId:
    """
    Return the id of the fee of that step, numbered from 1, on that installment.

    >>> late_fee_id("a-1", 2, 1)
    EntryId('late-fee/a-1/2/1')
    """
    return EntryId(derived(account, before=FEE_PREFIX, after=f"/{installment}/{tier}", room=ACCOUNT_LENGTH_MAX))


def late_fees(
    book: Book,
    policy: LateFeePolicy,
    *,
    account: str,
    charged_to_person_12m_minor: int = 0,
    paused: Spans = NO_DAYS,
    retries_ended_on: Mapping[int, date] = _NO_RETRIES,
) -> tuple[Charge | FeeRefused, ...]:
    """
    Return the late fees that fall due by the book's day, that day included, and are not on the book yet.

    Amounts are whole minor units, and shares are rounded down. Days are calendar days in the account's time zone; with no grace the
    first fee falls due on the day after the due date.

    Args:
        book: The account with all postings of the day.
        policy: When, how much, and the caps.
        account: Id of the account.
        charged_to_person_12m_minor: Late fees of the person over all accounts in the policy's twelve months, those
            on this account included, waivers taken off; see `late_fees_borne`.
        paused: Days on which a hold stops fees: they do not count toward grace and steps, and bear no fee.
        retries_ended_on: By number of the installment, the day on which the last try to collect it failed; an installment that
            is not there is still being tried. Matters to a policy that waits for it.

    Returns:
        By installment and step; a fee that no cap leaves room for as `FeeRefused`, never silence.

    Raises:
        CurrencyMismatchError: The policy is in another currency than the plan.

    Source:
        The contract and the law it is under, as the policy holds them; no amount and no limit is of this library.
    """
    if policy.currencies - {book.plan.currency}:
        raise CurrencyMismatchError(
            f"the fee policy is in {', '.join(policy.currencies)}, the plan in {book.plan.currency}; nothing was charged"
        )
    if book.as_of in paused:
        return ()
    account = AccountId(account)
    known = {entry.id for entry in book.entries if isinstance(entry, Charge)}
    results: list[Charge | FeeRefused] = []
    asking: _Asking | None = None
    for step in _steps(book, policy, paused, retries_ended_on):
        id = late_fee_id(account, step.installment, step.number)
        if id in known:
            continue
        asking = asking or _Asking(book, policy, charged_to_person_12m_minor)
        minor, limit, why = asking.allowed(step)
        why = f"tier {step.number} on installment {step.installment}, {(book.as_of - step.due_on).days} days past due: {why}"
        if not minor:
            reason = limit.reason if limit is not None else FeeReason.NOTHING_TO_CHARGE
            results.append(FeeRefused(id, account, step.installment, step.number, reason, why))
            continue
        asking.borne.add(id, step.installment, minor)
        due_on = fee_due_on(book, policy, step.due_on)
        amount, asked = Money(minor, book.plan.currency), step.asked(limit, policy.tax)
        fee = Charge(id, account, "fee", amount, book.as_of, due_on, step.installment, why, asked)
        results.append(with_fee_tax(fee, policy.tax))
    return tuple(results)


def next_fee_on(
    book: Book,
    policy: LateFeePolicy,
    *,
    account: str,
    paused: Spans = NO_DAYS,
    retries_ended_on: Mapping[int, date] = _NO_RETRIES,
) -> date | None:
    """
    Return the first day after the book's day on which a fee falls due if nothing is paid; None when there is none.

    Whether a cap then leaves room for it is not asked.

    Args:
        book: The account, on a calendar day in its time zone.
        policy: When; see `late_fees`, whose days these are.
        account: Id of the account.
        paused: Days on which a hold stops fees.
        retries_ended_on: By number of the installment, the day on which the last try to collect it failed.

    Source:
        As for `late_fees`.
    """
    known = {entry.id for entry in book.entries if isinstance(entry, Charge)}
    days = (
        step.on
        for step in _steps(book, policy, paused, retries_ended_on, ahead=True)
        if step.on > book.as_of and late_fee_id(account, step.installment, step.number) not in known
    )
    return min(days, default=None)


@attrs.frozen
class _Step:
    """A fee that an unpaid installment brings sooner or later."""

    installment: int
    number: int
    tier: Tier
    due_on: date
    on: date

    def asked(self, limit: Limit | None, tax: FeeTax | None) -> FeeStep:
        """Return it as it is kept with the fee, with the limit that cut it and the tax on it."""
        asked = FeeStep(self.number, self.tier.amount, self.tier.percent_bp, self.tier.of)
        if limit is not None:
            asked = attrs.evolve(asked, cut_by=limit.reason.value, limit_minor=limit.most)
        return asked if tax is None else attrs.evolve(asked, tax_bp=tax.rate_bp, tax_prices=tax.prices)


def _steps(
    book: Book, policy: LateFeePolicy, paused: Spans, retries_ended_on: Mapping[int, date], *, ahead: bool = False
) -> Iterator[_Step]:
    """Yield the steps of each unpaid installment up to the book's day; with *ahead* one repetition beyond it as well."""
    tiers, _ = policy.of_order(book.contract.total_minor, book.contract.bought_on)
    for due, source in enumerate(book.sources):
        if not isinstance(source, int) or book.settled_on[due] is not None:
            continue
        due_on = book.due_on[due]
        first = paused.later(due_on, policy.grace_days + 1)
        if policy.trigger == "retries_ended":
            if source not in retries_ended_on:
                continue
            first = max(first, retries_ended_on[source])
        for index, tier in enumerate(tiers):
            on = paused.later(first, tier.after_days)
            if on != NEVER and (ahead or on <= book.as_of):
                yield _Step(source, index + 1, tier, due_on, on)
        if tiers and policy.repeat_every_days:
            yield from _repeated(book.as_of, policy.repeat_every_days, paused, _Step(source, len(tiers), tiers[-1], due_on, first), ahead)


def _repeated(as_of: date, every: int, paused: Spans, last: _Step, ahead: bool) -> Iterator[_Step]:
    number, days = last.number, last.tier.after_days
    while True:
        number, days = number + 1, days + every
        on = paused.later(last.on, days)
        if on == NEVER or (on > as_of and not ahead):
            return
        yield attrs.evolve(last, number=number, on=on)
        if on > as_of:
            return


class _Asking:
    """What a step asks for, and how much of it the limits leave."""

    def __init__(self, book: Book, policy: LateFeePolicy, person_minor: int) -> None:
        self.book = book
        self.limits, self.tax = FeeLimits.of(book, policy), policy.tax
        self.borne = Borne.of([entry for entry in book.entries if entry.value_on <= book.as_of], person_minor)
        self.unpaid = {source: book.unpaid_of(due) for due, source in enumerate(book.sources) if isinstance(source, int)}

    def allowed(self, step: _Step) -> tuple[int, Limit | None, str]:
        """Return the fee in minor units after all limits, the limit that left less than is wanted, and the words for it."""
        currency = self.book.plan.currency
        wanted, words = wanted_fee(self.book, step.installment, step.tier, self.unpaid[step.installment], self.tax)
        on_it = self.borne.by_number.get(step.installment, 0)
        unpaid = Limit(FeeReason.UNPAID_INSTALLMENT, self.unpaid[step.installment], on_it, "what is unpaid of the installment")
        minor, deciding = wanted, None
        for limit in (*self.limits.counts(self.borne, step.installment), unpaid, *self.limits.amounts(self.borne, step.installment)):
            if limit.left(wanted) < minor:
                minor, deciding = limit.left(wanted), limit
        if deciding is None:
            return wanted, None, words
        if self.tax is not None and self.tax.prices == "without_tax":
            words = f"{words}, {Money(wanted, currency)} with tax"
        verb = f"; clipped to {Money(minor, currency)}" if minor else "; refused"
        return minor, deciding, f"{words}{verb}: {deciding.said(currency)}"


def with_fee_tax(fee: Charge, tax: FeeTax | None) -> Charge:
    """
    Return a fee that says how much of it is tax, in its words too; one too small to bear a minor unit of it stays what it is.

    Source:
        The policy; whole minor units, rounded half up.
    """
    minor = 0 if tax is None else min(tax.within(fee.amount.minor), fee.amount.minor - 1)
    if tax is None or not minor:
        return fee
    on_it = Money(minor, fee.amount.currency)
    return attrs.evolve(fee, rule=f"{fee.rule}; of {fee.amount} in all {on_it} are tax of {percent(tax.rate_bp)}", tax=on_it)


def wanted_fee(book: Book, installment: int, tier: Tier, unpaid_minor: int, tax: FeeTax | None = None) -> tuple[int, str]:
    """
    Return what a step asks for, with its tax and whatever the limits, and the words for it.

    Args:
        book: The account.
        installment: Number of the late installment.
        tier: The step.
        unpaid_minor: What is unpaid of the installment; shares are rounded down.
        tax: What tax the fee bears.

    Source:
        The policy; whole minor units.
    """
    minor, words = _without_tax(book, installment, tier, unpaid_minor)
    return minor if tax is None else tax.priced(minor), words


def _without_tax(book: Book, installment: int, tier: Tier, unpaid_minor: int) -> tuple[int, str]:
    currency = book.plan.currency
    flat = tier.amount.minor if tier.amount is not None else None
    if tier.percent_bp is None:
        assert flat is not None
        return flat, f"flat {Money(flat, currency)}"
    base = _base(book, installment, tier, unpaid_minor)
    share = divide(base * tier.percent_bp, WHOLE_BP, Rounding.DOWN)
    words = f"{percent(tier.percent_bp)} of {Money(base, currency)} is {Money(share, currency)}"
    if flat is None:
        return share, words
    return min(flat, share), f"the lower of {Money(flat, currency)} and {words}"


def _base(book: Book, installment: int, tier: Tier, unpaid_minor: int) -> int:
    if tier.of == "order":
        return book.contract.total_minor
    return book.plan.installment(installment).amount.minor if tier.of == "installment" else unpaid_minor


def fee_due_on(book: Book, policy: LateFeePolicy, late_on: date) -> date:
    """
    Return when a fee of the book's day falls due, for an installment that was due on *late_on*.

    Source:
        The policy; calendar days in the account's time zone, and paying on the day itself is in time.
    """
    if policy.due == "with_installment":
        return late_on
    if policy.due == "next_due":
        return next((day for day in book.plan.due_on if day > book.as_of), book.as_of)
    return book.as_of
