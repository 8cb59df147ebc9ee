"""What a single value in a foreign file may look like, and what it becomes: exact, or rejected with a reason.

A rejection names the class of a value ("decimal", "text of 12 characters"), never the value: a wrong column may hold
a person's data. What a spreadsheet program has mangled is recognized and refused, because it cannot be undone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from collectkit.calendars.dates import zone as zone_of
from collectkit.errors import IntakeError, ValidationError
from collectkit.money import Money, exponent

Raw = object
"""A text from a table, or what JSON has: text, int, Decimal, bool, None."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]+[.,][0-9]+")
_EXPONENT = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_SPREADSHEET_DAY = re.compile(
    r"[0-9]{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2}", re.I
)
_SPREADSHEET_ERROR = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)|#{3,}")
_DATE_LIKE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[T ].*)?")
_INSTANT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_DAYS_SINCE = re.compile(r"days since ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_PARTS = {"%Y": "(?P<y>[0-9]{4})", "%m": "(?P<m>[0-9]{1,2})", "%d": "(?P<d>[0-9]{1,2})"}


class FaultyValueError(IntakeError):
    """
    One value that cannot be used; the row it stands in is rejected.

    Attributes:
        reason: Stable code, such as ``not-a-date``.
        fix: What to do about it.
        field: Which field of the mapping; filled in by whoever knows it.
        value_class: What kind of value was found.
    """

    code = "intake"

    def __init__(self, reason: str, message: str, fix: str, *, field: str = "", value_class: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.fix = fix
        self.field = field
        self.value_class = value_class


def value_class(raw: Raw) -> str:
    """
    Say what kind of value it is without saying what it is.

    >>> value_class("12.50"), value_class("Test Person")
    ('decimal', 'text of 11 characters')
    """
    if raw is None or raw == "":
        return "empty"
    if isinstance(raw, bool):
        return "boolean"
    if isinstance(raw, int):
        return "integer"
    if isinstance(raw, Decimal):
        return "decimal"
    if not isinstance(raw, str):
        return "list" if isinstance(raw, list) else "object"
    for pattern, name in _CLASSES:
        if pattern.fullmatch(raw):
            return name
    return f"text of {len(raw)} characters"


_CLASSES = (
    (_INTEGER, "integer"),
    (_DECIMAL, "decimal"),
    (_EXPONENT, "number in exponent notation"),
    (_SPREADSHEET_DAY, "day and month as a spreadsheet writes them"),
    (_SPREADSHEET_ERROR, "error value of a spreadsheet"),
    (_DATE_LIKE, "date-like"),
)


def plain(raw: Raw) -> str:
    """Return a text, a whole number or an exact decimal as text; a flag, list or object is no such thing."""
    if type(raw) is str:
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | Decimal):
        return str(raw)
    raise FaultyValueError("not-a-text", "a single value is expected, not a list or an object", "map a path that ends in a single value")


def unmangled(raw: Raw) -> str:
    """
    Return the text of an id or code, unless a spreadsheet has destroyed it.

    Raises:
        FaultyValueError: ``mangled``: the text is a number in exponent notation, a day of a month or an error value.
    """
    text = raw if type(raw) is str else plain(raw)
    if is_mangled(text):
        what = next(what for pattern, what in _MANGLED if pattern.fullmatch(text))
        raise FaultyValueError("mangled", f"an id is expected; a spreadsheet turned it into {what} and the digits are lost", _EXPORT_AGAIN)
    return text


_MANGLED = (
    (_EXPONENT, "a number in exponent notation"),
    (_SPREADSHEET_DAY, "a day of a month"),
    (_SPREADSHEET_ERROR, "an error value"),
)
_ANY_MANGLED = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in _MANGLED), re.IGNORECASE)
is_mangled = _ANY_MANGLED.fullmatch
"""Return something true for a text that a spreadsheet has destroyed."""
_EXPORT_AGAIN = "export the file from the source again without opening it in a spreadsheet, or with the column as text"


def code_of(digits: int) -> Callable[[Raw], str]:
    """Return a reader of codes with exactly *digits* characters, which finds a lost leading zero."""

    def read(raw: Raw) -> str:
        text = unmangled(raw)
        if len(text) < digits and text.isdigit():
            raise FaultyValueError(
                "lost-zeros", f"{digits} characters are expected, {len(text)} came: leading zeros were lost", _EXPORT_AGAIN
            )
        if len(text) != digits:
            raise FaultyValueError("bad-length", f"{digits} characters are expected, {len(text)} came", "correct the value")
        return text

    return read


