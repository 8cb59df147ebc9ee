"""From columns to the numbers of their cells and what stands there: a few byte operations a row, and one look-up.

The bins of the facts are the digits of a cell's number. Facts are numbered in groups that a byte can tell apart; where several groups
are needed, those numbers of a group that make no difference to any decision become one, so that mostly one byte numbers all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from collectkit._byte_tables import Bytes, byte_table, look_up, overwrite
from collectkit.rules._arrays import Bools, Column

BYTE: Final = 256

Group = tuple[int, ...]


@attrs.frozen(eq=False)
class Layout:
    """
    How the cells of a table are numbered.

    Attributes:
        groups: Which facts are numbered together, the first most significant.
        classes: For each group the class of each of its numbers; None where each is its own.
        sizes: For each group, how many classes it has.
        cells: `(product of sizes,)`, what stands in each cell.
    """

    groups: tuple[Group, ...]
    classes: tuple[bytes | None, ...]
    sizes: tuple[int, ...]
    cells: npt.NDArray[Any]

    @classmethod
    def of(cls, cells: npt.NDArray[Any]) -> Layout:
        """Lay out cells that have one axis a fact; a fact with one bin needs no number."""
        groups = _grouped(cells.shape)
        sizes = [math.prod(cells.shape[fact] for fact in group) for group in groups]
        flat = np.ascontiguousarray(cells.transpose([*sum(groups, ()), *_idle(cells.shape)])).reshape(sizes)
        classes: list[bytes | None] = [None] * len(groups)
        if len(groups) > 1:
            fewer, found = _classified(flat)
            if fewer.size <= BYTE:
                flat, classes = fewer, found
        # A group in which nothing differs needs no number.
        kept = [place for place, size in enumerate(flat.shape) if size > 1]
        return cls(
            tuple(groups[place] for place in kept),
            tuple(classes[place] for place in kept),
            tuple(flat.shape[place] for place in kept),
            flat.ravel(),
        )


def _grouped(radixes: Sequence[int]) -> tuple[Group, ...]:
    """Put facts into groups whose numbers fit into a byte, as full as they go: few wider steps are left."""
    groups: list[list[int]] = []
    for fact in sorted(set(range(len(radixes))) - set(_idle(radixes)), key=lambda fact: (-radixes[fact], fact)):
        room = next((group for group in groups if math.prod(radixes[one] for one in (*group, fact)) <= BYTE), None)
        groups.append([fact]) if room is None else room.append(fact)
    return tuple(map(tuple, groups))


def _idle(radixes: Sequence[int]) -> list[int]:
    return [fact for fact, radix in enumerate(radixes) if radix == 1]


def _classified(cells: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], list[bytes | None]]:
    """Join the numbers of each group between which nothing differs, and return the cells of the classes with the class of each number."""
    classes: list[bytes | None] = []
    for axis, size in enumerate(cells.shape):
        rows = np.moveaxis(cells, axis, 0).reshape(size, -1)
        _, first, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        if len(first) < size:
            cells = np.take(cells, first, axis=axis)
        classes.append(byte_table(group.ravel().tolist()) if len(first) < size else None)
    return cells, classes


@attrs.frozen(eq=False)
class Reading:
    """
    One column on its way to a cell number, with everything settled that is the same for all blocks.

    Attributes:
        column: The values, and which of them are known.
        each_block: Whether the column holds the rows of the block at hand alone.
        compare: What tells whether a value reaches a cut.
        cuts: In the type of the column; they and what follows are arrays of no dimension, which NumPy need not convert each time.
        unknown: Bin of what is unknown.
        radix: How many bins there are.
    """

    column: Column
    each_block: bool
    compare: Callable[..., Any]
    cuts: tuple[npt.NDArray[Any], ...]
    unknown: Bytes
    radix: Bytes

    def begin(self, part: Bytes, rows: slice, spare: Bytes, reached: Bools) -> None:
        """Put the bins of some rows into *part*; *spare* and *reached* are overwritten."""
        values, known = self._rows(rows)
        if not self.cuts:
            part.fill(0)
        # A boolean is a byte that is 0 or 1; as bytes they are added without a conversion.
        for cut in self.cuts[:1]:
            self.compare(values, cut, out=part.view(np.bool_))
        self._add(values, self.cuts[1:], part, reached)
        if known is not None:
            overwrite(part, self.unknown, np.logical_not(known, out=reached), spare)

    def go_on(self, part: Bytes, rows: slice, digit: Bytes, spare: Bytes, reached: Bools) -> None:
        """Append the bins of some rows, as one more digit, to the numbers in *part*."""
        np.multiply(part, self.radix, out=part)
        if self.column.known is None:
            self._add(self._rows(rows)[0], self.cuts, part, reached)
            return
        self.begin(digit, rows, spare, reached)
        np.add(part, digit, out=part)

    def _add(self, values: npt.NDArray[Any], cuts: Sequence[npt.NDArray[Any]], part: Bytes, reached: Bools) -> None:
        bytes_ = reached.view(np.uint8)
        for cut in cuts:
            self.compare(values, cut, out=reached)
            np.add(part, bytes_, out=part)

    def _rows(self, rows: slice) -> tuple[npt.NDArray[Any], Bools | None]:
        place = slice(rows.stop - rows.start) if self.each_block else rows
        known = self.column.known
        return self.column.values[place], None if known is None else known[place]


class Numbering:
    """Columns in a layout, ready to be looked up block by block; one after the other, for the buffers are kept."""

    def __init__(self, layout: Layout, readings: Sequence[Sequence[Reading]], most: int) -> None:
        """Keep buffers for blocks of at most so many rows; *readings* are those of the groups of the layout."""
        # More cells than a byte can number take two, and a look-up of words.
        self._cell: npt.NDArray[Any] = np.empty(most, np.uint8 if layout.cells.size <= BYTE else np.uint16)
        self._part, self._digit, self._spare = np.empty(most, np.uint8), np.empty(most, np.uint8), np.empty(most, np.uint8)
        self._reached = np.empty(most, np.bool_)
        self._readings, self._classes, self._cells = readings, layout.classes, layout.cells
        # What is before the first group is nothing: its size is never multiplied with.
        self._radixes = [np.array(size, self._cell.dtype) for size in (0, *layout.sizes[1:])]
        narrow = self._cell.dtype == layout.cells.dtype == np.uint8
        self._table = byte_table(layout.cells.tolist()) if narrow else None

    def fill(self, rows: slice, out: npt.NDArray[Any]) -> None:
        """Put into *out* what stands in the cell of each of some rows."""
        size = rows.stop - rows.start
        cell = self._cell[:size]
        if not self._readings:
            cell.fill(0)
        for place, (readings, classes) in enumerate(zip(self._readings, self._classes, strict=True)):
            part = cell if not place and cell.dtype == np.uint8 else self._part[:size]
            self._number(readings, rows, part)
            if classes is not None:
                look_up(part, classes, part)
            if place:
                np.multiply(cell, self._radixes[place], out=cell)
                np.add(cell, part, out=cell)
            elif part is not cell:
                np.copyto(cell, part)
        if self._table is None:
            np.take(self._cells, cell, out=out, mode="clip")
        else:
            look_up(cell, self._table, out)

    def _number(self, readings: Sequence[Reading], rows: slice, part: Bytes) -> None:
        digit, spare, reached = self._digit[: len(part)], self._spare[: len(part)], self._reached[: len(part)]
        for place, reading in enumerate(readings):
            if place:
                reading.go_on(part, rows, digit, spare, reached)
            else:
                reading.begin(part, rows, spare, reached)
