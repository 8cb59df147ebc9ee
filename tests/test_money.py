"""Exact money: what is accepted, what is refused, and the laws that no arithmetic may break."""

from __future__ import annotations

import copy
import pickle
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit._currencies import CURRENCIES, NO_MONEY, WITHDRAWN
from collectkit.errors import CurrencyMismatchError, MoneyError, UnknownCurrencyError
from collectkit.money import (
    AGGREGATE_MINOR_MAX,
    AMOUNT_MINOR_MAX,
    CURRENCIES_VERSION,
    Money,
    Rounding,
    divide,
    exponent,
    total,
)

minor_units = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)
currencies = st.sampled_from(["USD", "JPY", "KWD", "CLF", "EUR"])


class TestMoney:
    def test_it_shows_what_it_is(self):
        """
        The representation builds the amount again, and the text has the decimals of the currency.
        """
        assert repr(Money(5000, "USD")) == "Money(5000, 'USD')"
        shown = [str(Money(minor, code)) for minor, code in [(5000, "USD"), (-5, "USD"), (-5, "JPY"), (5, "KWD"), (0, "CLF")]]
        assert shown == ["50.00 USD", "-0.05 USD", "-5 JPY", "0.005 KWD", "0.0000 CLF"]

    def test_it_never_changes(self):
        """
        Neither field can be set or deleted, and nothing can be added.
        """
        money = Money(5000, "USD")
        for name in ("minor", "currency", "note"):
            with pytest.raises(AttributeError, match="does not change"):
                setattr(money, name, 1)
            with pytest.raises(AttributeError, match="does not change"):
                delattr(money, name)
        assert not hasattr(money, "__dict__")
        assert money == Money(5000, "USD")

    def test_copies_and_pickles_are_equal_and_usable(self):
        """
        A pickled amount, even a total beyond one posting, can be added to others again.
        """
        money = Money.aggregate(10**17, "USD")
        for twin in (copy.copy(money), copy.deepcopy(money), pickle.loads(pickle.dumps(money))):
            assert twin == money
            assert hash(twin) == hash(money)
            assert twin - money == Money.zero("USD")

    def test_equal_amounts_of_other_currencies_differ(self):
        """
        Nothing in dollars is not nothing in euros, and an amount is not a number.
        """
        assert Money(0, "USD") != Money(0, "EUR")
        assert Money(5, "USD") != 5
        assert len({Money(5, "USD"), Money(5, "USD"), Money(5, "EUR")}) == 2

    def test_a_code_made_at_run_time_is_the_same_currency(self):
        """
        The currency is compared as a code, wherever the text came from.
        """
        assert Money(1, "".join(["U", "S", "D"])) + Money(1, "USD") == Money(2, "USD")

    def test_order(self):
        """
        Amounts of one currency sort; the largest and smallest can be asked for.
        """
        amounts = [Money(3, "USD"), Money(-1, "USD"), Money(2, "USD")]
        assert sorted(amounts) == [Money(-1, "USD"), Money(2, "USD"), Money(3, "USD")]
        assert max(amounts) == Money(3, "USD")
        assert Money(1, "USD") >= Money(1, "USD") > Money(0, "USD")
        assert Money(1, "USD") <= Money(1, "USD") < Money(2, "USD")

    def test_arithmetic(self):
        """
        Sums, differences and whole multiples are exact; zero is false.
        """
        assert Money(5001, "USD") == Money(5000, "USD") + Money(1, "USD")
        assert Money(-1, "USD") == Money(1, "USD") - Money(2, "USD")
        assert Money(15, "USD") == 3 * Money(5, "USD") == Money(5, "USD") * 3
        assert Money(-5, "USD") == -Money(5, "USD")
        assert abs(Money(-5, "USD")) == Money(5, "USD")
        assert not Money.zero("USD")
        assert Money(-1, "USD")

    def test_match_by_fields(self):
        """
        An amount can be taken apart by a pattern.
        """
        match Money(5, "USD"):
            case Money(minor, currency):
                assert (minor, currency) == (5, "USD")


