"""The night of a whole book as one pass over columns: post, age, band, segment, remind, act, report.

For books of equal installments at equal distances, which is what pay in n is. An account's state is one number, the sum
paid: how many installments that covers is counted, and everything else follows. What needs an object (a promise to judge, a
message to write) is not done here: the reminders and actions that come out are the work list for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.delinquency import Buckets
from collectkit.errors import ValidationError
from collectkit.portfolio.kernel import BLOCK, AnyColumn, Bools, Bytes, Integers, Segments, SegmentSums, Sums, blocks, fill_bands
from collectkit.rules.tables import Table

__all__ = ["Night", "NightColumns", "NightRules", "open_zones", "run_columns"]

Days: TypeAlias = "npt.NDArray[np.int32]"

_DAY_MINUTES = 24 * 60
_FAR = 1 << 24
"""Days by which a settled account is moved ahead: it is in no band and on no day of a reminder."""

_INT32_MAX = 2**31 - 1


@attrs.frozen(eq=False)
class NightColumns:
    """
    A book of equal installments, `(n,)` each.

    Attributes:
        installment_minor: One installment, more than zero, minor units.
        paid_minor: Paid so far, never negative.
        first_due_on: Day number of the first due date.
        attempted_on: Local day number of the attempt that fills the contact cap: the seventh most recent for seven in seven days.
        zone: Number of the account's time zone.
        facts: Further columns that the segments may name.
    """

    installment_minor: Integers
    paid_minor: Integers
    first_due_on: Integers
    attempted_on: Integers
    zone: npt.NDArray[np.unsignedinteger[Any]]
    facts: Mapping[str, AnyColumn]

    def __attrs_post_init__(self) -> None:
        sizes = {len(self.paid_minor), len(self.first_due_on), len(self.attempted_on), len(self.zone), *map(len, self.facts.values())}
        if sizes != {len(self.installment_minor)}:
            raise ValidationError(f"all columns of a night have one length, got {sorted(sizes)}; nothing was computed")

    def __len__(self) -> int:
        return len(self.installment_minor)


@attrs.frozen
class NightRules:
    """
    What a night is run by.

    Attributes:
        as_of: Day number of the business date.
        installments: How many installments each account has, 1 to 255.
        every_days: Days between two due dates.
        buckets: Bands of days past due.
        segments: The first rule that holds gives the number of the segment; it may name the band and what is outstanding.
        remind_on: Days past due on which a reminder goes out; negative before the due date.
        attempted_until: An attempt that fills the cap leaves room when it lies on this local day or before.
        zones_open: 1 for each zone in which contact is allowed now, 0 for the others; see `open_zones`.
        actions: One per segment, what is done when contact is allowed.
        wait: What is done when it is not.
        bucket_fact: Name of the band's number in the table.
        outstanding_fact: Name of the amount in the table.
    """

    as_of: int
    installments: int
    every_days: int
    buckets: Buckets
    segments: Table[int]
    remind_on: tuple[int, ...]
    attempted_until: int
    zones_open: tuple[int, ...]
    actions: tuple[int, ...]
    wait: int
    bucket_fact: str = "bucket"
    outstanding_fact: str = "outstanding"

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.installments <= 255 or self.every_days < 1:
            raise ValidationError(
                f"1 to 255 installments at a distance are needed, got {self.installments} every {self.every_days}; nothing was computed"
            )
        if not self.actions or not all(0 <= code < 256 for code in (*self.actions, self.wait)):
            raise ValidationError(f"actions are numbers from 0 to 255, got {self.actions} and {self.wait}; nothing was computed")


@attrs.frozen(eq=False)
class Night:
    """
    What a night decides, `(n,) uint8` each, and the report.

    Attributes:
        bucket: Position of the band in `buckets.names`.
        segment: Number of the segment.
        remind: 1 when a reminder is due today.
        action: What to do.
        sums: Accounts and outstanding amount of each segment; the last block's sums are in.
    """

    bucket: Bytes
    segment: Bytes
    remind: Bytes
    action: Bytes
    sums: SegmentSums | None = None

    @classmethod
    def buffers(cls, size: int) -> Night:
        """Return empty columns, to be kept between runs: fresh pages cost more than the arithmetic."""
        bucket, segment, remind, action = (np.empty(size, np.uint8) for _ in range(4))
        return cls(bucket, segment, remind, action)


def open_zones(zone_minutes: Sequence[int], send_at: int, hours: tuple[int, int]) -> tuple[int, ...]:
    """
    Tell for each zone whether it is within contact hours at one instant.

    Args:
        zone_minutes: Offset from UTC at that instant, in minutes, one a zone.
        send_at: Minute of the day, in UTC.
        hours: First minute of the local day that is allowed, and first that is not.
    """
    start, end = hours
    return tuple(int(start <= (send_at + offset) % _DAY_MINUTES < end) for offset in zone_minutes)


def run_columns(
    book: NightColumns,
    rules: NightRules,
    *,
    payments: tuple[npt.NDArray[np.integer[Any]], Integers] | None = None,
    out: Night | None = None,
) -> Night:
    """
    Run the night; the columns that come in stay as they are.

    Args:
        book: The accounts.
        rules: What it is run by.
        payments: Positions of accounts and minor units paid today; an account may pay more than once.
        out: Columns to be filled, such as `Night.buffers` gives.

    Raises:
        ValidationError: Buffers of another length, amounts beyond 32 bits in 32-bit columns, or an installment of nothing.
    """
    size = len(book)
    night = Night.buffers(size) if out is None else out
    if len(night.bucket) != size:
        raise ValidationError(f"buffers of {size} accounts are needed, got {len(night.bucket)}; nothing was computed")
    paid = book.paid_minor
    if payments is not None:
        paid = paid.copy()
        np.add.at(paid, payments[0], payments[1].astype(paid.dtype, copy=False))
    if size:
        _check_amounts(book, rules)
    worker = _Worker(rules, min(BLOCK, size), book.installment_minor.dtype)
    for rows in blocks(size):
        worker.block(book, paid, rows, night)
    return attrs.evolve(night, sums=worker.sums.result())


class _Worker:
    """The scratch arrays of one run."""

    def __init__(self, rules: NightRules, size: int, dtype: np.dtype[Any]) -> None:
        self.rules = rules
        self.segments = Segments(rules.segments, rules.buckets)
        self.sums = Sums(self.segments.size)
        self.zones = np.array(rules.zones_open, np.uint8)
        self.actions = np.array(rules.actions, np.uint8)
        if len(self.actions) < self.segments.size:
            raise ValidationError(f"{self.segments.size} segments need as many actions, got {len(self.actions)}; nothing was computed")
        self._left, self._covered = np.empty(size, dtype), np.empty(size, dtype)
        self._due, self._step = np.empty(size, np.int32), np.empty(size, np.int32)
        self._reached, self._byte = np.empty(size, np.bool_), np.empty(size, np.uint8)

    def block(self, book: NightColumns, paid: Integers, rows: slice, night: Night) -> None:
        """Do everything for one block while it is in the cache."""
        rules, k = self.rules, rows.stop - rows.start
        left, due, reached, byte = self._left[:k], self._due[:k], self._reached[:k], self._byte[:k]
        self._oldest_unpaid(book.installment_minor[rows], paid[rows], book.first_due_on[rows], k)
        bucket, segment = night.bucket[rows], night.segment[rows]
        fill_bands(due, rules.buckets.starts, rules.as_of, bucket, reached)
        facts = {name: column[rows] for name, column in book.facts.items()}
        self.segments.fill({**facts, rules.bucket_fact: bucket, rules.outstanding_fact: left}, segment)
        self._remind(due, night.remind[rows], reached)
        np.less_equal(book.attempted_on[rows], rules.attempted_until, out=reached)
        np.take(self.zones, book.zone[rows], out=byte, mode="clip")
        self._act(segment, byte, reached, night.action[rows])
        self.sums.add(segment, left)

    def _oldest_unpaid(self, installment: Integers, paid: Integers, first: Integers, k: int) -> None:
        """Find what is left and the oldest due date that the sum paid does not cover."""
        rules = self.rules
        left, covered, due, step = self._left[:k], self._covered[:k], self._due[:k], self._step[:k]
        count, reached = self._byte[:k], self._reached[:k]
        ones = reached.view(np.uint8)
        np.copyto(covered, installment)
        count.fill(0)
        for _ in range(1, rules.installments):
            np.greater_equal(paid, covered, out=reached)
            np.add(count, ones, out=count)
            np.add(covered, installment, out=covered)
        np.copyto(step, count)
        step *= rules.every_days
        np.add(first, step, out=due, casting="same_kind")
        np.greater_equal(paid, covered, out=reached)
        np.copyto(step, ones)
        step *= _FAR
        due += step
        np.subtract(covered, paid, out=left)

    def _remind(self, due: Days, remind: Bytes, reached: Bools) -> None:
        remind.fill(0)
        for days in self.rules.remind_on:
            np.equal(due, self.rules.as_of - days, out=reached)
            np.bitwise_or(remind, reached.view(np.uint8), out=remind)

    def _act(self, segment: Bytes, allowed: Bytes, room: Bools, action: Bytes) -> None:
        allowed &= room.view(np.uint8)
        np.take(self.actions, segment, out=action, mode="clip")
        # Bytes are faster to multiply than to choose among: the action where allowed, else the waiting one.
        action *= allowed
        allowed ^= 1
        allowed *= np.uint8(self.rules.wait)
        action += allowed


def _check_amounts(book: NightColumns, rules: NightRules) -> None:
    if int(book.installment_minor.min()) < 1 or int(book.paid_minor.min()) < 0:
        raise ValidationError("installments are more than zero and nobody paid less than nothing; nothing was computed")
    if int(book.zone.max()) >= len(rules.zones_open):
        raise ValidationError(f"{len(rules.zones_open)} zones are known, got number {int(book.zone.max())}; nothing was computed")
    if book.installment_minor.dtype.itemsize < 8 and int(book.installment_minor.max()) * rules.installments > _INT32_MAX:
        raise ValidationError("the price of an account is beyond 32 bits: give the columns as int64; nothing was computed")
    reach = rules.every_days * rules.installments + _FAR
    if max(abs(int(book.first_due_on.max())), abs(int(book.first_due_on.min())), abs(rules.as_of)) > _INT32_MAX - reach:
        raise ValidationError("a due date is beyond the calendar; nothing was computed")
