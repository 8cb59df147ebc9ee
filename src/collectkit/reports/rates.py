"""What a rate is made of, how it is written, and how a result becomes rows.

Measures are exact: whole numbers and fractions. Only at the edge, in `text` and `percent`, is anything rounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

import attrs

from collectkit._checks import one_of
from collectkit.errors import ValidationError
from collectkit.money import Rounding, divide

Cell: TypeAlias = "str | int | list[Cell] | dict[str, Cell] | None"
"""What a row of a result holds: values that JSON knows, and no float."""

UNITS = ("accounts", "installments", "minor", "days", "contacts", "promises", "people", "collectors")


def decimal_text(value: Fraction, places: int) -> str:
    """
    Write a fraction as decimal text, a tie going to the even digit.

    >>> decimal_text(Fraction(429, 1562), 6), decimal_text(Fraction(-1, 8), 2)
    ('0.274648', '-0.12')
    """
    whole = divide(value.numerator * 10**places, value.denominator, Rounding.HALF_EVEN)
    digits = str(abs(whole)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if whole < 0 else text


@attrs.frozen
class Rate:
    """
    A share, a mean or an index, with all that is needed to check it.

    Attributes:
        numerator: Whole number above the line.
        denominator: Whole number below it.
        unit: What the denominator counts: ``accounts``, ``installments``, ``minor``, ``days``, ``contacts``, ``promises``,
            ``people`` or ``collectors``.
        what: What it measures, as "cured of past due".
        exclusions: What was left out on purpose.
    """

    numerator: int
    denominator: int
    unit: str = attrs.field(validator=one_of(*UNITS, not_done="nothing was computed"))
    what: str
    exclusions: tuple[str, ...] = ()

    @property
    def value(self) -> Fraction | None:
        """Return the exact quotient; None when there is nothing to divide by."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    def text(self, places: int = 6) -> str:
        """Return the quotient as decimal text; ``n/a`` when there is nothing to divide by."""
        return "n/a" if self.value is None else decimal_text(self.value, places)

    def percent(self, places: int = 1) -> str:
        """Return the quotient in percent as text, without the sign."""
        return "n/a" if self.value is None else decimal_text(self.value * 100, places)

    def __add__(self, other: Rate) -> Rate:
        """Pool two rates of one measure: numerators and denominators add up."""
        if (self.unit, self.what, self.exclusions) != (other.unit, other.what, other.exclusions):
            raise ValidationError(f"only rates of one measure can be pooled, not {self.what!r} and {other.what!r}; nothing was computed")
        return attrs.evolve(self, numerator=self.numerator + other.numerator, denominator=self.denominator + other.denominator)


class Dataset:
    """
    A result made of lines: a table with a name, not a picture.

    A subclass is a frozen attrs class with an attribute `lines`, a tuple of frozen attrs objects.
    """

    __slots__ = ()

    def rows(self) -> list[dict[str, Cell]]:
        """Return one plain mapping per line, in order: texts, whole numbers, ISO dates, rates as mappings."""
        return [_row(line) for line in getattr(self, "lines")]  # noqa: B009

    def to_dict(self) -> dict[str, Cell]:
        """
        Return the whole result as plain values, ready for JSON: its name, its attributes, and its rows under ``lines``.

        What its text leaves out, as the accounts behind it, is left out here too.
        """
        return {"measure": type(self).__name__, **_row(self)}


def _row(line: object) -> dict[str, Cell]:
    kind = type(line)
    assert attrs.has(kind)
    return {field.name: plain(getattr(line, field.name)) for field in attrs.fields(kind) if field.repr}


def plain(value: object) -> Cell:
    """
    Return a value of a result in the form of JSON.

    Raises:
        TypeError: Results hold no such value.
    """
    if value is None or isinstance(value, str) or type(value) is int:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Fraction):
        return {"numerator": value.numerator, "denominator": value.denominator, "value": decimal_text(value, 6)}
    if isinstance(value, Rate):
        return {**_row(value), "value": value.text()}
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if attrs.has(type(value)):
        return _row(value)
    raise TypeError(f"a result holds no {type(value).__name__}")
