"""What was believed of a day, what is true of it now, and what the difference between the two means.

Every figure has two places in time: the day it is about, and the day on which it was known. A late, reversed or corrected
fact changes what is true of the past and leaves what was believed of it on record. This module says what became different:
where payments lie, which late fees turned out unfounded, how late the account was, and what became of its promises.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from collectkit.arrangements.promises import PromisePolicy, PromiseVerdict
from collectkit.facts import AccountFacts, book_of, promise_states
from collectkit.ledger import Charge
from collectkit.money import Money
from collectkit.schedules import INSTALLMENT_FIRST, Book, Difference, PostingRules, Waterfall, counting, difference

__all__ = ["Hindsight", "Lateness", "PromiseChange", "UnfoundedFee", "compare_facts"]


@attrs.frozen
class UnfoundedFee:
    """
    A late fee whose installment, by what is known now, had been settled before the fee was asked.

    Attributes:
        charge: Id of the charge.
        amount: How much of it is asked.
        installment: Number of the installment.
        settled_on: Day on which it was settled.
    """

    charge: str
    amount: Money
    installment: int
    settled_on: date


@attrs.frozen
class Lateness:
    """How late the account was on the day: by what was believed, and by what is known now. None when nothing was late."""

    before_since: date | None
    after_since: date | None
    before_days: int
    after_days: int


@attrs.frozen
class PromiseChange:
    """A promise that came to something else than was believed; None where it was not known at all."""

    promise: str
    before: PromiseVerdict | None
    after: PromiseVerdict | None


@attrs.frozen
class Hindsight:
    """
    What was believed of a day, and what is true of it now.

    Attributes:
        as_of: The day.
        then: The account as it was believed to stand.
        now: The account as it is known to have stood.
        difference: What became different in its money.
        unfounded: Late fees that would not have been asked.
        lateness: How late it was, where that differs; None where it does not.
        promises: Promises that came to something else.
    """

    as_of: date
    then: Book
    now: Book
    difference: Difference
    unfounded: tuple[UnfoundedFee, ...]
    lateness: Lateness | None
    promises: tuple[PromiseChange, ...]

    def __bool__(self) -> bool:
        return bool(self.difference or self.unfounded or self.lateness or self.promises)

    def __str__(self) -> str:
        return "\n".join([f"of {self.as_of}, by what is known now:", *(self._lines() if self else ["  nothing is different"])])

    def _lines(self) -> Iterator[str]:
        currency = self.now.plan.currency
        for move in self.difference.moves:
            before, after = (Money.aggregate(minor, currency) for minor in (move.before_minor, move.after_minor))
            yield f"  {move.payment}: {after} instead of {before} to {move.component} of {move.due}"
        for fee in self.unfounded:
            yield f"  {fee.charge}: {fee.amount} for installment {fee.installment}, which was settled on {fee.settled_on}"
        if self.lateness is not None:
            yield f"  {self.lateness.after_days} instead of {self.lateness.before_days} days past due"
        for change in self.promises:
            was, is_ = (verdict.value if verdict is not None else "unknown" for verdict in (change.before, change.after))
            yield f"  promise {change.promise}: {is_} instead of {was}"


def compare_facts(
    then: AccountFacts,
    now: AccountFacts,
    as_of: date,
    *,
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST,
    promise_policy: PromisePolicy = PromisePolicy(),
) -> Hindsight:
    """
    Tell what two states of knowledge about one account mean for one day.

    Args:
        then: What was known first.
        now: What is known later.
        as_of: The day that both are about; entries of that day count.
        waterfall: In which order payments settle what is owed.
        promise_policy: When a promise counts as kept.
    """
    before = book_of(then, as_of, waterfall=waterfall)
    after = book_of(now, as_of, waterfall=waterfall)
    verdicts = [
        {str(state.promise.id): state.verdict for state in promise_states(facts, as_of, waterfall=waterfall, policy=promise_policy)}
        for facts in (then, now)
    ]
    changes = tuple(
        PromiseChange(id, verdicts[0].get(id), verdicts[1].get(id))
        for id in dict.fromkeys((*verdicts[0], *verdicts[1]))
        if verdicts[0].get(id) is not verdicts[1].get(id)
    )
    return Hindsight(as_of, before, after, difference(before, after), tuple(_unfounded(after)), _lateness(before, after), changes)


def _unfounded(book: Book) -> Iterator[UnfoundedFee]:
    """Yield the fees on an installment that was settled before the day on which they were asked, as far as they are not waived."""
    settled = {due.installment: due.settled_on for due in book.dues() if due.installment}
    asked = {due.name: sum(due.asked) for due in book.dues()}
    for entry in counting(book.entries):
        if not isinstance(entry, Charge) or not entry.installment or entry.value_on > book.as_of:
            continue
        on = settled.get(entry.installment)
        # Payments of the day come first: an installment that is settled on the day bears no fee of that day.
        if on is not None and on <= entry.value_on and asked.get(str(entry.id), 0):
            yield UnfoundedFee(str(entry.id), Money(asked[str(entry.id)], book.plan.currency), entry.installment, on)


def _lateness(before: Book, after: Book) -> Lateness | None:
    since = [_since(book) for book in (before, after)]
    if since[0] == since[1]:
        return None
    days = [(after.as_of - day).days if day is not None else 0 for day in since]
    return Lateness(since[0], since[1], days[0], days[1])


def _since(book: Book) -> date | None:
    """Return the due date of the oldest that is late on the book's day."""
    oldest = book.balances().oldest_unpaid_due_on
    return oldest if oldest is not None and oldest < book.as_of else None
