"""The pieces of a night over columns: bands, segments and sums, one cached block after the other.

Whole numbers everywhere; output buffers are arguments, because fresh pages cost more than the arithmetic. Each piece says
what a scalar function says of one account, and a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.delinquency import Buckets
from collectkit.errors import ValidationError
from collectkit.rules.columns import ColumnTable, compile_table_columns
from collectkit.rules.tables import Table

__all__ = ["BLOCK", "SegmentSums", "Segments", "Sums", "age_and_segment", "blocks", "fill_bands"]

BLOCK = 32_768
"""Accounts worked on at a time: what is computed on the way stays in the processor's cache."""

Bytes: TypeAlias = "npt.NDArray[np.uint8]"
Bools: TypeAlias = "npt.NDArray[np.bool_]"
Integers: TypeAlias = "npt.NDArray[np.signedinteger[Any]]"
AnyColumn: TypeAlias = "npt.NDArray[Any]"

_BOTH = 2**37
"""What an account counts as beside its amount: so many times `BLOCK` is still a whole number in floating point."""


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
        self._counts = np.zeros(size, np.int64)
        self._totals = np.zeros(size, np.int64)
        self._groups = np.empty(BLOCK, np.intp)
        self._weights = np.empty(BLOCK)

    def add(self, groups: Bytes, amounts: Integers) -> None:
        """Add one block: `(n,)` groups and `(n,)` amounts in minor units, at most `BLOCK` of them."""
        size, k = len(groups), len(self._counts)
        if not size:
            return
        ready, weights = self._groups[:size], self._weights[:size]
        ready[:] = groups
        most = max(int(amounts.max()), -int(amounts.min())) * size
        if 2 * most < _BOTH:
            # One pass for both: an account counts as so much money that the sum of the amounts stays below it.
            weights[:] = amounts
            weights += _BOTH
            both = np.bincount(ready, weights=weights, minlength=k).astype(np.int64)
            counts = (both + _BOTH // 2) // _BOTH
            self._counts += counts
            self._totals += both - counts * _BOTH
            return
        self._counts += np.bincount(ready, minlength=k)
        np.add.at(self._totals, ready, amounts)

    def result(self) -> SegmentSums:
        """Return the sums so far."""
        return SegmentSums(self._counts, self._totals)


def blocks(size: int) -> Iterator[slice]:
    """Yield slices that cover *size* rows, `BLOCK` at a time."""
    return (slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK))


def fill_bands(due_on: Integers, starts: Sequence[int], as_of: int, out: Bytes, reached: Bools) -> None:
    """
    Put into *out* how many of *starts* the days past due of each account reach.

    Args:
        due_on: `(n,)` day number of the oldest unpaid due date.
        starts: Days past due, rising.
        as_of: Day number of the business date.
        out: `(n,) uint8`.
        reached: `(n,) bool`, overwritten.
    """
    # Days past due reach a start when the due date lies at most so far ahead: no subtraction, no narrowing.
    ones = reached.view(np.uint8)
    np.less_equal(due_on, as_of - starts[0], out=reached)
    out[:] = ones
    for start in starts[1:]:
        np.less_equal(due_on, as_of - start, out=reached)
        np.add(out, ones, out=out)


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
    used = {name: facts[name] for name in segments.names if name in facts}
    reached, sums = np.empty(min(BLOCK, size), np.bool_), Sums(table.size)
    for rows in blocks(size):
        held, amounts = band[rows], outstanding_minor[rows]
        fill_bands(due_on[rows], buckets.starts, as_of, held, reached[: len(held)])
        block = {name: column[rows] for name, column in used.items()}
        table.fill({**block, bucket_fact: held, outstanding_fact: amounts}, segment[rows])
        sums.add(segment[rows], amounts)
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
        self._deciding: ColumnTable = compile_table_columns(table)
        self._leaves = None if leaves == list(range(len(leaves))) else np.array(leaves, np.uint8)

    def fill(self, columns: Mapping[str, AnyColumn], out: Bytes) -> None:
        """Put into *out* the segment of each row of a block."""
        self._deciding(columns, out=out)
        if self._leaves is not None:
            np.take(self._leaves, out, out=out, mode="clip")
