"""Canonical JSON of frozen attrs objects: integers, texts and lists only, keys sorted, one byte form per value.

For each class a pair of functions is generated once from its fields. A field at its default is left out, so that
a rarely used field costs nothing; a class that has been stored therefore never changes a default (golden files hold that).
Dates are ISO texts, instants are microseconds since 1970 in UTC, money is ``[minor, currency]``, a flag is 0 or 1.
"""

from __future__ import annotations

import json
import re
import types
import typing
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Generic, NoReturn, TypeVar, cast

import attrs

from collectkit.calendars.dates import epoch_micros, from_epoch_micros
from collectkit.errors import IntegrityBreachError, ValidationError
from collectkit.identifiers import Identifier
from collectkit.money import Money

T = TypeVar("T")
Writer = Callable[[object], str]
Reader = Callable[[object], object]

_quote: Callable[[str], str] = json.encoder.encode_basestring


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is not a whole number")


_parse = json.JSONDecoder(parse_float=_no_number, parse_constant=_no_number).decode
_FLAGS: dict[object, object] = {0: False, 1: True}


def _text(value: str) -> str:
    if value.isascii():
        return _quote(value)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValidationError("a text holds half of a character (a surrogate); nothing was recorded")
    return _quote(unicodedata.normalize("NFC", value))


def _integer(value: int) -> str:
    return int.__repr__(value)


@lru_cache(maxsize=8192)
def _date(value: date) -> str:
    return f'"{value.isoformat()}"'


# A night plans thousands of contacts at one instant. Only instants in UTC are told by their value alone: in a zone whose
# clocks are turned back two of them are equal that are an hour apart.
_utc_instant = lru_cache(maxsize=8192)(lambda value: str(epoch_micros(value)))


def _instant(value: datetime) -> str:
    return _utc_instant(value) if value.tzinfo is UTC else str(epoch_micros(value))


def _money(value: Money) -> str:
    return f'[{value.minor},"{value.currency}"]'


def _as_it_is(value: object) -> object:
    return value


_SIMPLE: dict[type, tuple[Callable[..., str], Callable[..., object]]] = {
    str: (_text, _as_it_is),
    int: (_integer, _as_it_is),
    bool: (lambda v: "1" if v else "0", _FLAGS.__getitem__),
    date: (_date, date.fromisoformat),
    datetime: (_instant, lru_cache(maxsize=8192)(from_epoch_micros)),
    time: (lambda v: f'"{v.isoformat()}"', time.fromisoformat),
    Fraction: (lambda v: f'"{v}"', Fraction),
    Money: (_money, lambda v: Money(v[0], v[1])),
}


# The plans of one day of purchases share their dates.
@lru_cache(maxsize=8192)
def _dates(value: object) -> str:
    held = cast(tuple[date, ...], value)
    return '["' + '","'.join([day.isoformat() for day in held]) + '"]' if held else "[]"


def _integers(value: object) -> str:
    return "[" + ",".join(map(int.__repr__, cast(tuple[int, ...], value))) + "]"


_ROWS: dict[type, Writer] = {date: _dates, int: _integers}
"""Writers of long tuples."""


