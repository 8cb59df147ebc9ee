"""A table of comparisons with constants, as bins and one look-up.

The constants that a fact is compared with cut its values into bins within which no comparison changes its answer, and one bin more
holds the unknown. The bins of all facts together number a cell, and the rule that decides is the same for a whole cell: it is
worked out once for each, by the very engine this replaces, and afterwards looked up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.rules._arrays import Bools, Column
from collectkit.rules._nodes import Compare, Condition, Constant, IsUnknown, Membership, Name, tests

CELLS_MAX: Final = 60_000
_BINS_MAX: Final = 255
_BYTE: Final = 256

_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@attrs.frozen
class _Fact:
    """
    One fact and its bins; what is unknown has the bin after the last.

    Attributes:
        name: Its name.
        cuts: Values, ascending, at which a new bin begins; or the one value that has a bin to itself.
        single: Whether the fact is only ever asked for one value: then one comparison tells its two bins apart.
    """

    name: str
    cuts: tuple[int, ...]
    single: bool

    @property
    def known_bins(self) -> int:
        return len(self.cuts) + 1

    def representatives(self, bin: npt.NDArray[np.intp]) -> Column:
        """Make a column that has in each cell one value of its bin; the values may exceed 64 bits by one."""
        values = np.array([self.cuts[0] - 1 if self.cuts else 0, *self.cuts, 0], dtype=np.object_)
        return Column(values[bin], bin < self.known_bins, "numbers")

    def read(self, column: Column, *, factor: bool) -> _Reading:
        """Return how the bins of a column are told; a cut that its type cannot hold is passed over or reached by all."""
        limits = np.iinfo(column.values.dtype)
        if self.single:
            cuts = tuple(cut for cut in self.cuts if limits.min <= cut <= limits.max)
            below = 0
        else:
            cuts = tuple(cut for cut in self.cuts if limits.min < cut <= limits.max)
            below = sum(cut <= limits.min for cut in self.cuts)
        radix = self.known_bins + (column.known is not None)
        return _Reading(
            column.values,
            column.known,
            np.equal if self.single else np.greater_equal,
            tuple(column.values.dtype.type(cut) for cut in cuts),
            np.uint8(below) if below else None,
            np.uint8(self.known_bins),
            np.uint8(radix) if factor else None,
        )


@attrs.frozen(eq=False)
class _Reading:
    """
    One column on its way to a cell number, with everything settled that is the same for all blocks.

    Attributes:
        values, known: The column.
        compare: What tells whether a value reaches a cut.
        cuts: In the type of the column.
        below: How many cuts every value reaches, when any.
        unknown: Bin of what is unknown.
        factor: What the number so far is multiplied with; None for the first of a group.
    """

    values: npt.NDArray[Any]
    known: Bools | None
    compare: Callable[..., Any]
    cuts: tuple[Any, ...]
    below: np.uint8 | None
    unknown: np.uint8
    factor: np.uint8 | None

    def add_to(self, part: npt.NDArray[np.uint8], rows: slice, bin: npt.NDArray[np.uint8], reached: Bools) -> None:
        """Bring the bins of some rows into the numbers of their cells."""
        if self.factor is not None:
            np.multiply(part, self.factor, out=part)
        target = part
        if self.known is not None:
            bin.fill(0)
            target = bin
        if self.below is not None:
            np.add(target, self.below, out=target)
        # A boolean is a byte that is 0 or 1; as bytes they are added without a conversion.
        values, bytes_ = self.values[rows], reached.view(np.uint8)
        for cut in self.cuts:
            self.compare(values, cut, out=reached)
            np.add(target, bytes_, out=target)
        if self.known is not None:
            np.copyto(bin, self.unknown, where=~self.known[rows])
            np.add(part, bin, out=part)


@attrs.frozen(eq=False)
class Bins:
    """
    Attributes:
        facts: The facts that are asked for.
        cells: The place of the deciding rule for each cell: one axis a fact, the unknown last.
    """

    facts: tuple[_Fact, ...]
    cells: npt.NDArray[Any]
    _layouts: dict[frozenset[str], tuple[tuple[tuple[_Fact, ...], ...], npt.NDArray[Any]]] = attrs.field(factory=dict, init=False)

    @classmethod
    def of(cls, trees: Sequence[Condition], decide: Callable[[Mapping[str, Column], int], npt.NDArray[Any]]) -> Bins | None:
        """Make the bins of a table in matching form with the engine *decide*; None when the table does not allow it."""
        found: dict[str, _Asked] = {}
        for tree in trees:
            for test in tests(tree):
                cut = _cut(test)
                if cut is None:
                    return None
                for name, asked in cut.items():
                    found.setdefault(name, _Asked()).add(asked)
        facts = tuple(asked.fact(name) for name, asked in found.items())
        radixes = [fact.known_bins + 1 for fact in facts]
        size = math.prod(radixes)
        if not facts or size > CELLS_MAX or max(radixes) > _BINS_MAX:
            return None
        bins = np.unravel_index(np.arange(size), radixes)
        columns = {fact.name: fact.representatives(bin) for fact, bin in zip(facts, bins, strict=True)}
        return cls(facts, decide(columns, size).reshape(radixes))

    def fits(self, columns: Mapping[str, Column]) -> bool:
        """Tell whether the columns are integers, so that the bins apply."""
        return all(columns[fact.name].values.dtype.kind in "iu" for fact in self.facts)

    def look_up(self, columns: Mapping[str, Column], blocks: Sequence[slice], out: npt.NDArray[Any]) -> None:
        """Fill *out* with the place of the deciding rule of each row."""
        masked = frozenset(fact.name for fact in self.facts if columns[fact.name].known is not None)
        groups, cells = self._layouts.get(masked) or self._layouts.setdefault(masked, self._layout(masked))
        readings = [[fact.read(columns[fact.name], factor=place > 0) for place, fact in enumerate(group)] for group in groups]
        factors = [np.uint16(math.prod(_bins(fact, masked) for fact in group)) for group in groups]
        # One set of buffers for all blocks: they stay in the processor's cache.
        most = max((rows.stop - rows.start for rows in blocks), default=0)
        bytes_, wide, reached_ = np.empty((2, most), np.uint8), np.empty(most, np.uint16), np.empty(most, np.bool_)
        for rows in blocks:
            size = rows.stop - rows.start
            part, bin, reached = bytes_[0, :size], bytes_[1, :size], reached_[:size]
            cell: npt.NDArray[Any] = part
            for number, group in enumerate(readings):
                part.fill(0)
                for reading in group:
                    reading.add_to(part, rows, bin, reached)
                if number:
                    np.multiply(cell, factors[number], out=cell)
                    np.add(cell, part, out=cell)
                elif len(readings) > 1:
                    cell = wide[:size]
                    np.copyto(cell, part)
            np.take(cells, cell, out=out[rows], mode="clip")

    def _layout(self, masked: frozenset[str]) -> tuple[tuple[tuple[_Fact, ...], ...], npt.NDArray[Any]]:
        """
        Return the facts in groups whose cells a byte can number, and the cells without those of facts that are all known.

        Bytes are quicker to compute with, and groups are made as full as they go, so that few wider steps are left.
        """
        groups: list[list[_Fact]] = []
        for fact in sorted(self.facts, key=lambda fact: -_bins(fact, masked)):
            room = next((g for g in groups if math.prod(_bins(one, masked) for one in (*g, fact)) <= _BYTE), None)
            groups.append([fact]) if room is None else room.append(fact)
        ordered = [self.facts.index(fact) for group in groups for fact in group]
        known = self.cells[tuple(slice(_bins(fact, masked)) for fact in self.facts)]
        return tuple(map(tuple, groups)), np.ascontiguousarray(known.transpose(ordered)).ravel()


def _bins(fact: _Fact, masked: frozenset[str]) -> int:
    return fact.known_bins + (fact.name in masked)


class _Asked:
    """What a table asks of one fact: thresholds, and values it is compared with for equality alone."""

    def __init__(self, cuts: Iterable[int] = (), values: Iterable[int] = ()) -> None:
        self.cuts, self.values = set(cuts), set(values)

    def add(self, other: _Asked) -> None:
        self.cuts |= other.cuts
        self.values |= other.values

    def fact(self, name: str) -> _Fact:
        if not self.cuts and len(self.values) == 1:
            return _Fact(name, tuple(self.values), single=True)
        return _Fact(name, tuple(sorted(self.cuts.union(*((value, value + 1) for value in self.values)))), single=False)


def _cut(test: Condition) -> dict[str, _Asked] | None:
    """Return the values at which a comparison may change its answer, by fact; None when it is not with constants."""
    match test:
        case Constant():
            return {}
        case IsUnknown(Name(id)):
            return {id: _Asked()}
        case Name(id):
            return {id: _Asked(values=(0,))}
        case Membership(Name(id), values):
            numbers = [constant.value for constant in values if isinstance(constant.value, int)]
            return {id: _Asked(values=map(int, numbers))} if len(numbers) == len(values) else None
        case Compare((Name(id), Constant(int(value))), (operator,)):
            return {id: _asked(operator, value)}
        case Compare((Constant(int(value)), Name(id)), (operator,)):
            return {id: _asked(_MIRRORED[operator], value)}
        case _:
            return None


def _asked(operator: str, value: int) -> _Asked:
    value = int(value)
    match operator:
        case "<" | ">=":
            return _Asked(cuts=(value,))
        case "<=" | ">":
            return _Asked(cuts=(value + 1,))
        case _:
            return _Asked(values=(value,))
