"""What is owed on a date: each balance, and the dates that decide how late an account is.

A function of dues and a day; nothing here is stored. Dates, not ages: days past due follow from
`Balances.oldest_unpaid_due_on` and a date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from collectkit.ledger.entries import COMPONENTS
from collectkit.money import Money


@attrs.frozen
class Balances:
    """
    What is owed on one account on one day, in minor units.

    Attributes:
        currency: ISO 4217 code.
        as_of: The day; all postings of the day are in.
        outstanding_minor: All that remains to be paid.
        owed_minor: Due on *as_of* or before.
        past_due_minor: Due before *as_of*.
        due_today_minor: Due on *as_of*.
        components_minor: Outstanding penalty, fee, interest, principal and tax, in the order of `COMPONENTS`.
        oldest_unpaid_due_on: First due date with anything unpaid, past or future; None when all is paid.
        next_due_on: First due date from *as_of* on, inclusive, with anything unpaid; None when there is none.
        next_due_minor: Unpaid on that date.
        settled_count: Installments with nothing unpaid; charges are not counted.
        past_due_count: Installments unpaid and due before *as_of*; charges are not counted.
        credit_minor: Paid and not applied, because nothing was left to pay.
    """

    currency: str
    as_of: date
    outstanding_minor: int
    owed_minor: int
    past_due_minor: int
    due_today_minor: int
    components_minor: tuple[int, ...]
    oldest_unpaid_due_on: date | None
    next_due_on: date | None
    next_due_minor: int
    settled_count: int
    past_due_count: int
    credit_minor: int

    @property
    def outstanding(self) -> Money:
        """Return all that remains to be paid."""
        return Money.aggregate(self.outstanding_minor, self.currency)

    @property
    def owed(self) -> Money:
        """Return what is due by the day, inclusive."""
        return Money.aggregate(self.owed_minor, self.currency)

    @property
    def past_due(self) -> Money:
        """Return what was due before the day."""
        return Money.aggregate(self.past_due_minor, self.currency)

    @property
    def due_today(self) -> Money:
        """Return what is due on the day itself."""
        return Money.aggregate(self.due_today_minor, self.currency)

    @property
    def next_due(self) -> Money:
        """Return what is due on `next_due_on`; zero when there is no such day."""
        return Money.aggregate(self.next_due_minor, self.currency)

    @property
    def credit(self) -> Money:
        """Return what was paid and not applied."""
        return Money.aggregate(self.credit_minor, self.currency)

    def of(self, component: str) -> Money:
        """Return what is outstanding of ``penalty``, ``fee``, ``interest``, ``principal`` or ``tax``."""
        return Money.aggregate(self.components_minor[COMPONENTS.index(component)], self.currency)


def balances(
    due_on: Sequence[date], unpaid: Sequence[int], numbers: Sequence[int], *, currency: str, as_of: date, credit_minor: int = 0
) -> Balances:
    """
    Add up what is unpaid.

    Args:
        due_on: One date per due, oldest first.
        unpaid: Minor units, five per due in the order of `COMPONENTS`.
        numbers: Number of the installment, or 0 for a charge, one per due.
        currency: ISO 4217 code of all amounts.
        as_of: The day asked about.
        credit_minor: Paid and not applied.

    Source:
        A definition of this library: owed is what fell due on or before the day, past due what fell due before it. Calendar
        days in the account's time zone; whole minor units, nothing is rounded.
    """
    width = len(COMPONENTS)
    outstanding = past_due = today = settled = late = next_due = 0
    oldest = upcoming = None
    for index, day in enumerate(due_on):
        here = sum(unpaid[index * width : index * width + width])
        if not here:
            settled += numbers[index] > 0
            continue
        outstanding += here
        oldest = oldest or day
        if day < as_of:
            past_due += here
            late += numbers[index] > 0
            continue
        if day == as_of:
            today += here
        upcoming = upcoming or day
        next_due += here if day == upcoming else 0
    components = tuple([sum(unpaid[component::width]) for component in range(width)])
    return Balances(
        currency, as_of, outstanding, past_due + today, past_due, today, components, oldest, upcoming, next_due, settled, late, credit_minor
    )
