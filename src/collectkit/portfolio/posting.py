"""What was paid today, ready to be posted to one block of accounts after the other."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.errors import ValidationError

__all__ = ["PaidToday"]

Integers: TypeAlias = "npt.NDArray[np.integer[Any]]"


@attrs.frozen(eq=False)
class PaidToday:
    """
    The payments of a day, one sum for each account that paid.

    Attributes:
        accounts: `(m,)` positions, rising.
        minor: `(m,) int64`, minor units; less than zero where more was taken back than paid.
    """

    accounts: npt.NDArray[np.intp]
    minor: npt.NDArray[np.int64]
    # A view that gives plain whole numbers: two are looked for in each block.
    _positions: memoryview = attrs.field(init=False)

    @_positions.default
    def _view(self) -> memoryview:
        return self.accounts.data

    @classmethod
    def of(cls, accounts: Integers, minor: Integers, size: int) -> PaidToday:
        """
        Add up payments, which come in any order, by account.

        Args:
            accounts: `(p,)` positions of accounts.
            minor: `(p,)` minor units.
            size: How many accounts there are.

        Raises:
            ValidationError: The arrays differ in length, or a position is no account; nothing was computed.
        """
        if accounts.shape != minor.shape or accounts.ndim != 1:
            raise ValidationError(
                f"each payment has an account and an amount, got {accounts.shape} and {minor.shape}; nothing was computed"
            )
        sums = minor.astype(np.int64, copy=False)
        if not np.all(accounts[1:] > accounts[:-1]):
            order = np.argsort(accounts)
            accounts = accounts[order]
            starts = np.flatnonzero(np.concatenate(([True], accounts[1:] != accounts[:-1])))
            accounts, sums = accounts[starts], np.add.reduceat(sums[order], starts)
        if accounts.size and not 0 <= int(accounts[0]) <= int(accounts[-1]) < size:
            raise ValidationError(
                f"accounts stand at 0 to {size - 1}, got payments of {accounts[0]} to {accounts[-1]}; nothing was computed"
            )
        return cls(accounts.astype(np.intp, copy=False), sums)

    def post(self, paid_minor: npt.NDArray[np.signedinteger[Any]], rows: slice, out: npt.NDArray[np.signedinteger[Any]]) -> None:
        """
        Put into *out* the sums paid of some rows, today's included.

        Args:
            paid_minor: `(k,)` paid before, of these rows.
            rows: Which, counted over all.
            out: `(k,)`, of the type of *paid_minor*.

        Raises:
            ValidationError: A sum does not fit into the type.
        """
        np.copyto(out, paid_minor)
        first = bisect_left(self._positions, rows.start)
        last = bisect_left(self._positions, rows.stop, first)
        if first == last:
            return
        places = self.accounts[first:last] - rows.start
        sums = out[places] + self.minor[first:last]
        limits = np.iinfo(out.dtype)
        if not limits.min <= int(sums.min()) <= int(sums.max()) <= limits.max:
            raise ValidationError(f"the sum paid by an account is beyond {out.dtype}: give the columns as int64; no night was computed")
        out[places] = sums
