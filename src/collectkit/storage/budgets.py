"""The arithmetic of a contact budget: at most so many in so many consecutive local days."""

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


def keep(days: Iterable[int], day: int, length: int) -> list[int]:
    """Return the days that can still matter once *day* has come, sorted, with *day* added."""
    return sorted([*(spent for spent in days if spent > day - 2 * length), day])
