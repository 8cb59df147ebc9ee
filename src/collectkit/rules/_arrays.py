"""Columns in the few forms the engine computes with, and the evaluation of a condition over one block of their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import reduce
from typing import Any, Final, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.errors import ValidationError
from collectkit.rules._nodes import (
    CURRENCY,
    Amount,
    And,
    Arithmetic,
    Compare,
    Condition,
    Constant,
    IsUnknown,
    Membership,
    Name,
    Not,
    Or,
    Term,
)

Bools: TypeAlias = npt.NDArray[np.bool_]
Values: TypeAlias = npt.NDArray[Any]

_COMPARE: Final[Mapping[str, Callable[..., Any]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_COMPUTE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
}
_INT64: Final = np.iinfo(np.int64)
NOTHING: Final = "nothing"
"""Kind of a column in which all is unknown, so that its type cannot be told: it may stand wherever another may."""

_KINDS: Final = {"b": "numbers", "i": "numbers", "u": "numbers", "U": "text", "T": "text", "M": "days"}


@attrs.frozen(eq=False)
class Coded:
    """
    A text column as small numbers and the list they point into.

    Attributes:
        codes: `(n,)` integers; a negative one is unknown.
        values: The text of code 0, 1, ...
    """

    codes: npt.NDArray[np.integer[Any]]
    values: tuple[str, ...] = attrs.field(converter=tuple)

    def __attrs_post_init__(self) -> None:
        if len(self.codes) and int(self.codes.max()) >= len(self.values):
            raise ValidationError(f"code {int(self.codes.max())} has no text: there are {len(self.values)}; no column was made")

    def __len__(self) -> int:
        return len(self.codes)


@attrs.frozen(eq=False)
class Column:
    """
    A column ready for use.

    Attributes:
        values: Integers, text or `datetime64[D]`; where unknown, any value of the same type.
        known: False where unknown; None when all are known.
        kind: `numbers`, `text` or `days`, or `NOTHING`.
    """

    values: Values
    known: Bools | None
    kind: str

    def rows(self, rows: slice) -> Column:
        """Return some of its rows."""
        return Column(self.values[rows], None if self.known is None else self.known[rows], self.kind)


def prepare(name: str, column: npt.NDArray[np.generic] | Coded, unknown: Bools | None, size: int) -> Column:
    """
    Bring a column into a form to compute with, and gather what is unknown in it.

    Raises:
        ValidationError: The column holds something else, or the mask is not `(n,) bool`.
    """
    known = None
    if unknown is not None:
        if unknown.shape != (size,) or unknown.dtype != np.bool_:
            raise ValidationError(f"the unknown mask of {name!r} must be {size} booleans; nothing was evaluated")
        known = ~unknown
    if isinstance(column, Coded):
        texts = np.array((*column.values, ""), dtype=np.str_)
        return Column(texts[np.maximum(column.codes, -1)], _both(known, column.codes >= 0), "text")
    if isinstance(column, np.ma.MaskedArray):
        known = _both(known, ~np.ma.getmaskarray(column))
        column = np.ma.getdata(column)
    if column.ndim != 1:
        raise ValidationError(f"column {name!r} must have one dimension, not {column.ndim}; nothing was evaluated")
    if column.dtype.kind == "O":
        present = np.fromiter((value is not None for value in column), np.bool_, size)
        known = present if known is None else known & present
        return _unboxed(name, column, known)
    return _plain(name, column, known)


def _plain(name: str, values: Values, known: Bools | None) -> Column:
    kind = values.dtype.kind
    if kind == "M":
        if values.dtype != np.dtype("datetime64[D]"):
            raise ValidationError(f"column {name!r} is {values.dtype}; days are datetime64[D]; nothing was evaluated")
        return Column(values, _both(known, ~np.isnat(values)), "days")
    if kind not in _KINDS:
        raise ValidationError(
            f"column {name!r} is {values.dtype}; whole numbers, booleans, text and days are allowed, "
            "and unknown values are told by a mask; nothing was evaluated"
        )
    return Column(values.view(np.uint8) if kind == "b" else values, known, _KINDS[kind])


def _unboxed(name: str, column: Values, known: Bools) -> Column:
    """Turn objects into an array of one type where there is one; what is unknown becomes a neutral value."""
    types = set(map(type, column[known]))
    neutral: Values
    if not types:
        return Column(np.zeros(len(column), np.int64), known, NOTHING)
    if types <= {int, bool}:
        neutral = np.where(known, column, np.array(0, np.object_))
        large = any(not _INT64.min <= value <= _INT64.max for value in neutral)
        return Column(neutral if large else neutral.astype(np.int64), known, "numbers")
    if types == {date}:
        neutral = np.where(known, column, np.array(date.min, np.object_))
        return Column(neutral.astype("datetime64[D]"), known, "days")
    if types == {str}:
        return Column(np.where(known, column, np.array("", np.object_)), known, "text")
    found = ", ".join(sorted(kind.__name__ for kind in types))
    raise ValidationError(f"column {name!r} holds {found}; one of int, bool, str and date is allowed; nothing was evaluated")


def _both(left: Bools | None, right: Bools | None) -> Bools | None:
    if left is None or right is None:
        return right if left is None else left
    return left & right


@attrs.frozen(eq=False)
class _Operand:
    """The values of a term in a block: an array or one scalar, which of them are known, and their kind."""

    values: Any
    known: Bools | None
    kind: str


class Block:
    """Some rows of prepared columns, and what has been found out about them."""

    def __init__(self, columns: Mapping[str, Column], rows: slice) -> None:
        self._columns = columns
        self._rows = rows
        self._size = rows.stop - rows.start
        self._found: dict[Condition, Bools] = {}

    def holds(self, node: Condition) -> Bools:
        """Tell which rows a condition in matching form certainly holds for; the array must not be changed."""
        found = self._found.get(node)
        if found is None:
            found = self._found[node] = self._evaluate(node)
        return found

    def _evaluate(self, node: Condition) -> Bools:
        match node:
            case And(parts):
                return reduce(np.logical_and, [self.holds(part) for part in parts])
            case Or(parts):
                return reduce(np.logical_or, [self.holds(part) for part in parts])
            case Constant(value):
                return np.full(self._size, bool(value))
            case IsUnknown(name, negated):
                known = self._term(name).known
                known = np.ones(self._size, np.bool_) if known is None else known
                return known if negated else ~known
            case Name() | Not():
                return self._flag(node.part if isinstance(node, Not) else node, wanted=isinstance(node, Name))
            case Compare((left, right), (operator,)):
                return self._compare(self._term(left), operator, self._term(right), node)
            case Membership(term, values, negated):
                operand = self._term(term)
                within: Bools = reduce(np.logical_or, [self._compare(operand, "==", self._term(value), node) for value in values])
                return self._narrowed(~within if negated else within, operand.known)
        raise AssertionError(f"not in matching form: {node}")

    def _flag(self, name: Condition, *, wanted: bool) -> Bools:
        assert isinstance(name, Name)
        operand = self._term(name)
        if operand.kind not in ("numbers", NOTHING):
            raise ValidationError(f"column {name.id!r} holds {operand.kind}, not true and false; nothing was evaluated")
        return self._narrowed(operand.values != 0 if wanted else operand.values == 0, operand.known)

    def _compare(self, left: _Operand, operator: str, right: _Operand, node: Condition) -> Bools:
        if NOTHING in (left.kind, right.kind):
            return np.zeros(self._size, np.bool_)
        if left.kind != right.kind:
            raise ValidationError(f"{node}: {left.kind} cannot be compared with {right.kind}; nothing was evaluated")
        return self._narrowed(_COMPARE[operator](left.values, right.values), left.known, right.known)

    def _narrowed(self, outcome: Any, *known: Bools | None) -> Bools:
        for mask in known:
            outcome = outcome if mask is None else outcome & mask
        array: Bools = np.asarray(outcome, np.bool_)
        return array if array.ndim else np.full(self._size, bool(array))

    def _term(self, term: Term) -> _Operand:
        match term:
            case Name(id):
                column = self._columns[id]
                known = None if column.known is None else column.known[self._rows]
                return _Operand(column.values[self._rows], known, column.kind)
            case Constant(value):
                return _constant(value)
            case Amount(minor, currency):
                return _Operand(minor, self.holds(Compare((Name(CURRENCY), Constant(currency)), ("==",))), "numbers")
            case Arithmetic(left, operator, right):
                return self._arithmetic(self._term(left), operator, self._term(right), term)

    def _arithmetic(self, left: _Operand, operator: str, right: _Operand, term: Term) -> _Operand:
        if NOTHING in (left.kind, right.kind):
            return _Operand(np.zeros(self._size, np.int64), np.zeros(self._size, np.bool_), NOTHING)
        if not left.kind == right.kind == "numbers":
            raise ValidationError(f"{term}: {left.kind} and {right.kind} cannot be computed with; nothing was evaluated")
        known = _both(left.known, right.known)
        if not self._size:
            return _Operand(np.zeros(0, np.int64), known, "numbers")
        results = [_COMPUTE[operator](x, y) for x in _bounds(left.values) for y in _bounds(right.values)]
        fitting = all(_INT64.min <= value <= _INT64.max for value in (*results, *_bounds(left.values), *_bounds(right.values)))
        dtype = np.int64 if fitting else np.object_
        return _Operand(_COMPUTE[operator](_widened(left.values, dtype), _widened(right.values, dtype)), known, "numbers")


def _constant(value: int | str | date) -> _Operand:
    if isinstance(value, int):
        return _Operand(int(value), None, "numbers")
    if isinstance(value, str):
        return _Operand(value, None, "text")
    return _Operand(np.datetime64(value, "D"), None, "days")


def _bounds(values: Any) -> tuple[int, int]:
    return (int(values.min()), int(values.max())) if isinstance(values, np.ndarray) else (values, values)


def _widened(values: Any, dtype: type[np.generic]) -> Any:
    return values.astype(dtype) if isinstance(values, np.ndarray) else values
