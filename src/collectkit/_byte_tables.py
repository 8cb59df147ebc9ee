"""Columns of bytes: looked up and overwritten without a branch, and without a whole word for each byte on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Bytes: TypeAlias = "npt.NDArray[np.uint8]"
Bools: TypeAlias = "npt.NDArray[np.bool_]"


def byte_table(values: Iterable[int]) -> bytes:
    """Return the table that has *values*, each 0 to 255, at 0, 1, ... and 0 at what is left of 256 places."""
    return bytes(values).ljust(256, b"\0")


def constant(value: int, dtype: np.dtype[Any]) -> npt.NDArray[Any] | int:
    """
    Return *value* as an array of no dimension, which NumPy need not convert for each block; as it is where the type is too narrow.

    Comparisons take both, and are right for both.
    """
    limits = np.iinfo(dtype)
    return np.array(value, dtype) if limits.min <= value <= limits.max else value


def look_up(numbers: Bytes, table: bytes, out: Bytes) -> None:
    """
    Put into *out* what stands in *table* at each of *numbers*, as `numpy.take` does; both may be the same array.

    >>> numbers = np.array([2, 0, 2], np.uint8)
    >>> look_up(numbers, byte_table([7, 8, 9]), numbers)
    >>> numbers.tolist()
    [9, 7, 9]
    """
    out.data[:] = bytearray(numbers.data).translate(table)


def overwrite(column: Bytes, value: Bytes, where: Bools, spare: Bytes) -> None:
    """
    Put *value* where it is said, as `numpy.copyto` does, which takes ten times as long when no pattern is in *where*.

    Args:
        column: `(n,)`, changed.
        value: `()`, as NumPy need not convert an array of no dimension each time.
        where: `(n,)`.
        spare: `(n,)`, overwritten with anything.

    >>> column = np.array([1, 2, 3], np.uint8)
    >>> overwrite(column, np.array(9, np.uint8), np.array([True, False, True]), np.empty(3, np.uint8))
    >>> column.tolist()
    [9, 2, 9]
    """
    np.bitwise_xor(column, value, out=spare)
    np.multiply(spare, where.view(np.uint8), out=spare)
    np.bitwise_xor(column, spare, out=column)
