"""Payments of a day, posted to a column block by block."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ValidationError
from collectkit.portfolio.posting import PaidToday

SIZE = 7
PAYMENTS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(-500, 90_000)), max_size=12)


def of(payments, size=SIZE):
    return PaidToday.of(np.array([who for who, _ in payments], np.int64), np.array([minor for _, minor in payments], np.int64), size)


class TestPaidToday:
    @given(payments=PAYMENTS, before=st.lists(st.integers(0, 10**6), min_size=SIZE, max_size=SIZE), block=st.integers(1, SIZE))
    def test_agrees_with_adding_one_by_one(self, payments, before, block):
        """
        In any order, several an account, and however the column is cut into blocks.
        """
        expected = list(before)
        for account, minor in payments:
            expected[account] += minor
        paid, out = np.array(before, np.int32), np.empty(SIZE, np.int32)
        today = of(payments)
        for start in range(0, SIZE, block):
            rows = slice(start, min(start + block, SIZE))
            today.post(paid[rows], rows, out[rows])

        assert expected == out.tolist()
        assert before == paid.tolist()

    @pytest.mark.parametrize("account", [-1, SIZE])
    def test_no_account_there(self, account):
        """
        A position before the first account or after the last is refused.
        """
        with pytest.raises(ValidationError, match="accounts stand at 0 to 6"):
            of([(3, 100), (account, 100)])

    def test_an_amount_without_account(self):
        """
        As many accounts as amounts are needed.
        """
        with pytest.raises(ValidationError, match="each payment has an account"):
            PaidToday.of(np.array([1, 2]), np.array([100]), SIZE)

    @pytest.mark.parametrize("payments", [[(0, 2**31)], [(0, 2**30), (0, 2**30), (0, 2**31)], [(0, 1)]])
    def test_beyond_32_bits(self, payments):
        """
        A sum that the column cannot hold is refused, whether one payment makes it or several.
        """
        paid = np.array([2**31 - 1], np.int32)
        with pytest.raises(ValidationError, match="int64"):
            of(payments).post(paid, slice(0, 1), np.empty_like(paid))

    @pytest.mark.parametrize("payments", [[(0, -(2**31) - 1)], [(0, -(2**30)), (0, -(2**30)), (0, -1)]])
    def test_far_below_nothing(self, payments):
        """
        What is taken back never comes out as paid, however much it is.
        """
        paid = np.array([0], np.int32)
        with pytest.raises(ValidationError, match="int64"):
            of(payments).post(paid, slice(0, 1), np.empty_like(paid))
