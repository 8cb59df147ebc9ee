"""The pieces of a night over columns: bands, segments and sums, one cached block after the other.

Whole numbers everywhere; output buffers are arguments, because fresh pages cost more than the arithmetic. Each piece says
what a scalar function says of one account, and a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from collectkit._byte_tables import Bytes, byte_table, look_up
from collectkit.delinquency import Buckets
from collectkit.errors import ValidationError
from collectkit.portfolio.lateness import Lateness
from collectkit.rules.columns import compile_table_columns
from collectkit.rules.tables import Table

__all__ = ["BLOCK", "SegmentSums", "Segments", "Sums", "age_and_segment", "blocks"]

BLOCK = 65_536
"""Accounts worked on at a time: what is computed on the way stays near the processor, and what each block costs at all is not felt."""

Integers: TypeAlias = "npt.NDArray[np.signedinteger[Any]]"
AnyColumn: TypeAlias = "npt.NDArray[Any]"

_ADDED = 32_768
"""Accounts added up at a time."""
_BOTH = 2**37
"""What an account counts as beside its amount: so many times `_ADDED` is still a whole number in floating point."""
_BOTH_WEIGHT = np.array(_BOTH, np.float64)

_INT32_MAX = 2**31 - 1


@attrs.frozen(eq=False)
class SegmentSums:
    """
    How many accounts and how much money stand in each segment.

    Attributes:
        counts: `(k,) int64`, one per rule of the table.
        totals: `(k,) int64`, minor units.
    """

    counts: npt.NDArray[np.int64]
    totals: npt.NDArray[np.int64]


class Sums:
    """Adds up accounts and amounts by segment, a block at a time, exactly."""

    def __init__(self, size: int) -> None:
        """Begin with nothing in *size* segments."""
        self._counts = np.zeros(size, np.int64)
        self._totals = np.zeros(size, np.int64)
        self._groups = np.empty(_ADDED, np.intp)
        self._weights = np.empty(_ADDED)
        self._narrow = np.empty(_ADDED, np.int32)

    def add(self, groups: Bytes, amounts: Integers) -> None:
        """Add one block: `(n,)` groups and `(n,)` amounts in minor units."""
        if not len(groups):
            return
        # No amount is more than all of them bit by bit together, unless one is below zero.
        most = int(np.bitwise_or.reduce(amounts))
        if most < 0:
            most = max(int(np.maximum.reduce(amounts)), -int(np.minimum.reduce(amounts)))
        for start in range(0, len(groups), _ADDED):
            part = slice(start, start + _ADDED)
            self._add(groups[part], amounts[part], most)

    def _add(self, groups: Bytes, amounts: Integers, most: int) -> None:
        """Add at most `_ADDED` accounts; none has more than *most* minor units, above or below zero."""
        size, k = len(groups), len(self._counts)
        ready, weights = self._groups[:size], self._weights[:size]
        np.copyto(ready, groups)
        if 2 * most * size >= _BOTH:
            self._counts += np.bincount(ready, minlength=k)
            np.add.at(self._totals, ready, amounts)
            return
        if amounts.dtype.itemsize > self._narrow.dtype.itemsize and most <= _INT32_MAX:
            # As 32 bits they become floats in a third of the time.
            np.copyto(self._narrow[:size], amounts, casting="same_kind")
            amounts = self._narrow[:size]
        # One pass for both: an account counts as so much money that the sum of the amounts stays below it.
        np.copyto(weights, amounts)
        np.add(weights, _BOTH_WEIGHT, out=weights)
        both = np.bincount(ready, weights=weights, minlength=k).astype(np.int64)
        counts = (both + _BOTH // 2) // _BOTH
        self._counts += counts
        self._totals += both - counts * _BOTH

    def result(self) -> SegmentSums:
        """Return the sums so far."""
        return SegmentSums(self._counts, self._totals)


def blocks(size: int) -> Iterator[slice]:
    """Yield slices that cover *size* rows, `BLOCK` at a time."""
    return (slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK))


def age_and_segment(
    due_on: Integers,
    outstanding_minor: Integers,
    facts: Mapping[str, AnyColumn],
    *,
    as_of: int,
    buckets: Buckets,
    segments: Table[int],
    bucket_fact: str = "bucket",
    outstanding_fact: str = "outstanding",
    out: tuple[Bytes, Bytes] | None = None,
) -> tuple[Bytes, Bytes, SegmentSums]:
    """
    Sort accounts into bands of lateness and into segments, and add up each segment.

    Args:
        due_on: `(n,)` day number of the oldest unpaid due date; only differences of days count. Not late: a day after *as_of*.
        outstanding_minor: `(n,)` minor units.
        facts: Further columns that the table may name, `(n,)` each, as `collectkit.rules.columns` takes them.
        as_of: Day number of the business date.
        buckets: Bands of days past due, at most 255.
        segments: The first rule that holds gives the number of the segment, from 0; it may name the band and what is outstanding.
        bucket_fact: Name of the band's number in the table.
        outstanding_fact: Name of the amount in the table.
        out: Two arrays `(n,) uint8` to be filled and returned.

    Returns:
        The position of each account's band in `buckets.names`; the number of its segment; the sums.

    Raises:
        ValidationError: Columns of several lengths, too many bands or more than 256 segments; nothing was computed.

    Source:
        `collectkit.standing.Standing.days_past_due` and `collectkit.delinquency.Buckets`, which a test holds it to; whole
        days, nothing is rounded.
    """
    size = len(due_on)
    table = Segments(segments, buckets)
    band, segment = out if out is not None else (np.empty(size, np.uint8), np.empty(size, np.uint8))
    if {len(outstanding_minor), len(band), len(segment), *map(len, facts.values())} - {size}:
        raise ValidationError(f"columns and buffers of {size} accounts are needed; nothing was computed")
    columns = {**facts, bucket_fact: band, outstanding_fact: outstanding_minor}
    block = min(BLOCK, size)
    late = Lateness(buckets.starts, as_of, due_on.dtype, most=block)
    deciding, sums = table.over(columns, most=block), Sums(table.size)
    for rows in blocks(size):
        held, numbers = band[rows], segment[rows]
        late.fill(due_on[rows], None, held)
        deciding(rows, numbers)
        sums.add(numbers, outstanding_minor[rows])
    return band, segment, sums.result()


class Segments:
    """
    A table of segments for blocks of columns.

    Attributes:
        size: One more than the highest number of a segment.

    Raises:
        ValidationError: Too many bands, rules or segments for one byte.
    """

    def __init__(self, table: Table[int], buckets: Buckets) -> None:
        leaves = [leaf for _, leaf in table.rules]
        if len(buckets.names) > 256 or len(leaves) > 256 or not all(type(leaf) is int and 0 <= leaf < 256 for leaf in leaves):
            raise ValidationError(
                f"at most 256 bands, and segments numbered 0 to 255, fit, got {len(buckets.names)} and {leaves}; nothing was computed"
            )
        self.size = max(leaves) + 1
        self._names = table.names
        self._deciding = compile_table_columns(table)
        self._leaves = None if leaves == list(range(len(leaves))) else byte_table(leaves)

    def over(self, columns: Mapping[str, AnyColumn], *, each_block: Collection[str] = (), most: int) -> Callable[[slice, Bytes], None]:
        """
        Return what puts into a buffer the segment of each of some rows.

        Arguments and errors are those of `collectkit.rules.columns.ColumnTable.over`; columns that the table does not name are
        left alone.
        """
        deciding = self._deciding.over({name: columns[name] for name in self._names & set(columns)}, each_block=each_block, most=most)
        leaves = self._leaves
        if leaves is None:
            return deciding.fill

        def fill(rows: slice, out: Bytes) -> None:
            deciding.fill(rows, out)
            look_up(out, leaves, out)

        return fill
