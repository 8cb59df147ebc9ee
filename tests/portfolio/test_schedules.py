"""The columns of level payments against the scalar function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PlanError
from collectkit.portfolio.schedules import BLOCK, level_payment_columns
from collectkit.schedules.amounts import level_payments

PRINCIPALS = st.lists(st.integers(1, 10**6) | st.integers(2**31 - 50, 2**31 + 50), max_size=12)


def columns(principals, rate, n, **more):
    principal, interest = level_payment_columns(np.array(principals, np.int64), rate, n, **more)
    return [(tuple(p), tuple(i)) for p, i in zip(principal.T.tolist(), interest.T.tolist(), strict=True)]


class TestLevelPaymentColumns:
    @given(principals=PRINCIPALS, rate=st.integers(1, 10_050), n=st.integers(1, 48))
    def test_agrees_with_the_scalar_function(self, principals, rate, n):
        """
        Every figure of every credit is that of the credit alone, for tiny and for huge ones too.
        """
        assert [level_payments(minor, rate, n) for minor in principals] == columns(principals, rate, n)

    @given(factor=st.integers(1, 2000), n=st.integers(1, 2))
    def test_payments_that_lie_on_a_half(self, factor, n):
        """
        One payment at 100 percent a year of odd multiples of six minor units is a half exactly: it is rounded up.
        """
        principals = [6 * factor + offset for offset in range(7)]

        assert [level_payments(minor, 10_000, n) for minor in principals] == columns(principals, 10_000, n)

    def test_more_than_one_block_into_kept_buffers(self):
        """
        Blocks join without a seam, and what stood in the buffers is overwritten.
        """
        size = BLOCK + 7
        out = np.full((3, size), -1, np.int64), np.full((3, size), -1, np.int64)
        principals = list(range(1000, 1000 + size))

        assert [level_payments(minor, 1999, 3) for minor in principals] == columns(principals, 1999, 3, out=out)

    @pytest.mark.parametrize(("principals", "rate", "n"), [([100], 0, 3), ([100], 2400, 0), ([100, 0], 2400, 3)])
    def test_refused(self, principals, rate, n):
        """
        There is something to pay back, at a rate, in payments.
        """
        with pytest.raises(PlanError, match="nothing was computed"):
            columns(principals, rate, n)
