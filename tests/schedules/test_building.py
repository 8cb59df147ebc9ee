from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars.dates import Interval, Roll
from collectkit.errors import CurrencyMismatchError, PlanError
from collectkit.money import Money, Rounding
from collectkit.schedules.building import from_schedule, monthly, pay_in_3, pay_in_4, pay_in_30, pay_in_n, with_tax
from collectkit.testing.strategies import days, minor_units

BOUGHT = date(2026, 9, 1)


def usd(text):
    return Money.of(text, "USD")


class TestPayIn:
    def test_pay_in_4(self):
        """
        Four equal parts, the first at the purchase, one every two weeks.
        """
        plan = pay_in_4(usd("200.00"), bought_on=BOUGHT)

        assert (5000, 5000, 5000, 5000) == plan.principal
        assert (BOUGHT, date(2026, 9, 15), date(2026, 9, 29), date(2026, 10, 13)) == plan.due_on
        assert plan.kind == "pay_in_4"

    def test_pay_in_3(self):
        """
        A hundred in three: the odd cent is in the first.
        """
        plan = pay_in_3(usd("100.00"), bought_on=BOUGHT)

        assert (3334, 3333, 3333) == plan.principal
        assert (BOUGHT, date(2026, 10, 1), date(2026, 11, 1)) == plan.due_on

    def test_pay_in_30(self):
        """
        One payment after thirty days.
        """
        plan = pay_in_30(usd("59.90"), bought_on=BOUGHT)

        assert ((date(2026, 10, 1),), (5990,)) == (plan.due_on, plan.principal)

    def test_odd_units_may_go_to_the_last(self):
        """
        Odd units go one each to the first installments, or to the last.
        """
        assert (26, 26, 25, 25) == pay_in_n(Money(102, "USD"), 4, bought_on=BOUGHT).principal
        assert (25, 25, 26, 26) == pay_in_n(Money(102, "USD"), 4, bought_on=BOUGHT, residual="last").principal

    def test_month_ends_do_not_drift(self):
        """
        Each month is counted from the first date, so March has its 31st again.
        """
        plan = pay_in_n(usd("100.00"), 3, Interval(1, "months"), bought_on=date(2026, 1, 31))

        assert (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)) == plan.due_on

    def test_down_payment_comes_first(self):
        """
        The down payment is due at the purchase and the installments follow one interval later.
        """
        plan = pay_in_n(usd("100.00"), 3, "1 month", bought_on=BOUGHT, down_payment=usd("25.00"))

        assert (2500, 2500, 2500, 2500) == plan.principal
        assert (BOUGHT, date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)) == plan.due_on

    def test_rolls_to_business_days_need_a_calendar(self):
        """
        Which days are business days is never guessed.
        """
        with pytest.raises(PlanError, match="calendar"):
            pay_in_4(usd("100.00"), bought_on=BOUGHT, roll=Roll.FOLLOWING)

    @pytest.mark.parametrize(
        ("total", "n", "terms", "message"),
        [
            (Money(3, "USD"), 4, {}, "3 minor units cannot be paid in 4"),
            (Money(300, "USD"), 0, {}, "at least 1, got 0"),
            (Money(300, "USD"), True, {}, "got True"),
            (Money(0, "USD"), 1, {}, "0 minor units"),
            (Money(300, "USD"), 3, {"residual": "middle"}, "middle"),
            (Money(300, "USD"), 3, {"down_payment": Money(300, "USD")}, "less than 3.00 USD"),
            (Money(300, "USD"), 3, {"first_on": date(2026, 8, 31)}, "before the purchase"),
            (Money(300, "USD"), 3, {"every": "99999 weeks", "first_on": date(9990, 1, 1)}, "leave the calendar"),
        ],
    )
    def test_terms_that_make_no_plan(self, total, n, terms, message):
        """
        A refusal says what is wrong, even where the word would have had no effect.
        """
        with pytest.raises(PlanError, match=message):
            pay_in_n(total, n, bought_on=BOUGHT, **terms)

    def test_down_payment_in_another_currency(self):
        """
        Nothing is converted silently.
        """
        with pytest.raises(CurrencyMismatchError):
            pay_in_n(usd("100.00"), 3, bought_on=BOUGHT, down_payment=Money(100, "EUR"))


