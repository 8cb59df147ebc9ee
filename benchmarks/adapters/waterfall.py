"""The waterfall: a night of payments in columns, posted only or with every split."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from collectkit.portfolio.waterfall import PaidBook, split_columns

__all__ = ["allocate_payments_columns", "payment_split", "payment_state", "post_payments"]

payment_state = PaidBook.of
post_payments = PaidBook.post
payment_split = PaidBook.split


@lru_cache(maxsize=1)
def _left(size: int) -> np.ndarray:
    """Return the column that a host keeps between its runs."""
    return np.empty(size, np.int64)


def allocate_payments_columns(due: np.ndarray, pay: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Fill *out* with every split."""
    return split_columns(due, pay, out=out, left=_left(len(pay)))[0]
