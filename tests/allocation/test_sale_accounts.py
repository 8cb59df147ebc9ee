from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation.sale_accounts import Due, sale_lines
from collectkit.placement import AccountBoughtBack, AccountSold

SOLD_ON = date(2026, 12, 1)
SOLD = AccountSold("a-1", "s-1", "nova", SOLD_ON, "USD", 16_600, 450, 747, date(2027, 2, 28), ("paid",))


class TestSettling:
    def test_worked(self):
        """
        16,600 for 747; a payment of 1,000 from before came late, so 45 of the price goes back; one of 2,000 is the buyer's.
        """
        lines = sale_lines(SOLD, None, face_minor=15_600, received=[("p-2", date(2026, 12, 4), 2_000)])

        assert [(Due.PRICE, 747), (Due.FACE_CHANGED, -45), (Due.FORWARDED, -2_000)] == [(line.due, line.minor) for line in lines]

    @given(
        face=st.integers(0, 50_000),
        received=st.lists(st.tuples(st.just("p"), st.just(SOLD_ON), st.integers(1, 9_999)), max_size=4),
        collected=st.integers(0, 9_999),
    )
    def test_bought_back_it_costs_nobody_anything(self, face, received, collected):
        """
        After an account came back, price, corrections and payments have gone to and fro, and what the buyer took in is left.
        """
        back = AccountBoughtBack("a-1", "s-1", "nova", SOLD_ON, "paid", collected)

        assert collected == sum(line.minor for line in sale_lines(SOLD, back, face_minor=face, received=received))

    @given(payments=st.lists(st.integers(1, 9_999), max_size=5))
    def test_every_payment_is_forwarded_whole(self, payments):
        """
        What was received of the buyer's money is passed on, no more and no less.
        """
        lines = sale_lines(SOLD, None, face_minor=16_600, received=[("p", SOLD_ON, minor) for minor in payments])

        assert sum(payments) == -sum(line.minor for line in lines if line.due is Due.FORWARDED)
