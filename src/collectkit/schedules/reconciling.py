"""The accounts of the ledger on each day, and whether what came in is all accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import attrs

from collectkit.ledger import Reversal, Waiver
from collectkit.ledger.suspense import SuspenseAccount
from collectkit.schedules.book import Book
from collectkit.schedules.replay import replay

__all__ = ["DayOfLedger", "Reconciliation", "reconcile"]


@attrs.frozen
class DayOfLedger:
    """
    What had come in by the end of a day, and where it lay, in minor units.

    Attributes:
        on: The day.
        received_minor: All payments and credits dated by then, those that were taken back by then included.
        reversed_minor: What of them was taken back by then.
        applied_minor: What was put against dues.
        unapplied_minor: What lay as credit.
        refunded_minor: What went out again in cash, from credit or from suspense.
        suspended_minor: What lay in suspense.
        orphans: Reversals and waivers dated by then whose payment or charge had not come; amounts of theirs are unknown.
        stated_minor: What the bank's statement says had come in by then; None without a statement.
        credited_minor: What of the received was no payment, see `collectkit.ledger.MOVEMENT_TYPES`: the shop's refunds, what was given
            up. A bank knows nothing of it.
    """

    on: date
    received_minor: int
    reversed_minor: int
    applied_minor: int
    unapplied_minor: int
    refunded_minor: int
    suspended_minor: int = 0
    orphans: tuple[Reversal | Waiver, ...] = ()
    stated_minor: int | None = None
    credited_minor: int = 0

    @property
    def gap_minor(self) -> int:
        """Return what is not accounted for; zero when the identity holds."""
        held = self.reversed_minor + self.applied_minor + self.unapplied_minor + self.refunded_minor + self.suspended_minor
        return self.received_minor - held

    @property
    def unstated_minor(self) -> int:
        """Return what the ledger has of payments and the bank's statement has not; zero without a statement."""
        return 0 if self.stated_minor is None else self.received_minor - self.credited_minor - self.stated_minor

    @property
    def holds(self) -> bool:
        """Tell whether received = reversed + applied + unapplied + refunded + suspended, and the statement says the same of payments."""
        return self.gap_minor == 0 and self.unstated_minor == 0


@attrs.frozen
class Reconciliation:
    """
    The days on which anything changed, in order.

    Attributes:
        days: One for each.
    """

    days: tuple[DayOfLedger, ...]

    @property
    def first_failed(self) -> DayOfLedger | None:
        """Return the first day on which the identity did not hold; None when it always did."""
        return next((day for day in self.days if not day.holds), None)


def reconcile(
    books: Iterable[Book], *, statement: Mapping[date, int] | None = None, suspense: SuspenseAccount | None = None
) -> Reconciliation:
    """
    Check for each day that what came in is all accounted for.

    Args:
        books: Accounts of one currency; every day up to theirs is checked on which one of them has an entry.
        statement: What came in on each day by the bank, in minor units, what went back later included; a day without an entry on the
            books counts too.
        suspense: What came in and belongs to no account.

    Returns:
        The days in order, each as it was at its end, entries of the day included; calendar days in the accounts' time zone. Whole minor
        units, nothing is rounded.

    Source:
        A rule of this library: what came in was reversed, applied, lies unapplied or in suspense, or went out again.
    """
    held = list(books)
    days = sorted(
        {entry.value_on for book in held for entry in book.entries if entry.value_on <= book.as_of} | set(statement or ()) | _days(suspense)
    )
    found, stated = [], 0
    for on in days:
        stated += (statement or {}).get(on, 0)
        rows = [_day(book, on) for book in held]
        if suspense is not None:
            lying, back = suspense.balance_minor(on), suspense.given_back_minor(on)
            rows.append(DayOfLedger(on, lying + back, 0, 0, 0, back, lying))
        found.append(_sum(on, rows, None if statement is None else stated))
    return Reconciliation(tuple(found))


def _days(suspense: SuspenseAccount | None) -> set[date]:
    """Return the days on which anything came into suspense or left it."""
    if suspense is None:
        return set()
    return {one.payment.value_on for one in suspense.suspended} | {one.on for one in suspense.released}


def _day(book: Book, on: date) -> DayOfLedger:
    """Return one account's day, by a fold of its own."""
    then = replay(book.contract, book.entries, as_of=on, waterfall=book.rules)
    taken_back = sum(payment.amount.minor for payment in then.reversed_payments)
    applied = sum(minor for *_, minor in then.parts)
    orphans = tuple(entry for entry in then.orphans if entry.value_on <= on)
    counted, credited = then.received_minor, then.received_minor - then.paid_minor
    return DayOfLedger(
        on, counted + taken_back, taken_back, applied, then.unapplied_minor, then.returned_minor, 0, orphans, credited_minor=credited
    )


def _sum(on: date, rows: Sequence[DayOfLedger], stated: int | None) -> DayOfLedger:
    return DayOfLedger(
        on,
        sum(row.received_minor for row in rows),
        sum(row.reversed_minor for row in rows),
        sum(row.applied_minor for row in rows),
        sum(row.unapplied_minor for row in rows),
        sum(row.refunded_minor for row in rows),
        sum(row.suspended_minor for row in rows),
        tuple(orphan for row in rows for orphan in row.orphans),
        stated,
        sum(row.credited_minor for row in rows),
    )
