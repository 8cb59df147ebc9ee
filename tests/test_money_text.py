"""Money as text: nothing is guessed when it is read, and Babel's text comes out when it is written."""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import cycle

import pytest
from babel.numbers import format_currency, get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from collectkit import _money_text
from collectkit._currencies import CURRENCIES
from collectkit.errors import MoneyError, UnknownCurrencyError
from collectkit.money import AMOUNT_MINOR_MAX, Money, exponent, format_money

LOCALES = ["en_US", "de_DE", "de_CH", "fr_FR", "es_ES", "pl_PL", "pt_PT", "sv_SE", "hi_IN", "ar_EG", "ar_AE", "he_IL", "ja_JP", "bn_BD"]
SHOWN_AS_ISO = ["USD", "EUR", "GBP", "INR", "JPY", "KWD", "PLN", "SEK", "CHF", "CLF", "XOF", "EGP"]


def babel_text(minor: int, currency: str, locale: str) -> str:
    amount = Decimal((minor < 0, tuple(map(int, str(abs(minor)))), -exponent(currency)))
    return format_currency(amount, currency, locale=locale)


class TestReading:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("50.00", "USD", 5000),
            ("50", "USD", 5000),
            ("50.5", "USD", 5050),
            ("0.01", "USD", 1),
            ("007.00", "USD", 700),
            ("-5.00", "USD", -500),
            ("-0.00", "USD", 0),
            ("1050", "JPY", 1050),
            ("1.234", "KWD", 1234),
            ("12.3456", "CLF", 123456),
            ("10000000000000.00", "USD", 10**15),
        ],
    )
    def test_plain_amounts(self, text, currency, minor):
        """
        Fewer decimals than the currency has are filled up; 1.234 dinars are 1,234 fils (promise 9).
        """
        assert Money(minor, currency) == Money.of(text, currency)

    @pytest.mark.parametrize(
        ("text", "currency", "why"),
        [
            ("NaN", "USD", "finite"),
            ("Infinity", "USD", "finite"),
            ("-Infinity", "USD", "finite"),
            ("1e400", "USD", "exponent notation"),
            ("1E3", "USD", "exponent notation"),
            ("1_000", "USD", "LOW LINE"),
            ("１２.５", "USD", "FULLWIDTH DIGIT FIVE"),
            ("١٢٣", "USD", "ARABIC-INDIC DIGIT THREE"),
            ("1２.50", "USD", "FULLWIDTH DIGIT TWO"),
            ("1.234,56", "USD", "ambiguous"),
            ("1,234", "USD", "ambiguous"),
            ("1,234.56", "USD", "ambiguous"),
            ("1.234.567", "USD", "ambiguous"),
            ("1 234", "USD", "ambiguous"),
            ("10.50", "JPY", "JPY has no minor unit"),
            ("10.00", "JPY", "JPY has no minor unit"),
            ("1.2345", "KWD", "KWD has 3 decimals"),
            ("1.234", "USD", "USD has 2 decimals"),
            ("", "USD", "empty"),
            (" 5.00", "USD", "SPACE"),
            ("5.00\n", "USD", "LATIN|no name"),
            ("+5.00", "USD", "PLUS SIGN"),
            ("$5.00", "USD", "DOLLAR SIGN"),
            ("5.", "USD", "digits, then"),
            ("5.", "JPY", "digits, then"),
            (".50", "USD", "digits, then"),
            ("--5", "USD", "digits, then"),
            ("5-", "USD", "digits, then"),
            ("100000000000000.00", "USD", "beyond the limit"),
            ("9" * 5000, "USD", "beyond the limit"),
        ],
    )
    def test_refused_texts(self, text, currency, why):
        """
        What is not exact, finite, plain and unambiguous is refused with the reason (promises 2 to 9, 13).
        """
        with pytest.raises(MoneyError, match=why):
            Money.of(text, currency)

    def test_a_refusal_does_not_repeat_the_text(self):
        """
        A column read by mistake may hold a name; its letters stay out of the message.
        """
        with pytest.raises(MoneyError) as refused:
            Money.of("Zoë Quax, 7", "USD")
        assert "letters" in str(refused.value)
        assert not any(letter in str(refused.value) for letter in "Zëx")

    @pytest.mark.parametrize("amount", [5000, True, None, b"5.00", 19.99])
    def test_major_units_are_text_or_decimal(self, amount):
        """
        An int could mean either unit, so that it must say which by the constructor it uses.
        """
        with pytest.raises(MoneyError, match="nothing was recorded"):
            Money.of(amount, "USD")

    @pytest.mark.parametrize(("amount", "minor"), [("50.00", 5000), ("5E1", 5000), ("-0.01", -1), ("10.500", 1050), ("0E+999999", 0)])
    def test_decimals_that_are_exact(self, amount, minor):
        """
        The value of a decimal number counts, not how it is written, nor the host's context.
        """
        with localcontext() as context:
            context.prec = 1
            assert Money(minor, "USD") == Money.of(Decimal(amount), "USD")

    @pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "0.001", "1E-999999", "1E+999999", "1E+14"])
    def test_decimals_that_are_not(self, amount):
        """
        Neither infinite, nor more exact than the currency, nor beyond the limit.
        """
        with pytest.raises(MoneyError):
            Money.of(Decimal(amount), "USD")

    @given(minor=st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX), currency=st.sampled_from(sorted(CURRENCIES)))
    def test_what_is_shown_can_be_read(self, minor, currency):
        """
        The plain text of an amount, and its decimal number, give the amount again.
        """
        money = Money(minor, currency)
        text = str(money).removesuffix(f" {currency}")

        assert money == Money.of(text, currency)
        assert money == Money.of(Decimal(text), currency)


