"""What a single key of a policy file may hold: text, number, money, zone, condition, and lists of them."""

from __future__ import annotations

import datetime as dates
from collections.abc import Collection, Mapping

import attrs

from collectkit.calendars.dates import zone
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import CollectkitError, ExpressionError
from collectkit.money import Money
from collectkit.policy._shapes import BROKEN, Kind, Problems, suggested
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS


@attrs.frozen
class Text:
    """
    A text; one of *choices* where there are any.

    Attributes:
        choices: What is allowed; empty for any text.
        extensible: Plugins may add choices, so that an editor must not refuse others.
    """

    choices: tuple[str, ...] = ()
    extensible: bool = False

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the text."""
        if not isinstance(raw, str):
            return problems.add(place, f"must be a text, got {raw!r}")
        if self.choices and raw not in self.choices:
            return problems.add(place, f"{raw!r} is not allowed; {suggested(raw, list(self.choices))}")
        return raw

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return {"type": "string"} | ({"examples" if self.extensible else "enum": list(self.choices)} if self.choices else {})


@attrs.frozen
class Whole:
    """A whole number from *least* to *most*, both inclusive."""

    least: int | None = 0
    most: int | None = None

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the number."""
        if isinstance(raw, bool) or not isinstance(raw, int) or not self._holds(raw):
            return problems.add(place, f"must be a whole number{self._bounds()}, got {raw!r}")
        return raw

    def _holds(self, number: int) -> bool:
        return (self.least is None or self.least <= number) and (self.most is None or number <= self.most)

    def _bounds(self) -> str:
        low = "" if self.least is None else f", at least {self.least}"
        return low + ("" if self.most is None else f", at most {self.most}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        bounds = {"minimum": self.least, "maximum": self.most}
        return {"type": "integer", **{name: bound for name, bound in bounds.items() if bound is not None}}


@attrs.frozen
class Flag:
    """True or false."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the truth value."""
        return raw if isinstance(raw, bool) else problems.add(place, f"must be true or false, got {raw!r}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return {"type": "boolean"}


@attrs.frozen
class Day:
    """A date, written without quotes."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the date."""
        if isinstance(raw, dates.date) and not isinstance(raw, dates.datetime):
            return raw
        return problems.add(place, f"must be a date such as 2026-09-01, without quotes, got {raw!r}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema; editors see TOML's dates as texts."""
        return {"type": "string", "format": "date"}


@attrs.frozen
class Amount:
    """Money as ``"8.00 USD"``."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the amount."""
        amount, _, currency = raw.rpartition(" ") if isinstance(raw, str) else ("", "", "")
        try:
            return Money.of(amount.strip(), currency)
        except CollectkitError:
            return problems.add(place, f"must be an amount with its currency, such as '8.00 USD', got {raw!r}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? [A-Z]{3}$"}


@attrs.frozen
class Zone:
    """An IANA time zone."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the zone's name."""
        try:
            return zone(str(raw)).key if isinstance(raw, str) else problems.add(place, f"must be a text, got {raw!r}")
        except CollectkitError:
            return problems.add(place, f"must be a time zone such as 'America/New_York', got {raw!r}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": "^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$"}


@attrs.frozen
class Clause:
    """
    A condition over an account, such as ``"days_past_due >= 30"``.

    Attributes:
        happenings: What it may ask the history for, such as ``count('no_answer', 10)``; empty where there is none.
    """

    happenings: Collection[str] = ()

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the parsed condition."""
        if not isinstance(raw, str):
            return problems.add(place, f"must be a condition as a text, got {raw!r}")
        try:
            return parse(raw, STANDING_FIELDS, happenings=self.happenings)
        except ExpressionError as error:
            return problems.add(place, f"column {error.column + 1}: {error}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return {"type": "string", "examples": ["days_past_due >= 30 and owed >= money('50.00 USD')"]}


@attrs.frozen
class TimeOfDay:
    """A local time of day, written without quotes, such as ``10:30:00``."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the time."""
        if isinstance(raw, dates.time) and not (raw.second or raw.microsecond or raw.tzinfo):
            return raw
        return problems.add(place, f"must be a time of day in whole minutes such as 10:30:00, without quotes, got {raw!r}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema; editors see TOML's times as texts."""
        return {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]:00$"}


@attrs.frozen
class Calendar:
    """The name of a holiday calendar that the kit knows."""

    known: Mapping[str, HolidayCalendar]

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the calendar."""
        if isinstance(raw, str) and raw in self.known:
            return self.known[raw]
        return problems.add(place, f"{raw!r} is no calendar; {suggested(str(raw), list(self.known))}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema; plugins may know more calendars, so no list of them."""
        return {"type": "string"}


@attrs.frozen
class Several:
    """A list of values of one kind."""

    kind: Kind

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the values in their order."""
        if not isinstance(raw, list):
            return problems.add(place, f"must be a list, got {raw!r}")
        read = [self.kind.read(item, f"{place}[{number}]", problems) for number, item in enumerate(raw, 1)]
        return BROKEN if BROKEN in read else tuple(read)

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return {"type": "array", "items": self.kind.schema()}


@attrs.frozen
class Texts:
    """Texts by free names."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the table."""
        if isinstance(raw, Mapping) and all(isinstance(value, str) for value in raw.values()):
            return dict(raw)
        return problems.add(place, f"must be a table of texts, got {raw!r}")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema."""
        return {"type": "object", "additionalProperties": {"type": "string"}}
