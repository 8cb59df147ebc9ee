"""What became of each row of an import. Every row read has exactly one result; none is dropped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, TypeAlias

import attrs

from collectkit.errors import IntegrityBreachError
from collectkit.intake.scanning import Limits
from collectkit.intake.values import FaultyValueError

COUNTED_VALUES_MAX = 100


class RowStatus(IntEnum):
    """The result of one row."""

    CREATED = 1
    """Something new is on the book because of it."""
    UPDATED = 2
    """It changed what was on the book: a person's data, or an account that is now closed."""
    UNCHANGED = 3
    """All of it was on the book before the import."""
    DUPLICATE = 4
    """It repeats a row of this import."""
    REJECTED = 5
    """It cannot be used; a `Rejection` says why. Nothing of it was recorded."""
    SKIPPED = 6
    """The mapping leaves such rows out."""


@attrs.frozen
class Rejection:
    """
    Why one row was not imported. It shows the kind of value that was found, never the value.

    Attributes:
        source: The mapping's name of the file, or of the list inside its records.
        row: Number of the row or record, from 1, the header not counted.
        item: Number in the list inside the record, from 1; 0 for the record itself.
        line: Line of the file on which the row ends, from 1; 0 in JSON.
        field: The mapping's field, such as ``payments.amount``; empty for the row as a whole.
        value_class: Such as ``empty``, ``decimal``, ``text of 12 characters``.
        reason: Stable code, such as ``not-a-date``.
        message: What is wrong and what is allowed.
        fix: What to do.
    """

    source: str
    row: int
    item: int
    line: int
    field: str
    value_class: str
    reason: str
    message: str
    fix: str


@attrs.frozen(kw_only=True)
class SourceSummary:
    """
    What became of the rows of one file, or of one list inside its records.

    Attributes:
        source: The mapping's name.
        file: The file's plain name.
        digest: SHA-256 of the file, hexadecimal.
        statuses: One byte per row, in order; see `status`.
        incomplete: Why the file is not whole; empty when it is.
        note: ``no rows`` for a file without any; empty otherwise.
        skipped: How many rows were left out, by the mapping's reason.
        counted: How often each value of the columns in ``count_by`` occurs over all rows read.
    """

    source: str
    file: str
    digest: str
    statuses: bytes
    incomplete: str
    note: str
    skipped: Mapping[str, int]
    counted: Mapping[str, Mapping[str, int]]

    def __attrs_post_init__(self) -> None:
        if 0 in self.statuses:
            row = self.statuses.index(0) + 1
            raise IntegrityBreachError(f"row {row} of {self.source!r} has no result; this import cannot be trusted, and was not reported")

    @property
    def rows(self) -> int:
        """Return how many rows were read."""
        return len(self.statuses)

    def count(self, status: RowStatus) -> int:
        """Return how many rows have that result."""
        return self.statuses.count(status)

    def status(self, number: int) -> RowStatus:
        """Return the result of the row of that number, from 1; rows of inner lists are counted through."""
        return RowStatus(self.statuses[number - 1])


