"""Turning the fields of a mapping into functions of a row, once per import.

A function returns the value in its final type, None for a blank one that may be blank, or raises the fault with the
field's place in the mapping and the class of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol, TypeAlias

import attrs

from collectkit.errors import IntakeError, ValidationError
from collectkit.identifiers import Identifier
from collectkit.intake._sections import columns_of
from collectkit.intake.mapping import Condition, Constant, Field
from collectkit.intake.values import (
    FaultyValueError,
    boolean_reader,
    code_of,
    date_reader,
    explained,
    instant_reader,
    integer,
    is_mangled,
    minor_reader,
    plain,
    unmangled,
    value_class,
)
from collectkit.money import Money

Row: TypeAlias = object
Getter: TypeAlias = Callable[[Row], object]
Amount: TypeAlias = Callable[[Row, str], int | None]


class Layout(Protocol):
    """Where the columns of a file lie."""

    def getter(self, column: str) -> Getter:
        """Return the function that takes the raw value of *column* from a row."""


def columns_used(field: Field) -> list[str]:
    """Return the columns that a field reads."""
    return [name for name in (field.column, field.instead, field.at_least, field.less) if name] or columns_of(field.template)


def bind(field: Field, layout: Layout, kind: type[Identifier] | None = None) -> Getter:
    """
    Return the function that reads *field* from a row.

    Args:
        field: Any but an amount.
        layout: Of the file.
        kind: For an id, its class.

    Raises:
        IntakeError: A constant or default cannot be such a value.
    """
    parse = _parser(field, kind)
    if field.constant is not None:
        value = _given(field, parse, field.constant)
        return lambda row: value
    if kind is not None and not (field.template or field.instead or field.digits):
        return _bind_id(field, layout, kind, parse)
    raw_of = _template(field.template, layout) if field.template else _column(field, layout)
    as_it_is = parse is plain
    default = None if field.default is None else _given(field, parse, field.default)
    required = not field.optional and field.default is None

    def get(row: Row) -> object:
        raw = raw_of(row)
        if raw is None or raw == "":
            if required:
                raise empty(field)
            return default
        if as_it_is and type(raw) is str:
            return raw
        try:
            return parse(raw)
        except ValidationError as error:
            raise located(error, field, raw) from None

    return get


def _bind_id(field: Field, layout: Layout, kind: type[Identifier], parse: Callable[[object], object]) -> Getter:
    """Return the function that reads an id out of one column, as `bind` does but faster: every row has two or three."""
    raw_of, mangled = layout.getter(field.column), is_mangled
    default = None if field.default is None else _given(field, parse, field.default)
    required = not field.optional and field.default is None

    def get(row: Row) -> object:
        raw = raw_of(row)
        if raw is None or raw == "":
            if required:
                raise empty(field)
            return default
        try:
            return kind(raw) if type(raw) is str and mangled(raw) is None else parse(raw)
        except ValidationError as error:
            raise located(error, field, raw) from None

    return get


def bind_amount(field: Field, layout: Layout) -> Amount:
    """Return the function that reads an amount as minor units of the currency it is given."""
    read = minor_reader(field.locale or None, field.scale)
    if field.constant is not None:
        constant = field.constant
        return lambda row, currency: read(constant, currency)
    if field.at_least or field.less:
        return _beside_others(field, layout)
    raw_of = _column(field, layout)
    required = not field.optional and field.default is None

    def get(row: Row, currency: str) -> int | None:
        raw = raw_of(row)
        if raw is None or raw == "":
            if required:
                raise empty(field)
            return None if field.default is None else read(field.default, currency)
        try:
            return read(raw, currency)
        except ValidationError as error:
            raise located(error, field, raw) from None

    return get


def _column(field: Field, layout: Layout) -> Getter:
    """Return the function that takes the raw value of the field's column, or of the other one where that is blank."""
    first = layout.getter(field.column)
    if not field.instead:
        return first
    second = layout.getter(field.instead)

    def either(row: Row) -> object:
        raw = first(row)
        return second(row) if raw is None or raw == "" else raw

    return either