def integer(raw: Raw) -> int:
    """Return a whole number."""
    if type(raw) is int:
        return raw
    if type(raw) is str and _INTEGER.fullmatch(raw):
        return int(raw)
    raise FaultyValueError("not-an-integer", "a whole number is expected, in digits", "write it as 12, without decimals or grouping")


def minor_reader(locale: str | None, scale: str) -> Callable[[Raw, str], int]:
    """
    Return a reader of amounts that answers minor units of the given currency.

    Args:
        locale: Whose separators the texts use; None for plain ``1234.56``.
        scale: ``major`` or ``minor`` units in the file.
    """

    def read(raw: Raw, currency: str) -> int:
        if type(raw) is int:
            return raw * int(10 ** exponent(currency))
        if type(raw) is not str and not isinstance(raw, Decimal):
            raise FaultyValueError("not-an-amount", f"an amount is expected, got {value_class(raw)}", "write the amount as a number")
        return Money.of(raw, currency, locale=locale).minor

    def read_minor(raw: Raw, currency: str) -> int:
        exponent(currency)
        return integer(raw)

    return read_minor if scale == "minor" else read


def date_reader(form: str, zone: str) -> Callable[[Raw], date]:
    """
    Return a reader of dates.

    Args:
        form: ``%Y``, ``%m``, ``%d`` with separators; ``instant`` for ISO time stamps, of which the day in *zone* counts;
            ``days since 1960-01-01`` for day numbers.
        zone: IANA zone of the business day.

    Raises:
        IntakeError: No such format.
    """
    counted = _DAYS_SINCE.fullmatch(form)
    if counted:
        return _day_number(date.fromisoformat(counted[1]))
    if form == "instant":
        place = zone_of(zone)
        read = instant_reader(zone)
        return lru_cache(maxsize=65536)(lambda raw: read(raw).astimezone(place).date())
    return lru_cache(maxsize=65536)(_written_date(form))


def _day_number(epoch: date) -> Callable[[Raw], date]:
    def read(raw: Raw) -> date:
        days = integer(raw)
        if not -200_000 <= days <= 200_000:
            raise FaultyValueError("not-a-date", "the day number leaves the calendar", "correct the value")
        return epoch + timedelta(days=days)

    return read


def _written_date(form: str) -> Callable[[Raw], date]:
    if sorted(re.findall("%.", form)) != ["%Y", "%d", "%m"]:
        wanted = "a date format holds %Y, %m and %d once each, or is 'instant' or 'days since 1960-01-01'"
        raise IntakeError(f"{wanted}, got {form!r}; nothing was read")
    pattern = re.compile("".join(_PARTS.get(part, re.escape(part)) for part in re.split("(%.)", form)))
    example = form.replace("%Y", "2026").replace("%m", "10").replace("%d", "20")

    def read(raw: Raw) -> date:
        found = pattern.fullmatch(raw) if isinstance(raw, str) else None
        if found is None:
            raise FaultyValueError("not-a-date", f"a date is expected as in {example}", "correct the value, or the format in the mapping")
        try:
            return date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            raise FaultyValueError(
                "not-a-date", "there is no such day in the calendar; it is not moved to another", "correct the value"
            ) from None

    return read


def instant_reader(zone: str) -> Callable[[Raw], datetime]:
    """Return a reader of ISO time stamps; one without an offset is refused, for the zone of the source is not known."""

    def read(raw: Raw) -> datetime:
        found = _INSTANT.fullmatch(raw) if isinstance(raw, str) else None
        if found is None or found[8] is None:
            raise FaultyValueError(
                "not-an-instant", "a time stamp with its offset is expected, as in 2026-10-20T07:00:00Z", "correct it, or map it as a date"
            )
        try:
            return datetime.fromisoformat(str(raw)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise FaultyValueError("not-an-instant", "there is no such day or time in the calendar", "correct the value") from None

    return read


def boolean_reader(yes: Sequence[str], no: Sequence[str]) -> Callable[[Raw], bool]:
    """Return a reader of flags that are written as one of the given words, in that spelling."""
    words: Mapping[str, bool] = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}

    def read(raw: Raw) -> bool:
        if isinstance(raw, bool):
            return raw
        answer = words.get(plain(raw))
        if answer is None:
            raise FaultyValueError(
                "not-a-flag", f"one of {', '.join(sorted(words))} is expected", "correct the value, or the words in the mapping"
            )
        return answer

    return read


def explained(error: ValidationError) -> FaultyValueError:
    """Return the fault for a value that an entity of collectkit refused."""
    if isinstance(error, FaultyValueError):
        return error
    return FaultyValueError(f"bad-{error.code}", str(error).removesuffix("; nothing was recorded"), "correct the value")
