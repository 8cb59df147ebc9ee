"""A condition, or a table of them, over whole columns: the same answers as `collectkit.rules.compiled`, many rows at once.

A column is a NumPy array of whole numbers or booleans, of text (`str` or object), of days (`datetime64[D]`, or objects), or
`Coded` text. A value is unknown where the `unknown` mask says so, where a masked array is masked, where a day is `NaT`,
where an object is `None`, and where a code is negative. Numbers with fractions are refused. Arithmetic is exact: where 64 bits
would overflow, Python's integers are used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.errors import ValidationError
from collectkit.rules._arrays import Block, Bools, Coded, Column, prepare
from collectkit.rules._bins import Bins
from collectkit.rules._nodes import Condition, matching
from collectkit.rules.expression import Expression
from collectkit.rules.tables import Leaf, Table

__all__ = ["BoundTable", "Coded", "ColumnCondition", "ColumnTable", "column_of", "compile_columns", "compile_table_columns"]

BLOCK: Final = 32_768
"""Rows worked on at a time: their temporary arrays stay in the processor's cache."""
TABLE_BLOCK: Final = 65_536
"""The same for a table in bins, whose temporary arrays are bytes."""

AnyColumn: TypeAlias = "npt.NDArray[np.generic] | Coded"
Columns: TypeAlias = Mapping[str, AnyColumn]
Unknown: TypeAlias = Mapping[str, Bools]
Indexes: TypeAlias = "npt.NDArray[np.uint8] | npt.NDArray[np.uint16]"

_Array = TypeVar("_Array", bound="npt.NDArray[Any]")


class ColumnCondition(Protocol):
    """Tells for each row whether it certainly meets a condition."""

    def __call__(self, columns: Columns, unknown: Unknown | None = None, *, out: Bools | None = None) -> Bools:
        """
        Return `(n,) bool`.

        Args:
            columns: Every fact the condition names, `(n,)` each; others are only counted.
            unknown: True where the fact of that name is unknown, `(n,)` each.
            out: `(n,) bool` to be filled and returned; a buffer kept between runs saves the system its page faults.

        Raises:
            ValidationError: A column is missing, is not of the length or the type needed; nothing is returned.
        """


@attrs.frozen(eq=False)
class ColumnTable:
    """Tells for each row of some columns which rule of a table decides."""

    _trees: tuple[Condition, ...]
    _names: frozenset[str]
    _dtype: np.dtype[Any]
    _bins: Bins | None

    def __call__(self, columns: Columns, unknown: Unknown | None = None, *, out: Indexes | None = None) -> Indexes:
        """
        Return the place of the deciding rule, from 0: `(n,) uint8`, or `uint16` for more than 256 rules.

        Arguments and errors are those of `ColumnCondition`.
        """
        size, prepared = _prepared(self._names, columns, unknown)
        result: Indexes = np.empty(size, self._dtype) if out is None else _checked_out(out, size, self._dtype)
        table = self._bound(prepared, frozenset(), min(size, TABLE_BLOCK))
        for rows in _blocks(size, TABLE_BLOCK):
            table.fill(rows, result[rows])
        return result

    def over(self, columns: Columns, *, each_block: Collection[str] = (), most: int) -> BoundTable:
        """
        Settle all that is the same for every block, for whoever works on many columns one block after the other.

        Args:
            columns: As `ColumnCondition` takes them, of all rows. They are looked at when a block is asked for, not now.
            each_block: Names of columns of whole numbers that hold the rows of the block at hand alone: buffers of *most* rows,
                filled anew before each block is asked for.
            most: Rows of a block at most.

        Raises:
            ValidationError: As for `ColumnCondition`.
        """
        buffers = self._names & frozenset(each_block)
        prepared: dict[str, Column] = {}
        for names in filter(None, (self._names - buffers, buffers)):
            prepared |= _prepared(names, columns, None)[1]
        return self._bound(prepared, buffers, most)

    def _bound(self, prepared: Mapping[str, Column], each_block: frozenset[str], most: int) -> BoundTable:
        if self._bins is None or not self._bins.fits(prepared):
            return _RuleByRule(self._trees, prepared, each_block)
        return self._bins.over(prepared, each_block, most)


