"""A night of payments over columns: every split written out, or one sum per account and the split when somebody asks.

Components stand in waterfall order, one row each, accounts side by side; which order that is was decided by whoever laid
the rows out. What comes out is what `collectkit.schedules.split` says of each account.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from collectkit._threads import share_out
from collectkit.errors import ValidationError

__all__ = ["PaidBook", "split_columns"]

Minor: TypeAlias = "npt.NDArray[np.int64]"

BLOCK = 32_768
"""Accounts worked on at a time: what is left of their payments stays in the processor's cache."""
_STRIDE = 8
"""So many components are split between two looks at how many payments have anything left."""
_FEW = 8
"""Payments that have anything left are followed one by one when fewer than one in so many do."""


def split_columns(due_minor: Minor, paid_minor: Minor, *, out: Minor | None = None, left: Minor | None = None) -> tuple[Minor, Minor]:
    """
    Put a payment against what is due, account by account; a large book is shared out to threads.

    Args:
        due_minor: `(m, n) int64`, what is unpaid of *m* components in waterfall order, none negative.
        paid_minor: `(n,) int64`, one payment an account, none negative.
        out: `(m, n) int64` to be filled and returned: what each component gets.
        left: `(n,) int64` to be filled and returned: what found nothing to pay.

    Raises:
        ValidationError: Arrays of other shapes; nothing was computed.

    Source:
        `collectkit.schedules.split`, which a test holds it to; whole minor units, nothing is rounded.
    """
    components, size = due_minor.shape
    applied = np.empty_like(due_minor) if out is None else out
    rest = np.empty(size, np.int64) if left is None else left
    if paid_minor.shape != (size,) or applied.shape != due_minor.shape or rest.shape != (size,):
        raise ValidationError(f"{size} payments and buffers of {components} x {size} are needed; nothing was computed")

    def split(accounts: slice) -> None:
        for start in range(accounts.start, accounts.stop, BLOCK):
            rows = slice(start, min(start + BLOCK, accounts.stop))
            np.copyto(rest[rows], paid_minor[rows])
            _split_block(due_minor[:, rows], rest[rows], applied[:, rows])

    share_out(split, size, 2 * components * due_minor.itemsize)
    return applied, rest


def _split_block(due: Minor, remaining: Minor, applied: Minor) -> None:
    """Split some payments, of which *remaining* keeps what is left; most end long before the last component."""
    components = len(due)
    for first in range(0, components, _STRIDE):
        if first and np.count_nonzero(remaining) * _FEW < len(remaining):
            _split_few(due[first:], remaining, applied[first:])
            return
        for component in range(first, min(first + _STRIDE, components)):
            part = applied[component]
            np.minimum(remaining, due[component], out=part)
            np.subtract(remaining, part, out=remaining)


def _split_few(due: Minor, remaining: Minor, applied: Minor) -> None:
    """Split what is left of a few payments: nothing of the others' dues is read."""
    places = np.flatnonzero(remaining)
    left = remaining[places]
    for component, (owed, gets) in enumerate(zip(due, applied, strict=True)):
        if not len(places):
            applied[component:] = 0
            return
        part = np.minimum(left, owed[places])
        gets[...] = 0
        gets[places] = part
        left -= part
        remaining[places] = left
        going = left != 0
        places, left = places[going], left[going]


@attrs.frozen(eq=False)
class PaidBook:
    """
    Many accounts whose state is one number each: the sum paid.

    Attributes:
        due_minor: `(m, n) int64`, what the contract asked of *m* components in waterfall order.
        paid_minor: `(n,) int64`, paid so far; changed by `post`.
    """

    due_minor: Minor
    paid_minor: Minor

    @classmethod
    def of(cls, due_minor: Minor) -> PaidBook:
        """Return the book before the first payment."""
        return cls(due_minor, np.zeros(due_minor.shape[1], np.int64))

    def post(self, paid_minor: Minor) -> None:
        """Post one payment an account: one addition each."""
        np.add(self.paid_minor, paid_minor, out=self.paid_minor)

    def split(self, *, out: Minor | None = None) -> Minor:
        """Return `(m, n) int64`: where all that was paid so far lies."""
        return split_columns(self.due_minor, self.paid_minor, out=out)[0]
