"""A table of comparisons with constants, as bins and one look-up.

The constants that a fact is compared with cut its values into bins within which no comparison changes its answer, and one bin more
holds the unknown. The bins of all facts together number a cell, and the rule that decides is the same for a whole cell: it is
worked out once for each, by the very engine this replaces, and afterwards looked up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.rules._arrays import Column
from collectkit.rules._nodes import Compare, Condition, Constant, IsUnknown, Membership, Name, tests
from collectkit.rules._numbering import Layout, Numbering, Reading

CELLS_MAX: Final = 60_000
_BINS_MAX: Final = 255
_INT64: Final = np.iinfo(np.int64)

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
        representing = [self.cuts[0] - 1 if self.cuts else 0, *self.cuts, 0]
        fitting = _INT64.min <= min(representing) and max(representing) <= _INT64.max
        values = np.array(representing, dtype=np.int64 if fitting else np.object_)
        return Column(values[bin], bin < self.known_bins, "numbers")

    def within(self, column: Column) -> _Within:
        """Return which bins a column can have at all: its type may end before a cut, and all of it may be known."""
        limits = np.iinfo(column.values.dtype)
        if self.single:
            never = not limits.min <= self.cuts[0] <= limits.max
            return _Within(0, 1 if never else 2, column.known is not None)
        reached = sum(cut <= limits.min for cut in self.cuts)
        return _Within(reached, 1 + sum(cut <= limits.max for cut in self.cuts), column.known is not None)

    def reading(self, column: Column, within: _Within, *, each_block: bool) -> Reading:
        """Return how the bins of a column are told."""
        cuts = self.cuts[within.first : within.end - 1]
        return Reading(
            column,
            each_block,
            np.equal if self.single else np.greater_equal,
            tuple(np.array(cut, column.values.dtype) for cut in cuts),
            np.array(len(cuts) + 1, np.uint8),
            np.array(len(cuts) + 1 + within.unknown, np.uint8),
        )


class _Within(NamedTuple):
    """The bins of a fact that a column can have: the known ones from *first* to before *end*, and the unknown."""

    first: int
    end: int
    unknown: bool


@attrs.frozen(eq=False)
class Bins:
    """
    Attributes:
        facts: The facts that are asked for.
        cells: The place of the deciding rule for each cell: one axis a fact, the unknown last.
    """

    facts: tuple[_Fact, ...]
    cells: npt.NDArray[Any]
    _layouts: dict[tuple[_Within, ...], Layout] = attrs.field(factory=dict, init=False)

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

    def over(self, columns: Mapping[str, Column], each_block: Collection[str], most: int) -> Numbering:
        """
        Make what fills blocks of at most *most* rows with the place of the deciding rule.

        Args:
            columns: Each fact, all rows of it.
            each_block: Facts whose column holds the rows of the block at hand alone.
            most: Rows of a block.
        """
        within = tuple(fact.within(columns[fact.name]) for fact in self.facts)
        layout = self._layouts.get(within) or self._layouts.setdefault(within, self._layout(within))
        readings = [
            fact.reading(columns[fact.name], held, each_block=fact.name in each_block)
            for fact, held in zip(self.facts, within, strict=True)
        ]
        return Numbering(layout, [[readings[place] for place in group] for group in layout.groups], most)

    def _layout(self, within: tuple[_Within, ...]) -> Layout:
        kept = [
            [*range(held.first, held.end), *([fact.known_bins] if held.unknown else ())]
            for fact, held in zip(self.facts, within, strict=True)
        ]
        return Layout.of(self.cells[np.ix_(*kept)])


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
        case Compare((Name(id), Constant(int(value))), (operator,)):
            return {id: _asked(operator, value)}
        case Compare((Constant(int(value)), Name(id)), (operator,)):
            return {id: _asked(_MIRRORED[operator], value)}
        case Constant():
            return {}
        case IsUnknown(Name(id)):
            return {id: _Asked()}
        case Name(id):
            return {id: _Asked(values=(0,))}
        case Membership(Name(id), values):
            numbers = [constant.value for constant in values if isinstance(constant.value, int)]
            return {id: _Asked(values=map(int, numbers))} if len(numbers) == len(values) else None
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
