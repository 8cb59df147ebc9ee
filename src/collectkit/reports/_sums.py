"""Exact sums over columns: no float, and no silent overflow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from collectkit.portfolio import Portfolio
from collectkit.portfolio.columns import Minor

_HALF = 32
_MASK = np.int64((1 << _HALF) - 1)


def grouped_sum(groups: npt.NDArray[np.integer[Any]], values: Minor, size: int) -> list[int]:
    """
    Add up *values* per group.

    Both halves of each number are added on their own, so that two thousand million amounts of any size fit.

    Args:
        groups: `(n,)` group of each row, from 0.
        values: `(n,) int64`.
        size: How many groups there are.
    """
    high, low = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(high, groups, values >> _HALF)
    np.add.at(low, groups, values & _MASK)
    return [(int(above) << _HALF) + int(below) for above, below in zip(high, low, strict=True)]


def grouped_count(groups: npt.NDArray[np.integer[Any]], size: int) -> list[int]:
    """Count the rows of each group."""
    return [int(count) for count in np.bincount(groups, minlength=size)]


def currencies(portfolio: Portfolio) -> list[tuple[str, Portfolio]]:
    """Return the accounts of each currency, by currency; amounts of two currencies are never added up."""
    coded = portfolio.currency
    used = set(np.unique(coded.codes).tolist())
    if len(used) == 1:
        return [(coded.values[used.pop()], portfolio)]
    return sorted(
        ((coded.values[code], portfolio.select(coded.codes == code)) for code in used),
        key=lambda pair: pair[0],
    )
