from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectkit.errors import PlanError
from collectkit.money import Rounding, divide
from collectkit.schedules.amounts import Interest, Sharing, equal_parts, level_factor, level_payments, with_interest

RESIDUALS = st.sampled_from(("first", "last", "all_first", "all_last"))
INTERESTS = st.builds(
    Interest,
    st.integers(0, 6000),
    st.sampled_from(("annuity", "flat", "equal_principal")),
    st.sampled_from(Rounding),
    principal_grace=st.integers(0, 3),
    interest_grace=st.integers(0, 3),
    interest_free=st.integers(0, 5),
    first_period=st.fractions(0, 1, max_denominator=31),
)


class TestEqualParts:
    @pytest.mark.parametrize(
        ("residual", "expected"),
        [
            ("first", (26, 26, 25, 25)),
            ("last", (25, 25, 26, 26)),
            ("all_first", (27, 25, 25, 25)),
            ("all_last", (25, 25, 25, 27)),
        ],
    )
    def test_where_the_odd_units_go(self, residual, expected):
        """
        A hundred and two in four: two units do not divide.
        """
        assert expected == equal_parts(102, 4, Sharing(residual=residual))

    def test_whole_dollars(self):
        """
        A hundred dollars and a half in three, in whole dollars: the odd dollar and the half stand in the same place.
        """
        assert (3450, 3300, 3300) == equal_parts(10_050, 3, Sharing(unit_minor=100))
        assert (3300, 3300, 3450) == equal_parts(10_050, 3, Sharing(unit_minor=100, residual="all_last"))

    def test_an_installment_is_at_least_a_unit(self):
        """
        Nothing is asked in installments of nothing.
        """
        with pytest.raises(PlanError, match="at least 100 minor units"):
            equal_parts(299, 3, Sharing(unit_minor=100))

    @pytest.mark.parametrize("bad", [{"unit_minor": 0}, {"unit_minor": 1.0}, {"residual": "middle"}])
    def test_no_sharing(self, bad):
        """
        A unit is a whole number, and the residual a word that is known.
        """
        with pytest.raises(PlanError, match="nothing was recorded"):
            Sharing(**bad)

    @given(each=st.integers(1, 10_000), rest=st.integers(0, 10_000), n=st.integers(1, 40), unit=st.integers(1, 100), residual=RESIDUALS)
    def test_nothing_is_lost_and_all_but_one_are_whole_units(self, each, rest, n, unit, residual):
        """
        The parts add up; where odd units go one each, parts differ by a unit, but for the one with the rest.
        """
        minor = each * n * unit + rest
        parts = equal_parts(minor, n, Sharing(unit, residual))

        assert minor == sum(parts)
        assert 1 >= sum(part % unit != 0 for part in parts)
        if residual in ("first", "last"):
            assert 2 * unit > max(parts) - min(parts)
            assert list(parts) == sorted(parts, reverse=residual == "first")


def by_hand(principal, rate_bp, n):
    """The annuity as it is explained to a consumer, in exact fractions."""
    rate = Fraction(rate_bp, 120_000)
    exact = principal * rate * (1 + rate) ** n / ((1 + rate) ** n - 1)
    payment = divide(exact.numerator, exact.denominator, Rounding.HALF_UP)
    rows, left = [], principal
    for number in range(n):
        cost = divide((left * rate).numerator, (left * rate).denominator, Rounding.HALF_UP)
        part = left if number == n - 1 else max(0, min(payment - cost, left))
        rows.append((part, cost))
        left -= part
    return tuple(zip(*rows, strict=True))


