"""How a law limits all fees of one customer within periods of their contracts, default fees apart from others."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from collectkit.calendars.dates import add_months
from collectkit.compliance.fee_models import DEFAULT, OfDefault, amount_of, sum_of
from collectkit.compliance.question import Question


@attrs.frozen
class CustomerPeriods(OfDefault):
    """
    Caps on all fees of one customer within periods that run from the start of their first contract.

    Attributes:
        months: Length of a period.
        not_before: No period starts earlier.
        other: Cap on other fees, in the first period and in every later one.
        default: Cap on default fees.
        default_only: Cap where a contract knows no other fee, in the first period and in every later one.
    """

    months: int
    not_before: date
    other: tuple[Fraction, Fraction]
    default: Fraction
    default_only: tuple[Fraction, Fraction]

    def cap(self, question: Question) -> Fraction | None:
        """Return the cap of the period and class of the fee."""
        found = self._period(question)
        if found is None:
            return None
        later = min(found, 1)
        if question.fact("account.only_default_fees") is True:
            return self.default_only[later]
        return self.default if question.fact("fee.kind") == DEFAULT else self.other[later]

    def spent(self, question: Question) -> Fraction:
        """Return what was charged of the same class in the period, over all contracts."""
        period = self._period(question)
        start = self._start(question)
        if period is None or start is None:
            return Fraction(0)
        first, next_first = add_months(start, period * self.months), add_months(start, (period + 1) * self.months)
        together = question.fact("account.only_default_fees") is True
        is_default = question.fact("fee.kind") == DEFAULT
        return sum_of(
            fee
            for fee in question.payments.fees
            if first <= fee.on < next_first and (together or not fee.kind or (fee.kind == DEFAULT) == is_default)
        )

    def renews_on(self, question: Question) -> date | None:
        """Return the first day of the next period, unless the fee is more than that one will allow."""
        period, start = self._period(question), self._start(question)
        amount = amount_of(question, "fee.amount")
        if period is None or start is None or amount is None:
            return None
        if question.fact("account.only_default_fees") is True:
            room = self.default_only[1]
        else:
            room = self.default if question.fact("fee.kind") == DEFAULT else self.other[1]
        return add_months(start, (period + 1) * self.months) if amount <= room else None

    def _start(self, question: Question) -> date | None:
        first = question.day_fact("account.first_contract_on")
        return None if first is None else max(first, self.not_before)

    def _period(self, question: Question) -> int | None:
        """Return how many whole periods have passed on the day of the act."""
        start = self._start(question)
        if start is None:
            return None
        today = date.fromordinal(min(question.days))
        passed = max(0, ((today.year - start.year) * 12 + today.month - start.month) // self.months + 1)
        while passed and add_months(start, passed * self.months) > today:
            passed -= 1
        return passed
