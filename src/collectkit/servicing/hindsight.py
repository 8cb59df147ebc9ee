"""What was believed of a day, what is true of it now, and what the difference between the two means.

Every figure has two places in time: the day it is about, and the day on which it was known. A late, reversed or corrected
fact changes what is true of the past and leaves what was believed of it on record. This module says what became different:
where payments lie, which late fees turned out unfounded, how late the account was, what became of its promises, and what a bureau
is told of the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TypeAlias

import attrs

from collectkit.arrangements.promises import PromisePolicy, PromiseVerdict
from collectkit.calendars.spans import Spans
from collectkit.delinquency.clock_dates import clock_stops
from collectkit.delinquency.reported import ReportedChange, reported
from collectkit.facts import AccountFacts, book_of, promise_states
from collectkit.holds import EFFECTS, Effect, Hold, HoldKind, HoldLifted
from collectkit.ledger import Charge
from collectkit.money import Money
from collectkit.schedules import INSTALLMENT_FIRST, Book, Difference, PostingRules, Waterfall, counting, difference

__all__ = ["Hindsight", "Lateness", "PersonHolds", "PromiseChange", "UnfoundedFee", "compare_facts", "reports_differ"]

PersonHolds: TypeAlias = tuple[Sequence[Hold], Sequence[HoldLifted]]
"""The holds on a person, as their extensions left them, and those of them that were lifted."""

_NO_HOLDS: PersonHolds = ((), ())


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
        reported: What a bureau or a regulator is told of the day, where that differs; None where it does not.
    """

    as_of: date
    then: Book
    now: Book
    difference: Difference
    unfounded: tuple[UnfoundedFee, ...]
    lateness: Lateness | None
    promises: tuple[PromiseChange, ...]
    reported: ReportedChange | None = None

    def __bool__(self) -> bool:
        return bool(self.difference or self.unfounded or self.lateness or self.promises or self.reported)

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
        if self.reported is not None:
            yield f"  {self.reported}"


def compare_facts(
    then: AccountFacts,
    now: AccountFacts,
    as_of: date,
    *,
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST,
    promise_policy: PromisePolicy = PromisePolicy(),
    person_then: PersonHolds = _NO_HOLDS,
    person_now: PersonHolds = _NO_HOLDS,
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> Hindsight:
    """
    Tell what two states of knowledge about one account mean for one day.

    Args:
        then: What was known first.
        now: What is known later.
        as_of: The day that both are about; entries of that day count.
        waterfall: In which order payments settle what is owed.
        promise_policy: When a promise counts as kept.
        person_then: Holds on the person that were known first.
        person_now: Those that are known later.
        effects: What each kind of hold stops.
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
    told = reports_differ(before, after, *(_unreported(*known, effects) for known in ((then, person_then), (now, person_now))))
    unfounded = tuple(_unfounded(after))
    return Hindsight(as_of, before, after, difference(before, after), unfounded, _lateness(before, after), changes, told or None)


def reports_differ(before: Book, after: Book, unreported_then: Spans, unreported_now: Spans) -> ReportedChange:
    """Return what a bureau is told of the day of two books; falsy when both tell the same."""
    told = reported(before, unreported=unreported_then), reported(after, unreported=unreported_now)
    return ReportedChange(after.as_of, *told, after.plan.currency)


def _unreported(facts: AccountFacts, person: PersonHolds, effects: Mapping[HoldKind, frozenset[Effect]]) -> Spans:
    """Return the days on which holds on an account or its person forbade reporting."""
    return clock_stops((*facts.holds, *person[0]), (*facts.lifted, *person[1]), effects=effects, effect=Effect.REPORTING)


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
