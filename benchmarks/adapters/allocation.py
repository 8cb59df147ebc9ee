"""Allocation: the most valuable assignment under capacities, with the prices that prove it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from collectkit.allocation.optimal import assign

__all__ = ["allocate"]


def allocate(value: npt.NDArray[np.int64], cap: Sequence[int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give each account a team or -1, and return the prices with it."""
    found = assign(value, cap)
    return found.team, np.array(found.certificate.prices, np.int64)
