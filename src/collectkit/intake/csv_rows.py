"""Rows of a table. The header is checked before the first row; a row that is broken is one fault and not the end.

Each line is read by itself, so that a quote that is never closed spoils its own row and not the rest of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import IO, cast

from collectkit._cells import inert_pieces, inert_unless_number, restored
from collectkit.errors import IntakeError
from collectkit.intake.mapping import Source
from collectkit.intake.scanning import Limits, Scan, text_of
from collectkit.intake.values import FaultyValueError

REPORT_COLUMNS = ("import_row", "import_field", "import_reason", "import_fix")
"""Columns that a file of rejected rows has at its end; they are ignored when it comes back."""

LINES_PER_ROW_MAX = 100
_FETCH_AGAIN = "fetch the file again; if it always ends so, set last_line_open = true in the mapping"

Found = tuple[int, object]
"""Line on which a row ends, and its values or what is wrong with it."""


class CsvTable:
    """
    A scanned table.

    Args:
        scan: Of the file.
        source: What the mapping says of it.
        used: Columns that the mapping needs.
        limits: What is too large.

    Raises:
        IntakeError: A column is missing, twice there, or at another place than the mapping has it.
    """

    def __init__(self, scan: Scan, source: Source, used: Iterable[str], limits: Limits) -> None:
        self.scan, self.source, self.limits = scan, source, limits
        self.incomplete = ""
        # The csv module takes a quote in the middle of a bare value as a letter: most often a row that was torn apart.
        value = f'(?:"(?:[^"]|"")*"|[^"{re.escape(source.delimiter)}]*)'
        self._quoted = re.compile(f"{value}(?:{re.escape(source.delimiter)}{value})*")
        self.header: tuple[str, ...] = ()
        self.reported = False
        with text_of(scan) as file:
            line = file.readline()
        self.empty = not line.strip("\r\n")
        if self.empty:
            return
        header = self._header(line)
        self.reported = header[-len(REPORT_COLUMNS) :] == REPORT_COLUMNS
        self.header = tuple(map(restored, header[: -len(REPORT_COLUMNS)])) if self.reported else header
        self._check_header(used)
        self.index = {name: place for place, name in enumerate(self.header)}

    def _header(self, line: str) -> tuple[str, ...]:
        if line.count(self.source.delimiter) >= self.limits.columns_max:
            raise self._refusal(f"the header has more than {self.limits.columns_max} columns")
        try:
            return tuple(self._split(line.rstrip("\r\n")))
        except csv.Error as error:
            raise self._refusal(f"the header is not CSV: {error}") from error

    def _check_header(self, used: Iterable[str]) -> None:
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            raise self._refusal(f"the header has {_names(twice)} more than once; nobody can say which one is meant")
        expected = self.source.columns
        missing = [name for name in dict.fromkeys((*expected, *used)) if name not in self.header]
        if missing:
            hint = self._hint()
            raise self._refusal(f"the header lacks {_names(missing)}{hint}")
        if expected and self.header != expected:
            extra = [name for name in self.header if name not in expected]
            if extra:
                raise self._refusal(
                    f"the header has {len(extra)} columns that the mapping does not list; list them in 'columns' to accept them"
                )
            place = next(n for n, (found, wanted) in enumerate(zip(self.header, expected, strict=True)) if found != wanted)
            raise self._refusal(f"the header has another order: column {place + 1} should be {expected[place]!r}; were columns swapped?")

    def _hint(self) -> str:
        others = [name for name in ",;\t|" if name != self.source.delimiter]
        if len(self.header) == 1:
            for other in others:
                if other in self.header[0]:
                    return f"; its columns seem to be separated by {other!r}, the mapping says {self.source.delimiter!r}"
        return ""

    def getter(self, column: str) -> Callable[[object], object]:
        """Return the function that takes the value of *column* from a row."""
        return cast(Callable[[object], object], itemgetter(self.index[column]))

    def rows(self) -> Iterator[Found]:
        """Yield each row as a list of texts, or as the fault it has. Empty lines are no rows."""
        if self.empty:
            return
        width, field_max = len(self.header), self.limits.field_characters_max
        with text_of(self.scan) as file:
            file.readline()
            for number, line in self.lines(file):
                try:
                    values = self._values(line)
                except _CutError:
                    yield number, FaultyValueError("truncated", "the last row was cut", _FETCH_AGAIN)
                    continue
                except csv.Error:
                    yield (
                        number,
                        FaultyValueError(
                            "not-csv", "a quote stands where none may be, or is not closed", "double the quotes inside a value"
                        ),
                    )
                    continue
                if len(line) > field_max and any(len(value) > field_max for value in values):
                    yield number, FaultyValueError("too-long", f"a value has more than {field_max} characters", "shorten it")
                    continue
                if self.reported:
                    values = [restored(v) for v in values[:width]] if len(values) == width + len(REPORT_COLUMNS) else values
                yield number, values if len(values) == width else self._shifted(len(values))

    def lines(self, file: IO[str]) -> Iterator[tuple[int, str]]:
        """Yield the text of each row with the line on which it ends; empty lines are no rows. The header was read."""
        return ((number, line) for number, line in self._joined(file) if line not in ("\n", "\r\n"))

    def inert(self, line: str) -> str:
        """
        Return the text of a row without line end and earlier reasons, so that no spreadsheet runs a cell of it.

        A row in which nothing looks like a formula comes as it stands. In any other the cells that do have a ``'`` in front, which is
        taken off when the file comes back; of a row that cannot be read every part is marked that may begin a cell.
        """
        text = self.bare(line)
        try:
            values = self._split(text)
        except csv.Error:
            return inert_pieces(text, self.source.delimiter)
        found = [restored(value) for value in values] if self.reported else values
        marked = [inert_unless_number(value) for value in found]
        return text if marked == values else _line(marked, self.source.delimiter)

    def bare(self, line: str) -> str:
        """Return the text of a row without line end, and without reasons from an earlier import."""
        text = line.rstrip("\r\n")
        values = text.split(self.source.delimiter)
        if not self.reported or '"' not in text:
            return self.source.delimiter.join(values[: len(self.header)]) if self.reported else text
        with_reasons = len(self.header) + len(REPORT_COLUMNS)
        try:
            parts = self._split(text)
        except csv.Error:
            return text
        return _line(parts[: len(self.header)], self.source.delimiter) if len(parts) == with_reasons else text

    def _joined(self, file: IO[str]) -> Iterator[tuple[int, str]]:
        """Yield lines; several as one when a quoted value may hold line breaks."""
        if not self.source.multiline:
            yield from enumerate(file, 2)
            return
        held: list[str] = []
        for number, line in enumerate(file, 2):
            held.append(line)
            if sum(part.count('"') for part in held) % 2 == 0 or len(held) >= LINES_PER_ROW_MAX:
                yield number, "".join(held)
                held.clear()
        if held:
            yield number, "".join(held)

    def _values(self, line: str) -> list[str]:
        """Return the values of one row."""
        if line[-1:] != "\n":
            return self._last(line)
        line = line[:-2] if line[-2:] == "\r\n" else line[:-1]
        return self._split(line)

    def _last(self, line: str) -> list[str]:
        if not self.source.last_line_open:
            self.incomplete = "the last line has no end: the file was cut"
            raise _CutError
        return self._split(line)

    def _split(self, line: str) -> list[str]:
        if '"' not in line:
            return line.split(self.source.delimiter)
        if not self._quoted.fullmatch(line):
            raise csv.Error("a quote inside a value that is not quoted")
        return next(csv.reader((line,), delimiter=self.source.delimiter, strict=True))

    def _shifted(self, found: int) -> FaultyValueError:
        return FaultyValueError(
            "columns", f"{len(self.header)} values are expected, {found} came", "quote values that hold the delimiter; add what is missing"
        )

    def _refusal(self, why: str) -> IntakeError:
        return IntakeError(f"{self.scan.path.name}: {why}; no row was imported")


class _CutError(csv.Error):
    """The last line was cut."""


def _line(values: list[str], delimiter: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(values)
    return buffer.getvalue()


def _names(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
