"""How late accounts are, in bands of days past due, and whether one of some days is today; a block of a column at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from collectkit._byte_tables import Bools, Bytes, byte_table, constant, look_up

__all__ = ["Lateness"]

Integers: TypeAlias = "npt.NDArray[np.signedinteger[Any]]"

_TOLD = 128
"""Stands beside the number of the band where the day is to be told."""
_TOLD_BIT, _BAND_BITS = np.array(_TOLD, np.uint8), np.array(_TOLD - 1, np.uint8)


class Lateness:
    """
    What is to be told of days past due.

    Where the days that matter lie no further apart than a byte counts, days are cut off at both ends, become bytes and are looked
    up; otherwise each border is a comparison. Buffers are kept between blocks.
    """

    def __init__(
        self,
        starts: Sequence[int],
        as_of: int,
        dtype: np.dtype[Any],
        *,
        most: int,
        days: Collection[int] = (),
        buffer: Integers | None = None,
    ) -> None:
        """
        Settle what is the same for all blocks.

        Args:
            starts: Days past due at which a band begins, rising, at most 255.
            as_of: Day number of the business date.
            dtype: Of the due dates.
            most: Accounts of a block at most.
            days: Days past due that are to be told; negative before the due date.
            buffer: `(most,)` of that type, to be overwritten; it may be where the due dates themselves stand.
        """
        self._starts, self._days, self._as_of = starts, sorted(days), as_of
        marks = sorted((*starts, *days))
        # The byte 0 is a day before all that matters, the highest is a day after it.
        late = range(marks[0] - 1, marks[-1] + 2)
        self._earliest, self._latest = constant(as_of - late[-1], dtype), constant(as_of - late[0], dtype)
        self._bytes = len(late) <= 256 and len(starts) < _TOLD and not isinstance(self._earliest, int) and not isinstance(self._latest, int)
        if self._bytes:
            self._found = byte_table(bisect_right(starts, day) | (_TOLD if day in days else 0) for day in late)
        self._clipped = np.empty(most, dtype) if buffer is None else buffer
        self._late, self._reached = np.empty(most, np.uint8), np.empty(most, np.bool_)

    def fill(self, due_on: Integers, unpaid: Bools | None, band: Bytes, told: Bytes | None = None) -> None:
        """
        Tell band and days of one block.

        Args:
            due_on: `(n,)` day number of the oldest unpaid due date; only differences of days count.
            unpaid: `(n,)`, False for accounts that owe nothing: they are in band 0 and on no day. None: all owe.
            band: `(n,)`, filled with how many of the starts the days past due reach.
            told: `(n,)`, filled with 1 where the days past due are among those to be told.
        """
        if not self._bytes:
            self._compare(due_on, unpaid, band, told)
            return
        clipped, late = self._clipped[: len(due_on)], self._late[: len(due_on)]
        np.maximum(due_on, self._earliest, out=clipped)
        np.minimum(clipped, self._latest, out=clipped)
        np.subtract(self._latest, clipped, out=clipped)
        np.copyto(late, clipped, casting="unsafe")
        if unpaid is not None:
            np.multiply(late, unpaid.view(np.uint8), out=late)
        look_up(late, self._found, band)
        if told is not None:
            np.greater_equal(band, _TOLD_BIT, out=told.view(np.bool_))
        np.bitwise_and(band, _BAND_BITS, out=band)

    def _compare(self, due_on: Integers, unpaid: Bools | None, band: Bytes, told: Bytes | None) -> None:
        # Days past due reach a start when the due date lies at most so far ahead: no subtraction, no narrowing.
        reached = self._reached[: len(due_on)]
        ones = reached.view(np.uint8)
        band.fill(0)
        for start in self._starts:
            np.less_equal(due_on, self._as_of - start, out=reached)
            np.add(band, ones, out=band)
        if told is not None:
            told.fill(0)
            for day in self._days:
                np.equal(due_on, self._as_of - day, out=reached)
                np.bitwise_or(told, ones, out=told)
        if unpaid is not None:
            for each in (band, *(() if told is None else (told,))):
                np.multiply(each, unpaid.view(np.uint8), out=each)
