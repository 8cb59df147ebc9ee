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

from collectkit._byte_tables import Bytes, byte_table, constant, look_up, overwrite
from collectkit.delinquency import Buckets
from collectkit.errors import ValidationError
from collectkit.portfolio.kernel import BLOCK, AnyColumn, Integers, Segments, SegmentSums, Sums, blocks
from collectkit.portfolio.lateness import Lateness
from collectkit.portfolio.posting import PaidToday
from collectkit.rules.tables import Table

__all__ = ["Night", "NightColumns", "NightRules", "open_zones", "run_columns"]

Days: TypeAlias = "npt.NDArray[np.int32]"

_DAY_MINUTES = 24 * 60
_NO_NIGHT = "no night was computed, and what was filled so far is not to be used"

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
        if not 1 <= self.installments <= 255 or not 1 <= self.every_days <= _INT32_MAX // 255:
            raise ValidationError(
                f"1 to 255 installments at a distance of days are needed, got {self.installments} every {self.every_days} days; "
                "nothing was computed"
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
        ValidationError: Buffers of another length; payments of no account; amounts beyond 32 bits in 32-bit columns; an
            installment of nothing, or less than nothing paid. What *out* holds then is no night.
    """
    size = len(book)
    night = Night.buffers(size) if out is None else out
    if len(night.bucket) != size:
        raise ValidationError(f"buffers of {size} accounts are needed, got {len(night.bucket)}; nothing was computed")
    worker = _Worker(book, rules, None if payments is None else PaidToday.of(*payments, size), night)
    for rows in blocks(size):
        worker.block(rows)
    return attrs.evolve(night, sums=worker.sums.result())


class _Worker:
    """The scratch arrays of one run."""

    def __init__(self, book: NightColumns, rules: NightRules, payments: PaidToday | None, night: Night) -> None:
        self.book, self.rules, self.payments, self.night = book, rules, payments, night
        size, dtype = min(BLOCK, len(book)), book.installment_minor.dtype
        segments = Segments(rules.segments, rules.buckets)
        if len(rules.actions) < segments.size:
            raise ValidationError(f"{segments.size} segments need as many actions, got {len(rules.actions)}; nothing was computed")
        self.sums = Sums(segments.size)
        self.shut = np.array([not open for open in rules.zones_open], np.uint8)
        # Arrays of no dimension, which NumPy need not convert for each block.
        self.wait, self.every_days = np.array(rules.wait, np.uint8), np.array(rules.every_days, np.int32)
        self.attempted_until = constant(rules.attempted_until, book.attempted_on.dtype)
        self.shut_table, self.actions = byte_table(self.shut[:256].tolist()), byte_table(rules.actions[:256])
        # Few and used again for what comes later, so that they stay in the cache.
        self._left, self._paid, self._due = np.empty(size, dtype), np.empty(size, book.paid_minor.dtype), np.empty(size, np.int32)
        self._step = self._paid if self._paid.dtype == np.int32 else np.empty(size, np.int32)
        self.late = Lateness(rules.buckets.starts, rules.as_of, np.dtype(np.int32), most=size, days=rules.remind_on, buffer=self._due)
        self._reached, self._unpaid, self._byte = np.empty(size, np.bool_), np.empty(size, np.bool_), np.empty(size, np.uint8)
        columns = {**book.facts, rules.bucket_fact: night.bucket, rules.outstanding_fact: self._left}
        self._segment = segments.over(columns, each_block={rules.outstanding_fact}, most=size)

    def block(self, rows: slice) -> None:
        """Do everything for one block while it is in the cache."""
        book, rules, night, k = self.book, self.rules, self.night, rows.stop - rows.start
        installment, first, zone = book.installment_minor[rows], book.first_due_on[rows], book.zone[rows]
        paid = book.paid_minor[rows]
        if self.payments is not None:
            self.payments.post(paid, rows, self._paid[:k])
            paid = self._paid[:k]
        _check(rules, installment, paid, first, zone)
        self._oldest_unpaid(installment, paid, first, k)
        self.late.fill(self._due[:k], self._unpaid[:k], night.bucket[rows], night.remind[rows])
        segment = night.segment[rows]
        self._segment(rows, segment)
        self._act(segment, zone, book.attempted_on[rows], night.action[rows])
        self.sums.add(segment, self._left[:k])

    def _oldest_unpaid(self, installment: Integers, paid: Integers, first: Integers, k: int) -> None:
        """Find what is left, whether anything is unpaid, and the oldest due date that the sum paid does not cover, if so."""
        covered, due, step = self._left[:k], self._due[:k], self._step[:k]
        count, reached = self._byte[:k], self._reached[:k]
        ones = reached.view(np.uint8)
        if self.rules.installments == 1:
            np.copyto(covered, installment)
            count.fill(0)
        else:
            np.greater_equal(paid, installment, out=count.view(np.bool_))
            np.add(installment, installment, out=covered)
        for _ in range(2, self.rules.installments):
            np.greater_equal(paid, covered, out=reached)
            np.add(count, ones, out=count)
            np.add(covered, installment, out=covered)
        np.less(paid, covered, out=self._unpaid[:k])
        # What is not covered is left; the sum paid has served and may be overwritten by the days.
        np.subtract(covered, paid, out=covered)
        np.copyto(step, count)
        np.multiply(step, self.every_days, out=step)
        np.add(first, step, out=due, casting="same_kind")

    def _act(self, segment: Bytes, zone: npt.NDArray[np.unsignedinteger[Any]], attempted_on: Integers, action: Bytes) -> None:
        """Choose the action of the segment where contact is allowed now, else to wait."""
        refused, shut = self._reached[: len(segment)], self._byte[: len(segment)]
        if len(self.shut) <= 256:
            np.copyto(shut, zone, casting="same_kind")
            look_up(shut, self.shut_table, shut)
        else:
            np.take(self.shut, zone, out=shut, mode="clip")
        np.greater(attempted_on, self.attempted_until, out=refused)
        np.logical_or(refused, shut.view(np.bool_), out=refused)
        look_up(segment, self.actions, action)
        overwrite(action, self.wait, refused, shut)


def _check(rules: NightRules, installment: Integers, paid: Integers, first: Integers, zone: npt.NDArray[np.unsignedinteger[Any]]) -> None:
    least, most = np.minimum.reduce, np.maximum.reduce
    if int(least(installment)) < 1 or int(least(paid)) < 0:
        raise ValidationError(f"installments are more than zero and nobody paid less than nothing; {_NO_NIGHT}")
    if int(most(zone)) >= len(rules.zones_open):
        raise ValidationError(f"{len(rules.zones_open)} zones are known, got number {int(most(zone))}; {_NO_NIGHT}")
    if installment.dtype.itemsize < 8 and int(most(installment)) * rules.installments > _INT32_MAX:
        raise ValidationError(f"the price of an account is beyond 32 bits: give the columns as int64; {_NO_NIGHT}")
    before = -int(least(first)) if first.dtype.itemsize > 4 else 0
    if max(int(most(first)) + rules.every_days * rules.installments, before) > _INT32_MAX:
        raise ValidationError(f"a due date is beyond the calendar; {_NO_NIGHT}")
