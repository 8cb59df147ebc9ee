"""The waterfall: one payment on objects; a night of payments in columns, posted only or with every split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np

from collectkit.ledger import COMPONENTS
from collectkit.portfolio.waterfall import PaidBook, split_columns
from collectkit.schedules import INSTALLMENT_FIRST, Dues, PaymentQueue, Split, queue

__all__ = [
    "allocate_payment",
    "allocate_payments_columns",
    "allocation_plain",
    "payment_plan",
    "payment_split",
    "payment_state",
    "post_payments",
]

allocate_payment = PaymentQueue.take
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


def payment_plan(instalments: Sequence[tuple[date, Sequence[int]]]) -> PaymentQueue:
    """Lay the dues out in the order in which they are paid."""
    due_on = tuple(on for on, _ in instalments)
    dues = Dues(due_on, tuple(minor for _, amounts in instalments for minor in (*amounts, 0)))
    return queue(dues, INSTALLMENT_FIRST, due_on[-1])


def allocation_plain(split: Split) -> tuple[list[tuple[int, int, int]], int]:
    """Return instalment, component and amount of each part, and what is left."""
    width = len(COMPONENTS)
    return [(slot // width, slot % width, minor) for slot, minor in split.taken], split.unapplied
