from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CurrencyMismatchError, PlanError
from collectkit.money import Money
from collectkit.schedules.amounts import Interest, Sharing, with_interest
from collectkit.schedules.building import monthly
from collectkit.schedules.tranches import Tranche, in_tranches

FIRST = date(2026, 1, 10)


def paid_out(on, minor):
    return Tranche(on, Money(minor, "USD"))


class TestInTranches:
    def test_nothing_is_owed_before_it_was_paid_out(self):
        """
        The second half comes after the first installment and is spread over the other three.
        """
        plan = in_tranches([paid_out(FIRST, 60_000), paid_out(date(2026, 3, 1), 60_000)], 4)

        assert (15_000, 35_000, 35_000, 35_000) == plan.principal
        assert date(2026, 2, 10) == plan.due_on[0]

    def test_interest_runs_from_the_day_of_each(self):
        """
        From 1 to 10 March are nine days of a period of twenty-eight.
        """
        plan = in_tranches([paid_out(FIRST, 60_000), paid_out(date(2026, 3, 1), 60_000)], 4, interest=Interest(2400))
        first = with_interest(60_000, 4, Interest(2400))
        second = with_interest(60_000, 3, Interest(2400, first_period=Fraction(9, 28)))

        assert first[1][0] == plan.interest[0]
        assert tuple(a + b for a, b in zip(first[1][1:], second[1], strict=True)) == plan.interest[1:]

    def test_one_disbursement_is_a_monthly_plan(self):
        """
        With a single part nothing is different.
        """
        whole = monthly(Money(123_456, "USD"), 12, bought_on=FIRST, annual_rate_bp=2400, kind="tranches")

        assert whole == in_tranches([paid_out(FIRST, 123_456)], 12, interest=Interest(2400))

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ([], "at least one disbursement"),
            ([paid_out(date(2026, 2, 1), 100), paid_out(FIRST, 100)], "go back"),
            ([paid_out(FIRST, 1000), paid_out(date(2026, 6, 1), 100)], "no installment after it"),
        ],
    )
    def test_refused(self, given, message):
        """
        Days rise, and every part has an installment after it.
        """
        with pytest.raises(PlanError, match=message):
            in_tranches(given, 4)

    def test_interest_needs_months(self):
        """
        A twelfth of the yearly rate means nothing for two weeks.
        """
        with pytest.raises(PlanError, match="by months"):
            in_tranches([paid_out(FIRST, 1000)], 4, "2 weeks", interest=Interest(2400))

    def test_one_currency(self):
        """
        Dollars and euros are two credits.
        """
        with pytest.raises(CurrencyMismatchError):
            in_tranches([paid_out(FIRST, 1000), Tranche(FIRST, Money(1000, "EUR"))], 4)

    @given(
        parts=st.lists(st.tuples(st.integers(0, 100), st.integers(5000, 90_000)), min_size=1, max_size=4),
        rate=st.integers(0, 3000),
        unit=st.sampled_from((1, 100)),
    )
    def test_nothing_is_lost(self, parts, rate, unit):
        """
        The principal is what was paid out, and each installment asks at most for what was out before it.
        """
        parts = sorted(parts)
        given = [paid_out(FIRST + timedelta(days=after - parts[0][0]), minor) for after, minor in parts]
        plan = in_tranches(given, 6, interest=Interest(rate), sharing=Sharing(unit))

        assert sum(minor for _, minor in parts) == sum(plan.principal)
        for number, day in enumerate(plan.due_on, start=1):
            assert sum(plan.principal[:number]) <= sum(one.amount.minor for one in given if one.on < day)
