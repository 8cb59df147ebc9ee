"""How late an account is, by three named clocks instead of one number that everything pulls at.

- *contractual*: by the plan as it was agreed; nothing stops it and nothing moves its dates.
- *operational*: by the plan as it stands, with grace, and without the days on which a hold stopped it. Work is planned by it.
- *reporting*: what a bureau or a regulator is told; by the plan as it was agreed, without the days on which a hold forbade reporting.

All three read one ledger. Business dates are calendar days in the account's zone; due today is not late.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from collectkit._checks import whole
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.errors import PolicyError
from collectkit.ledger import Reage, Reamortize, Reschedule
from collectkit.money import Rounding, divide
from collectkit.schedules import Book, Due, replay

_WHOLE_BP = 10_000
_CHANGES = (Reage, Reamortize, Reschedule)


@attrs.frozen
class Materiality:
    """
    What is too little to be late; it stays owed and visible. Of two limits the higher counts.

    Attributes:
        minor: Minor units.
        bp: Share of what the due asked for, in basis points, rounded down.
    """

    minor: int = attrs.field(default=0, validator=whole)
    bp: int = attrs.field(default=0, validator=whole)

    def ignores(self, unpaid_minor: int, asked_minor: int) -> bool:
        """Tell whether so little unpaid of what was asked is not late."""
        return unpaid_minor <= max(self.minor, divide(asked_minor * self.bp, _WHOLE_BP, Rounding.DOWN))


@attrs.frozen
class ClockRules:
    """
    How one clock counts.

    Attributes:
        grace_days: Days that are not counted.
        materiality: What is too little to be late.
        as_agreed: Whether the dates of the contract count, whatever was rescheduled or re-aged since.
        stops: Whether the days on which the clock is stopped are left out.
    """

    grace_days: int = attrs.field(default=0, validator=whole)
    materiality: Materiality = Materiality()
    as_agreed: bool = False
    stops: bool = False


@attrs.frozen
class LatenessPolicy:
    """
    The three clocks.

    Attributes:
        contractual: By the plan as agreed; never stopped.
        operational: By the plan as it stands, stopped by holds.
        reporting: What a bureau or a regulator is told: by the plan as agreed, stopped by holds that forbid reporting.

    Raises:
        PolicyError: A contractual clock that can be stopped or that follows changes of the plan.
    """

    contractual: ClockRules = ClockRules(as_agreed=True)
    operational: ClockRules = ClockRules(stops=True)
    reporting: ClockRules = ClockRules(as_agreed=True, stops=True)

    def __attrs_post_init__(self) -> None:
        if self.contractual.stops or not self.contractual.as_agreed:
            raise PolicyError("the contractual clock never stops and follows no change of the plan; nothing was loaded")


@attrs.frozen
class Lateness:
    """
    What one clock shows.

    Attributes:
        since_on: Due date of the oldest due that is late; None when nothing is.
        past_due_days: Whole calendar days since then.
        stopped_days: Of them, those on which the clock stood still.
        days: What is left of them after the stops and the grace; never negative.
        past_due_minor: What is late, minor units, dues too small to be late left out.
        ignored_minor: What was due before the day and is too little to be late.
    """

    since_on: date | None
    past_due_days: int
    stopped_days: int
    days: int
    past_due_minor: int
    ignored_minor: int


@attrs.frozen
class AccountLateness:
    """What the three clocks show of one account on one day."""

    as_of: date
    contractual: Lateness
    operational: Lateness
    reporting: Lateness


@attrs.frozen
class InstallmentLateness:
    """
    What a clock shows of one installment or charge.

    Attributes:
        name: ``installment 2``, or the id of the charge.
        due_on: Its due date.
        unpaid_minor: What is unpaid of it.
        days: Days late by the clock; 0 when it is not.
    """

    name: str
    due_on: date
    unpaid_minor: int
    days: int


_THREE_CLOCKS = LatenessPolicy()


def lateness(
    book: Book, policy: LatenessPolicy = _THREE_CLOCKS, *, paused: Spans = NO_DAYS, unreported: Spans = NO_DAYS
) -> AccountLateness:
    """
    Read the three clocks, in whole calendar days: due on the book's day is not late, and the day after is the first.

    Args:
        book: The account on a business day, in its time zone; what is dated on it counts.
        policy: How each counts.
        paused: Days on which the operational clock stood still; see `stopped`.
        unreported: Days on which the reporting clock stood still.

    Source:
        A definition of this library: calendar days from the due date of the oldest installment with more unpaid than is immaterial, less
        stops and grace. Grace, materiality and what a bureau asks are the policy's.
    """
    agreed = as_agreed(book)
    return AccountLateness(
        book.as_of,
        read_clock(agreed, policy.contractual, NO_DAYS),
        read_clock(agreed if policy.operational.as_agreed else book, policy.operational, paused),
        read_clock(agreed if policy.reporting.as_agreed else book, policy.reporting, unreported),
    )


def as_agreed(book: Book) -> Book:
    """
    Return the account as it would stand had its plan never been changed; the book itself where it was not.

    Source:
        A definition of this library: the contractual clock follows no change of the plan. Units, rounding and days are
        those of `collectkit.schedules.replay`.
    """
    if not any(isinstance(entry, _CHANGES) for entry in book.entries):
        return book
    entries = [entry for entry in book.entries if not isinstance(entry, _CHANGES)]
    return replay(book.contract, entries, as_of=book.as_of, waterfall=book.rules)


def installment_lateness(
    book: Book, rules: ClockRules = _THREE_CLOCKS.operational, *, stops: Spans = NO_DAYS
) -> tuple[InstallmentLateness, ...]:
    """
    Return what a clock shows of each due, oldest first: the same formula, so that the account's is the most of them.

    Args:
        book: The account on a business day, in its time zone; due on that day is not late.
        rules: How the clock counts, in whole days; a share of what was asked is rounded down.
        stops: Days on which it stood still, if its rules let it.

    Source:
        As for `lateness`.
    """
    held = stops if rules.stops else NO_DAYS
    return tuple(
        InstallmentLateness(due.name, due.due_on, due.unpaid_minor, _days(due.due_on, book.as_of, rules, held) if late else 0)
        for due, late in _late(book, rules)
    )


def read_clock(book: Book, rules: ClockRules, stops: Spans) -> Lateness:
    """
    Read one clock.

    Args:
        book: The account on a business day, in its time zone; due on that day is not late.
        rules: How the clock counts, in whole days; a share of what was asked is rounded down.
        stops: Days on which it stands still, if its rules let it.

    Source:
        As for `lateness`.
    """
    held = stops if rules.stops else NO_DAYS
    since: date | None = None
    past_due = ignored = 0
    for due, late in _late(book, rules):
        if late:
            since = since or due.due_on
            past_due += due.unpaid_minor
        elif due.due_on < book.as_of:
            ignored += due.unpaid_minor
    if since is None:
        return Lateness(None, 0, 0, 0, 0, ignored)
    paused = held.days_within(since, book.as_of)
    return Lateness(since, (book.as_of - since).days, paused, _days(since, book.as_of, rules, held), past_due, ignored)


def _late(book: Book, rules: ClockRules) -> Iterator[tuple[Due, bool]]:
    """Yield each due, oldest first, and whether it is late."""
    for due in book.dues():
        unpaid = due.unpaid_minor
        yield due, bool(unpaid) and due.due_on < book.as_of and not rules.materiality.ignores(unpaid, sum(due.asked))


def _days(due_on: date, as_of: date, rules: ClockRules, stops: Spans) -> int:
    return max(0, (as_of - due_on).days - stops.days_within(due_on, as_of) - rules.grace_days)
