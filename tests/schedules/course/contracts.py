"""Contracts that the tests of this folder are about, and how to say what happened to them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from collectkit.calendars.dates import Interval
from collectkit.ledger import COMPONENTS, Disbursement, Entry, Recorded, as_known
from collectkit.money import Money
from collectkit.schedules import PostingRules
from collectkit.schedules.course import ContractTerms, Course, InterestTerms, Line, course

INTEREST, PRINCIPAL = COMPONENTS.index("interest"), COMPONENTS.index("principal")
MONTH = Interval(1, "months")
JANUARY = date(2024, 1, 1)
RULES = PostingRules(stands="installment", order=as_known)

FOLLOWING = ContractTerms(currency="EUR", count=3, every=MONTH, rules=RULES)
"""Three months, drawn as money is paid out."""
AT_ONCE = attrs.evolve(FOLLOWING, count=4, drawn_at_once=True)
"""Four months, drawn from the outset."""
ACTUAL = InterestTerms(annual_rate=Fraction(7, 100), method="declining", by_days=True, days_in_year=0, days_in_month=0)
"""Seven percent by real days of real years."""
BEARING = attrs.evolve(
    FOLLOWING,
    count=6,
    interest=attrs.evolve(ACTUAL, days_in_year=360, days_in_month=30, early="to_payment", overdue_bears="by_day"),
)
"""Six months at seven percent, months of thirty days; paid early they cost less, late more."""


def eur(minor: int) -> Money:
    """An amount."""
    return Money(minor, "EUR")


def lent(minor: int, on: date = JANUARY) -> Disbursement:
    """The first disbursement."""
    return Disbursement("d-1", "a-1", eur(minor), on)


def known(*entries: Entry) -> list[Recorded]:
    """The entries, each recorded on its own day."""
    return [Recorded(entry, entry.value_on, place) for place, entry in enumerate(entries, start=1)]


def figures(terms: ContractTerms, *entries: Entry) -> Course:
    """The course after the entries."""
    return course(terms, known(*entries))


def principal(found: Course) -> list[int]:
    """Principal asked with each line."""
    return [line.asked[PRINCIPAL] for line in found.lines]


def interest(found: Course) -> list[int]:
    """Interest asked with each line."""
    return [line.asked[INTEREST] for line in found.lines]


def due(line: Line) -> tuple[int, int]:
    """Interest and principal asked with a line."""
    return line.asked[INTEREST], line.asked[PRINCIPAL]