class TestReadingWithLocale:
    @pytest.mark.parametrize(
        ("text", "locale", "minor"),
        [
            ("1.234,56", "de", 123456),
            ("1.234", "de", 123400),
            ("1234,56", "de", 123456),
            ("1'234.5", "de-CH", 123450),
            ("1 234,56", "fr_FR", 123456),
            ("1\u202f234,56", "fr_FR", 123456),
            ("1234,56", "pl_PL", 123456),
            ("1,234", "en_US", 123400),
            ("12,34,567.89", "hi_IN", 123456789),
            ("\u061c-١٬٢٣٤٫٥٦", "ar_EG", -123456),
            ("1,234.56", "ar_EG", 123456),
            ("\u22125,00", "sv_SE", -500),
        ],
    )
    def test_the_signs_of_the_locale(self, text, locale, minor):
        """
        With a locale given nothing is ambiguous; 1.234,56 in German is 1234.56 (promise 6).
        """
        assert Money(minor, "EUR") == Money.of(text, "EUR", locale=locale)

    @pytest.mark.parametrize(
        ("text", "locale", "why"),
        [
            ("1.23", "de", "1.234.567"),
            ("1,234.56", "de", "1.234.567"),
            ("1.2345,00", "de", "1.234.567"),
            ("123,456", "hi_IN", "12,34,567"),
            ("١٢٣", "de", "1.234.567"),
            ("１２", "ja_JP", "1,234,567"),
            ("1٬٢٣٤", "ar_EG", "ar_EG"),
            ("1,234.567", "en_US", "USD has 2 decimals"),
            ("NaN", "de", "finite"),
            ("1E3", "de", "exponent notation"),
            ("1_000", "de", "1.234.567"),
            ("", "de", "empty"),
            ("5,00", "zz_ZZ", "locale must be one that CLDR knows"),
            ("5,00", "", "locale must be one that CLDR knows"),
        ],
    )
    def test_refused_texts(self, text, locale, why):
        """
        Grouping in the wrong place, digits of another script and mixed digits are refused, with an example of the right way.
        """
        with pytest.raises(MoneyError, match=why):
            Money.of(text, "USD", locale=locale)


