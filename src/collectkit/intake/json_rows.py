"""Records of a JSON file, one after the other; the file as a whole is never in memory.

Numbers stay exact: decimals are read as `Decimal`, and one in exponent notation stays a text, which no amount accepts.
A key that stands twice in an object is a fault, because nobody can say which value is meant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import IO, NoReturn, cast

from collectkit.errors import IntakeError
from collectkit.intake.mapping import Source
from collectkit.intake.scanning import Limits, Scan, text_of
from collectkit.intake.values import FaultyValueError

RECORD_LINES = 16
"""A record may be as long as this many lines of a table."""

_BLOCK = 1 << 16
_WITHIN = ("key-twice", "not-a-number")  # spoil one record, whose end is known
_SPACE = " \t\r\n"

Node = tuple[object, object]
"""A record with the node around it, or None."""


def _exact(text: str) -> Decimal | str:
    return text if "e" in text or "E" in text or len(text) > 40 else Decimal(text)


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= 30 else text


def _constant(text: str) -> NoReturn:
    raise FaultyValueError("not-a-number", f"{text} is no number in JSON", "write a number or null")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FaultyValueError("key-twice", "an object holds a key twice", "leave each key once")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_exact, parse_int=_whole, parse_constant=_constant)


class JsonRecords:
    """The records of a scanned JSON or JSON Lines file."""

    def __init__(self, scan: Scan, source: Source, limits: Limits) -> None:
        self.scan, self.source, self.limits = scan, source, limits
        self.incomplete = ""
        self.empty = scan.size == 0

    def getter(self, path: str) -> Callable[[object], object]:
        """Return the function that takes the value at *path* from a node; what is not there is None."""
        climbs = len(path) - len(path.lstrip("^"))
        keys = path[climbs:].split(".")

        def get(node: object) -> object:
            for _ in range(climbs):
                node = cast(Node, node)[1]
            value = cast(Node, node)[0]
            for key in keys:
                if not isinstance(value, dict):
                    return None
                value = value.get(key)
            return value

        if climbs == 0 and len(keys) == 1:
            (only,) = keys
            return lambda node: cast(dict[str, object], cast(Node, node)[0]).get(only)
        return get

    def rows(self) -> Iterator[tuple[int, object]]:
        """Yield each record as a node, or as the fault it has, with its line in JSON Lines and 0 in JSON."""
        for line, found, _ in self.texts():
            yield line, found

    def texts(self) -> Iterator[tuple[int, object, str]]:
        """Yield what `rows` does, and the text of the record as it stands in the file."""
        if self.empty:
            return
        with text_of(self.scan) as file:
            yield from self._lines(file) if self.source.format == "jsonl" else self._records(file)

    def _lines(self, file: IO[str]) -> Iterator[tuple[int, object, str]]:
        for number, line in enumerate(file, 1):
            text = line.strip(_SPACE)
            if not text:
                continue
            if line[-1] != "\n" and not self.source.last_line_open:
                self.incomplete = "the last line has no end: the file was cut"
                yield number, FaultyValueError("truncated", "the last record was cut", "fetch the file again"), text
                continue
            try:
                yield number, _node(_DECODER.decode(text)), text
            except FaultyValueError as fault:
                yield number, fault, text
            except (ValueError, RecursionError):
                yield number, FaultyValueError("not-json", "the line is not one JSON object", "correct the line"), text

    def _records(self, file: IO[str]) -> Iterator[tuple[int, object, str]]:
        text = _Text(file, self.limits.line_bytes_max * RECORD_LINES)
        keys = [key for key in self.source.path[:-2].split(".") if key]
        try:
            for key in keys:
                text.enter(key)
        except FaultyValueError as fault:
            raise IntakeError(f"{self.scan.path.name}: {fault}; no row was imported") from fault
        try:
            yield from text.items()
            for key in reversed(keys):
                text.leave(key)
            text.end()
        except FaultyValueError as fault:
            self.incomplete = f"{fault}: what follows was not read"
            yield 0, fault, ""


class _Text:
    """A JSON text that is read as far as is needed."""

    def __init__(self, file: IO[str], record_max: int) -> None:
        self._file, self._max = file, record_max
        self._held, self._at, self._ended = "", 0, False

    def _more(self) -> bool:
        """Read on, as much again as is held, so that a long record is not parsed from its start too often."""
        block = self._file.read(max(_BLOCK, len(self._held) - self._at))
        self._ended = not block
        self._held, self._at = self._held[self._at :] + block, 0
        return not self._ended

    def _peek(self) -> str:
        while True:
            while self._at < len(self._held) and self._held[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def _take(self, allowed: str) -> str:
        found = self._peek()
        if not found:
            raise FaultyValueError("truncated", "the file was cut", "fetch the file again")
        if found not in allowed:
            raise FaultyValueError("not-json", f"{' or '.join(allowed)} is expected", "correct the file")
        self._at += 1
        return found

    def _value(self) -> tuple[object, str]:
        """Return the next value and its text."""
        if not self._peek():
            raise FaultyValueError("truncated", "the file was cut", "fetch the file again")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except RecursionError:
                raise FaultyValueError("not-json", "lists or objects are nested too deeply", "flatten the records") from None
            except json.JSONDecodeError:
                self._read_on()
                continue
            if end == len(self._held) and not self._ended and self._more():
                continue  # a number might go on
            text = self._held[self._at : end]
            self._at = end
            return value, text

    def _read_on(self) -> None:
        if len(self._held) - self._at > self._max:
            raise FaultyValueError("not-json", f"a record is broken or longer than {self._max} characters", "correct the file")
        if not self._more():
            raise FaultyValueError("truncated", "the file was cut, or a record is broken", "fetch the file again")

    def enter(self, key: str) -> None:
        """Go to the value of *key* of the object that begins here."""
        self._take("{")
        while True:
            name, _ = self._value()
            self._take(":")
            if name == key:
                return
            self._value()
            if self._take(",}") == "}":
                raise FaultyValueError("no-list", f"there is no {key!r} on the way to the records", "correct 'path' in the mapping")

    def items(self) -> Iterator[tuple[int, object, str]]:
        """Yield the elements of the list that begins here."""
        self._take("[")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            try:
                value, text = self._value()
            except FaultyValueError as fault:
                if fault.reason not in _WITHIN:
                    raise
                yield 0, fault, self._past_faulty()
            else:
                try:
                    yield 0, _node(value), text
                except FaultyValueError as fault:
                    yield 0, fault, text
            if self._take(",]") == "]":
                return

    def _past_faulty(self) -> str:
        """Go past a record that is JSON but unusable."""
        while True:
            try:
                _, end = json.JSONDecoder().raw_decode(self._held, self._at)
            except json.JSONDecodeError:
                self._read_on()
                continue
            text = self._held[self._at : end]
            self._at = end
            return text

    def leave(self, key: str) -> None:
        """Go to the end of the object around; *key* must not come again."""
        while self._take(",}") == ",":
            name, _ = self._value()
            if name == key:
                raise FaultyValueError("key-twice", f"the list {key!r} stands in the file twice", "leave it once")
            self._take(":")
            self._value()

    def end(self) -> None:
        """Check that nothing follows."""
        if self._peek():
            raise FaultyValueError("not-json", "something follows the end of the JSON text", "correct the file")


def _node(value: object) -> Node:
    if not isinstance(value, dict):
        raise FaultyValueError("not-a-record", "a record is an object in braces", "correct 'path' in the mapping, or the file")
    return value, None