class TestRefusedAmounts:
    @pytest.mark.parametrize("amount", [19.99, 20.0, float("nan")])
    def test_a_float_is_not_exact(self, amount):
        """
        A float is refused with the words that say what to pass (promise 1).
        """
        for build in (Money, Money.of):
            with pytest.raises(MoneyError, match=r"amount must be Money or integer minor units; .* as float is not exact"):
                build(amount, "USD")

    @pytest.mark.parametrize("amount", [True, False, "5000", None, Decimal(5), Fraction(5)])
    def test_only_an_int_counts_minor_units(self, amount):
        """
        A bool is not money (promise 12), and neither is a text or another number.
        """
        for build in (Money, Money.aggregate):
            with pytest.raises(MoneyError, match=f"got {type(amount).__name__}"):
                build(amount, "USD")

    def test_an_amount_beyond_the_limit(self):
        """
        The limit itself is accepted either way, one more unit and 10**16 are not (promise 13).
        """
        assert Money(AMOUNT_MINOR_MAX, "USD").minor == 10**15 == -Money(-AMOUNT_MINOR_MAX, "USD").minor
        for minor in (10**15 + 1, -(10**15) - 1, 10**16):
            with pytest.raises(MoneyError, match="beyond the limit"):
                Money(minor, "USD")

    def test_a_sum_beyond_the_limit(self):
        """
        A total may exceed what one posting can have, up to its own limit.
        """
        most = Money.aggregate(AGGREGATE_MINOR_MAX, "USD")
        assert most == Money(AMOUNT_MINOR_MAX, "USD") * 1000
        for beyond in (
            lambda: most + Money(1, "USD"),
            lambda: -most - Money(1, "USD"),
            lambda: most * 2,
            lambda: most.fraction_of(Fraction(2), Rounding.DOWN),
            lambda: Money.aggregate(AGGREGATE_MINOR_MAX + 1, "USD"),
        ):
            with pytest.raises(MoneyError, match="beyond the limit"):
                beyond()

    def test_currencies_never_mix(self):
        """
        Every operation across currencies is refused, never converted.
        """
        dollar, euro = Money(1, "USD"), Money(1, "EUR")
        for mix in (
            lambda: dollar + euro,
            lambda: dollar - euro,
            lambda: dollar < euro,
            lambda: dollar <= euro,
            lambda: dollar > euro,
            lambda: dollar >= euro,
            lambda: total([dollar, euro], "USD"),
        ):
            with pytest.raises(CurrencyMismatchError, match=r"USD|EUR"):
                mix()

    @pytest.mark.parametrize("number", [1, 0, 1.5, True, None, "1"])
    def test_a_bare_number_is_no_amount(self, number):
        """
        Nothing but money is added to or compared with money.
        """
        money = Money(1, "USD")
        for mix in (
            lambda: money + number,
            lambda: number + money,
            lambda: money - number,
            lambda: money < number,
            lambda: money >= number,
            lambda: money / number,
            lambda: money // 2,
        ):
            with pytest.raises(TypeError):
                mix()

    @pytest.mark.parametrize("times", [1.5, True, Decimal(2), Fraction(1, 2), "2"])
    def test_only_whole_multiples(self, times):
        """
        A rate is refused as a factor, and the message names the way that says how it rounds.
        """
        with pytest.raises(TypeError, match="fraction_of"):
            Money(1, "USD") * times


