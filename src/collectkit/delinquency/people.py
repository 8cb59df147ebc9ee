"""How late a person is over all their accounts: the worst, the average by what is late, and how many."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import attrs

from collectkit.delinquency.clocks import Lateness


@attrs.frozen
class PersonLateness:
    """
    One clock over the live accounts of a person, in one currency.

    Attributes:
        days: The most of any account.
        weighted_days: Days of each account weighted by what is late on it; 0 when nothing is.
        accounts_late: How many accounts are late.
        accounts: How many there are.
        past_due_minor: What is late on all of them, minor units.
    """

    days: int
    weighted_days: Fraction
    accounts_late: int
    accounts: int
    past_due_minor: int

    def crosses(self, days: int) -> bool:
        """Tell whether the worst account is so late that, by a cross-default clause, all of them count as late."""
        return self.days >= days


def person_lateness(accounts: Iterable[Lateness]) -> PersonLateness:
    """
    Read one clock over the accounts of a person.

    Args:
        accounts: What the same clock shows of each live account; amounts are in one currency, minor units.

    Returns:
        Whole days; the weighted ones are an exact fraction, not rounded. Each account's days are those of its own time zone.

    Source:
        A definition of this library: the worst account speaks for the person.
    """
    held = tuple(accounts)
    past_due = sum(one.past_due_minor for one in held)
    weighted = Fraction(sum(one.days * one.past_due_minor for one in held), past_due) if past_due else Fraction(0)
    return PersonLateness(max((one.days for one in held), default=0), weighted, sum(one.days > 0 for one in held), len(held), past_due)
