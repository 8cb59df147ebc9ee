"""Cash: what was collected, what fell due and what was sold, by day.

What of payments was taken back counts for nothing, on no day. Charges fall due with the installments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.calendars.periods import require_period
from collectkit.reports.rates import Dataset
from collectkit.schedules import Book


@attrs.frozen
class CashLine:
    """
    The money of one day, currency and source.

    Attributes:
        day: Value date of a payment, due date, or day of purchase.
        currency: ISO 4217 code.
        source: Where a payment came from, as the host said; empty when it did not, and for what is no payment.
        items: How many payments, dues or purchases.
        amount_minor: Their sum.
    """

    day: date
    currency: str
    source: str
    items: int
    amount_minor: int


@attrs.frozen
class Cash(Dataset):
    """
    Money by day.

    Attributes:
        what: ``collected``, ``fell due`` or ``sold``.
        lines: By day, currency and source.
    """

    what: str
    lines: tuple[CashLine, ...]

    def total(self, currency: str, *, first: date, last: date) -> int:
        """
        Return the sum from *first* to *last*, both inclusive, in minor units.

        Raises:
            TimeError: *last* is before *first*.
        """
        require_period(first, last, "nothing was added up")
        return sum(line.amount_minor for line in self.lines if line.currency == currency and first <= line.day <= last)

    def by_day(self, currency: str) -> dict[date, int]:
        """Return the sum of each day that has any, in minor units."""
        sums: Counter[date] = Counter()
        for line in self.lines:
            if line.currency == currency:
                sums[line.day] += line.amount_minor
        return dict(sums)

    def by_source(self, currency: str, *, first: date, last: date) -> dict[str, int]:
        """
        Return the sum of each source from *first* to *last*, both inclusive, in minor units.

        Raises:
            TimeError: *last* is before *first*.
        """
        require_period(first, last, "nothing was added up")
        sums: Counter[str] = Counter()
        for line in self.lines:
            if line.currency == currency and first <= line.day <= last:
                sums[line.source] += line.amount_minor
        return dict(sorted(sums.items()))


Item = tuple[date, str, str, int]


def _cash(what: str, items: Iterable[Item]) -> Cash:
    counts: Counter[tuple[date, str, str]] = Counter()
    sums: Counter[tuple[date, str, str]] = Counter()
    for *key, minor in items:
        counts[tuple(key)] += 1  # type: ignore[index]
        sums[tuple(key)] += minor  # type: ignore[index]
    return Cash(what, tuple(CashLine(*key, counts[key], sums[key]) for key in sorted(counts)))


def collected(books: Iterable[Book]) -> Cash:
    """Return what was collected, by value date and source; what of payments was taken back by the day of the book is left out."""
    return _cash(
        "collected",
        ((payment.value_on, book.plan.currency, payment.source, payment.amount.minor) for book in books for payment in book.stayed),
    )


def fell_due(books: Iterable[Book]) -> Cash:
    """Return what falls due, by due date, paid or not and also after the day of the book; waivers are taken off."""
    return _cash(
        "fell due",
        ((due.due_on, book.plan.currency, "", sum(due.asked)) for book in books for due in book.dues() if any(due.asked)),
    )


def sold(books: Iterable[Book]) -> Cash:
    """Return what was sold, by day of purchase: all that the contracts ask for."""
    return _cash("sold", ((book.plan.bought_on, book.plan.currency, "", book.plan.total_minor) for book in books))