class TestLevelPayments:
    @given(principal=st.integers(100, 10**9), rate=st.integers(1, 10_000), n=st.integers(1, 60))
    def test_agrees_with_the_formula(self, principal, rate, n):
        """
        The fast loop gives what exact fractions give, for tiny prices too.
        """
        assert by_hand(principal, rate, n) == level_payments(principal, rate, n)

    @given(principal=st.integers(1, 10**9), rate=st.integers(1, 10_000).map(lambda n: n * 100 % 10_000 or n), n=st.integers(1, 36))
    @example(principal=375_402, rate=2500, n=36)
    @example(principal=24_024, rate=2500, n=1)
    def test_agrees_with_decimal_digits(self, principal, rate, n):
        """
        With the rate in decimal digits the figures are those of a program written with Python's Decimal.
        """
        with localcontext(Context(prec=28)):
            monthly = Decimal(rate) / 10_000 / 12
            growth = (1 + monthly) ** n
            payment = (principal * monthly * growth / (growth - 1)).quantize(Decimal(1), ROUND_HALF_UP)
            rows, left = [], Decimal(principal)
            for number in range(n):
                cost = (left * monthly).quantize(Decimal(1), ROUND_HALF_UP)
                part = left if number == n - 1 else max(Decimal(0), min(payment - cost, left))
                rows.append((int(part), int(cost)))
                left -= part

        assert tuple(zip(*rows, strict=True)) == level_payments(principal, rate, n, "decimal")

    @given(principal=st.integers(60, 10**6), rate=st.integers(1, 6000), n=st.integers(1, 24))
    def test_terms_without_grace_are_the_same_schedule(self, principal, rate, n):
        """
        The general way with nothing special asked is the common way.
        """
        careful = Interest(rate, rounding=Rounding.HALF_UP, interest_free=0, first_period=Fraction(1))

        assert level_payments(principal, rate, n) == with_interest(principal, n, careful)

    def test_level_payment_with_free_months(self):
        """
        Six months without interest and six with: payments of one are worth the six and the discounted six.
        """
        rate = Fraction(2400, 120_000)
        worth = 6 + sum(1 / (1 + rate) ** k for k in range(1, 7))

        assert 1 / worth == level_factor(2400, 12, free=6)

    def test_short_first_period(self):
        """
        Half a month until the first payment: it bears half a month's interest, and the payments stay level.
        """
        principal, interest = with_interest(100_000, 6, Interest(2400, first_period=Fraction(1, 2)))

        assert 1000 == interest[0]
        assert 1 >= max(p + i for p, i in zip(principal, interest, strict=True)) - min(
            p + i for p, i in zip(principal[:-1], interest[:-1], strict=True)
        )


class TestWithInterest:
    def test_grace_on_principal(self):
        """
        Two payments of interest only, then ten level ones.
        """
        principal, interest = with_interest(100_000, 12, Interest(1200, principal_grace=2))

        assert (0, 0) == principal[:2]
        assert (1000, 1000, 1000) == interest[:3]
        assert level_payments(100_000, 1200, 10)[0] == principal[2:]

    def test_grace_on_interest_asks_it_later(self):
        """
        Interest of the first three months stands with the fourth payment, none of it lost.
        """
        plain = with_interest(100_000, 12, Interest(1200, "equal_principal"))
        later = with_interest(100_000, 12, Interest(1200, "equal_principal", interest_grace=3))

        assert (0, 0, 0, sum(plain[1][:4])) == later[1][:4]
        assert (plain[0], sum(plain[1])) == (later[0], sum(later[1]))

    def test_flat_interest_of_free_months_is_not_asked(self):
        """
        Twelve months at one percent, three of them free: nine percent, on the nine.
        """
        _, interest = with_interest(100_000, 12, Interest(1200, "flat", interest_free=3))

        assert (0, 0, 0, *[1000] * 9) == interest

    def test_payments_in_whole_units(self):
        """
        A payment rounded to whole dollars; the last one takes what is left.
        """
        principal, interest = with_interest(123_456, 12, Interest(2400, rounding=Rounding.UP), Sharing(unit_minor=100))

        payments = [p + i for p, i in zip(principal, interest, strict=True)]
        assert 1 == len(set(payments[:-1]))
        assert payments[0] % 100 == 0
        assert 123_456 == sum(principal)

    @pytest.mark.parametrize("bad", [{"annual_rate_bp": -1}, {"annual_rate_bp": 1.5}, {"method": "balloon"}, {"principal_grace": -1}])
    def test_no_terms(self, bad):
        """
        Every number is whole, and a method has a name.
        """
        with pytest.raises(PlanError, match="nothing was recorded"):
            Interest(**bad)

    def test_grace_leaves_an_installment(self):
        """
        A grace over the whole plan would never ask for the money.
        """
        with pytest.raises(PlanError, match="a grace leaves at least one"):
            with_interest(1000, 3, Interest(principal_grace=3))

    @given(
        financed=st.integers(5000, 10**7), n=st.integers(4, 24), interest=INTERESTS, unit=st.sampled_from((1, 5, 100)), residual=RESIDUALS
    )
    def test_principal_adds_up_and_nothing_is_negative(self, financed, n, interest, unit, residual):
        """
        Whatever the terms, the principal is what was financed, and each figure is a whole unit but the one with the rest.
        """
        principal, cost = with_interest(financed, n, interest, Sharing(unit, residual))

        assert (n, n, financed) == (len(principal), len(cost), sum(principal))
        assert min(*principal, *cost) >= 0
        assert all(part % unit == 0 for part in cost)
        assert (0,) * interest.principal_grace == principal[: interest.principal_grace]
        assert 1 >= sum(part % unit != 0 for part in principal)
