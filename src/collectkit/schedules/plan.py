"""The plan: the contract's installments, one frozen object over parallel tuples.

Rows are made on demand; a book of a million plans holds no row objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from operator import gt

import attrs

from collectkit._checks import day
from collectkit.calendars.dates import require_day
from collectkit.errors import PlanError
from collectkit.money import Money, exponent

MINOR_MAX = 10**15
_DAYS, _WHOLE = {date}, {int}


@attrs.frozen
class Installment:
    """
    One row of a plan.

    Attributes:
        number: From 1.
        due_on: Last day on which paying it is in time.
        principal: Part of the price.
        interest: Agreed interest; zero for most plans.
        tax: Tax on it; zero for most plans.
    """

    number: int
    due_on: date
    principal: Money
    interest: Money
    tax: Money = attrs.field(default=attrs.Factory(lambda self: Money(0, self.principal.currency), takes_self=True))

    @property
    def amount(self) -> Money:
        """Return all that falls due with this installment."""
        return self.principal + self.interest + self.tax


@attrs.frozen
class Plan:
    """
    What was agreed at the purchase: which amount falls due on which day.

    Attributes:
        kind: Name of the plan type, such as ``pay_in_4``.
        currency: ISO 4217 code; every amount of the account is in it.
        bought_on: Day of the purchase.
        due_on: Due dates, in order; two may be equal.
        principal: Minor units of the price due on each.
        interest: Minor units of interest due on each; empty when there is none.
        annual_rate_bp: Yearly interest in basis points, for information; the interest column is what counts.
        tax: Minor units of tax due on each, such as value added tax on the interest; empty when there is none.

    Raises:
        PlanError: Lengths differ, a date goes back, an amount is negative or no whole number, or nothing is due at all.
        TimeError: A date is none, or one with a time.
    """

    kind: str
    currency: str
    bought_on: date = attrs.field(validator=day)
    due_on: tuple[date, ...]
    principal: tuple[int, ...]
    interest: tuple[int, ...] = ()
    annual_rate_bp: int = 0
    tax: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        exponent(self.currency)
        count = len(self.due_on)
        if not count or len(self.principal) != count or len(self.interest) not in (0, count) or len(self.tax) not in (0, count):
            raise PlanError(
                f"a plan needs one principal amount for each due date, and as many or no amounts of interest and tax, got {count} dates, "
                f"{len(self.principal)} principal, {len(self.interest)} interest and {len(self.tax)} tax amounts; nothing was recorded"
            )
        if set(map(type, self.due_on)) != _DAYS:
            for due_on in self.due_on:
                require_day(due_on, "a due date")
        amounts = (*self.principal, *self.interest, *self.tax) if self.interest or self.tax else self.principal
        if set(map(type, amounts)) != _WHOLE:
            raise PlanError("amounts of a plan are whole minor units, no floats and no bools; nothing was recorded")
        if any(map(gt, self.due_on, self.due_on[1:])):
            raise PlanError("due dates must not go back; nothing was recorded")
        if min(amounts) < 0:
            raise PlanError("an installment cannot be negative; nothing was recorded")
        total = sum(amounts)
        if not 0 < total <= MINOR_MAX:
            raise PlanError(f"a plan must be worth 1 to {MINOR_MAX} minor units, got {total}; nothing was recorded")

    @property
    def total_minor(self) -> int:
        """Return all that the contract asks for, in minor units."""
        return sum(self.principal) + sum(self.interest) + sum(self.tax)

    @property
    def total(self) -> Money:
        """Return all that the contract asks for."""
        return Money(self.total_minor, self.currency)

    def __len__(self) -> int:
        return len(self.due_on)

    def installment(self, number: int) -> Installment:
        """Return row *number*, counted from 1."""
        index = number - 1
        interest = self.interest[index] if self.interest else 0
        tax = self.tax[index] if self.tax else 0
        currency = self.currency
        return Installment(
            number, self.due_on[index], Money(self.principal[index], currency), Money(interest, currency), Money(tax, currency)
        )

    def rows(self) -> Iterator[Installment]:
        """Yield the rows in order."""
        return (self.installment(number) for number in range(1, len(self) + 1))
