"""Dues laid out once: the same splits as one by one."""

from __future__ import annotations

from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PolicyError, ValidationError
from collectkit.schedules import INSTALLMENT_FIRST, REFUND_ORDERS, Dues, queue, split
from collectkit.testing.strategies import days, dues, minor_units, waterfalls

ON = date(2026, 9, 10)
DUES = Dues((date(2026, 9, 1), date(2026, 9, 15)), (0, 700, 0, 5000, 0, 0, 0, 0, 5000, 0))


class TestQueue:
    def test_paid_before_is_a_cursor(self):
        """
        After sixty dollars the second installment is open, and more than everything is left over.
        """
        laid = queue(DUES, INSTALLMENT_FIRST, ON)

        assert ((8, 4700),) == laid.take(5000, paid=6000).taken
        assert 300 == laid.take(5000, paid=6000).unapplied
        assert ((1, 600), (3, 5000), (8, 400)) == laid.take(6000, paid=100).taken
        assert ((), 50) == (laid.take(50, paid=10_700).taken, laid.take(50, paid=10_700).unapplied)

    def test_refusals(self):
        """
        Nothing negative, no more paid than there was, and no order that is found while paying.
        """
        laid = queue(DUES, INSTALLMENT_FIRST, ON)
        for amount, paid in ((-1, 0), (1, -1), (1, 10_701)):
            with pytest.raises(ValidationError, match="nothing was split"):
                laid.take(amount, paid)
        with pytest.raises(PolicyError, match="no fixed order"):
            queue(DUES, REFUND_ORDERS["even"], ON)


class TestLaws:
    @given(first=minor_units(0), second=minor_units(0), owed=dues(), order=waterfalls(), last=st.booleans(), on=days())
    def test_agrees_with_the_split(self, first, second, owed, order, last, on):
        """
        One payment, and another after it, go where `split` sends them.
        """
        order = attrs.evolve(order, future="last" if last else "next")
        laid, once = queue(owed, order, on), split(first, owed, order, on)
        left = list(owed.owed)
        for slot, minor in once.taken:
            left[slot] -= minor

        assert once == laid.take(first)
        if not once.unapplied:
            assert split(second, attrs.evolve(owed, owed=tuple(left)), order, on) == laid.take(second, paid=first)
