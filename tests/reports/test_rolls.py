"""Rolls and cures follow the same accounts, and their rows reconcile."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.portfolio.books import account, late, standings

from collectkit.errors import ValidationError
from collectkit.portfolio import Portfolio
from collectkit.reports import cures, pooled, rolls, rolls_between
from collectkit.reports.rolls import RollLine


@st.composite
def pairs(draw):
    """Generate two snapshots of the same accounts in the same currencies."""
    first = [draw(standings(f"a-{number}")) for number in range(draw(st.integers(0, 5)))]
    second = [attrs.evolve(draw(standings(held.account)), currency=held.currency) for held in first]
    return Portfolio.of(first), Portfolio.of(second)


class TestExamples:
    def test_a_roll_is_followed_account_by_account(self):
        """
        Of two late accounts one rolls on and one is cured.
        """
        first = Portfolio.of([late("a-1", 10), late("a-2", 10), account("a-3")])
        second = Portfolio.of([late("a-1", 40), account("a-2", outstanding_minor=4_000), account("a-3")])

        made = rolls(first, second)

        assert {"current": 1, "31-60": 1} == made.row("USD", "1-30")
        assert Fraction(1, 2) == made.roll("USD", "1-30", "31-60").value
        assert Fraction(10_000, 20_000) == made.roll_of_balance("USD", "1-30", "31-60").value
        assert Fraction(6_000, 20_000) == made.collected("USD", "1-30").value

    def test_what_was_added_is_kept_apart(self):
        """
        A fee does not make an account look as if more had rolled than there was.
        """
        made = rolls(Portfolio.of([late("a-1", 10)]), Portfolio.of([late("a-1", 40, outstanding_minor=10_700)]))

        assert (RollLine("USD", "1-30", "31-60", 1, 10_000, 10_000, 0, 700),) == made.lines

    def test_flow_may_exceed_one(self):
        """
        The net flow compares balances of different accounts.
        """
        first = Portfolio.of([late("a-1", 40), late("a-2", 10)])
        second = Portfolio.of([late("a-1", 40), late("a-2", 40)])

        assert 2 == rolls(first, second).flow("USD", "1-30", "31-60").value
        assert 1 == rolls(first, second).roll("USD", "1-30", "31-60").value

    def test_a_cure_is_current_or_closed(self):
        """
        Rolling back to an earlier band is no cure.
        """
        first = Portfolio.of([late("a-1", 40), late("a-2", 40), late("a-3", 40), account("a-4")])
        second = Portfolio.of([late("a-1", 10), account("a-2"), account("a-3", outstanding_minor=0), account("a-4")])

        found = cures(rolls(first, second)).of("USD")

        assert (2, 3) == (found.accounts.numerator, found.accounts.denominator)
        assert (20_000, 30_000) == (found.balance.numerator, found.balance.denominator)

    def test_a_roll_back_stays_late(self):
        """
        Of three accounts in a band one came back to the band before, one was cured and one stayed; from the first band nobody rolls back.
        """
        first = Portfolio.of([late("a-1", 40), late("a-2", 40), late("a-3", 40), late("a-4", 10)])
        second = Portfolio.of([late("a-1", 10), account("a-2"), late("a-3", 50), late("a-4", 5)])
        made = rolls(first, second)

        assert (1, 3) == (made.roll_back("USD", "31-60").numerator, made.roll_back("USD", "31-60").denominator)
        assert (0, 1) == (made.roll_back("USD", "1-30").numerator, made.roll_back("USD", "1-30").denominator)
        assert None is made.roll_back("USD", "61-90").value

    def test_other_accounts_make_no_roll(self):
        """
        Snapshots of different accounts are refused.
        """
        with pytest.raises(ValidationError, match="same accounts"):
            rolls(Portfolio.of([account("a-1")]), Portfolio.of([account("a-2")]))

    def test_three_snapshots_are_two_pairs(self):
        """
        Each snapshot is compared with the next, and an account counts once in each pair.
        """
        snapshots = [Portfolio.of([late("a-1", days)]) for days in (10, 40, 70)]

        made = rolls_between(snapshots)

        assert 2 == len(made.pairs)
        assert {"1-30": {"31-60": 1}, "31-60": {"61-90": 1}} == {band: made.row("USD", band) for band in ("1-30", "31-60")}


class TestLaws:
    @given(pairs())
    def test_rows_reconcile(self, snapshots):
        """
        Shares of a row add up to one; what opened either moved or left; what closed moved or was added.
        """
        first, second = snapshots
        made = rolls(first, second)

        assert len(first) == sum(line.accounts for line in made.lines)
        assert sum(first.outstanding_minor.tolist()) == sum(line.moved_minor + line.left_minor for line in made.lines)
        assert sum(second.outstanding_minor.tolist()) == sum(line.moved_minor + line.added_minor for line in made.lines)
        for currency, origin in {(line.currency, line.origin) for line in made.lines}:
            assert 1 == sum(made.roll(currency, origin, target).value for target in made.bands)

    @settings(max_examples=20)
    @given(pairs(), pairs())
    def test_pooling_adds_counts(self, one, other):
        """
        A pooled matrix holds every account of every pair.
        """
        parts = [rolls(*one), rolls(*other)]

        assert sum(line.accounts for part in parts for line in part.lines) == sum(line.accounts for line in pooled(parts).lines)