class TestCurrencies:
    @pytest.mark.parametrize(
        ("codes", "decimals"),
        [
            ("BIF CLP ISK JPY KRW PYG UGX VND XAF XOF XPF", 0),
            ("EUR HUF MGA TWD USD XCD XCG ZWG", 2),
            ("BHD IQD JOD KWD LYD OMR TND", 3),
            ("CLF UYW", 4),
        ],
    )
    def test_exponents_are_those_of_iso_4217(self, codes, decimals):
        """
        Not those of CLDR, which shows fewer for some.
        """
        assert {decimals} == {exponent(code) for code in codes.split()}

    @pytest.mark.parametrize(
        ("code", "until"), [("DEM", "2001-12-31"), ("HRK", "2022-12-31"), ("BGN", "2025-12-31"), ("XXX", "no date"), ("XAU", "no date")]
    )
    def test_historic_codes_and_codes_for_no_money(self, code, until):
        """
        The refusal says until when the code was valid (promise 15).
        """
        for build in (lambda: Money(1, code), lambda: Money.of("1", code), lambda: Money.zero(code), lambda: exponent(code)):
            with pytest.raises(UnknownCurrencyError, match=f"{code}.*{until}"):
                build()

    @pytest.mark.parametrize("code", ["usd", "US", "ZZZ", "", "USD ", "ＵＳＤ", None, 840])
    def test_unknown_codes(self, code):
        """
        Codes are taken as ISO 4217 writes them and never repaired.
        """
        with pytest.raises(UnknownCurrencyError, match="nothing was recorded"):
            Money(1, code)

    def test_no_code_is_both_in_use_and_not(self):
        """
        The three tables are apart and the edition is named.
        """
        assert CURRENCIES_VERSION == "2026-01-01"
        assert not CURRENCIES.keys() & WITHDRAWN.keys()
        assert not (CURRENCIES.keys() | WITHDRAWN.keys()) & NO_MONEY.keys()
        assert {"XAF", "XCD", "XCG", "XOF", "XPF"} == {code for code in CURRENCIES if code.startswith("X")}
        assert all(last_day < CURRENCIES_VERSION for last_day in WITHDRAWN.values())


class TestSplit:
    def test_worked_example(self):
        """
        100.00 in three is 33.34, 33.33, 33.33 (promise 18).
        """
        assert [3334, 3333, 3333] == [part.minor for part in Money.of("100.00", "USD").split(3)]

    def test_a_debt_splits_like_a_credit(self):
        """
        Odd units go to the first parts on either side of zero; parts may outnumber the units.
        """
        assert [-34, -33, -33] == [part.minor for part in Money(-100, "USD").split(3)]
        assert [1, 1, 0, 0] == [part.minor for part in Money(2, "USD").split(4)]

    @pytest.mark.parametrize("parts", [0, -1, True, 2.0, "2"])
    def test_refused_numbers_of_parts(self, parts):
        """
        There is at least one part, and their number is an int.
        """
        with pytest.raises(MoneyError, match="nothing was split"):
            Money(100, "USD").split(parts)

    def test_by_weight_the_largest_remainder_gets_the_unit(self):
        """
        Ties go to the earlier part, a weight of zero gets nothing.
        """
        assert [34, 33, 33] == [part.minor for part in Money(100, "USD").split_by([1, 1, 1])]
        assert [-34, -33, -33] == [part.minor for part in Money(-100, "USD").split_by([1, 1, 1])]
        assert [14, 29, 57, 0] == [part.minor for part in Money(100, "USD").split_by([1, 2, 4, 0])]

    @pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [0.5, 0.5], [True]])
    def test_refused_weights(self, weights):
        """
        Somebody must get something, and nobody a negative share.
        """
        with pytest.raises(MoneyError, match="nothing was split"):
            Money(100, "USD").split_by(weights)


