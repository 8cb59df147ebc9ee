"""What is too little to matter."""

from __future__ import annotations

from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CurrencyMismatchError, PolicyError
from collectkit.ledger import Credit, Payment, Reversal, Undo
from collectkit.money import Money
from collectkit.schedules import post, replay
from collectkit.schedules.building import pay_in_4
from collectkit.schedules.tolerances import SmallBalances, Tolerance, close_small, small_taken_back, worth_contact

AS_OF = date(2026, 12, 1)
PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))


def usd(minor):
    return Money(minor, "USD")


def given_up(minor):
    return Credit("small-balance/a-1/2026-12-01", "a-1", usd(minor), AS_OF, "small_balance", "small balance")


def owing(minor, as_of=AS_OF):
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
        assert given_up(12) == close_small(owing(12), self.POLICY, account="a-1")
        assert close_small(owing(1), self.POLICY, account="a-1") is None
        assert close_small(owing(51), self.POLICY, account="a-1") is None

    def test_a_share_of_the_order_is_another_limit(self):
        """
        A quarter of a percent of two hundred dollars is fifty cents; the smaller limit counts unless the larger is asked for.
        """
        share = SmallBalances(close_share_bp=25)
        both = SmallBalances(close_up_to=usd(10), close_share_bp=25)

        assert given_up(50) == close_small(owing(50), share, account="a-1")
        assert close_small(owing(51), share, account="a-1") is None
        assert close_small(owing(50), both, account="a-1") is None
        assert given_up(50) == close_small(owing(50), attrs.evolve(both, combine="max"), account="a-1")

    def test_nothing_is_small_while_more_is_to_come(self):
        """
        On the last due date a balance may still be paid in time.
        """
        assert close_small(owing(12, PLAN.due_on[-1]), self.POLICY, account="a-1") is None

    def test_other_currencies_are_left_alone(self):
        """
        Fifty yen say nothing about dollars, and one policy speaks of one currency.
        """
        yen = SmallBalances(close_up_to=Money(50, "JPY"), contact_from=Money(500, "JPY"))

        assert close_small(owing(12), yen, account="a-1") is None
        assert worth_contact(usd(1), yen)
        with pytest.raises(PolicyError, match="in one currency, got JPY, USD"):
            SmallBalances(close_up_to=Money(50, "JPY"), contact_from=usd(1))

    def test_the_floor_for_contact_stands_apart(self):
        """
        Four dollars are neither closed nor worth a message.
        """
        assert close_small(owing(400), self.POLICY, account="a-1") is None
        assert not worth_contact(usd(400), self.POLICY)
        assert worth_contact(usd(500), self.POLICY)
        assert worth_contact(usd(1), SmallBalances())


class TestTakenBack:
    POLICY = SmallBalances(close_up_to=usd(50))

    def test_a_bounced_payment_brings_the_whole_debt_back(self):
        """
        The credit names twelve cents, so it can never hide two hundred dollars; it is taken back with the payment.
        """
        closed = post(owing(12), given_up(12))
        bounced = post(closed, Reversal("r-1", "a-1", "p-1", date(2026, 11, 1)))
        (undo,) = small_taken_back(bounced, account="a-1")

        assert 0 == closed.balances().outstanding_minor
        assert () == small_taken_back(closed, account="a-1")
        assert 19_988 == bounced.balances().outstanding_minor
        assert (
            Undo("small-balance-back/a-1/2026-12-01", "a-1", given_up(12).id, "small_balance", AS_OF, "the account is open again") == undo
        )
        assert 20_000 == post(bounced, undo).balances().outstanding_minor

    def test_money_that_comes_after_all_pays_it(self):
        """
        Fifty dollars by mistake: twelve cents of them are owed, the rest is credit.
        """
        paid = post(post(owing(12), given_up(12)), Payment("p-2", "a-1", usd(5_000), AS_OF))
        (undo,) = small_taken_back(paid, account="a-1")

        assert "it was paid after all" == undo.reason
        assert (0, 4_988) == (post(paid, undo).balances().outstanding_minor, post(paid, undo).unapplied_minor)

    def test_what_a_person_took_back_is_not_given_again(self):
        """
        The policy's own taking back leaves room for another; a person's does not.
        """
        closed = post(owing(12), given_up(12))
        by_person = post(closed, Undo("u-1", "a-1", given_up(12).id, "small_balance", AS_OF, "they want to pay it"))
        by_policy = post(closed, Undo("small-balance-back/a-1/2026-12-01", "a-1", given_up(12).id, "small_balance", AS_OF))

        assert close_small(by_person, self.POLICY, account="a-1") is None
        assert close_small(by_policy, self.POLICY, account="a-1") is not None

    @given(left=st.integers(1, 50), more=st.integers(0, 500), bounces=st.booleans())
    def test_taking_back_leaves_the_account_as_if_nothing_had_been_given(self, left, more, bounces):
        """
        Whatever comes after: what is owed is what it would be without the credit, or the account is exactly settled by it.
        """
        later = [Payment("p-2", "a-1", usd(more), AS_OF)] if more else []
        later += [Reversal("r-1", "a-1", "p-1", AS_OF)] if bounces else []
        without = replay(PLAN, [*owing(left).entries, *later], as_of=AS_OF)
        book = replay(PLAN, [*owing(left).entries, given_up(left), *later], as_of=AS_OF)
        after = replay(PLAN, [*book.entries, *small_taken_back(book, account="a-1")], as_of=AS_OF)

        if more or bounces:
            assert (without.unpaid, without.unapplied_minor) == (after.unpaid, after.unapplied_minor)
        else:
            assert (0, 0) == (after.balances().outstanding_minor, after.unapplied_minor)
