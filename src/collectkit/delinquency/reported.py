"""What a bureau or a regulator is told of an account on a day, and what became different of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal, TypeAlias

import attrs

from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.delinquency.clocks import LatenessPolicy, as_agreed, read_clock
from collectkit.money import Money
from collectkit.schedules import Book

__all__ = ["Reported", "ReportedChange", "ReportedStatus", "reported"]

ReportedStatus: TypeAlias = Literal["current", "past_due", "paid", "charged_off", "written_off"]

_POLICY = LatenessPolicy()


@attrs.frozen
class Reported:
    """
    What a bureau or a regulator is told of an account on a day. Amounts are minor units of the account's currency.

    Attributes:
        status: ``written_off`` and ``charged_off`` before all others, and ``paid`` where nothing is outstanding.
        since_on: Due date of the oldest due that is late by the reporting clock; None when nothing is.
        days: Days past due by the reporting clock.
        past_due_minor: What is late by it.
        outstanding_minor: All that remains to be paid, due or not.
        last_paid_on: Value date of the last payment that counts.
        charged_off_on: Day on which the books gave the account up.
    """

    status: ReportedStatus
    since_on: date | None
    days: int
    past_due_minor: int
    outstanding_minor: int
    last_paid_on: date | None
    charged_off_on: date | None


@attrs.frozen
class ReportedChange:
    """
    What is told of a day now, and was told by what was believed; what was reported of that day is to be corrected.

    Attributes:
        on: The day that it is about.
        before: By what was believed.
        after: By what is known now.
        currency: Of the amounts.
    """

    on: date
    before: Reported
    after: Reported
    currency: str

    def __bool__(self) -> bool:
        return self.before != self.after

    def __str__(self) -> str:
        return f"to report of {self.on}: " + ", ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        for name, (before, after) in self._told().items():
            if before != after:
                yield f"{name} {'none' if after is None else after} instead of {'none' if before is None else before}"

    def _told(self) -> dict[str, tuple[object, object]]:
        before, after = self.before, self.after
        amounts = {
            name: (Money.aggregate(one, self.currency), Money.aggregate(other, self.currency))
            for name, one, other in (
                ("past due", before.past_due_minor, after.past_due_minor),
                ("outstanding", before.outstanding_minor, after.outstanding_minor),
            )
        }
        return {
            "status": (before.status, after.status),
            "days past due": (before.days, after.days),
            "late since": (before.since_on, after.since_on),
            **amounts,
            "last payment": (before.last_paid_on, after.last_paid_on),
            "charged off": (before.charged_off_on, after.charged_off_on),
        }


def reported(book: Book, *, unreported: Spans = NO_DAYS, policy: LatenessPolicy = _POLICY) -> Reported:
    """
    Return what a bureau or a regulator is told of an account.

    Args:
        book: The account on a business day, in its time zone; due on that day is not late. Whole minor units, nothing is rounded.
        unreported: Days on which a hold forbade reporting; the reporting clock stands still on them.
        policy: How the reporting clock counts.

    Source:
        `collectkit.delinquency.lateness`; what the forms of a bureau make of it is the exporter's.
    """
    clock = read_clock(as_agreed(book) if policy.reporting.as_agreed else book, policy.reporting, unreported)
    outstanding = book.balances().outstanding_minor
    status: ReportedStatus = "past_due" if clock.days else "current"
    if not outstanding:
        status = "paid"
    if book.charged_off_on is not None:
        status = "charged_off"
    if book.written_off_on is not None:
        status = "written_off"
    return Reported(status, clock.since_on, clock.days, clock.past_due_minor, outstanding, book.last_paid_on, book.charged_off_on)