class TestSplitLaws:
    @given(minor=minor_units, parts=st.integers(1, 400), currency=currencies)
    def test_equal_parts_lose_nothing(self, minor, parts, currency):
        """
        The parts add up, differ by one unit at most, and the larger come first.
        """
        money = Money(minor, currency)
        split = money.split(parts)

        assert money == total(split, currency)
        assert parts == len(split)
        assert max(split).minor - min(split).minor <= 1
        assert list(split) == sorted(split, key=abs, reverse=True)

    @given(minor=minor_units, weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any))
    def test_weighted_parts_are_proportional(self, minor, weights):
        """
        The parts add up and none is a whole unit off its exact share.
        """
        split = Money(minor, "USD").split_by(weights)

        assert minor == sum(part.minor for part in split)
        for part, weight in zip(split, weights, strict=True):
            assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1

    @given(minor=minor_units, parts=st.integers(1, 50))
    def test_equal_weights_are_equal_parts(self, minor, parts):
        """
        Both ways of sharing agree where they mean the same.
        """
        assert Money(minor, "USD").split(parts) == Money(minor, "USD").split_by([1] * parts)


class TestArithmeticLaws:
    @given(one=minor_units, other=minor_units, currency=currencies)
    def test_subtracting_undoes_adding(self, one, other, currency):
        """
        Adding and taking away again changes nothing; the order of adding does not matter.
        """
        first, second = Money(one, currency), Money(other, currency)

        assert first == first + second - second
        assert first + second == second + first
        assert -(first - second) == second - first

    @given(minors=st.lists(minor_units, max_size=20))
    def test_a_total_is_the_sum(self, minors):
        """
        Three ways of adding up agree, and none of nothing is zero.
        """
        moneys = [Money(minor, "USD") for minor in minors]

        assert Money.aggregate(sum(minors), "USD") == total(moneys, "USD") == sum(moneys, Money.zero("USD"))


ROUNDINGS = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEILING: ROUND_CEILING,
}


class TestRounding:
    def test_worked_example(self):
        """
        1.5 percent of 10.50 is 15.75 cents.
        """
        rate = Fraction(15, 1000)
        assert Money(16, "USD") == Money(1050, "USD").fraction_of(rate, Rounding.HALF_UP)
        assert Money(15, "USD") == Money(1050, "USD").fraction_of(rate, Rounding.DOWN)
        assert Money(-16, "USD") == Money(-1050, "USD").fraction_of(rate, Rounding.FLOOR)

    @pytest.mark.parametrize("rate", [0.015, Decimal("0.015"), 1, "1/2"])
    def test_a_rate_is_a_fraction(self, rate):
        """
        A rate that may not be exact is refused.
        """
        with pytest.raises(MoneyError, match="rate must be a Fraction"):
            Money(1050, "USD").fraction_of(rate, Rounding.HALF_UP)

    def test_rounding_is_a_member(self):
        """
        A name in text is no rounding, and nothing is divided by zero.
        """
        with pytest.raises(MoneyError, match="member of Rounding"):
            divide(1, 2, "half_up")
        with pytest.raises(ZeroDivisionError):
            divide(1, 0, Rounding.UP)

    @given(
        numerator=st.integers(-(10**20), 10**20) | st.integers(-50, 50),
        twos=st.integers(0, 6),
        fives=st.integers(0, 6),
        negative=st.booleans(),
        rounding=st.sampled_from(list(Rounding)),
    )
    def test_as_decimal_rounds(self, numerator, twos, fives, negative, rounding):
        """
        Where the quotient has an end, the standard library's decimals round it alike.
        """
        denominator = 2**twos * 5**fives * (-1 if negative else 1)
        with localcontext() as context:
            context.prec = 60
            expected = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=ROUNDINGS[rounding])

        assert int(expected) == divide(numerator, denominator, rounding)

    @given(numerator=st.integers(-(10**6), 10**6), denominator=st.integers(1, 99), rounding=st.sampled_from(list(Rounding)))
    def test_a_quotient_goes_to_a_neighbor(self, numerator, denominator, rounding):
        """
        No rounding moves by a whole unit, and the rounding to the nearest by no more than half.
        """
        off = abs(divide(numerator, denominator, rounding) - Fraction(numerator, denominator))

        assert off < 1
        assert off <= Fraction(1, 2) or rounding not in (Rounding.HALF_UP, Rounding.HALF_EVEN)