class TestMonthly:
    def test_annuity(self):
        """
        1,234.56 at 24 percent in three payments: 428.09 each, the last takes the rest.
        """
        plan = monthly(usd("1234.56"), 3, bought_on=date(2026, 1, 31), annual_rate_bp=2400)

        assert (2469, 1662, 839) == plan.interest
        assert (40340, 41147, 41969) == plan.principal
        assert (date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)) == plan.due_on

    def test_equal_principal(self):
        """
        Equal principal, and interest on what remains.
        """
        plan = monthly(usd("300.00"), 3, bought_on=BOUGHT, annual_rate_bp=1200, method="equal_principal")

        assert ((10000, 10000, 10000), (300, 200, 100)) == (plan.principal, plan.interest)

    def test_flat(self):
        """
        Interest on the whole price for the whole time, shared evenly.
        """
        plan = monthly(usd("300.00"), 3, bought_on=BOUGHT, annual_rate_bp=1200, method="flat")

        assert ((10000, 10000, 10000), (300, 300, 300)) == (plan.principal, plan.interest)

    def test_without_interest(self):
        """
        No rate, no interest column; the down payment is a row of its own.
        """
        plan = monthly(usd("350.00"), 3, bought_on=BOUGHT, down_payment=usd("50.00"))

        assert ((5000, 10000, 10000, 10000), ()) == (plan.principal, plan.interest)
        assert BOUGHT == plan.due_on[0]

    def test_unknown_method(self):
        """
        A method that does not exist is refused, with or without interest.
        """
        for rate in (0, 100):
            with pytest.raises(PlanError, match="balloon"):
                monthly(usd("300.00"), 3, bought_on=BOUGHT, annual_rate_bp=rate, method="balloon")
        with pytest.raises(PlanError, match="basis points"):
            monthly(usd("300.00"), 3, bought_on=BOUGHT, annual_rate_bp=-1)


class TestFromSchedule:
    def test_rows_are_taken_as_given(self):
        """
        Dates and amounts stand as they came, with and without interest.
        """
        plan = from_schedule([(BOUGHT, usd("10.00")), (date(2026, 10, 1), usd("9.00"), usd("1.00"))], bought_on=BOUGHT)

        assert ((1000, 900), (0, 100), ()) == (plan.principal, plan.interest, plan.tax)

    def test_rows_with_tax(self):
        """
        What another system asks for in tax is taken as it is.
        """
        rows = [(BOUGHT, usd("10.00")), (date(2026, 10, 1), usd("9.00"), usd("1.00"), usd("0.16"))]
        plan = from_schedule(rows, bought_on=BOUGHT)

        assert ((0, 16), 2016) == (plan.tax, plan.total_minor)
        assert usd("10.16") == plan.installment(2).amount

    def test_refusals(self):
        """
        No rows, two currencies, or dates that go back make no plan.
        """
        with pytest.raises(PlanError, match="at least one"):
            from_schedule([], bought_on=BOUGHT)
        with pytest.raises(CurrencyMismatchError):
            from_schedule([(BOUGHT, usd("10.00")), (BOUGHT, Money(1, "EUR"))], bought_on=BOUGHT)
        with pytest.raises(PlanError, match="go back"):
            from_schedule([(BOUGHT, usd("10.00")), (date(2026, 8, 1), usd("10.00"))], bought_on=BOUGHT)


