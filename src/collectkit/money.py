"""Exact money: a whole number of minor units in one currency.

Here it is decided what an amount is, how one is read from text without guessing, how it is shared without losing a
unit, and how an exact quotient is rounded. No float gets in or comes out, and there is no division.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn, final

from collectkit._currencies import CURRENCIES, CURRENCIES_VERSION, known
from collectkit._money_text import minor_of, writer
from collectkit._rounding import Rounding, divide
from collectkit.errors import CurrencyMismatchError, MoneyError

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

__all__ = [
    "AGGREGATE_MINOR_MAX",
    "AMOUNT_MINOR_MAX",
    "CURRENCIES_VERSION",
    "Money",
    "Rounding",
    "divide",
    "exponent",
    "format_money",
    "total",
]

AMOUNT_MINOR_MAX = 10**15
"""Greatest amount that can be built or posted, in minor units, either sign."""

AGGREGATE_MINOR_MAX = 10**18
"""Greatest sum or product of amounts, in minor units, either sign; it fits a 64-bit integer."""


# Written by hand and not with `attrs.frozen`, the one such value in the package: the sum of two amounts is the most
# frequent operation there is, and storing through the slots' own setters makes it half as fast again. A subclass of
# `int` would be faster still and is unsafe: every operator it does not override would lose the currency.
@final
class Money:
    """
    An exact amount in one currency.

    There is no division: whoever must share an amount calls `split`, which loses nothing. Amounts of one currency
    can be ordered; equality across currencies is False, any other operation across them raises. A sum may
    exceed what can be posted, up to `AGGREGATE_MINOR_MAX`.

    Attributes:
        minor: Count of the currency's smallest unit; may be negative. At most `AMOUNT_MINOR_MAX` either way.
        currency: ISO 4217 code of a currency in use.

    Raises:
        MoneyError: *minor* is not exactly an `int`, or too large.
        UnknownCurrencyError: The currency is unknown, withdrawn or no money.

    >>> Money(5000, "USD") + Money.of("0.01", "USD")
    Money(5001, 'USD')
    """

    __slots__ = ("currency", "minor")
    __match_args__ = ("minor", "currency")

    minor: int
    currency: str

    def __new__(cls, minor: int, currency: str) -> Money:
        """Check both and build; an amount that exists is always valid."""
        if type(minor) is not int:
            raise MoneyError(_not_minor(minor))
        if not -AMOUNT_MINOR_MAX <= minor <= AMOUNT_MINOR_MAX:
            raise _too_large(AMOUNT_MINOR_MAX)
        return _make(minor, known(currency)[0])

    @classmethod
    def of(cls, amount: str | Decimal, currency: str, *, locale: str | None = None) -> Money:
        """
        Read an amount in major units.

        Fewer decimals than the currency has are filled with zeros; more are refused, never rounded.

        Args:
            amount: Text such as ``"-1234.56"``: ASCII digits, a point, no grouping, no exponent; or a finite `Decimal`.
            currency: ISO 4217 code.
            locale: Whose digits, decimal and grouping signs the text may use, such as ``"de"``; grouping must then be
                as that locale has it. None reads only the plain form above.

        Raises:
            MoneyError: Not exact, not finite, ambiguous, or too large; the message names the characters in the way.
            UnknownCurrencyError: The currency is unknown, withdrawn or no money.

        >>> Money.of("1.234,56", "EUR", locale="de")
        Money(123456, 'EUR')
        """
        if type(amount) is str and locale is None:
            # The common case, complete decimals and no sign; everything else takes the explaining way below.
            whole, _, decimals = amount.partition(".")
            digits = whole + decimals
            if whole and decimals and len(digits) <= 15 and digits.isdigit() and digits.isascii():
                entry = CURRENCIES.get(currency)
                if entry is not None and entry[1] == len(decimals):
                    money = _new(Money)
                    _set_minor(money, int(digits))
                    _set_currency(money, entry[0])
                    return money
        return cls(minor_of(amount, currency, locale), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing in *currency*, as the start of ``sum(amounts, Money.zero("USD"))``."""
        return _make(0, known(currency)[0])

    @classmethod
    def aggregate(cls, minor: int, currency: str) -> Money:
        """
        Build a total over many amounts, which may exceed what a single posting can have.

        Raises:
            MoneyError: *minor* is not exactly an `int`, or beyond `AGGREGATE_MINOR_MAX`.
            UnknownCurrencyError: The currency is unknown, withdrawn or no money.
        """
        if type(minor) is not int:
            raise MoneyError(_not_minor(minor))
        return _make(_in_range(minor), known(currency)[0])

    def __add__(self, other: Money) -> Money:
        try:
            currency = self.currency
            if other.currency is not currency:
                raise _mismatch("add", other, "to", self)
            minor = self.minor + other.minor
        except AttributeError:  # No money; a test of its class would cost each sum a tenth.
            return NotImplemented
        if not -AGGREGATE_MINOR_MAX <= minor <= AGGREGATE_MINOR_MAX:
            raise _too_large(AGGREGATE_MINOR_MAX)
        money = _new(Money)
        _set_minor(money, minor)
        _set_currency(money, currency)
        return money

    def __sub__(self, other: Money) -> Money:
        try:
            currency = self.currency
            if other.currency is not currency:
                raise _mismatch("subtract", other, "from", self)
            minor = self.minor - other.minor
        except AttributeError:  # No money; a test of its class would cost each sum a tenth.
            return NotImplemented
        if not -AGGREGATE_MINOR_MAX <= minor <= AGGREGATE_MINOR_MAX:
            raise _too_large(AGGREGATE_MINOR_MAX)
        money = _new(Money)
        _set_minor(money, minor)
        _set_currency(money, currency)
        return money

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            # The words for whoever tried a rate; a bool is not a number of times either.
            raise TypeError(f"money can be multiplied by int only, not {type(times).__name__}; for a rate call fraction_of")
        minor = self.minor * times
        if not -AGGREGATE_MINOR_MAX <= minor <= AGGREGATE_MINOR_MAX:
            raise _too_large(AGGREGATE_MINOR_MAX)
        money = _new(Money)
        _set_minor(money, minor)
        _set_currency(money, self.currency)
        return money

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return _make(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return _make(abs(self.minor), self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor == other.minor and self.currency is other.currency

    def __hash__(self) -> int:
        return hash((self.minor, self.currency))

    def __lt__(self, other: Money) -> bool:
        if other.__class__ is not Money:
            return NotImplemented
        if other.currency is not self.currency:
            raise _mismatch("compare", self, "with", other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        if other.__class__ is not Money:
            return NotImplemented
        if other.currency is not self.currency:
            raise _mismatch("compare", self, "with", other)
        return self.minor <= other.minor

    # `>` and `>=` are these two with the sides exchanged: Python asks the other operand when one has no answer.

    def split(self, parts: int) -> tuple[Money, ...]:
        """
        Share the amount in equal parts without losing a unit.

        The parts differ by at most one minor unit and the odd units go to the first ones, for negative amounts too.

        Args:
            parts: How many, at least 1; may exceed the minor units there are, then the last parts are zero.

        >>> Money.of("100.00", "USD").split(3)
        (Money(3334, 'USD'), Money(3333, 'USD'), Money(3333, 'USD'))
        """
        if type(parts) is not int or parts < 1:
            raise MoneyError(f"parts must be a whole number of at least 1, got {parts!r}; nothing was split")
        sign = -1 if self.minor < 0 else 1
        each, odd = divmod(sign * self.minor, parts)
        # Amounts do not change, so that equal parts can be one object.
        lesser, greater = _make(sign * each, self.currency), _make(sign * (each + 1), self.currency)
        return (greater,) * odd + (lesser,) * (parts - odd)

    def split_by(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """
        Share the amount in proportion to *weights* without losing a unit.

        Largest remainders: each part is the exact share rounded toward zero, and the units left over go one each to the parts
        that lost most; where they lost the same, to the earlier. No part is a whole unit off its exact share.

        Args:
            weights: Whole numbers, none negative, not all zero; a weight of zero gets nothing.

        >>> Money(100, "USD").split_by([1, 1, 1])
        (Money(34, 'USD'), Money(33, 'USD'), Money(33, 'USD'))
        """
        weights = tuple(weights)
        if any(type(weight) is not int or weight < 0 for weight in weights) or not any(weights):
            raise MoneyError("weights must be whole numbers, none negative and not all zero; nothing was split")
        whole = sum(weights)
        shares = [divmod(abs(self.minor) * weight, whole) for weight in weights]
        left = abs(self.minor) - sum(share for share, _ in shares)
        # `sorted` is stable, which is the tie order: earlier first.
        favored = set(sorted(range(len(weights)), key=lambda index: -shares[index][1])[:left])
        sign = -1 if self.minor < 0 else 1
        return tuple(_make(sign * (share + (index in favored)), self.currency) for index, (share, _) in enumerate(shares))

    def fraction_of(self, rate: Fraction, rounding: Rounding) -> Money:
        """
        Return *rate* of the amount, rounded once.

        Args:
            rate: Exact, such as ``Fraction(15, 1000)`` for 1.5 percent; may be negative or above 1.
            rounding: What becomes of parts of a minor unit.

        >>> from fractions import Fraction
        >>> Money.of("10.50", "USD").fraction_of(Fraction(15, 1000), Rounding.HALF_UP)
        Money(16, 'USD')
        """
        from fractions import Fraction

        if not isinstance(rate, Fraction):
            raise MoneyError(f"rate must be a Fraction, got {type(rate).__name__}, which may not be exact; nothing was computed")
        return _make(_in_range(divide(self.minor * rate.numerator, rate.denominator, rounding)), self.currency)

    def text(self, locale: str) -> str:
        """
        Write the amount for a person, as `format_money` does.

        >>> Money.of("1234.50", "USD").text("en_US")
        '$1,234.50'
        """
        return writer(self.currency, locale)(self.minor)

    def __str__(self) -> str:
        decimals = CURRENCIES[self.currency][1]
        digits = f"{abs(self.minor):0{decimals + 1}d}"
        sign = "-" if self.minor < 0 else ""
        plain = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        return f"{sign}{plain} {self.currency}"

    def __repr__(self) -> str:
        return f"Money({self.minor}, {self.currency!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"money does not change: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"money does not change: {name} cannot be deleted")

    def __copy__(self) -> Money:
        return self

    def __deepcopy__(self, memo: object) -> Money:
        return self

    def __reduce__(self) -> tuple[Callable[[int, str], Money], tuple[int, str]]:
        return Money.aggregate, (self.minor, self.currency)


_new = object.__new__
_set_minor: Callable[[Money, int], None] = vars(Money)["minor"].__set__
_set_currency: Callable[[Money, str], None] = vars(Money)["currency"].__set__


def total(moneys: Iterable[Money], currency: str) -> Money:
    """
    Add up amounts, all in *currency*; of none the sum is zero.

    Raises:
        CurrencyMismatchError: One of them is in another currency.
        MoneyError: The sum is beyond `AGGREGATE_MINOR_MAX`.

    Source:
        Integer addition of minor units, nothing is rounded.
    """
    return sum(moneys, Money.zero(currency))


def exponent(currency: str) -> int:
    """
    Return how many decimals *currency* has by ISO 4217.

    Raises:
        UnknownCurrencyError: The currency is unknown, withdrawn or no money.

    >>> exponent("USD"), exponent("JPY"), exponent("KWD")
    (2, 0, 3)
    """
    return known(currency)[1]


def format_money(minor: int, currency: str, locale: str) -> str:
    """
    Write an amount for a person, as CLDR has it for the locale.

    With the decimals of ISO 4217; where CLDR has the same number, the text is exactly that of Babel's `format_currency`.

    Args:
        minor: Minor units, either sign.
        currency: ISO 4217 code.
        locale: Language and region, such as ``"de_AT"`` or ``"de-AT"``.

    Raises:
        MoneyError: *minor* is not exactly an `int`, or the locale is unknown.
        UnknownCurrencyError: The currency is unknown, withdrawn or no money.

    >>> format_money(-1234567, "INR", "en_IN")
    '-₹12,345.67'
    """
    if type(minor) is not int:
        raise MoneyError(_not_minor(minor))
    return writer(currency, locale)(minor)


def _make(minor: int, currency: str) -> Money:
    """Build without checks: *currency* is the object of the table, *minor* is in range."""
    money = _new(Money)
    _set_minor(money, minor)
    _set_currency(money, currency)
    return money


def _not_minor(minor: object) -> str:
    if isinstance(minor, float):
        return f"amount must be Money or integer minor units; {minor!r} as float is not exact; nothing was recorded"
    hint = "; major units in text are Money.of('50.00', 'USD')" if isinstance(minor, str) else ""
    return f"amount must be Money or integer minor units, got {type(minor).__name__}{hint}; nothing was recorded"


def _in_range(minor: int) -> int:
    if not -AGGREGATE_MINOR_MAX <= minor <= AGGREGATE_MINOR_MAX:
        raise _too_large(AGGREGATE_MINOR_MAX)
    return minor


def _too_large(limit: int) -> MoneyError:
    return MoneyError(f"amount is beyond the limit of {limit} minor units; nothing was recorded")


def _mismatch(verb: str, one: Money, preposition: str, other: Money) -> CurrencyMismatchError:
    return CurrencyMismatchError(f"cannot {verb} {one.currency} {preposition} {other.currency}; nothing was computed")
