"""Lateness: how many installments were settled early, on the day, late or never, and by how many days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from fractions import Fraction

import attrs

from collectkit.errors import ValidationError
from collectkit.reports.rates import Cell, Dataset, Rate
from collectkit.schedules import Book


class Settlement(Enum):
    """What became of an installment by the day of its book."""

    EARLY = "early"
    ON_DUE_DATE = "on_due_date"
    LATE = "late"
    NEVER = "never"
    """Due before the day and not fully paid."""
    NOT_DUE = "not_due"
    """Not fully paid, and not late."""


@attrs.frozen
class DayCounts:
    """
    How often each number of days occurred; every statistic follows exactly.

    Attributes:
        counts: Number of days and how often, by days.
    """

    counts: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, occurred: Mapping[int, int]) -> DayCounts:
        """Return the counts of a mapping from days to how often."""
        return cls(tuple(sorted(occurred.items())))

    @property
    def n(self) -> int:
        """Return how many there are."""
        return sum(count for _, count in self.counts)

    @property
    def total(self) -> int:
        """Return the sum of all days."""
        return sum(days * count for days, count in self.counts)

    @property
    def mean(self) -> Fraction | None:
        """Return the exact mean; None when there are none."""
        return Fraction(self.total, self.n) if self.counts else None

    @property
    def median(self) -> Fraction | None:
        """Return the middle one, or the mean of the two in the middle; None when there are none."""
        if not self.counts:
            return None
        return Fraction(self._at((self.n - 1) // 2) + self._at(self.n // 2), 2)

    @property
    def least(self) -> int | None:
        """Return the fewest days; None when there are none."""
        return self.counts[0][0] if self.counts else None

    @property
    def most(self) -> int | None:
        """Return the most days; None when there are none."""
        return self.counts[-1][0] if self.counts else None

    def percentile(self, percent: int) -> int | None:
        """
        Return the nearest-rank percentile: the smallest value with at least *percent* per cent of all at or below it.

        Raises:
            ValidationError: *percent* is not 1 to 100.
        """
        if not 1 <= percent <= 100:
            raise ValidationError(f"a percentile is 1 to 100, got {percent}; nothing was computed")
        return self._at(-(-percent * self.n // 100) - 1) if self.counts else None

    def more_than(self, days: int) -> int:
        """Return how many are above *days*."""
        return sum(count for value, count in self.counts if value > days)

    def _at(self, index: int) -> int:
        """Return the value at that place of the sorted list, from 0."""
        for value, count in self.counts:
            if index < count:
                return value
            index -= count
        raise IndexError(index)


@attrs.frozen
class LatenessLine:
    """
    The installments of one kind of settlement in one currency.

    Attributes:
        currency: ISO 4217 code.
        settlement: What became of them.
        installments: How many.
        amount_minor: What they asked for.
        days: Between due date and settlement, or for unpaid ones between due date and the day of the book; never negative.
        days_since_purchase: From the purchase to the settlement; empty for unpaid ones.
    """

    currency: str
    settlement: Settlement
    installments: int
    amount_minor: int
    days: DayCounts
    days_since_purchase: DayCounts


@attrs.frozen
class Lateness(Dataset):
    """
    Settlement of installments.

    Attributes:
        lines: By currency, in the order of `Settlement`.
    """

    lines: tuple[LatenessLine, ...]

    def of(self, currency: str, settlement: Settlement) -> LatenessLine:
        """
        Return one line.

        Raises:
            KeyError: No installment is in that currency.
        """
        for line in self.lines:
            if (line.currency, line.settlement) == (currency, settlement):
                return line
        raise KeyError((currency, settlement))

    def settled(self, currency: str) -> tuple[LatenessLine, ...]:
        """Return the lines of installments that are fully paid."""
        return tuple(self.of(currency, kind) for kind in (Settlement.EARLY, Settlement.ON_DUE_DATE, Settlement.LATE))

    def late_rate(self, currency: str) -> Rate:
        """Return the installments settled late of all that are settled."""
        done = sum(line.installments for line in self.settled(currency))
        late = self.of(currency, Settlement.LATE).installments
        return Rate(late, done, "installments", "settled late of settled", ("installments not fully paid",))

    def average_days_late(self, currency: str) -> Rate:
        """Return the mean days late of all settled installments, an early one counting as zero."""
        done = sum(line.installments for line in self.settled(currency))
        days = self.of(currency, Settlement.LATE).days.total
        return Rate(days, done, "installments", "days late per settled installment", ("installments not fully paid",))

    def average_days_to_settle(self, currency: str) -> Rate:
        """Return the mean days from the purchase to the settlement of all settled installments."""
        done = sum(line.installments for line in self.settled(currency))
        days = sum(line.days_since_purchase.total for line in self.settled(currency))
        return Rate(days, done, "installments", "days from purchase to settlement", ("installments not fully paid",))

    def rows(self) -> list[dict[str, Cell]]:
        """Return one plain mapping per line, with the statistics instead of every count."""
        return [{**row, **_statistics(line)} for row, line in zip(super().rows(), self.lines, strict=True)]


def _statistics(line: LatenessLine) -> dict[str, Cell]:
    days = line.days
    return {
        "days": {
            "n": days.n,
            "sum": days.total,
            "mean": None if days.mean is None else Rate(days.total, days.n, "installments", "mean days").text(),
            "median": None if days.median is None else str(days.median),
            "p90_nearest_rank": days.percentile(90),
            "min": days.least,
            "max": days.most,
        },
        "days_since_purchase": {"n": line.days_since_purchase.n, "sum": line.days_since_purchase.total},
    }


def lateness(books: Iterable[Book]) -> Lateness:
    """
    Sort the installments of some accounts by how they were settled.

    Charges are left out, and so are installments that ask for nothing.

    Args:
        books: Each account as it stands on the day asked about.
    """
    days: dict[tuple[str, Settlement], Counter[int]] = {}
    since: dict[tuple[str, Settlement], Counter[int]] = {}
    amounts: Counter[tuple[str, Settlement]] = Counter()
    currencies: set[str] = set()
    for book in books:
        currency = book.plan.currency
        currencies.add(currency)
        for due in book.dues():
            asked = sum(due.asked)
            if due.charge is not None or not asked:
                continue
            end = due.settled_on or book.as_of
            key = (currency, _settlement((end - due.due_on).days, settled=due.settled_on is not None))
            days.setdefault(key, Counter())[abs((end - due.due_on).days)] += 1
            amounts[key] += asked
            if due.settled_on is not None:
                since.setdefault(key, Counter())[(due.settled_on - book.plan.bought_on).days] += 1
    keys = [(currency, kind) for currency in sorted(currencies) for kind in Settlement]
    return Lateness(
        tuple(
            LatenessLine(
                *key, sum(days.get(key, {}).values()), amounts[key], DayCounts.of(days.get(key, {})), DayCounts.of(since.get(key, {}))
            )
            for key in keys
        )
    )


def _settlement(days: int, *, settled: bool) -> Settlement:
    if not settled:
        return Settlement.NEVER if days > 0 else Settlement.NOT_DUE
    if days > 0:
        return Settlement.LATE
    return Settlement.ON_DUE_DATE if days == 0 else Settlement.EARLY