class TestTax:
    MONTHLY = monthly(usd("3000.00"), 3, bought_on=BOUGHT, annual_rate_bp=3600)

    def test_tax_on_the_interest_of_each_installment(self):
        """
        Sixteen percent of 90.00, 60.88 and 30.89, each rounded half up; principal bears none.
        """
        plan = with_tax(self.MONTHLY, 1600)

        assert ((9000, 6088, 3089), (1440, 974, 494)) == (plan.interest, plan.tax)
        assert self.MONTHLY.total_minor + 2908 == plan.total_minor
        assert (self.MONTHLY.principal, self.MONTHLY.due_on) == (plan.principal, plan.due_on)

    def test_the_rounding_is_said(self):
        """
        Half a cent up, or to the even one.
        """
        plan = from_schedule([(BOUGHT, usd("10.00"), usd("0.25"))], bought_on=BOUGHT)

        assert ((3,), (2,)) == (with_tax(plan, 1000).tax, with_tax(plan, 1000, rounding=Rounding.HALF_EVEN).tax)

    def test_without_interest_there_is_nothing_to_tax(self):
        """
        The plan stays what it is.
        """
        plan = pay_in_4(usd("200.00"), bought_on=BOUGHT)

        assert plan == with_tax(plan, 1600)

    def test_refusals(self):
        """
        A rate that is none, a rate written as a share, and tax on a plan that has it.
        """
        for rate in (0, -1, 10_001, 0.16, True):
            with pytest.raises(PlanError, match="nothing was recorded"):
                with_tax(self.MONTHLY, rate)
        with pytest.raises(PlanError, match="already"):
            with_tax(with_tax(self.MONTHLY, 1600), 1600)

    def test_a_column_of_tax_has_a_row_for_each_due_date(self):
        """
        Another length, a negative tax and a float are refused as they are for interest.
        """
        for tax in ((1,), (1, 2, -3), (1, 2, 3.0)):
            with pytest.raises(PlanError, match="nothing was recorded"):
                attrs.evolve(self.MONTHLY, tax=tax)


class TestLaws:
    @given(
        total=minor_units(60, 10**9),
        n=st.integers(1, 60),
        every=st.sampled_from(["1 day", "2 weeks", "1 month"]),
        bought_on=days(),
        residual=st.sampled_from(["first", "last"]),
    )
    def test_installments_add_up_and_are_equal(self, total, n, every, bought_on, residual):
        """
        The sum is the price, no two differ by more than a unit, and dates rise.
        """
        plan = pay_in_n(Money(total, "USD"), n, every, bought_on=bought_on, residual=residual)

        assert total == sum(plan.principal)
        assert max(plan.principal) - min(plan.principal) <= 1
        assert sorted(set(plan.due_on)) == list(plan.due_on)

    @given(
        total=minor_units(1, 10**7),
        n=st.integers(1, 48),
        rate=st.integers(1, 9900),
        method=st.sampled_from(["annuity", "flat", "equal_principal"]),
        rounding=st.sampled_from(Rounding),
    )
    def test_principal_adds_up_to_the_price(self, total, n, rate, method, rounding):
        """
        Interest or not, the principal is the price to the cent and nothing is negative.
        """
        if total < n:
            return
        plan = monthly(Money(total, "USD"), n, bought_on=BOUGHT, annual_rate_bp=rate, method=method, rounding=rounding)

        assert total == sum(plan.principal)
        assert min(*plan.principal, *plan.interest, 0) == 0

    @given(total=minor_units(10_000, 10**8), n=st.integers(2, 36), rate=st.integers(1, 5000))
    def test_annuity_payments_are_equal_and_fair(self, total, n, rate):
        """
        All payments but the last are equal, and the last differs by no more than the roundings can add up to.
        """
        plan = monthly(Money(total, "USD"), n, bought_on=BOUGHT, annual_rate_bp=rate)
        payments = [part + cost for part, cost in zip(plan.principal, plan.interest, strict=True)]
        growth = (1 + Fraction(rate, 120_000)) ** n

        assert len(set(payments[:-1])) == 1
        assert abs(payments[-1] - payments[0]) <= n * growth + 1
