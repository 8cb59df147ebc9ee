"""Money as text: read without guessing, and written exactly as Babel writes it, many times faster.

Reading decides what is ambiguous; it never rounds and never repairs. Writing asks Babel once for each locale and
currency, learns the shape of the text, and then needs whole numbers only. What was learned is compared with Babel over
all magnitudes before it is used; where they differ in a single character, Babel goes on writing.

No message repeats the text that was refused: a column read by mistake may hold somebody's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from collectkit._currencies import known
from collectkit.errors import MoneyError

if TYPE_CHECKING:
    from decimal import Decimal

    from babel import Locale

Writer = Callable[[int], str]

_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_NOT_FINITE = re.compile(r"[-+]?(s?nan|inf|infinity)", re.IGNORECASE)
_EXPONENT = re.compile(r"[-+]?[0-9.,]+e[-+]?[0-9]+", re.IGNORECASE)
_SEPARATED = re.compile(r"-?[0-9]+([.,' ][0-9]+)+")
_MARKS_OF_DIRECTION = re.compile("[\u200e\u200f\u061c]")
# More digits than any amount has, and few enough for `int` to read at once.
_DIGITS_MAX = 30

# Digits of the numbering systems that are some locale's default, from zero to nine; Babel does not have them.
_DIGITS = {
    name: "".join(chr(zero + value) for value in range(10))
    for name, zero in {"latn": 0x30, "arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "deva": 0x966, "mymr": 0x1040}.items()
}
_SPACES = "[ \u00a0\u2009\u202f]"
_LOOKALIKES = {"\u00a0": _SPACES, "\u202f": _SPACES, "'": "['\u2019]", "\u2019": "['\u2019]"}


def minor_of(amount: object, currency: str, locale: str | None) -> int:
    """Read a text or a decimal number of major units into minor units; see `collectkit.money.Money.of`."""
    if isinstance(amount, str):
        return _minor_from_text(amount, currency, locale)
    if isinstance(amount, float):
        raise MoneyError(f"amount must be Money or integer minor units; {amount!r} as float is not exact; nothing was recorded")
    from decimal import Decimal

    if isinstance(amount, Decimal):
        return _minor_from_decimal(amount, currency)
    raise MoneyError(
        f"amount in major units must be a text or a Decimal, got {type(amount).__name__}; "
        "integer minor units are Money(5000, 'USD'); nothing was recorded"
    )


def _minor_from_text(text: str, currency: str, locale: str | None) -> int:
    code, exponent = known(currency)
    match = _PLAIN.fullmatch(text if locale is None else _plain(text, locale))
    if match is None:
        raise MoneyError(f"{_why_not_plain(text, locale)}; nothing was recorded")
    sign, whole, decimals = match[1], match[2], match[3] or ""
    if len(decimals) > exponent:
        raise MoneyError(f"{_too_many_decimals(code, exponent)}; nothing was recorded")
    digits = (whole + decimals.ljust(exponent, "0")).lstrip("0") or "0"
    if len(digits) > _DIGITS_MAX:
        raise MoneyError("amount is beyond the limit of what can be owed; nothing was recorded")
    return int(sign + digits)


def _minor_from_decimal(amount: Decimal, currency: str) -> int:
    """Turn a decimal number of major units into minor units, exactly or not at all."""
    code, exponent = known(currency)
    if not amount.is_finite():
        raise MoneyError("amount must be finite; nothing was recorded")
    if not amount:
        return 0
    if amount.adjusted() > _DIGITS_MAX:
        raise MoneyError("amount is beyond the limit of what can be owed; nothing was recorded")
    negative, digits, power = amount.as_tuple()
    assert isinstance(power, int)  # a text only for what is not finite
    shift = power + exponent
    if shift < 0:
        if any(digits[shift:]):
            raise MoneyError(f"{_too_many_decimals(code, exponent)}; nothing was recorded")
        digits, shift = digits[:shift], 0
    minor: int = int("".join(map(str, digits))) * 10**shift
    return -minor if negative else minor


def _too_many_decimals(code: str, exponent: int) -> str:
    if exponent == 0:
        return f"{code} has no minor unit: an amount has no decimals and none are rounded away"
    return f"{code} has {exponent} decimals: more are not rounded away; if the sign groups thousands, give the locale"


def _why_not_plain(text: str, locale: str | None) -> str:
    """Name what is in the way; the first that holds."""
    if not text:
        return "amount is empty"
    if _NOT_FINITE.fullmatch(text):
        return "amount must be finite"
    if _EXPONENT.fullmatch(text):
        return "amount must be written out, without exponent notation"
    if locale is not None:
        return f"amount is not written as locale {locale!r} writes numbers, for example {_example(locale)}"
    if _SEPARATED.fullmatch(text):
        return "amount is ambiguous: a sign in it may group thousands or begin the decimals; give the locale, such as locale='de'"
    strange = dict.fromkeys(character for character in text if character not in "-.0123456789")
    if strange:
        return f"amount must have ASCII digits and one point only, found {_names(list(strange))}"
    return "amount must be digits, then if need be a point and decimals, with '-' in front for a negative one, such as '-50.00'"


def _names(characters: list[str]) -> str:
    """Name what is no letter; letters may spell a name, so that none is repeated."""
    import unicodedata

    named = [f"{character!r} ({unicodedata.name(character, 'no name')})" for character in characters if not character.isalpha()]
    letters = ["letters"] if len(named) < len(characters) else []
    return ", ".join(letters + named[:5]) + (" and more" if len(named) > 5 else "")


def _plain(text: str, locale: str) -> str:
    """Rewrite a text in one of the locale's conventions in the plain form; other texts become the empty one."""
    bare = _MARKS_OF_DIRECTION.sub("", text)
    for pattern, digits in _conventions(locale):
        if match := pattern.fullmatch(bare):
            values = {ord(digit): str(value) for value, digit in enumerate(digits)}
            whole = "".join(character for character in match[2] if character in digits).translate(values)
            decimals = match[3].translate(values) if match[3] else ""
            return f"{'-' if match[1] else ''}{whole}{'.' if decimals else ''}{decimals}"
    return ""


