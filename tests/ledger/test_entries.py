from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CollectkitError, CurrencyMismatchError, MoneyError, TimeError, ValidationError
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


class TestTax:
    FEE = Charge("f-1", "a-1", "fee", Money(1160, "MXN"), DAY, DAY, tax=Money(160, "MXN"))

    def test_it_is_a_part_of_what_is_asked(self):
        """
        A fee of 10.00 and 16 percent on it: 11.60 is asked, 1.60 of that is tax.
        """
        assert (1160, 160) == (self.FEE.amount.minor, self.FEE.tax_minor)
        assert 0 == Charge("f-2", "a-1", "tax", DOLLAR, DAY, DAY).tax_minor

    @pytest.mark.parametrize(
        ("component", "tax", "error"),
        [
            ("fee", Money(100, "USD"), ValidationError),
            ("fee", Money(0, "USD"), MoneyError),
            ("penalty", Money(10, "MXN"), CurrencyMismatchError),
            ("tax", Money(10, "USD"), ValidationError),
            ("vat", None, ValidationError),
        ],
    )
    def test_what_is_no_tax_of_a_charge(self, component, tax, error):
        """
        A charge that is nothing but its tax, none at all, another currency, a tax on a tax, and a component that there is not.
        """
        with pytest.raises(error, match="nothing was recorded"):
            Charge("f-1", "a-1", component, DOLLAR, DAY, DAY, tax=tax)

    def test_giving_up_takes_the_same_share_of_tax(self):
        """
        Half of the fee is half of its tax; the last minor unit takes what rounding left.
        """
        assert (0, 80, 160) == (self.FEE.tax_in(0), self.FEE.tax_in(580), self.FEE.tax_in(1160))
        third = Charge("f-1", "a-1", "fee", Money(3, "MXN"), DAY, DAY, tax=Money(1, "MXN"))
        assert [0, 0, 1, 1] == [third.tax_in(minor) for minor in range(4)]

    @given(amount=st.integers(2, 10_000), data=st.data())
    def test_tax_never_falls_behind_or_runs_ahead(self, amount, data):
        """
        Each unit given up is a unit of the charge or of its tax, never more or less; the tax left is that of what is left, never
        all of it.
        """
        tax = data.draw(st.integers(1, amount - 1))
        fee = Charge("f-1", "a-1", "fee", Money(amount, "USD"), DAY, DAY, tax=Money(tax, "USD"))
        at = data.draw(st.integers(0, amount - 1))

        assert fee.tax_in(at + 1) - fee.tax_in(at) in (0, 1)
        assert (0, tax) == (fee.tax_in(0), fee.tax_in(amount))
        left = fee.lowered_to(amount - at)
        assert (amount - at, min(tax - fee.tax_in(at), amount - at - 1)) == (left.amount.minor, left.tax_minor)