class BoundTable(Protocol):
    """A table over certain columns; one block after the other, for what it computes with is kept between them."""

    def fill(self, rows: slice, out: Indexes) -> None:
        """
        Put into *out* the place of the deciding rule of each of some rows.

        Args:
            rows: Which, counted over all of them, with start and end.
            out: `(k,)`, as many, of the type that the table itself returns.
        """


@attrs.frozen(eq=False)
class _RuleByRule:
    """What evaluates a table that cannot be made into bins."""

    trees: tuple[Condition, ...]
    columns: Mapping[str, Column]
    each_block: frozenset[str]

    def fill(self, rows: slice, out: Indexes) -> None:
        """Put into *out* the place of the deciding rule of each of some rows."""
        here = slice(rows.stop - rows.start)
        _first_matches(
            self.trees, {name: column.rows(here if name in self.each_block else rows) for name, column in self.columns.items()}, out
        )


def column_of(values: Sequence[object]) -> AnyColumn:
    """Return the column of what objects hold; where one holds None it is unknown."""
    made = np.array(values)
    if made.dtype.kind in "biu" and made.shape == (len(values),):
        return made
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column


def compile_columns(expression: Expression) -> ColumnCondition:
    """Make the function that tells for each row of some columns whether it certainly meets a condition."""
    tree = matching(expression.tree)

    def condition(columns: Columns, unknown: Unknown | None = None, *, out: Bools | None = None) -> Bools:
        size, prepared = _prepared(expression.names, columns, unknown)
        result = np.empty(size, np.bool_) if out is None else _checked_out(out, size, np.dtype(np.bool_))
        for rows in _blocks(size):
            result[rows] = Block(prepared, rows).holds(tree)
        return result

    return condition


def compile_table_columns(table: Table[Leaf]) -> ColumnTable:
    """
    Make the function that tells for each row of some columns which rule of a table decides.

    A table that compares whole numbers with constants only is turned into bins and one look-up for each row; what cannot be
    (text, days, arithmetic, money, or more than 60,000 cells) is evaluated rule by rule, with the same result.
    """
    trees = tuple(matching(expression.tree) for expression, _ in table.rules)
    dtype = np.dtype(np.uint8 if len(trees) <= 256 else np.uint16)
    bins = Bins.of(trees, lambda columns, size: _first_matches(trees, columns, np.empty(size, dtype)))
    return ColumnTable(trees, table.names, dtype, bins)


def _first_matches(trees: Sequence[Condition], columns: Mapping[str, Column], out: Indexes) -> Indexes:
    for rows in _blocks(len(out)):
        block, part = Block(columns, rows), out[rows]
        # From the last rule to the first, so that an earlier one has the last word.
        for index in reversed(range(len(trees))):
            np.copyto(part, index, where=block.holds(trees[index]), casting="unsafe")
    return out


def _blocks(size: int, block: int = BLOCK) -> list[slice]:
    return [slice(start, min(start + block, size)) for start in range(0, size, block)]


def _prepared(names: frozenset[str], columns: Columns, unknown: Unknown | None) -> tuple[int, dict[str, Column]]:
    missing = sorted(names - set(columns))
    if missing:
        raise ValidationError(f"the columns lack {', '.join(missing)}; nothing was evaluated")
    sizes = {len(columns[name]) for name in names} or {len(column) for column in columns.values()}
    if len(sizes) != 1:
        raise ValidationError(f"columns of one length are needed to know the number of rows, not {sorted(sizes)}; nothing was evaluated")
    size = sizes.pop()
    masks = unknown or {}
    return size, {name: prepare(name, columns[name], masks.get(name), size) for name in sorted(names)}


def _checked_out(out: _Array, size: int, dtype: np.dtype[Any]) -> _Array:
    if out.shape != (size,) or out.dtype != dtype:
        raise ValidationError(f"out must be {size} values of {dtype}, not {out.shape} of {out.dtype}; nothing was evaluated")
    return out
