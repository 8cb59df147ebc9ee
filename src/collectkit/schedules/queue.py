"""Dues in the order in which they are paid, with running totals: one payment costs a search and a slice, however long the plan is.

`queue` lays the order of a waterfall out once; `PaymentQueue.take` then says what any payment of that day settles, the
same as `collectkit.schedules.split` would. What was paid before is one number, a cursor into the running totals.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from itertools import accumulate

from collectkit.errors import PolicyError, ValidationError
from collectkit.schedules._folding.pouring import path
from collectkit.schedules.waterfall import Dues, Split, Waterfall

__all__ = ["PaymentQueue", "queue"]

_new = tuple.__new__


class PaymentQueue:
    """
    What is owed on a day, in the order in which it is paid; made by `queue`, and never changed.

    Attributes:
        pairs: Position in `Dues.owed` and minor units, in that order; no zeros.
        total: Minor units in all.
    """

    __slots__ = ("_ends", "_slots", "pairs", "total")

    def __init__(self, pairs: tuple[tuple[int, int], ...]) -> None:
        self.pairs = pairs
        self._ends = tuple(accumulate(minor for _, minor in pairs))
        self._slots = tuple(slot for slot, _ in pairs)
        self.total = self._ends[-1] if self._ends else 0

    def take(self, amount: int, paid: int = 0) -> Split:
        """
        Return where a payment goes.

        Args:
            amount: Minor units, not negative.
            paid: Minor units that were paid before on that day, not more than `total`.

        Raises:
            ValidationError: One of them is negative, or more was paid before than there is.
        """
        if paid or amount < 0:
            return self._from(amount, paid)
        ends = self._ends
        whole = bisect_right(ends, amount)
        if whole == len(ends):
            return _new(Split, (self.pairs, amount - self.total))
        rest = amount - ends[whole - 1] if whole else amount
        if rest:
            # Unpacking would go through a list, which costs as much as all the rest.
            return _new(Split, (self.pairs[:whole] + ((self._slots[whole], rest),), 0))  # noqa: RUF005
        return _new(Split, (self.pairs[:whole], 0))

    def _from(self, amount: int, paid: int) -> Split:
        """Return where a payment goes after so much was paid."""
        if amount < 0 or not 0 <= paid <= self.total:
            raise ValidationError(
                f"a payment of {amount} after {paid}: neither is negative, and at most {self.total} was paid before; nothing was split"
            )
        until, first = paid + amount, bisect_right(self._ends, paid)
        reach = min(until, self.total)
        if reach == paid:
            return Split((), until - paid)
        last = bisect_left(self._ends, reach)
        slot, _ = self.pairs[first]
        if first == last:
            return Split(((slot, reach - paid),), until - reach)
        head, tail = (slot, self._ends[first] - paid), (self.pairs[last][0], reach - self._ends[last - 1])
        return Split((head, *self.pairs[first + 1 : last], tail), until - reach)


def queue(dues: Dues, waterfall: Waterfall, on: date) -> PaymentQueue:
    """
    Lay out what is owed in the order of a waterfall.

    Args:
        dues: What is owed on that day.
        waterfall: In which order; one that shares money in advance in equal parts has no order that is fixed beforehand.
        on: Value date of the payments; what is due on it is due, and not yet past due.

    Raises:
        PolicyError: The waterfall shares money in advance in equal parts.

    Source:
        That of the waterfall. Whole minor units; nothing is rounded.

    >>> from collectkit.schedules.waterfall import INSTALLMENT_FIRST
    >>> dues = Dues((date(2026, 9, 1), date(2026, 9, 15)), (0, 700, 0, 5000, 0, 0, 0, 0, 5000, 0))
    >>> owed = queue(dues, INSTALLMENT_FIRST, date(2026, 9, 10))
    >>> owed.take(6000)
    Split(taken=((1, 700), (3, 5000), (8, 300)), unapplied=0)
    >>> owed.take(1000, paid=6000)
    Split(taken=((8, 1000),), unapplied=0)
    """
    if waterfall.future == "reamortize":
        raise PolicyError("a waterfall that shares in equal parts has no fixed order; split each payment instead; nothing was laid out")
    order = path(dues.due_on, dues.days, dues.present, waterfall, on)
    return PaymentQueue(tuple((slot, dues.owed[slot]) for slot in order if dues.owed[slot]))
