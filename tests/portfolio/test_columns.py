"""The columns of a portfolio say what its standings say."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.delinquency import BNPL, MONTHLY, Buckets
from collectkit.errors import ValidationError
from collectkit.portfolio import NO_DAY, Portfolio, bucket_index
from collectkit.portfolio.columns import COLUMNS
from collectkit.rules import compile_condition, parse
from collectkit.rules.columns import compile_columns
from collectkit.segments import STANDING_FIELDS, view
from collectkit.standing import Standing

from .books import TODAY, account, books, late


def stored(standing: Standing) -> list[object]:
    """Return the row that a store keeps."""

    def value(held: object) -> object:
        if isinstance(held, date):
            return held.toordinal()
        return ",".join(held) if isinstance(held, tuple) else held

    return [value(getattr(standing, name)) for name in COLUMNS]


class TestExamples:
    def test_fields_are_those_of_a_standing(self):
        """
        A portfolio has the fields of a standing, in its order.
        """
        assert tuple(field.name for field in attrs.fields(Standing)) == COLUMNS

    def test_types_are_narrow(self):
        """
        Money takes eight bytes, days and counts four, and nothing is a float.
        """
        made = Portfolio.of([account("a-1")])

        assert made.outstanding_minor.dtype == np.int64
        assert made.opened_on.dtype == np.int32
        assert made.installments_paid.dtype == np.int32
        assert made.days_past_due.dtype == np.int32

    def test_none_is_no_day(self):
        """
        A date that is None has the number that no day has.
        """
        made = Portfolio.of([account("a-1")])

        assert [NO_DAY] == made.oldest_unpaid_due_on.tolist()
        assert [0] == made.days_past_due.tolist()

    def test_due_today_is_current(self):
        """
        The bands begin on the day after the due date.
        """
        made = Portfolio.of([late("a-1", 1), late("a-2", 30), late("a-3", 31), account("a-4")])

        assert [1, 1, 2, 0] == bucket_index(made, MONTHLY).tolist()

    def test_bands_go_into_the_buffer_given(self):
        """
        A buffer kept between runs is filled and returned.
        """
        kept = np.zeros(2, np.uint8)

        found = bucket_index(Portfolio.of([late("a-1", 40), account("a-2")]), MONTHLY, out=kept)

        assert found is kept
        assert [2, 0] == kept.tolist()

    def test_too_many_bands_are_refused(self):
        """
        A byte holds no more than 256 bands.
        """
        with pytest.raises(ValidationError, match="at most 256 bands, got 301"):
            bucket_index(Portfolio.of([]), Buckets(tuple(range(1, 301))))

    def test_columns_of_different_lengths_are_refused(self):
        """
        A column that lost a row would put every later amount on another account.
        """
        made = Portfolio.of([account("a-1"), account("a-2")])

        with pytest.raises(ValidationError, match="one length"):
            attrs.evolve(made, paid_minor=made.paid_minor[:1])

    def test_rows_of_another_width_are_refused(self):
        """
        A stored row has one value per field.
        """
        with pytest.raises(ValidationError, match="has 43 values, got 2"):
            Portfolio.of_rows([("a-1", "c-1")])

    def test_selected_rows_keep_their_values(self):
        """
        A mask leaves some accounts, with their texts.
        """
        made = Portfolio.of([account("a-1"), account("a-2", currency="GBP")])

        assert [account("a-2", currency="GBP")] == list(made.select(made.account == "a-2").standings())


class TestLaws:
    @given(books())
    def test_there_and_back(self, held):
        """
        Columns give back the very standings they were made of.
        """
        assert held == list(Portfolio.of(held).standings())

    @given(books())
    def test_stored_rows_make_the_same_columns(self, held):
        """
        Rows as a store keeps them and standings make one portfolio.
        """
        assert held == list(Portfolio.of_rows([stored(standing) for standing in held]).standings())

    @given(books())
    def test_derived_columns_agree_with_the_objects(self, held):
        """
        Days past due, state and what may be asked for are those of each standing.
        """
        made = Portfolio.of(held)

        assert [standing.days_past_due for standing in held] == made.days_past_due.tolist()
        assert [standing.collectable_minor for standing in held] == made.collectable_minor.tolist()
        assert [standing.state for standing in held] == [made.state.values[code] for code in made.state.codes]

    @given(books(), st.sampled_from((MONTHLY, BNPL)))
    def test_bands_agree_with_the_objects(self, held, buckets):
        """
        The band of a row is the band of its standing.
        """
        assert [buckets.index(standing.days_past_due) for standing in held] == bucket_index(Portfolio.of(held), buckets).tolist()

    @given(books())
    @pytest.mark.parametrize(
        "text",
        [
            "days_past_due >= 30 and owed >= money('50.00 USD')",
            "state == 'past_due' and not on_hold",
            "merchant == 'shop' or collectable > money('0.00 GBP')",
            "oldest_unpaid_due_on < date('2026-03-01')",
            "handler != 'team'",
            "region == 'US-NY'",
            "promise_due_on >= as_of",
        ],
    )
    def test_conditions_read_the_same_of_columns(self, text, held):
        """
        A condition holds for a row of the columns exactly when it holds for the standing.
        """
        condition = parse(text, STANDING_FIELDS)
        one = compile_condition(condition, "mapping")

        assert [one(view(standing)) for standing in held] == compile_columns(condition)(Portfolio.of(held).facts()).tolist()

    def test_every_fact_of_a_condition_is_a_column(self):
        """
        What a condition over accounts may name, columns hold.
        """
        assert set(STANDING_FIELDS) <= set(Portfolio.of([account("a-1")]).facts())
        assert TODAY == Portfolio.of([account("a-1")]).row(0).as_of