@attrs.frozen(kw_only=True)
class ImportSummary:
    """
    The result of one import.

    Attributes:
        mapping: Name of the mapping.
        mode: ``row_by_row`` or ``all_or_nothing``.
        dry_run: Nothing was to be written.
        held: Why nothing was written although something was to be; empty when all went well.
        already_imported_at: When the same files came with the same mapping before; None for the first time.
        sources: One for each file and inner list.
        rejections: Their details, in the order of their files; at most `Limits.rejections_max` of them.
        people: How many people were registered.
        accounts: How many accounts were opened.
        payments: How many payments were posted.
    """

    mapping: str
    mode: str
    dry_run: bool
    held: str
    already_imported_at: datetime | None
    sources: tuple[SourceSummary, ...]
    rejections: tuple[Rejection, ...]
    people: int
    accounts: int
    payments: int

    @property
    def written(self) -> bool:
        """Tell whether accepted rows are on the book now."""
        return not self.dry_run and not self.held

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Return what is missing, one text for each file that is not whole."""
        return tuple(f"{source.file}: {source.incomplete}" for source in self.sources if source.incomplete)

    def count(self, status: RowStatus) -> int:
        """Return how many rows of all files have that result."""
        return sum(source.count(status) for source in self.sources)

    @property
    def rows(self) -> int:
        """Return how many rows were read: accepted, duplicate, rejected and skipped together."""
        return sum(source.rows for source in self.sources)

    @property
    def accepted(self) -> int:
        """Return how many rows were created, updated or unchanged."""
        return sum(map(self.count, (RowStatus.CREATED, RowStatus.UPDATED, RowStatus.UNCHANGED)))

    def source(self, name: str) -> SourceSummary:
        """
        Return the summary of one file or inner list.

        Raises:
            KeyError: The import had none of that name.
        """
        return {source.source: source for source in self.sources}[name]

    def __str__(self) -> str:
        counts = ", ".join(f"{self.count(status)} {status.name.lower()}" for status in RowStatus if self.count(status))
        lines = [f"{self.rows} rows read: {counts or 'no rows'}"]
        if self.already_imported_at is not None:
            lines.append(f"already imported on {self.already_imported_at.isoformat()}")
        if self.held or self.dry_run:
            lines.append(f"nothing was written: {self.held or 'dry run'}")
        lines += [f"incomplete: {text}" for text in self.incomplete]
        lines += [f"{source.file}: {source.note}" for source in self.sources if source.note]
        return "\n".join(lines)


@attrs.frozen(kw_only=True)
class Control:
    """
    What the sender says a file holds; when it disagrees, the whole import is held back.

    Attributes:
        rows: How many rows; None when the sender does not say.
        total_minor: The sum of all payments, or of what the plans ask for, in minor units; None likewise.
    """

    rows: int | None = None
    total_minor: int | None = None


News: TypeAlias = tuple[bytes, list[int], list[tuple[Any, ...]]]
LastNews: TypeAlias = tuple[str, list[tuple[str, int]], list[tuple[str, list[tuple[str, int]]]]]


class Tally:
    """Results of one file while they come in."""

    def __init__(self, source: str, file: str, digest: str, limits: Limits) -> None:
        self.source, self.file, self.digest = source, file, digest
        self.statuses = bytearray()
        self.rejections: list[Rejection] = []
        self.incomplete = ""
        self._limits = limits
        self._skipped: Counter[str] = Counter()
        self._counted: dict[str, Counter[str]] = {}
        self._told = self._told_rejections = 0
        self._rejected_late: list[int] = []

    def settle(self, index: int, status: RowStatus) -> None:
        """Give the row at *index*, from 0, its result."""
        self.statuses[index] = status

    def reject(self, index: int, place: tuple[int, int, int], fault: FaultyValueError) -> None:
        """Reject the row at *index*; *place* is row, item, line."""
        self.statuses[index] = RowStatus.REJECTED
        if index < self._told:
            self._rejected_late.append(index)
        if len(self.rejections) < self._limits.rejections_max:
            self.rejections.append(Rejection(self.source, *place, fault.field, fault.value_class, fault.reason, str(fault), fault.fix))

    def skip(self, index: int, reason: str) -> None:
        """Leave the row at *index* out."""
        self.statuses[index] = RowStatus.SKIPPED
        self._skipped[reason] += 1

    def count(self, column: str, value: str) -> None:
        """Count one more occurrence of a value, unless the column turns out to have too many."""
        held = self._counted.setdefault(column, Counter())
        held[value if value in held or len(held) < COUNTED_VALUES_MAX else "(other)"] += 1

    # What follows lets a tally in another process follow this one, in plain values.

    def news(self) -> News | None:
        """Return what happened since the last time: new rows, rows rejected after they were told, rejections; None for nothing."""
        rows, late = bytes(self.statuses[self._told :]), self._rejected_late
        rejections = [attrs.astuple(one) for one in self.rejections[self._told_rejections :]]
        if not (rows or late or rejections):
            return None
        self._told, self._told_rejections, self._rejected_late = len(self.statuses), len(self.rejections), []
        return rows, late, rejections

    def hear(self, news: News) -> None:
        """Take over what `news` returned."""
        rows, late, rejections = news
        self.statuses += rows
        for index in late:
            self.statuses[index] = RowStatus.REJECTED
        room = max(0, self._limits.rejections_max - len(self.rejections))
        self.rejections += [Rejection(*one) for one in rejections[:room]]

    def last_news(self) -> LastNews:
        """Return, at the end, what `news` leaves out: why the file is incomplete, and what was counted."""
        return self.incomplete, list(self._skipped.items()), [(column, list(held.items())) for column, held in self._counted.items()]

    def hear_last(self, news: LastNews) -> None:
        """Take over what `last_news` returned."""
        self.incomplete, skipped, counted = news
        self._skipped = Counter(dict(skipped))
        self._counted = {column: Counter(dict(held)) for column, held in counted}

    def summary(self) -> SourceSummary:
        """Return the results so far."""
        return SourceSummary(
            source=self.source,
            file=self.file,
            digest=self.digest,
            statuses=bytes(self.statuses),
            incomplete=self.incomplete,
            note="" if self.statuses else "no rows",
            skipped=dict(self._skipped),
            counted={column: dict(held) for column, held in self._counted.items()},
        )


def ordered(tallies: Sequence[Tally]) -> tuple[Rejection, ...]:
    """Return the rejections file by file, by row."""
    return tuple(found for tally in tallies for found in sorted(tally.rejections, key=lambda one: (one.row, one.item)))
