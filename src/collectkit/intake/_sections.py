"""Checking the tables of a mapping file: each key known, each value of its kind, each message with its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from collections.abc import Mapping as MappingOf
from typing import NoReturn, cast

import attrs

from collectkit.errors import IntakeError, ValidationError
from collectkit.intake.mapping import Condition, Constant, Field
from collectkit.intake.values import date_reader

_FIELD_KEYS = frozenset(
    {
        "column",
        "instead",
        "at_least",
        "less",
        "path",
        "template",
        "constant",
        "default",
        "optional",
        "format",
        "zone",
        "yes",
        "no",
        "locale",
        "scale",
        "digits",
        "type",
    }
)
_KINDS = ("text", "id", "integer", "amount", "date", "instant", "flag")
_BRACES = re.compile(r"\{([^{}]+)\}")


class Table:
    """One table of the mapping file, with its place for messages."""

    def __init__(self, raw: object, place: str, *, allowed: Collection[str] | None = None) -> None:
        self.place = place
        if not isinstance(raw, dict):
            self.fail("", f"is a table, got {type(raw).__name__}")
        self.raw = cast(dict[str, object], raw)
        for key in self.raw:
            if allowed is not None and key not in allowed:
                near = difflib.get_close_matches(key, list(allowed), 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self.fail(key, f"is not known here; allowed are {', '.join(sorted(allowed))}{hint}")

    def fail(self, key: str, why: str) -> NoReturn:
        """Refuse the mapping because of one key."""
        place = ".".join(part for part in (self.place, key) if part)
        raise IntakeError(f"mapping: {place} {why}; no row was imported")

    def text(self, key: str, default: str | None = None, *, one_of: Collection[str] = ()) -> str:
        """Return a text; required without a default."""
        value = self.raw.get(key, default)
        if value is None:
            self.fail(key, "is missing")
        if not isinstance(value, str):
            self.fail(key, f"is a text, got {type(value).__name__}")
        if one_of and value not in one_of:
            self.fail(key, f"is {value!r}; allowed are {', '.join(one_of)}")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; false when it is not there."""
        value = self.raw.get(key, False)
        if not isinstance(value, bool):
            self.fail(key, f"is true or false, got {type(value).__name__}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text alone is a list of one."""
        value = self.raw.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            self.fail(key, "is a list of texts")
        return tuple(values)

    def table(self, key: str, *, allowed: Collection[str] | None = None) -> Table | None:
        """Return the table under *key*, or None."""
        return Table(self.raw[key], f"{self.place}.{key}".lstrip("."), allowed=allowed) if key in self.raw else None

    def tables(self, key: str, *, allowed: Collection[str] | None = None) -> list[Table]:
        """Return the list of tables under *key*; one table alone is a list of one."""
        value = self.raw.get(key, [])
        values = [value] if isinstance(value, dict) else value
        if not isinstance(values, list):
            self.fail(key, "is a table or a list of tables")
        place = f"{self.place}.{key}".lstrip(".")
        return [Table(item, f"{place}[{number}]", allowed=allowed) for number, item in enumerate(values, start=1)]

    def condition(self, key: str) -> Condition | None:
        """Return the condition under *key*, all of several where there is a list of them, or None."""
        held = [table.as_condition() for table in self.tables(key, allowed={"column", "is", "is_not", "blank"})]
        if key in self.raw and not held:
            self.fail(key, "needs at least one test")
        return attrs.evolve(held[0], also=tuple(held[1:])) if held else None

    def as_condition(self) -> Condition:
        """Return this table as a condition."""
        blank = self.flag("blank") if "blank" in self.raw else None
        condition = Condition(column=self.text("column"), any_of=self.texts("is"), none_of=self.texts("is_not"), blank=blank)
        if not condition.any_of and not condition.none_of and blank is None:
            self.fail("", "needs at least one of 'is', 'is_not', 'blank'")
        return condition

    def fields(self, kinds: MappingOf[str, str], *, required: Collection[str] = (), zone: str = "UTC") -> dict[str, Field]:
        """Return the fields of this table by name; *kinds* says what each becomes."""
        for name in required:
            if name not in self.raw:
                self.fail(name, "is missing")
        return {name: self.field(name, kind, required=name in required, zone=zone) for name, kind in kinds.items() if name in self.raw}

    def field(self, key: str, kind: str, *, required: bool = True, zone: str = "UTC") -> Field:
        """Return one field: a text names a column, a table says more."""
        raw = self.raw[key]
        place = f"{self.place}.{key}".lstrip(".")
        held = Table({"column": raw} if isinstance(raw, str) else raw, place, allowed=_FIELD_KEYS)
        given = [name for name in ("column", "path", "template", "constant") if name in held.raw]
        if len(given) != 1:
            held.fail("", "needs exactly one of 'column', 'path', 'template', 'constant'")
        template = held.text("template", "")
        if template and not columns_of(template):
            held.fail("template", "holds no column in braces, as in 'loan-{loan_id}'; a fixed value is a 'constant'")
        field = Field(
            target=place,
            kind=held.text("type", kind, one_of=_KINDS) if kind == "text" else kind,
            column=held.text("column", held.text("path", "")),
            instead=held.text("instead", ""),
            at_least=held.text("at_least", ""),
            less=held.text("less", ""),
            template=template,
            constant=held.constant("constant"),
            default=held.constant("default"),
            optional=held.flag("optional") if "optional" in held.raw else not required,
            format=held.text("format", "%Y-%m-%d"),
            zone=held.text("zone", zone),
            yes=held.texts("yes") or ("true", "yes", "1"),
            no=held.texts("no") or ("false", "no", "0"),
            locale=held.text("locale", ""),
            scale=held.text("scale", "major", one_of=("major", "minor")),
            digits=held.count("digits"),
        )
        beside = [name for name in ("at_least", "less") if name in held.raw]
        if beside and field.kind != "amount":
            held.fail(beside[0], "is for amounts alone")
        if (beside or field.instead) and not field.column:
            held.fail("", "needs a 'column' beside 'instead', 'at_least' or 'less'")
        if "type" in held.raw and kind != "text" and held.raw["type"] != kind:
            held.fail("type", f"is {kind} here, whatever the file holds")
        if field.kind == "date":
            held.check_date(field)
        return field

    def check_date(self, field: Field) -> None:
        """Refuse a date format or a zone that is none."""
        try:
            date_reader(field.format, field.zone)
        except ValidationError as error:
            self.fail("format", f"or zone cannot be used: {error}")

    def constant(self, key: str) -> Constant | None:
        """Return a text, whole number or flag, or None."""
        value = self.raw.get(key)
        if value is not None and not isinstance(value, str | int | bool):
            self.fail(key, f"is a text, a whole number or true or false, got {type(value).__name__}; write amounts as texts")
        return value

    def count(self, key: str) -> int:
        """Return a whole number that is not negative; 0 when it is not there."""
        value = self.raw.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.fail(key, "is a whole number, 0 or more")
        return value


def columns_of(template: str) -> list[str]:
    """Return the columns that stand in braces, in order."""
    return _BRACES.findall(template)
