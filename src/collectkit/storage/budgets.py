"""The arithmetic of a contact budget: at most so many in so many consecutive local days.

A store keeps every day that was spent. Forgetting old ones would let a contact that is recorded late, or a rule
whose window grew, exceed a cap unseen; and the cap itself keeps the list short.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from collectkit.actions import Spend


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


class BudgetRows(ABC):
    """The budgets of a unit whose store keeps one row for each: the days that were spent, and a version that guards them."""

    @abstractmethod
    def _hold_budgets(self, spends: Sequence[Spend]) -> None:
        """Keep others from these rows until the unit ends."""

    @abstractmethod
    def _budget(self, spend: Spend) -> tuple[list[int], int | None]:
        """Return the days spent, and the version of the row; None when there is no row."""

    @abstractmethod
    def _write_budget(self, spend: Spend, days: list[int], used: int, version: int | None) -> bool:
        """Write one budget row if it is still at *version* and *used* fits under the cap; one conditional statement."""

    def spend(self, spends: Sequence[Spend]) -> Spend | None:
        """Spend all of these, or none; return the first that does not fit."""
        self._hold_budgets(spends)
        done: list[Spend] = []
        for spend in spends:
            days, version = self._budget(spend)
            day = spend.day.toordinal()
            if not self._write_budget(spend, [*days, day], fullest_window(days, day, spend.days), version):
                self.refund(done)
                return spend
            done.append(spend)
        return None

    def refund(self, spends: Sequence[Spend]) -> None:
        """Give back what was spent on these days."""
        self._hold_budgets(spends)
        for spend in spends:
            days, version = self._budget(spend)
            day = spend.day.toordinal()
            if day in days:
                days.remove(day)
                used = max((fullest_window(days, other, spend.days) - 1 for other in days), default=0)
                self._write_budget(spend, days, min(used, spend.cap), version)

    def count(self, spends: Sequence[Spend]) -> None:
        """Spend even above the cap: the contact was made elsewhere."""
        self._hold_budgets(spends)
        for spend in spends:
            days, version = self._budget(spend)
            day = spend.day.toordinal()
            used = min(fullest_window(days, day, spend.days), spend.cap)
            self._write_budget(spend, [*days, day], used, version)
