"""A change of the plan as a quote: what it would do, shown before anybody agrees to it, and then exactly that.

A quote holds the entries that acceptance posts. It is computed by putting them on the book, so that what it says is what will
be; it holds for the book it was made on and for that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from hashlib import sha256

import attrs

from collectkit.identifiers import AccountId
from collectkit.ledger import Charge, Entry
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules.book import Book
from collectkit.schedules.replay import replay

__all__ = ["PlanQuote", "QuoteReason", "accept_quote", "quote_entries"]


class QuoteReason(Enum):
    """Why a quote is not accepted, in order of precedence."""

    EXPIRED = "expired"
    """It was made on another day."""
    BOOK_CHANGED = "book_changed"
    """Something else was posted since; a new quote says what it would do now."""
    ID_REUSED = "id_reused"
    """The id of the change belongs to another one."""
    FORBIDDEN = "forbidden"
    """A rule of law stands against what it costs."""


@attrs.frozen
class PlanQuote:
    """
    What a change of the plan would do.

    Attributes:
        account: Which account.
        on: Day of the quote; it can be accepted on that day.
        entries: What acceptance posts, nothing else.
        before: Due date and unpaid minor units of each due with anything unpaid, as it stands.
        after: The same with the change.
        fee: What the change costs; None when nothing. It is in *after*.
        days_past_due_before: By the plan as it stands.
        days_past_due_after: By the plan with the change. The contract's own lateness does not change; see `collectkit.delinquency`.
        basis: Digest of the book it was made on.
    """

    account: AccountId
    on: date
    entries: tuple[Entry, ...]
    before: tuple[tuple[date, int], ...]
    after: tuple[tuple[date, int], ...]
    fee: Money | None
    days_past_due_before: int
    days_past_due_after: int
    basis: str

    @property
    def moved_minor(self) -> int:
        """Return how much more is to be paid in all after the change: the fee, and nothing else."""
        return sum(minor for _, minor in self.after) - sum(minor for _, minor in self.before)


def quote_entries(book: Book, entries: Sequence[Entry], *, account: str) -> PlanQuote:
    """
    Return what *entries*, all dated on the book's day, would do to the account.

    Source:
        As for `collectkit.schedules.replay`: whole minor units, calendar days in the account's time zone, the book's day
        included.
    """
    changed = replay(book.contract, (*book.entries, *entries), as_of=book.as_of, waterfall=book.rules)
    fees = [entry.amount for entry in entries if isinstance(entry, Charge)]
    return PlanQuote(
        AccountId(account),
        book.as_of,
        tuple(entries),
        _unpaid(book),
        _unpaid(changed),
        sum(fees[1:], fees[0]) if fees else None,
        _days_past_due(book),
        _days_past_due(changed),
        _digest(book.entries),
    )


def accept_quote(book: Book, quote: PlanQuote) -> tuple[Entry, ...] | Refusal[QuoteReason]:
    """
    Decide whether a quote still holds, and return the entries to post when it does.

    What is posted is what was quoted: the account then stands as `PlanQuote.after` says.

    Source:
        A rule of this library: what was quoted is what is done, or nothing is.
    """
    if book.as_of != quote.on:
        return Refusal(QuoteReason.EXPIRED, f"the quote was made on {quote.on} and holds for that day; ask for a new one")
    if _digest(book.entries) != quote.basis:
        return Refusal(QuoteReason.BOOK_CHANGED, "something was posted since the quote was made; ask for a new one")
    return quote.entries


def _unpaid(book: Book) -> tuple[tuple[date, int], ...]:
    rows = ((day, book.unpaid_of(due)) for due, day in enumerate(book.due_on))
    return tuple(sorted((day, minor) for day, minor in rows if minor))


def _days_past_due(book: Book) -> int:
    oldest = book.balances().oldest_unpaid_due_on
    return max(0, (book.as_of - oldest).days) if oldest is not None else 0


def _digest(entries: Iterable[Entry]) -> str:
    return sha256("\n".join(map(repr, entries)).encode()).hexdigest()
