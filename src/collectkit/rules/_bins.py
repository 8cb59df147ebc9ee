"""A table of comparisons with constants, as bins and one look-up.

The constants that a fact is compared with cut its values into bins within which no comparison changes its answer, and one bin more
holds the unknown. The bins of all facts together number a cell, and the rule that decides is the same for a whole cell: it is
worked out once for each, by the very engine this replaces, and afterwards looked up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.rules._arrays import Bools, Column
from collectkit.rules._nodes import Compare, Condition, Constant, IsUnknown, Membership, Name, tests

CELLS_MAX: Final = 60_000
_BINS_MAX: Final = 255

_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@attrs.frozen(eq=False)
class Bins:
    """
    Attributes:
        cuts: For each fact the values, ascending, at which a new bin begins.
        cells: The place of the deciding rule for each cell; the last fact's bin counts fastest.
    """

    cuts: tuple[tuple[str, tuple[int, ...]], ...]
    cells: npt.NDArray[Any]

    @classmethod
    def of(cls, trees: Sequence[Condition], decide: Callable[[Mapping[str, Column], int], npt.NDArray[Any]]) -> Bins | None:
        """Make the bins of a table in matching form with the engine *decide*; None when the table does not allow it."""
        found: dict[str, set[int]] = {}
        for tree in trees:
            for test in tests(tree):
                cut = _cut(test)
                if cut is None:
                    return None
                for name, values in cut.items():
                    found.setdefault(name, set()).update(values)
        cuts = tuple((name, tuple(sorted(values))) for name, values in found.items())
        radixes = [len(values) + 2 for _, values in cuts]
        size = math.prod(radixes)
        if not cuts or size > CELLS_MAX or max(radixes) > _BINS_MAX:
            return None
        bins = np.unravel_index(np.arange(size), radixes)
        columns = {name: _representatives(values, bin) for (name, values), bin in zip(cuts, bins, strict=True)}
        return cls(cuts, decide(columns, size))

    def fits(self, columns: Mapping[str, Column]) -> bool:
        """Tell whether the columns are integers, so that the bins apply."""
        return all(columns[name].values.dtype.kind in "iu" for name, _ in self.cuts)

    def look_up(self, columns: Mapping[str, Column], rows: slice, out: npt.NDArray[Any]) -> None:
        """Fill *out* with the place of the deciding rule of each row."""
        size = rows.stop - rows.start
        cell = np.zeros(size, np.uint16)
        bin, reached = np.empty(size, np.uint8), np.empty(size, np.bool_)
        for name, cuts in self.cuts:
            column = columns[name]
            _fill_bin(column.values[rows], cuts, bin, reached)
            if column.known is not None:
                np.copyto(bin, len(cuts) + 1, where=~column.known[rows])
            np.multiply(cell, len(cuts) + 2, out=cell)
            np.add(cell, bin, out=cell)
        np.take(self.cells, cell, out=out, mode="clip")


def _fill_bin(values: npt.NDArray[Any], cuts: tuple[int, ...], bin: npt.NDArray[np.uint8], reached: Bools) -> None:
    """Count how many cuts each value reaches."""
    limits = np.iinfo(values.dtype)
    bin.fill(sum(cut <= limits.min for cut in cuts))
    for cut in cuts:
        if limits.min < cut <= limits.max:
            np.greater_equal(values, cut, out=reached)
            # A boolean is a byte that is 0 or 1; as bytes they are added without a conversion.
            np.add(bin, reached.view(np.uint8), out=bin)


def _representatives(cuts: tuple[int, ...], bin: npt.NDArray[np.intp]) -> Column:
    """Make a column that has in each cell one value of its bin; the values may exceed 64 bits by one."""
    values = np.array([cuts[0] - 1 if cuts else 0, *cuts, 0], dtype=np.object_)
    return Column(values[bin], bin <= len(cuts), "numbers")


def _cut(test: Condition) -> dict[str, tuple[int, ...]] | None:
    """Return the values at which a comparison may change its answer, by fact; None when it is not with constants."""
    match test:
        case Constant():
            return {}
        case IsUnknown(Name(id)):
            return {id: ()}
        case Name(id):
            return {id: (0, 1)}
        case Membership(Name(id), values):
            numbers = [constant.value for constant in values if isinstance(constant.value, int)]
            return {id: tuple(cut for number in numbers for cut in (number, number + 1))} if len(numbers) == len(values) else None
        case Compare((Name(id), Constant(int(value))), (operator,)):
            return {id: _thresholds(operator, value)}
        case Compare((Constant(int(value)), Name(id)), (operator,)):
            return {id: _thresholds(_MIRRORED[operator], value)}
        case _:
            return None


def _thresholds(operator: str, value: int) -> tuple[int, ...]:
    value = int(value)
    match operator:
        case "<" | ">=":
            return (value,)
        case "<=" | ">":
            return (value + 1,)
        case _:
            return (value, value + 1)