class Codec(Generic[T]):
    """Writes and reads the objects of one attrs class; get one from `codec_for`."""

    def __init__(self, cls: type[T], overrides: Mapping[str, type] | None = None) -> None:
        self.cls = cls
        if not attrs.has(cls):
            raise TypeError(f"no stored form for {cls!r}")
        hints = {**typing.get_type_hints(cls), **(overrides or {})}
        fields = [(field, *_pair(hints[field.name]), _default(field)) for field in attrs.fields(cls) if field.init]
        self._names = frozenset(field.name for field, *_ in fields)
        by_name = sorted(fields, key=lambda one: one[0].name)
        self.write: Callable[[T], str] = _writer([(field.name, writer, default) for field, writer, _, default in by_name])
        """Return the canonical JSON text of an object."""
        readers = [(field, reader, default) for field, _, reader, default in fields]
        self.build: Callable[[object], T] = _builder(self.cls, readers, self._refuse)
        """Return the object for parsed JSON, or raise `IntegrityBreachError`."""

    def read(self, text: str) -> T:
        """
        Return the object that `write` wrote.

        Raises:
            IntegrityBreachError: The text is not such an object.
        """
        try:
            return self.build(_parse(text))
        except (ValueError, TypeError, KeyError, LookupError) as error:
            if isinstance(error, ValidationError):
                raise
            raise IntegrityBreachError(f"a stored {self.cls.__name__} cannot be read: {error}; nothing was decided on it") from error

    def _refuse(self, raw: object) -> NoReturn:
        if not isinstance(raw, dict):
            raise IntegrityBreachError(f"a stored {self.cls.__name__} is no object but a {type(raw).__name__}; nothing was decided on it")
        raise IntegrityBreachError(
            f"a stored {self.cls.__name__} has unknown keys {sorted(raw.keys() - self._names)}; a newer release wrote it; "
            "nothing was decided on it"
        )


_MISSING = object()

_INLINE: dict[Callable[..., str], str] = {
    _text: "{quote(h) if h.isascii() else w(h)}",
    _integer: "{h if type(h) is int else w(h)}",
    _money: '[{h.minor},"{h.currency}"]',
}
"""Forms of the most frequent writers inside a generated one; `h` is what is written, `w` is the writer itself."""


def _writer(fields: Sequence[tuple[str, Writer, object]]) -> Writer:
    """
    Return the function that writes an object of these fields.

    Its source is generated, as attrs does for its own methods: a loop over the fields would take twice as long,
    and an import writes several objects for each of its rows. Names come from the class, never from data.
    Fields that are always written go into one text together.
    """
    known: dict[str, object] = {"quote": _quote}
    lines, together = ["def write(value):", "    text = ''"], ""
    for number, (name, writer, default) in enumerate(fields):
        known[f"w{number}"], known[f"d{number}"] = writer, default
        lines.append(f"    h{number} = value.{name}")
        form = re.sub(r"\b[hw]\b", rf"\g<0>{number}", _INLINE.get(writer, "{w(h)}"))
        added = f',"{name}":{form}'
        if default is _MISSING:
            together += added
            continue
        if together:
            lines.append(f"    text += f'{together}'")
            together = ""
        if isinstance(default, Mapping):
            lines.append(f"    if h{number}: text += f'{added}'")
        else:
            differs = f"h{number} != d{number} or type(h{number}) is not type(d{number})"
            lines.append(f"    if h{number} is not d{number} and ({differs}): text += f'{added}'")
    if len(lines) == 2 + len(fields):
        lines.append(f"    return f'{{{{{together[1:]}}}}}'")
    else:
        lines += [f"    text += f'{together}'", "    return '{' + text[1:] + '}'"]
    exec("\n".join(lines), known)
    return cast(Writer, known["write"])


def _builder(
    cls: type[T], fields: Sequence[tuple[attrs.Attribute[object], Reader, object]], refuse: Callable[[object], NoReturn]
) -> Callable[[object], T]:
    """
    Return the function that makes an object of parsed JSON; its source is generated for the reason given at `_writer`.

    What must be there is taken by name, so that a text that lacks it raises KeyError; of the rest only what is there is given.
    """
    known: dict[str, object] = {"cls": cls, "refuse": refuse, "names": frozenset(field.name for field, *_ in fields)}
    in_place, given, optional = [], [], []
    # In the order of the class: what can be given by its place is, which is quicker than by name.
    for number, (field, reader, default) in enumerate(fields):
        known[f"r{number}"] = reader
        form = f'held["{field.name}"]' if reader is _as_it_is else f'r{number}(held["{field.name}"])'
        if default is not _MISSING:
            optional += [f'    if "{field.name}" in held:', f'        others["{field.name}"] = {form}']
        elif field.kw_only:
            given.append(f"{field.name}={form}")
        else:
            in_place.append(form)
    lines = ["def build(held):", "    if type(held) is not dict: refuse(held)"]
    # As many as are required: either they are just these, or one of them is missing, which taking it says.
    lines += [f"    if len(held) == {len(in_place) + len(given)}: return cls({', '.join([*in_place, *given])})"]
    lines += ["    if not held.keys() <= names: refuse(held)", "    others = {}", *optional]
    lines += [f"    return cls({', '.join([*in_place, *given, '**others'])})"]
    exec("\n".join(lines), known)
    return cast(Callable[[object], T], known["build"])


