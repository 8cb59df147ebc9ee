"""What money says when it refuses, word for word, and the last amounts that it takes."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from collectkit._rounding import Rounding
from collectkit.errors import CurrencyMismatchError, MoneyError
from collectkit.money import AGGREGATE_MINOR_MAX, AMOUNT_MINOR_MAX, Money, format_money

USD, EUR = Money(100, "USD"), Money(100, "EUR")
TOO_LARGE = f"amount is beyond the limit of {AGGREGATE_MINOR_MAX} minor units; nothing was recorded"


class TestWords:
    @pytest.mark.parametrize(
        ("act", "text"),
        [
            (lambda: USD + EUR, "cannot add EUR to USD; nothing was computed"),
            (lambda: USD - EUR, "cannot subtract EUR from USD; nothing was computed"),
            (lambda: USD < EUR, "cannot compare USD with EUR; nothing was computed"),
            (lambda: USD <= EUR, "cannot compare USD with EUR; nothing was computed"),
        ],
    )
    def test_two_currencies(self, act: object, text: str) -> None:
        """
        Which was to be done with which.
        """
        with pytest.raises(CurrencyMismatchError) as caught:
            act()  # type: ignore[operator]
        assert text == str(caught.value)

    @pytest.mark.parametrize(
        ("given", "got"),
        [
            (19.99, "; 19.99 as float is not exact; nothing was recorded"),
            ("19.99", ", got str; major units in text are Money.of('50.00', 'USD'); nothing was recorded"),
            (Decimal("1"), ", got Decimal; nothing was recorded"),
            (True, ", got bool; nothing was recorded"),
        ],
    )
    def test_what_is_no_amount(self, given: object, got: str) -> None:
        """
        What came, and what would do.
        """
        with pytest.raises(MoneyError) as caught:
            Money(given, "USD")  # type: ignore[arg-type]
        assert f"amount must be Money or integer minor units{got}" == str(caught.value)
        with pytest.raises(MoneyError) as caught:
            format_money(given, "USD", "en_US")  # type: ignore[arg-type]
        assert f"amount must be Money or integer minor units{got}" == str(caught.value)

    def test_what_cannot_be_computed(self) -> None:
        """
        Multiplying by, taking a fraction of, and splitting by what is not exact.
        """
        with pytest.raises(TypeError) as wrong:
            USD * 1.5  # type: ignore[operator]
        assert "money can be multiplied by int only, not float; for a rate call fraction_of" == str(wrong.value)
        with pytest.raises(MoneyError) as caught:
            USD.fraction_of(0.1, rounding="half_even")  # type: ignore[arg-type]
        assert "rate must be a Fraction, got float, which may not be exact; nothing was computed" == str(caught.value)
        with pytest.raises(MoneyError) as caught:
            USD.split_by([0, 0])
        assert "weights must be whole numbers, none negative and not all zero; nothing was split" == str(caught.value)


class TestLastAmounts:
    def test_the_limit_itself_is_taken_and_one_more_is_not(self) -> None:
        """
        In each direction and in each operation.
        """
        one, largest = Money(1, "USD"), Money(AMOUNT_MINOR_MAX, "USD")
        times = AGGREGATE_MINOR_MAX // AMOUNT_MINOR_MAX
        top, bottom = largest * times, largest * -times
        assert (AGGREGATE_MINOR_MAX, -AGGREGATE_MINOR_MAX) == (top.minor, bottom.minor)
        assert top == (top - one) + one == (bottom * -1)
        assert bottom == (bottom + one) - one
        assert bottom == (bottom + one) + Money(-1, "USD")
        assert top == (top - one) - Money(-1, "USD")
        assert bottom == Money.aggregate(-AGGREGATE_MINOR_MAX, "USD") == bottom.fraction_of(Fraction(1), rounding=Rounding.DOWN)
        acts = (
            lambda: top + one,
            lambda: bottom - one,
            lambda: top * 2,
            lambda: bottom * 2,
            lambda: bottom + Money(-1, "USD"),
            lambda: top - Money(-1, "USD"),
            lambda: Money.aggregate(AGGREGATE_MINOR_MAX + 1, "USD"),
            lambda: Money.aggregate(-AGGREGATE_MINOR_MAX - 1, "USD"),
            lambda: bottom.fraction_of(Fraction(2), rounding=Rounding.DOWN),
        )
        for act in acts:
            with pytest.raises(MoneyError) as caught:
                act()
            assert TOO_LARGE == str(caught.value)

    def test_order_and_hash(self) -> None:
        """
        An amount is not less than itself, and different ones are told apart in a set.
        """
        assert not USD < Money(100, "USD")
        assert USD <= Money(100, "USD")
        assert hash(USD) == hash(Money(100, "USD")) != hash(EUR)
        assert hash(USD) != hash(Money(101, "USD"))
        assert 1 < len({hash(Money(minor, "USD")) for minor in range(5)})

    def test_nothing_is_split_into_nothing(self) -> None:
        """
        Zero and negative amounts lose nothing either.
        """
        assert [0, 0, 0] == [part.minor for part in Money(0, "USD").split(3)]
        assert [-34, -33, -33] == [part.minor for part in Money(-100, "USD").split(3)]
        assert [-50, -50] == [part.minor for part in Money(-100, "USD").split_by([1, 1])]
        assert [0, 0] == [part.minor for part in Money(0, "USD").split_by([1, 2])]
        assert [1, 0] == [part.minor for part in Money(1, "USD").split_by([1, 1])]
        assert Money(33, "USD") == USD.fraction_of(Fraction(1, 3), rounding=Rounding.HALF_EVEN)


class TestOf:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("50.00", "USD", 5000),
            ("0.01", "USD", 1),
            ("1.234", "KWD", 1234),
            ("1234567890123.45", "USD", 123456789012345),
            ("7", "JPY", 7),
            ("50", "USD", 5000),
        ],
    )
    def test_the_short_way_gives_what_the_long_way_gives(self, text: str, currency: str, minor: int) -> None:
        """
        Amount and currency both.
        """
        made = Money.of(text, currency)
        assert (minor, currency) == (made.minor, made.currency)
        assert made == Money.of(text, currency, locale="en_US")

    def test_with_a_locale_its_signs_are_read(self) -> None:
        """
        And without one an ambiguous text is refused.
        """
        assert Money(123456, "EUR") == Money.of("1.234,56", "EUR", locale="de_DE")
        with pytest.raises(MoneyError):
            Money.of("1.234,56", "EUR")
