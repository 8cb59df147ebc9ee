"""Ageing counts every account once, in its own currency."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from tests.portfolio.books import TODAY, account, books, late

from collectkit.delinquency import MONTHLY
from collectkit.errors import ValidationError
from collectkit.portfolio import Portfolio
from collectkit.reports import ageing, ever_past_due, largest
from collectkit.reports.ageing import AgeingLine, PersonLine, band_index, band_names


class TestExamples:
    def test_each_account_stands_in_one_band(self):
        """
        Not started, current, late and paid accounts are told apart.
        """
        made = ageing(
            Portfolio.of(
                [
                    account("a-1"),
                    late("a-2", 45),
                    account("a-3", opened_on=date(2026, 7, 1)),
                    account("a-4", outstanding_minor=0),
                    account("a-5", closed_on=TODAY),
                ]
            )
        )

        assert {"not_started": 1, "current": 1, "31-60": 1, "closed": 2} == {
            line.band: line.accounts for line in made.lines if line.accounts
        }
        assert AgeingLine("USD", "31-60", 1, 10_000, 5_000) == made.line("USD", "31-60")
        assert (20_000, 5_000, 10_000) == (made.outstanding_minor("USD"), made.past_due_minor("USD"), made.not_late_minor("USD"))

    def test_currencies_never_add_up(self):
        """
        Each currency has lines of its own.
        """
        made = ageing(Portfolio.of([account("a-1"), account("a-2", currency="GBP")]))

        assert ("GBP", "USD") == made.currencies
        assert (10_000, 10_000) == (made.outstanding_minor("GBP"), made.outstanding_minor("USD"))

    def test_delinquency_by_amount_and_by_accounts(self):
        """
        One late account of two that run, with three quarters of what is outstanding; what has not begun or is closed counts in neither.
        """
        held = [account("a-1"), late("a-2", 45, outstanding_minor=30_000), account("a-3", opened_on=date(2026, 7, 1))]
        made = ageing(Portfolio.of([*held, account("a-4", closed_on=TODAY)]))

        assert ("75.0", "50.0") == (made.delinquency_rate("USD").percent(), made.delinquency_rate_by_accounts("USD").percent())
        assert None is ageing(Portfolio.of([])).delinquency_rate_by_accounts("USD").value

    def test_an_empty_book_has_no_lines(self):
        """
        Without accounts there is no day and nothing to count.
        """
        made = ageing(Portfolio.of([]))

        assert (None, ()) == (made.as_of, made.lines)
        assert 0 == made.outstanding_minor("USD")

    def test_two_days_make_no_report(self):
        """
        Accounts that were read on different days are not added up.
        """
        with pytest.raises(ValidationError, match="one day, got 2"):
            ageing(Portfolio.of([account("a-1"), account("a-2", as_of=date(2026, 7, 1))]))

    def test_sums_beyond_sixty_four_bits_are_exact(self):
        """
        Ten thousand of the largest amounts do not overflow.
        """
        most = 10**15

        made = ageing(Portfolio.of([account(f"a-{number}", outstanding_minor=most + 1) for number in range(10_000)]))

        assert 10_000 * (most + 1) == made.outstanding_minor("USD")

    def test_the_largest_people_come_first(self):
        """
        Accounts of one person add up; equal people stand by id.
        """
        held = [late("a-1", 3, person="c-2"), account("a-2", person="c-2"), account("a-3", person="c-3"), account("a-4", person="c-1")]

        assert (PersonLine("c-2", "USD", 2, 20_000, 5_000), PersonLine("c-1", "USD", 1, 10_000, 0)) == largest(Portfolio.of(held), 2).lines

    def test_ever_past_due_keeps_the_worst_day(self):
        """
        An account that was cured since counts still.
        """
        first = Portfolio.of([late("a-1", 40), account("a-2")])
        second = Portfolio.of([account("a-1"), account("a-2")])

        one, thirty = ever_past_due([first, second], (1, 60))

        assert (1, 2) == (one.numerator, one.denominator)
        assert 0 == thirty.numerator

    def test_rows_are_plain(self):
        """
        A result leaves as texts and whole numbers.
        """
        made = ageing(Portfolio.of([account("a-1")]))

        assert {"currency": "USD", "band": "current", "accounts": 1, "outstanding_minor": 10_000, "past_due_minor": 0} == made.rows()[1]
        assert ("Ageing", "2026-06-30") == (made.to_dict()["measure"], made.to_dict()["as_of"])


class TestLaws:
    @given(books())
    def test_bands_partition_the_book(self, held):
        """
        Accounts and amounts over all bands are those of the standings, in each currency.
        """
        made = ageing(Portfolio.of(held))

        for currency in {standing.currency for standing in held}:
            lines = [line for line in made.lines if line.currency == currency]
            mine = [standing for standing in held if standing.currency == currency]
            assert len(mine) == sum(line.accounts for line in lines)
            assert sum(standing.outstanding_minor for standing in mine) == sum(line.outstanding_minor for line in lines)
            assert sum(standing.past_due_minor for standing in mine) == sum(line.past_due_minor for line in lines)

    @given(books())
    def test_bands_are_those_of_the_state(self, held):
        """
        The band says what state and days past due of the standing say.
        """

        def band(standing):
            if standing.state in ("closed", "paid"):
                return "closed"
            return "not_started" if standing.state == "not_started" else MONTHLY.of(standing.days_past_due)

        found = band_index(Portfolio.of(held), MONTHLY)

        assert [band(standing) for standing in held] == [band_names(MONTHLY)[place] for place in found]