class TestWriting:
    @pytest.mark.parametrize(
        ("minor", "currency", "locale", "text"),
        [
            (123456, "USD", "en_US", "$1,234.56"),
            (-123, "USD", "en_US", "-$1.23"),
            (123456789, "INR", "en_IN", "₹12,34,567.89"),
            (123456, "EUR", "de_DE", "1.234,56\u00a0€"),
            (123456, "EUR", "de-DE", "1.234,56\u00a0€"),
            (1234, "JPY", "ja_JP", "￥1,234"),
            (1234567, "KWD", "en_US", "KWD1,234.567"),
            (1234567, "MGA", "de_DE", "12.345,67\u00a0MGA"),
            (0, "USD", "en_US", "$0.00"),
        ],
    )
    def test_worked_examples(self, minor, currency, locale, text):
        """
        The decimals are those of ISO 4217, also for the ariary that CLDR shows without any.
        """
        assert text == format_money(minor, currency, locale) == Money(minor, currency).text(locale)

    @pytest.mark.parametrize("currency", ["MGA", "IQD", "ALL"])
    def test_no_unit_is_hidden(self, currency):
        """
        Amounts one minor unit apart never have the same text.
        """
        assert get_currency_precision(currency) != exponent(currency)
        for locale in LOCALES:
            assert len({format_money(minor, currency, locale) for minor in range(-1500, 1500)}) == 3000

    @pytest.mark.parametrize("minor", [1.0, True, "5", None])
    def test_only_whole_minor_units(self, minor):
        """
        A float is not written as if it were exact.
        """
        with pytest.raises(MoneyError, match="integer minor units"):
            format_money(minor, "USD", "en_US")

    def test_unknown_locale_or_currency(self):
        """
        Both are refused by name.
        """
        with pytest.raises(MoneyError, match="zz_ZZ"):
            format_money(1, "USD", "zz_ZZ")
        with pytest.raises(UnknownCurrencyError, match="DEM"):
            format_money(1, "DEM", "de_DE")

    @pytest.mark.parametrize("write", [lambda minor: "a lot", lambda minor: f"{minor}*1*2", lambda minor: f"{minor:,}/{minor}"])
    def test_a_text_of_another_kind_is_not_learned(self, write):
        """
        A shape that does not hold for every amount is never used: it is not learned, or fails the comparison.
        """
        shape = _money_text._learn(write, 0)
        assert shape is None or any(shape.write(minor) != write(minor) for minor in _money_text._probes())

    def test_every_currency_was_learned_right(self):
        """
        Each currency in one of the locales: at amounts that were not used for learning, Babel writes the same.
        """
        codes = sorted(code for code in CURRENCIES if get_currency_precision(code) == exponent(code))
        for code, locale in zip(codes, cycle(LOCALES)):
            for minor in (0, 7, -58, 4_711, 99_950, 271_828_182, -31_415_926_535):
                assert babel_text(minor, code, locale) == format_money(minor, code, locale)

    @given(
        minor=st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX) | st.integers(-10_000_000, 10_000_000),
        currency=st.sampled_from(SHOWN_AS_ISO),
        locale=st.sampled_from(LOCALES),
    )
    def test_exactly_as_babel_writes_it(self, minor, currency, locale):
        """
        Where CLDR has the decimals of ISO 4217, the text is Babel's, sign, groups and marks included.
        """
        assert babel_text(minor, currency, locale) == format_money(minor, currency, locale)

    @given(
        minor=st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
        locale=st.sampled_from(["en_US", "de_DE", "fr_FR", "hi_IN", "pl_PL", "ar_EG", "sv_SE"]),
    )
    def test_what_is_written_can_be_read(self, minor, locale):
        """
        Without its currency sign, the text of an amount is read back by the same locale.
        """
        kept = set("0123456789.,-\u2212\u00a0\u202f")
        text = "".join(character for character in format_money(minor, "EUR", locale) if character in kept).strip("\u00a0\u202f")

        assert Money(minor, "EUR") == Money.of(text, "EUR", locale=locale)
