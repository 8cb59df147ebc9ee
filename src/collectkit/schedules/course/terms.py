"""The terms of a contract that draws its own plan: from what is paid out, with down payments, graces and agreed interest."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from collectkit._checks import one_of
from collectkit.calendars.dates import Interval
from collectkit.errors import PolicyError
from collectkit.schedules._folding.changes import whole
from collectkit.schedules.rules import DEFAULT_RULES, PostingRules

_NOT_LOADED = "nothing was loaded"


@attrs.frozen(kw_only=True)
class InterestTerms:
    """
    Agreed interest.

    Attributes:
        annual_rate: ``Fraction(12, 100)`` for twelve percent a year.
        method: ``flat`` on the price for the whole time, or ``declining`` on what remains.
        by_days: Interest by the real days of each period, not by the period.
        days_in_year: 360, 364, 365, or 0 for the real length of the year; a plan drawn at once always takes 365.
        days_in_month: 30, or 0 for the real length of the month; only for a plan that follows the payments.
        equal_principal: Equal parts of principal, interest on top; otherwise equal installments. Only for a plan drawn at once.
        early: What interest an installment paid before its time still bears: None for all of it, ``to_payment`` up to the
            day of the payment, ``to_due`` up to its own due date when the payment falls into its time.
        overdue_bears: Principal past due goes on bearing interest until the last due date: None for no more than was planned, ``by_day``
            up to the day of a payment, ``by_period`` for each whole period in which it is unpaid.
    """

    annual_rate: Fraction
    method: str = attrs.field(default="flat", validator=one_of("flat", "declining", error=PolicyError, not_done=_NOT_LOADED))
    by_days: bool = False
    days_in_year: int = 365
    days_in_month: int = 0
    equal_principal: bool = False
    early: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(one_of("to_payment", "to_due", error=PolicyError, not_done=_NOT_LOADED))
    )
    overdue_bears: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(one_of("by_period", "by_day", error=PolicyError, not_done=_NOT_LOADED))
    )

    @staticmethod
    def yearly(rate: Fraction, *, per_month: bool) -> Fraction:
        """Return a yearly rate, twelve times one that is given for a month."""
        return rate * 12 if per_month else rate


@attrs.frozen(kw_only=True)
class ContractTerms:
    """
    What was agreed: how what is paid out is shared over installments, and how money is applied.

    Attributes:
        currency: ISO 4217 code; every amount is in minor units of it.
        count: Number of installments, down payments not counted.
        every: Their distance, counted from the start.
        starts_on: Day the due dates are counted from; None for the first disbursement.
        drawn_at_once: The plan is made of all disbursements at once, as if they had been known from the outset; otherwise
            each is spread over the installments due after it when it comes.
        unit_minor: Installments and down payments are multiples of so many minor units; 100 is whole dollars.
        down_payment: Share of each disbursement that is due at once, ``Fraction(1, 4)`` for a quarter; 0 for none.
        principal_grace: So many first installments carry no principal, and ask for their interest only.
        interest_grace: So many first installments carry no interest; it is due with the one after them.
        interest: None for none.
        rules: How money is applied.

    Raises:
        PolicyError: No installment, no unit, or a down payment of the whole.
    """

    currency: str
    count: int
    every: Interval
    starts_on: date | None = None
    drawn_at_once: bool = False
    unit_minor: int = 1
    down_payment: Fraction = Fraction(0)
    principal_grace: int = 0
    interest_grace: int = 0
    interest: InterestTerms | None = None
    rules: PostingRules = DEFAULT_RULES

    def __attrs_post_init__(self) -> None:
        if self.count < 1 or self.unit_minor < 1 or not 0 <= self.down_payment < 1:
            raise PolicyError(
                "a contract has at least one installment, a unit of at least one minor unit and a down payment below the whole; "
                "nothing was loaded"
            )
        if not (0 <= self.principal_grace < self.count and 0 <= self.interest_grace < self.count):
            raise PolicyError(f"a grace is shorter than the plan of {self.count} installments; nothing was loaded")

    def equal_parts(self, total_minor: int, count: int) -> tuple[int, ...]:
        """Return a sum in equal parts of whole units, half even; the last one takes the rest."""
        each = whole(Fraction(total_minor, count), self.unit_minor)
        return (*[each] * (count - 1), total_minor - each * (count - 1))
