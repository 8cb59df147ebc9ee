"""The arithmetic of a contact budget: at most so many in so many consecutive local days.

A store keeps every day that was spent. Forgetting old ones would let a contact that is recorded late, or a rule
whose window grew, exceed a cap unseen; and the cap itself keeps the list short.
"""

from __future__ import annotations

from collections.abc import Iterable


def fullest_window(days: Iterable[int], day: int, length: int) -> int:
    """
    Return how many of *days* the fullest window of *length* consecutive days that holds *day* has, *day* itself included once more.

    Args:
        days: Day numbers already spent, in any order, one entry a contact.
        day: Day number of one more contact.
        length: Days in a window; the day of a contact is day one.

    >>> fullest_window([1, 1, 2], day=7, length=7)
    4
    >>> fullest_window([1, 1, 2], day=8, length=7)
    2
    """
    near = [spent for spent in days if abs(spent - day) < length]
    ends = {day, *(spent for spent in near if spent > day)}
    return 1 + max(sum(end - length < spent <= end for spent in near) for end in ends)