def _beside_others(field: Field, layout: Layout) -> Amount:
    """Return the function that reads an amount, lifts it to another one and takes a third off; a blank one does neither."""
    alone = attrs.evolve(field, at_least="", less="")
    of, least, off = bind_amount(alone, layout), _other(alone, field.at_least, layout), _other(alone, field.less, layout)

    def get(row: Row, currency: str) -> int | None:
        minor = of(row, currency)
        return None if minor is None else max(minor, least(row, currency) or minor) - (off(row, currency) or 0)

    return get


def _other(field: Field, column: str, layout: Layout) -> Amount:
    """Return the function that reads what stands in another column, in the way of *field*."""
    if not column:
        return lambda row, currency: None
    return bind_amount(attrs.evolve(field, column=column, instead="", default=None, optional=True), layout)


def bind_text(field: Field, layout: Layout) -> Callable[[Row, str], str | None]:
    """Return the function that reads a field of any kind as a canonical text: ``650.00``, ``yes``, ``2026-10-20``."""
    if field.kind == "amount":
        amount = bind_amount(field, layout)

        def text(row: Row, currency: str) -> str | None:
            minor = amount(row, currency)
            return None if minor is None else str(Money(minor, currency)).rpartition(" ")[0]

        return text
    get = bind(field, layout)
    return lambda row, currency: _written(get(row))


def _written(value: object) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def bind_condition(condition: Condition, layout: Layout) -> Callable[[Row], bool]:
    """Return the function that tells whether a row meets the condition, and all that stand with it."""
    if condition.also:
        every = [bind_condition(attrs.evolve(condition, also=()), layout), *(bind_condition(other, layout) for other in condition.also)]
        return lambda row: all(holds(row) for holds in every)
    raw_of = layout.getter(condition.column)
    any_of, none_of, blank = frozenset(condition.any_of), frozenset(condition.none_of), condition.blank

    def holds(row: Row) -> bool:
        raw = raw_of(row)
        text = "" if raw is None else raw if type(raw) is str else plain(raw)
        if blank is not None and blank != (text == ""):
            return False
        return (not any_of or text in any_of) and text not in none_of

    return holds


def empty(field: Field) -> FaultyValueError:
    """Return the fault of a value that must not be blank."""
    return FaultyValueError("empty", "a value is required", "fill it in at the source", field=field.target, value_class="empty")


def located(error: ValidationError, field: Field, raw: object) -> FaultyValueError:
    """Return the fault with its field and the class of the value."""
    fault = explained(error)
    fault.field, fault.value_class = field.target, fault.value_class or value_class(raw)
    return fault


def _given(field: Field, parse: Callable[[object], object], value: Constant) -> object:
    try:
        return parse(value)
    except ValidationError as error:
        raise IntakeError(f"mapping: {field.target} has a constant or default that is none: {error}; no row was imported") from error


def _parser(field: Field, kind: type[Identifier] | None) -> Callable[[object], object]:
    if field.kind == "text":
        return code_of(field.digits) if field.digits else plain
    if field.kind == "id":
        text = code_of(field.digits) if field.digits else unmangled
        return text if kind is None else lambda raw: kind(text(raw))
    if field.kind == "integer":
        return integer
    if field.kind == "date":
        return date_reader(field.format, field.zone)
    if field.kind == "instant":
        return instant_reader(field.zone)
    if field.kind == "flag":
        return boolean_reader(field.yes, field.no)
    raise IntakeError(f"mapping: {field.target} cannot be of type {field.kind}; no row was imported")


def _template(template: str, layout: Layout) -> Getter:
    """Return the function that fills a template; blank when one of its columns is."""
    pieces = re.split(r"\{([^{}]+)\}", template)
    texts, getters = pieces[::2], [layout.getter(name) for name in pieces[1::2]]
    if len(getters) == 1:
        before, after, only = texts[0], texts[1], getters[0]

        def fill_one(row: Row) -> object:
            raw = only(row)
            return None if raw is None or raw == "" else f"{before}{unmangled(raw)}{after}"

        return fill_one

    def fill(row: Row) -> object:
        parts = [getter(row) for getter in getters]
        if any(part is None or part == "" for part in parts):
            return None
        return "".join([texts[0], *(unmangled(part) + text for part, text in zip(parts, texts[1:], strict=True))])

    return fill