def _default(field: attrs.Attribute[object]) -> object:
    default = field.default
    if default is attrs.NOTHING:
        return _MISSING
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return types.MappingProxyType({})
    return default


_CODECS: dict[type, Codec[object]] = {}
_OVERRIDES: dict[type, dict[str, type]] = {}


def declare(cls: type, **concrete: type) -> None:
    """Say which concrete class a field of *cls* holds whose annotation is a protocol."""
    _OVERRIDES[cls] = concrete
    _CODECS.pop(cls, None)


def codec_for(cls: type[T]) -> Codec[T]:
    """Return the codec of an attrs class, made on first use."""
    known = _CODECS.get(cls)
    if known is None:
        known = _CODECS[cls] = Codec(cls, _OVERRIDES.get(cls))
    return cast(Codec[T], known)


def _pair(hint: object) -> tuple[Writer, Reader]:
    """Return writer and reader for one annotation."""
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        if len(inner) > 1:
            raise TypeError(f"no stored form for {hint!r}")
        writer, reader = _pair(inner[0])
        return (lambda v: "null" if v is None else writer(v)), (lambda v: None if v is None else reader(v))
    if origin is tuple:
        return _tuple_pair(arguments)
    if origin is typing.Literal and all(isinstance(argument, str) for argument in arguments):
        return _SIMPLE[str]
    if origin is not None and issubclass(origin, Mapping):
        return _write_mapping, _as_it_is
    if not isinstance(hint, type):
        raise TypeError(f"no stored form for {hint!r}")
    return _class_pair(hint)


def _tuple_pair(arguments: tuple[object, ...]) -> tuple[Writer, Reader]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        writer, reader = _pair(arguments[0])
        write = _ROWS.get(cast(type, arguments[0])) or (
            lambda v: "[" + ",".join([writer(item) for item in cast(tuple[object, ...], v)]) + "]"
        )
        return write, _tuple_of(reader)
    pairs = [_pair(argument) for argument in arguments]
    return (
        lambda v: "[" + ",".join([w(item) for (w, _), item in zip(pairs, cast(tuple[object, ...], v), strict=True)]) + "]",
        lambda v: tuple([r(item) for (_, r), item in zip(pairs, cast(list[object], v), strict=True)]),
    )


def _tuple_of(reader: Reader) -> Reader:
    if reader is _as_it_is:
        return lambda v: tuple(cast(list[object], v))
    return lambda v: tuple([reader(item) for item in cast(list[object], v)])


def _class_pair(hint: type) -> tuple[Writer, Reader]:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if issubclass(hint, Identifier):
        return cast(Writer, _text), cast(Reader, hint)
    if issubclass(hint, Enum):
        written = {member.value: _text(member.value) for member in hint}
        return (lambda v: written[cast(Enum, v).value]), {member.value: member for member in hint}.__getitem__
    if attrs.has(hint):
        codec = codec_for(hint)
        return cast(Writer, codec.write), codec.build
    raise TypeError(f"no stored form for {hint!r}")


def _write_mapping(value: object) -> str:
    held = cast(Mapping[str, str], value)
    return "{" + ",".join(f"{_text(key)}:{_text(held[key])}" for key in sorted(held)) + "}"
