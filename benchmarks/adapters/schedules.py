"""Schedules: level payments and equal installments, one at a time and in columns."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np

from collectkit import plans
from collectkit.calendars.dates import Interval
from collectkit.portfolio.schedules import level_payment_columns

__all__ = ["schedule_emi", "schedule_emi_columns", "schedule_pay_in_n", "schedule_plain"]


def schedule_emi(principal: int, annual_rate_bp: int, n: int, start: date) -> plans.Rows:
    """Build one plan, with the rate of a month in decimal digits: the script's reference computes in them."""
    return plans.level_rows(principal, annual_rate_bp, n, start, "decimal")


@lru_cache(maxsize=2)
def _buffers(n: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns that a host keeps between its runs."""
    return np.empty((n, size), np.int64), np.empty((n, size), np.int64)


def schedule_emi_columns(principal: np.ndarray, annual_rate_bp: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Fill the columns of one product."""
    return level_payment_columns(principal, annual_rate_bp, n, out=_buffers(n, len(principal)))


_every = lru_cache(maxsize=8)(lambda days: Interval(days, "days"))


def schedule_pay_in_n(amount: int, n: int, first_date: date, every_days: int) -> plans.Rows:
    """Share an amount over so many installments."""
    return plans.pay_in_n_rows(amount, n, _every(every_days), first_date)


def schedule_plain(rows: plans.Rows) -> list[tuple[date, int, int]]:
    """Turn the columns of one plan into rows."""
    return list(zip(*rows, strict=True))