@lru_cache(maxsize=256)
def _conventions(locale: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return how the locale writes numbers: in its own digits, if any, and in Latin ones."""
    found = _locale(locale)
    first, others = found.decimal_formats[None].grouping
    conventions = []
    for system in dict.fromkeys((found.default_numbering_system, "latn")):
        symbols = found.number_symbols.get(system, {})
        digits, decimal, group = _DIGITS.get(system), symbols.get("decimal"), symbols.get("group")
        if digits and decimal and group:
            sign, digit = _LOOKALIKES.get(group, re.escape(group)), f"[{digits}]"
            grouped = f"{digit}{{1,{others}}}(?:{sign}{digit}{{{others}}})*{sign}{digit}{{{first}}}"
            conventions.append((re.compile(f"([-\u2212]?)({grouped}|{digit}+)(?:{re.escape(decimal)}({digit}+))?"), digits))
    return tuple(conventions)


def _example(locale: str) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(1234567, format=None, locale=_locale(locale), numbering_system="latn"))


def _locale(locale: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(locale, sep="-" if "-" in locale else "_")
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise MoneyError(f"locale must be one that CLDR knows, such as 'en_US', got {locale!r}; nothing was written") from error


@attrs.frozen
class _Shape:
    """What is the same in all amounts of one currency as one locale writes them; `grouped_from` is in major units."""

    exponent: int
    before: tuple[str, str]
    after: tuple[str, str]
    decimal: str
    group: str
    first: int
    others: int
    grouped_from: int

    def write(self, minor: int) -> str:
        """Write any amount, in whichever grouping."""
        negative = minor < 0
        whole, rest = divmod(-minor if negative else minor, 10**self.exponent)
        tail = f"{self.decimal}{rest:0{self.exponent}d}" if self.exponent else ""
        return f"{self.before[negative]}{self.grouped(whole)}{tail}{self.after[negative]}"

    def grouped(self, whole: int) -> str:
        digits = str(whole)
        if whole < self.grouped_from:
            return digits
        head, text = digits[: -self.first], digits[-self.first :]
        while head:
            text = head[-self.others :] + self.group + text
            head = head[: -self.others]
        return text


@lru_cache(maxsize=1024)
def writer(currency: str, locale: str) -> Writer:
    """
    Return the function that writes minor units of *currency* as *locale* has it.

    Raises:
        MoneyError: The locale is unknown.
        UnknownCurrencyError: The currency is unknown, withdrawn or no money.
    """
    code, exponent = known(currency)
    babel = _babel_writer(code, exponent, _locale(locale))
    shape = _learn(babel, exponent)
    if shape is None:
        return babel
    fast = _fast_writer(shape)
    return fast if all(fast(minor) == babel(minor) for minor in _probes()) else babel


def _babel_writer(code: str, exponent: int, locale: Locale) -> Writer:
    """Return Babel's own way, with the decimals of ISO 4217 where CLDR would show fewer or more."""
    from copy import copy
    from decimal import Decimal

    from babel.numbers import get_currency_precision

    pattern = copy(locale.currency_formats["standard"])
    as_cldr = get_currency_precision(code) == exponent
    if not as_cldr:
        pattern.frac_prec = (exponent, exponent)

    def write(minor: int) -> str:
        # Built from its digits: no context of the host can round it.
        amount = Decimal((minor < 0, tuple(map(int, str(abs(minor)))), -exponent))
        return str(pattern.apply(amount, locale, currency=code, currency_digits=as_cldr))

    return write


def _learn(write: Writer, exponent: int) -> _Shape | None:
    """Read the shape off some texts; None when they are not of the expected kind."""
    sample, unit = 12345678901234567, 10**exponent
    match = re.fullmatch(r"([^0-9]*)([0-9].*[0-9])([^0-9]*)", write(sample), re.DOTALL)
    negative = write(-sample)
    if match is None or match[2] not in negative:
        return None
    runs = re.findall(r"[0-9]+|[^0-9]+", match[2])
    decimal = runs[-2] if exponent else ""
    groups = runs[:-2] if exponent else runs
    if len(set(groups[1::2])) > 1:
        return None
    first, others = (len(groups[-1]), len(groups[-3 if len(groups) > 3 else -1])) if len(groups) > 1 else (1, 1)
    grouped_from = next((10**n for n in range(first, 9) if len(groups) > 1 and groups[1] in _inside(write(10**n * unit))), 10**18)
    before, _, after = negative.partition(match[2])
    group = groups[1] if len(groups) > 1 else ""
    return _Shape(exponent, (match[1], before), (match[3], after), decimal, group, first, others, grouped_from)


def _inside(text: str) -> str:
    """Cut what stands before the first digit and after the last."""
    match = re.search(r"[0-9].*[0-9]", text, re.DOTALL)
    return match[0] if match else ""


def _probes() -> list[int]:
    """Amounts of all magnitudes, on both sides of each power of ten, either sign."""
    near = [power + step for power in (10**n for n in range(19)) for step in (-1, 0, 1)]
    return [sign * minor for minor in [*near, 12, 345, 67_890, 1_234_567, 98_765_432_101] for sign in (1, -1)]


def _fast_writer(shape: _Shape) -> Writer:
    """Specialize for what is common: a positive amount, at most three decimals, thousands or the Indian groups."""
    if shape.exponent > 3:
        return shape.write
    before, after, group, general = shape.before[0], shape.after[0], shape.group, shape.write
    unit, grouped, grouped_from = 10**shape.exponent, shape.grouped, shape.grouped_from
    # Everything after the whole units, for each number of minor units that can be left.
    tails = [f"{shape.decimal}{rest:0{shape.exponent}d}{after}" if shape.exponent else after for rest in range(unit)]
    commas = (shape.first, shape.others) == (3, 3) and group == ","

    def write_commas(minor: int) -> str:
        if minor < 0:
            return general(minor)
        whole, rest = divmod(minor, unit)
        return f"{before}{whole:,}{tails[rest]}" if whole >= grouped_from else f"{before}{whole}{tails[rest]}"

    def write_groups(minor: int) -> str:
        if minor < 0:
            return general(minor)
        whole, rest = divmod(minor, unit)
        if whole < grouped_from:
            return f"{before}{whole}{tails[rest]}"
        if whole < 100_000:
            # One sign only, in thousands as in the Indian groups, which agree up to here.
            return f"{before}{whole // 1000}{group}{whole % 1000:03d}{tails[rest]}"
        return f"{before}{grouped(whole)}{tails[rest]}"

    if commas:
        return write_commas
    return write_groups if shape.first == 3 and shape.others in (2, 3) else shape.write
