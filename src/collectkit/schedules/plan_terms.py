"""The terms of a kind of plan as data: what a shop offers, before anybody has bought anything."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

import attrs

from collectkit.calendars.dates import Interval, Roll
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import PlanError
from collectkit.money import Money, Rounding, divide
from collectkit.schedules.amounts import Method, Residual
from collectkit.schedules.building import monthly, pay_in_n, with_tax
from collectkit.schedules.plan import Plan

__all__ = ["First", "PlanTerms"]

First: TypeAlias = Literal["purchase", "later"]

_WHOLE_BP = 10_000
_MONTH = Interval(1, "months")


@attrs.frozen(kw_only=True)
class PlanTerms:
    """
    What a plan of this kind looks like.

    Attributes:
        name: For example ``pay-in-4``; the kind of the plans that are made.
        installments: How many, a down payment not counted.
        every: Distance of two due dates.
        first: Whether the first is due at the ``purchase``, or ``later``, one interval after it.
        down_payment_bp: Share of the price due at the purchase, in basis points, rounded up to a unit.
        annual_rate_bp: Yearly interest in basis points; needs installments every month.
        method: How interest is counted.
        unit_minor: Installments are whole multiples of so many minor units.
        residual: Where the units go that do not divide.
        principal_grace: So many first installments ask for interest only.
        interest_grace: The interest of so many first installments is asked with the one after them.
        interest_free: So many first months bear no interest.
        interest_tax_bp: Tax on the interest of each installment, in basis points; see `collectkit.plans.with_tax`.

    Raises:
        PlanError: Terms that contradict each other.
    """

    name: str
    installments: int
    every: Interval
    first: First = "purchase"
    down_payment_bp: int = 0
    annual_rate_bp: int = 0
    method: Method = "annuity"
    unit_minor: int = 1
    residual: Residual = "first"
    principal_grace: int = 0
    interest_grace: int = 0
    interest_free: int = 0
    interest_tax_bp: int = 0

    def __attrs_post_init__(self) -> None:
        if self.first not in ("purchase", "later"):
            raise PlanError(f"the first installment is due at the 'purchase' or 'later', got {self.first!r}; nothing was loaded")
        if type(self.installments) is not int or self.installments < 1:
            raise PlanError(f"a plan has at least 1 installment, got {self.installments!r}; nothing was loaded")
        if not 0 <= self.down_payment_bp < _WHOLE_BP:
            raise PlanError(f"a down payment is 0 to 9999 basis points of the price, got {self.down_payment_bp}; nothing was loaded")
        graces = self.principal_grace or self.interest_grace or self.interest_free
        if (self.annual_rate_bp or graces) and (self.every != _MONTH or self.first != "later"):
            raise PlanError("interest and graces need installments every month, the first one later; nothing was loaded")
        if type(self.interest_tax_bp) is not int or not 0 <= self.interest_tax_bp <= _WHOLE_BP:
            raise PlanError(f"a rate of tax is 0 to {_WHOLE_BP} basis points, got {self.interest_tax_bp!r}; nothing was loaded")

    def plan(
        self,
        total: Money,
        bought_on: date,
        *,
        annual_rate_bp: int | None = None,
        roll: Roll = Roll.NONE,
        calendar: HolidayCalendar | None = None,
    ) -> Plan:
        """
        Make the plan of one purchase.

        Args:
            total: The price.
            bought_on: Day of the purchase, from which due dates are counted.
            annual_rate_bp: The contract's own rate; None for that of the terms.
            roll: What happens to a due date that is no business day; needs *calendar*.
            calendar: Which days are business days.

        Raises:
            PlanError: The price cannot be paid so, or a rate needs months.

        >>> terms = PlanTerms(name="pay-in-4", installments=4, every=Interval.of("2 weeks"))
        >>> terms.plan(Money.of("35.00", "USD"), date(2026, 9, 1)).principal
        (875, 875, 875, 875)
        """
        if annual_rate_bp is not None:
            return attrs.evolve(self, annual_rate_bp=annual_rate_bp).plan(total, bought_on, roll=roll, calendar=calendar)
        down = self._down_payment(total)
        if self.every == _MONTH and self.first == "later":
            plan = monthly(
                total,
                self.installments,
                bought_on=bought_on,
                annual_rate_bp=self.annual_rate_bp,
                method=self.method,
                down_payment=down,
                roll=roll,
                calendar=calendar,
                unit_minor=self.unit_minor,
                residual=self.residual,
                principal_grace=self.principal_grace,
                interest_grace=self.interest_grace,
                interest_free=self.interest_free,
                kind=self.name,
            )
            return with_tax(plan, self.interest_tax_bp) if self.interest_tax_bp else plan
        return pay_in_n(
            total,
            self.installments,
            self.every,
            bought_on=bought_on,
            first_on=self.every.nth(bought_on, 1) if self.first == "later" and down is None else None,
            down_payment=down,
            roll=roll,
            calendar=calendar,
            unit_minor=self.unit_minor,
            residual=self.residual,
            kind=self.name,
        )

    def _down_payment(self, total: Money) -> Money | None:
        if not self.down_payment_bp:
            return None
        units = divide(total.minor * self.down_payment_bp, _WHOLE_BP * self.unit_minor, Rounding.UP)
        return Money(units * self.unit_minor, total.currency)
