"""What is too little to matter."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CurrencyMismatchError, PolicyError
from collectkit.ledger import Payment, WriteOff
from collectkit.money import Money
from collectkit.schedules import replay
from collectkit.schedules.building import pay_in_4
from collectkit.schedules.tolerances import SmallBalances, Tolerance, close_small, worth_contact

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))


def usd(minor):
    return Money(minor, "USD")


def owing(minor, as_of=date(2026, 12, 1)):
    """The account with so much left to pay."""
    return replay(PLAN, [Payment("p-1", "a-1", usd(20_000 - minor), date(2026, 9, 1))], as_of=as_of)


class TestTolerance:
    def test_the_larger_or_the_smaller_of_both(self):
        """
        Of fifty dollars one percent is fifty cents, and a dollar is a dollar.
        """
        assert 50 == Tolerance(usd(100), 100, "min").minor(usd(5_000))
        assert 100 == Tolerance(usd(100), 100, "max").minor(usd(5_000))
        assert 0 == Tolerance().minor(usd(5_000))

    def test_a_shortfall_within_it_counts_as_paid(self):
        """
        Fifty cents may be missing, fifty-one may not.
        """
        rule = Tolerance(share_bp=100)

        assert rule.paid(usd(5_000), usd(4_950))
        assert not rule.paid(usd(5_000), usd(4_949))

    def test_bad_values(self):
        """
        Amounts are not negative, shares end at the whole, and nothing is converted.
        """
        with pytest.raises(PolicyError, match="not negative"):
            Tolerance(usd(-1))
        with pytest.raises(PolicyError, match="share_bp is from 0"):
            Tolerance(share_bp=10_001)
        with pytest.raises(PolicyError, match="'max' or 'min'"):
            Tolerance(combine="avg")  # type: ignore[arg-type]
        with pytest.raises(CurrencyMismatchError):
            Tolerance(Money(1, "EUR")).minor(usd(1))

    @given(asked=st.integers(1, 10**6), paid=st.integers(0, 10**6), bp=st.integers(0, 10_000))
    def test_paying_more_never_counts_less(self, asked, paid, bp):
        """
        Whatever counts as paid still does with one cent more.
        """
        rule = Tolerance(share_bp=bp)

        assert not rule.paid(usd(asked), usd(paid)) or rule.paid(usd(asked), usd(paid + 1))


class TestSmallBalances:
    POLICY = SmallBalances(close_up_to=usd(50), close_from=usd(2), contact_from=usd(500))

    def test_twelve_cents_are_closed_and_one_is_left_alone(self):
        """
        The band has two ends.
        """
        assert WriteOff("small-balance/a-1/2026-12-01", "a-1", date(2026, 12, 1), "small balance") == close_small(
            owing(12), self.POLICY, account="a-1"
        )
        assert close_small(owing(1), self.POLICY, account="a-1") is None
        assert close_small(owing(51), self.POLICY, account="a-1") is None

    def test_nothing_is_small_while_more_is_to_come(self):
        """
        On the last due date a balance may still be paid in time.
        """
        assert close_small(owing(12, PLAN.due_on[-1]), self.POLICY, account="a-1") is None

    def test_the_floor_for_contact_stands_apart(self):
        """
        Four dollars are neither closed nor worth a message.
        """
        assert close_small(owing(400), self.POLICY, account="a-1") is None
        assert not worth_contact(owing(400), self.POLICY)
        assert worth_contact(owing(500), self.POLICY)
        assert not worth_contact(owing(0), SmallBalances())
