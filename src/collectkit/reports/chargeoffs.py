"""Charge-offs: how many accounts and how much were given up, what came back since, and in which vintages.

A charge-off is a decision of the books: what is owed stays owed. The gross amount is what was outstanding on that day; payments from
then on are recoveries. An account written off without a charge-off before counts from its write-off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction

import attrs

from collectkit.facts import AccountFacts, book_of
from collectkit.ledger import WriteOff
from collectkit.reports.lateness import DayCounts
from collectkit.reports.rates import Dataset, Rate
from collectkit.schedules import INSTALLMENT_FIRST, PostingRules, Waterfall


@attrs.frozen
class ChargedOff:
    """
    One account that was charged off.

    Attributes:
        account: Which.
        currency: ISO 4217 code.
        on: Day of the charge-off, or of the write-off where there was none.
        days: Calendar days from the purchase to it; negative when the records contradict each other.
        financed_minor: The principal of the contract, minor units.
        gross_minor: What was outstanding at the end of that day, before the books gave it up.
        recovered_minor: Payments dated after it, and not taken back.
    """

    account: str
    currency: str
    on: date
    days: int
    financed_minor: int
    gross_minor: int
    recovered_minor: int

    @property
    def net_minor(self) -> int:
        """Return what is lost after recoveries."""
        return self.gross_minor - self.recovered_minor


@attrs.frozen
class ChargeOffLine:
    """
    The charge-offs of one calendar year in one currency.

    Attributes:
        currency: ISO 4217 code.
        year: Calendar year of the charge-off.
        accounts: How many.
        gross_minor: What was given up.
        recovered_minor: What came back since.
    """

    currency: str
    year: int
    accounts: int
    gross_minor: int
    recovered_minor: int


@attrs.frozen
class ChargeOffs(Dataset):
    """
    Charge-offs of a book.

    Attributes:
        accounts: How many accounts there are, by currency.
        financed_minor: The principal of all contracts, by currency.
        charged_off: Each account that was charged off, by day and id.
        lines: By currency and calendar year.
    """

    accounts: tuple[tuple[str, int], ...]
    financed_minor: tuple[tuple[str, int], ...]
    charged_off: tuple[ChargedOff, ...]
    lines: tuple[ChargeOffLine, ...]

    def of(self, currency: str) -> tuple[ChargedOff, ...]:
        """Return the accounts charged off in one currency."""
        return tuple(one for one in self.charged_off if one.currency == currency)

    def rate(self, currency: str) -> Rate:
        """Return the accounts charged off of all accounts."""
        return Rate(len(self.of(currency)), dict(self.accounts).get(currency, 0), "accounts", "charged off of all accounts")

    def severity(self, currency: str) -> Rate:
        """Return the amount charged off of what was financed on the accounts charged off."""
        held = self.of(currency)
        gross, financed = sum(one.gross_minor for one in held), sum(one.financed_minor for one in held)
        return Rate(gross, financed, "minor", "charged off of financed, on accounts charged off")

    def recovery_rate(self, currency: str) -> Rate:
        """Return what came back of what was charged off."""
        held = self.of(currency)
        recovered, gross = sum(one.recovered_minor for one in held), sum(one.gross_minor for one in held)
        return Rate(recovered, gross, "minor", "recovered of charged off")

    def days(self, currency: str) -> DayCounts:
        """Return the days from purchase to charge-off."""
        return DayCounts.of(Counter(one.days for one in self.of(currency)))


def charge_offs(accounts: Iterable[AccountFacts], through: date, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST) -> ChargeOffs:
    """
    Find the charge-offs of a book by a day, inclusive; those that were undone by then are none.

    Args:
        accounts: All accounts, charged off or not.
        through: Last day that counts.
        waterfall: How money was applied.
    """
    counts: Counter[str] = Counter()
    financed: Counter[str] = Counter()
    found: list[ChargedOff] = []
    for facts in accounts:
        currency = facts.plan.currency
        counts[currency] += 1
        financed[currency] += sum(facts.plan.principal)
        one = _charged_off(facts, through, waterfall)
        if one is not None:
            found.append(one)
    found.sort(key=lambda one: (one.on, one.account))
    return ChargeOffs(tuple(sorted(counts.items())), tuple(sorted(financed.items())), tuple(found), _by_year(found))


def _charged_off(facts: AccountFacts, through: date, waterfall: Waterfall | PostingRules) -> ChargedOff | None:
    final = book_of(facts, through, waterfall=waterfall)
    on = final.charged_off_on or final.written_off_on
    if on is None:
        return None
    # A write-off leaves nothing outstanding: what it gave up is what would stand open at the end of its day without it.
    open_ = attrs.evolve(facts, entries=tuple(entry for entry in facts.entries if not isinstance(entry, WriteOff)))
    gross_minor = book_of(open_, on, waterfall=waterfall).balances().outstanding_minor
    plan = facts.plan
    return ChargedOff(
        facts.account.id, plan.currency, on, (on - plan.bought_on).days, sum(plan.principal), gross_minor, final.recovered_minor
    )


def _by_year(found: Iterable[ChargedOff]) -> tuple[ChargeOffLine, ...]:
    sums: dict[tuple[str, int], list[int]] = {}
    for one in found:
        held = sums.setdefault((one.currency, one.on.year), [0, 0, 0])
        for index, more in enumerate((1, one.gross_minor, one.recovered_minor)):
            held[index] += more
    return tuple(ChargeOffLine(*key, *sums[key]) for key in sorted(sums))


@attrs.frozen
class VintageLine:
    """
    The accounts of one vintage in one currency.

    Attributes:
        currency: ISO 4217 code.
        vintage: What the accounts have in common, such as the year of the purchase.
        accounts: How many.
        charged_off: How many of them were charged off.
        financed_minor: The principal of all of them.
        gross_minor: What was charged off.
    """

    currency: str
    vintage: str
    accounts: int
    charged_off: int
    financed_minor: int
    gross_minor: int

    @property
    def rate(self) -> Fraction:
        """Return the accounts charged off of all."""
        return Fraction(self.charged_off, self.accounts)


@attrs.frozen
class Vintages(Dataset):
    """
    Charge-offs by vintage.

    Attributes:
        lines: By currency and vintage.
    """

    lines: tuple[VintageLine, ...]


def charge_off_vintages(
    accounts: Iterable[AccountFacts],
    through: date,
    vintage: Callable[[AccountFacts], str],
    *,
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST,
) -> Vintages:
    """
    Sort charge-offs by day *through* into vintages.

    Args:
        accounts: All accounts, charged off or not.
        through: Last day that counts, inclusive.
        vintage: Tells the vintage of an account, such as ``lambda facts: str(facts.plan.bought_on.year)``.
        waterfall: How money was applied.
    """
    sums: dict[tuple[str, str], list[int]] = {}
    for facts in accounts:
        one = _charged_off(facts, through, waterfall)
        held = sums.setdefault((facts.plan.currency, vintage(facts)), [0, 0, 0, 0])
        added = (1, one is not None, sum(facts.plan.principal), one.gross_minor if one is not None else 0)
        for index, more in enumerate(added):
            held[index] += more
    return Vintages(tuple(VintageLine(*key, *sums[key]) for key in sorted(sums)))
