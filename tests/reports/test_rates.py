"""Rates carry what they are made of, and are rounded only when written."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ValidationError
from collectkit.reports.rates import Rate, decimal_text, plain


class TestExamples:
    def test_a_rate_is_exact_until_it_is_written(self):
        """
        A third stays a third.
        """
        rate = Rate(1, 3, "accounts", "cured of past due")

        assert Fraction(1, 3) == rate.value
        assert "0.333333" == rate.text()
        assert "33.3" == rate.percent()

    def test_nothing_to_divide_by_is_no_number(self):
        """
        Of no accounts nobody can say which share is late; it is not zero.
        """
        rate = Rate(0, 0, "accounts", "late")

        assert rate.value is None
        assert ("n/a", "n/a") == (rate.text(), rate.percent())

    def test_pooling_adds_both_parts(self):
        """
        A pooled rate is no mean of rates.
        """
        assert Rate(3, 7, "accounts", "late") == Rate(1, 2, "accounts", "late") + Rate(2, 5, "accounts", "late")

    def test_different_measures_are_not_pooled(self):
        """
        A share of accounts and a share of money have no sum.
        """
        with pytest.raises(ValidationError, match="one measure"):
            Rate(1, 2, "accounts", "late") + Rate(1, 2, "minor", "late")

    def test_unknown_unit_is_refused(self):
        """
        What a rate counts is one of a few words.
        """
        with pytest.raises(ValueError, match="unit"):
            Rate(1, 2, "apples", "late")

    def test_plain_values_hold_no_float(self):
        """
        A number with a point leaves as text.
        """
        assert {"numerator": 1, "denominator": 8, "value": "0.125000"} == plain(Fraction(1, 8))
        assert ["2026-01-31", None, 3] == plain((date(2026, 1, 31), None, 3))
        with pytest.raises(TypeError, match="float"):
            plain(0.5)


class TestLaws:
    @given(st.fractions(), st.integers(0, 9))
    def test_text_is_the_nearest_decimal(self, value, places):
        """
        Read back, the text is as near as its digits allow.
        """
        assert round(value, places) == Fraction(decimal_text(value, places))
