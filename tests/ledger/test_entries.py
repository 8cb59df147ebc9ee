from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from collectkit.errors import CollectkitError, MoneyError, TimeError
from collectkit.ledger import Charge, Payment, Reversal, Waiver, order_key
from collectkit.money import Money

DAY = date(2026, 9, 1)
DOLLAR = Money(100, "USD")


class TestEntries:
    def test_order_of_one_day_is_total(self):
        """
        Payments first, by the instant at the source and then by id; then reversals, charges, waivers.
        """
        late = datetime(2026, 9, 1, 12, tzinfo=UTC)
        ordered = [
            Payment("p-1", "a-1", DOLLAR, DAY),
            Payment("p-2", "a-1", DOLLAR, DAY),
            Payment("p-0", "a-1", DOLLAR, DAY, late),
            Reversal("r-1", "a-1", "p-1", DAY),
            Charge("c-1", "a-1", "fee", DOLLAR, DAY, DAY),
            Waiver("w-1", "a-1", "c-1", DOLLAR, DAY, "goodwill"),
            Payment("a-0", "a-1", DOLLAR, date(2026, 9, 2)),
        ]

        arrived = ordered[::-1]

        assert ordered == sorted(arrived, key=order_key)

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (lambda: Payment("p-1", "a-1", Money(0, "USD"), DAY), MoneyError),
            (lambda: Payment("p-1", "a-1", Money(-1, "USD"), DAY), MoneyError),
            (lambda: Payment("p-1", "a-1", 19.99, DAY), MoneyError),
            (lambda: Payment("p-1", "a-1", DOLLAR, datetime(2026, 9, 1, tzinfo=UTC)), TimeError),
            (lambda: Payment("p-1", "a-1", DOLLAR, DAY, datetime.fromisoformat("2026-09-01T12:00")), TimeError),
            (lambda: Payment("", "a-1", DOLLAR, DAY), CollectkitError),
        ],
    )
    def test_what_cannot_be_posted(self, make, error):
        """
        No amount of nothing, no negative payment, no float, no naive instant, no payment without an id.
        """
        with pytest.raises(error, match="nothing was recorded"):
            make()

    def test_negative_payment_points_to_the_reversal(self):
        """
        The message says what to do instead.
        """
        with pytest.raises(MoneyError, match="reverse the payment"):
            Payment("p-1", "a-1", Money(-1, "USD"), DAY)
