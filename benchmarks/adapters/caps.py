"""Contact caps: every account of a portfolio at once, and one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from collectkit.portfolio.contact_caps import RecentAttempts

__all__ = ["cap_check_and_record", "cap_check_columns", "cap_index"]


class _Index:
    """An index with the buffer that its answers are written into."""

    __slots__ = ("attempts", "flags")

    def __init__(self, attempts: RecentAttempts, n_debts: int) -> None:
        self.attempts = attempts
        self.flags = np.empty(n_debts, np.bool_)


def cap_index(debt_ids: Any, local_days: Any, n_debts: int, cap: int, days: int) -> _Index:
    """Build the index from the log in time order."""
    return _Index(RecentAttempts.of_log(debt_ids, local_days, n_debts, cap=cap, days=days), n_debts)


def cap_check_columns(index: _Index, today: int) -> Any:
    """Return for every debt whether it may be attempted today."""
    return index.attempts.may_attempt(today, out=index.flags)


def cap_check_and_record(index: _Index, debt_id: int, local_day: int) -> bool:
    """Record an attempt on one debt if it is allowed."""
    return index.attempts.check_and_record(debt_id, local_day)
