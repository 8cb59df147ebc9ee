"""Contact caps for a whole portfolio: which accounts may be attempted today, from one compare each.

A cap of N attempts in so many consecutive local days allows one more exactly when the N-th most recent attempt has left
the window. So for each account the days of its last N attempts are kept, as a ring, and the oldest of them stands in a
column of its own: the whole portfolio is then one compare of 4 bytes an account. Days are ordinals of local days, as the
law counts; the day of an attempt is day one.
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.errors import ValidationError

Days = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

NEVER: Final = np.iinfo(np.int32).min
"""Day of an attempt that was never made; every window is later."""


@attrs.frozen(eq=False, repr=False)
class RecentAttempts:
    """
    The days of the last attempts on each account, kept up to date by whoever records one.

    Attributes:
        cap: How many attempts fit into a window.
        days: Length of the window in consecutive local days.
        oldest: (n,) int32, the day of the cap-th most recent attempt of each account.
    """

    cap: int
    days: int
    oldest: Days
    _ring: Days
    _next: npt.NDArray[np.int32]
    # Views that give plain whole numbers: one account at a time must not pay for arrays.
    _oldest_view: memoryview = attrs.field(init=False)
    _ring_view: memoryview = attrs.field(init=False)
    _next_view: memoryview = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_oldest_view", self.oldest.data)
        object.__setattr__(self, "_ring_view", self._ring.reshape(-1).data)
        object.__setattr__(self, "_next_view", self._next.data)

    @classmethod
    def of_log(cls, accounts: npt.NDArray[np.int32], local_days: Days, n_accounts: int, *, cap: int, days: int) -> RecentAttempts:
        """
        Build the index from a log of attempts.

        Args:
            accounts: (m,) int32, the account of each attempt, 0 to *n_accounts* - 1.
            local_days: (m,) int32, the local day of each, as an ordinal; never falling within one account.
            n_accounts: How many accounts there are.
            cap: How many attempts fit into a window, at least 1.
            days: Length of the window in consecutive local days, at least 1.

        Raises:
            ValidationError: The arrays differ in length, an account does not exist, or *cap* or *days* is no whole number of at least 1.
        """
        if cap < 1 or days < 1:
            raise ValidationError(f"a cap and its window are at least 1, got {cap} in {days} days; no index was made")
        if accounts.shape != local_days.shape:
            raise ValidationError(f"each attempt has an account and a day, got {accounts.size} and {local_days.size}; no index was made")
        if accounts.size and not 0 <= int(accounts.min()) <= int(accounts.max()) < n_accounts:
            raise ValidationError(f"accounts are numbered from 0 to {n_accounts - 1}; no index was made")
        counts = np.bincount(accounts, minlength=n_accounts)
        ends = np.cumsum(counts)
        ordered = local_days[np.argsort(accounts, kind="stable")].astype(np.int32, copy=False)
        ring = np.full((n_accounts, cap), NEVER, np.int32)
        for back in range(min(cap, int(counts.max(initial=0)))):
            has = counts > back
            ring[has, cap - 1 - back] = ordered[ends[has] - 1 - back]
        return cls(cap, days, np.ascontiguousarray(ring[:, 0]), ring, np.zeros(n_accounts, np.int32))

    def may_attempt(self, today: int, out: Flags | None = None) -> Flags:
        """
        Return for each account whether one more attempt fits on the local day *today*.

        Args:
            today: The local day as an ordinal.
            out: (n,) bool, filled and returned when given.
        """
        return np.less_equal(self.oldest, np.int32(today - self.days), out=out)

    def fits(self, account: int, local_day: int) -> bool:
        """Tell whether one more attempt on *account* fits on *local_day*."""
        return self._oldest_view[account] <= local_day - self.days

    def record(self, account: int, local_day: int) -> None:
        """Record an attempt, whether or not there was room for it; days of one account never fall."""
        place = self._next_view[account]
        start = account * self.cap
        self._ring_view[start + place] = local_day
        place = place + 1 if place + 1 < self.cap else 0
        self._next_view[account] = place
        self._oldest_view[account] = self._ring_view[start + place]

    def check_and_record(self, account: int, local_day: int) -> bool:
        """Record an attempt if it fits, and tell whether it did."""
        if self._oldest_view[account] > local_day - self.days:
            return False
        self.record(account, local_day)
        return True


def may_attempt_from_log(accounts: npt.NDArray[np.int32], local_days: Days, n_accounts: int, *, cap: int, days: int, today: int) -> Flags:
    """
    Return for each account whether one more attempt fits on *today*, from the raw log alone.

    The arguments are those of `RecentAttempts.of_log`. A log in the order of days is cut by bisection; any other is read whole.
    """
    last_free = today - days
    if local_days.size and np.all(local_days[:-1] <= local_days[1:]):
        recent = accounts[np.searchsorted(local_days, np.int32(last_free), side="right") :]
    else:
        recent = accounts[local_days > last_free]
    return np.bincount(recent, minlength=n_accounts) < cap
