"""What became different between two folds of one account, part by part."""

from __future__ import annotations

from datetime import date

import attrs

from collectkit.schedules.book import Book, due_name

__all__ = ["Difference", "Move", "difference"]


@attrs.frozen
class Move:
    """
    A part of a payment that lies elsewhere in two books.

    Attributes:
        payment: Id of the payment.
        due: Name of the due.
        component: ``penalty``, ``fee``, ``interest``, ``principal`` or ``tax``.
        before_minor: Minor units put there in the first book.
        after_minor: Minor units put there in the second.
    """

    payment: str
    due: str
    component: str
    before_minor: int
    after_minor: int


@attrs.frozen
class Difference:
    """
    What became different between two books of one account, each list in the order of the dues.

    Attributes:
        moves: Parts of payments that were added, taken away or changed.
        settled: Names of dues settled only in the second book.
        reopened: Names of dues settled in the first book and no longer in the second.
        past_due_minor: Past due in the second book less that in the first.
        outstanding_minor: Outstanding in the second less that in the first.
        unapplied_minor: Credit in the second less that in the first.
        oldest_unpaid_due_on: That date in both books, or None when it is the same.
    """

    moves: tuple[Move, ...]
    settled: tuple[str, ...]
    reopened: tuple[str, ...]
    past_due_minor: int
    outstanding_minor: int
    unapplied_minor: int
    oldest_unpaid_due_on: tuple[date | None, date | None] | None

    def __bool__(self) -> bool:
        changed = self.moves or self.settled or self.reopened or self.oldest_unpaid_due_on
        return bool(changed or self.past_due_minor or self.outstanding_minor or self.unapplied_minor)


def difference(before: Book, after: Book) -> Difference:
    """
    Return what became different from *before* to *after*; falsy when nothing did.

    Args:
        before: The account on a day by what was known.
        after: The same account by what is known now. Both are in the same minor units, nothing is rounded; of two days the difference
            tells what the days brought as well.

    Source:
        Both books; nothing is decided here.
    """
    was, now = before.balances(), after.balances()
    old, new = _placed(before), _placed(after)
    moves = tuple(Move(*key, old.get(key, 0), new.get(key, 0)) for key in (old | new) if old.get(key, 0) != new.get(key, 0))
    closed_before, closed_after = _settled(before), _settled(after)
    dates = (was.oldest_unpaid_due_on, now.oldest_unpaid_due_on)
    return Difference(
        moves,
        tuple(name for name in closed_after if name not in closed_before),
        tuple(name for name in closed_before if name not in closed_after),
        now.past_due_minor - was.past_due_minor,
        now.outstanding_minor - was.outstanding_minor,
        now.credit_minor - was.credit_minor,
        dates if dates[0] != dates[1] else None,
    )


def _placed(book: Book) -> dict[tuple[str, str, str], int]:
    return {(payment.id, part.due, part.component): part.minor for payment in book.payments for part in book.applications(payment.id)}


def _settled(book: Book) -> tuple[str, ...]:
    return tuple(due_name(source) for source, on in zip(book.sources, book.settled_on, strict=True) if on is not None)
