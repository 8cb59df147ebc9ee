"""Level payments of many credits of one product at once: what `collectkit.schedules.amounts.level_payments` says of each.

The payment is found in floating point and proved: where it lies too near a half for the error that is possible, the
scalar function decides. Everything after that is whole numbers, and no float reaches an output.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from collectkit.errors import PlanError
from collectkit.schedules.amounts import BASIS_POINT_MONTHS, level_factor, level_payments

__all__ = ["level_payment_columns"]

Minor: TypeAlias = "npt.NDArray[np.int64]"

BLOCK = 16_384
"""Credits worked on at a time: their balances stay in the processor's cache."""

_PRINCIPAL_MAX = 2**31 - 1
_RATE_MAX = 10_000
"""Up to here a payment in floating point is off by less than a millionth of a minor unit."""

_DOUBT = 1e-5
_HALF = BASIS_POINT_MONTHS // 2


def level_payment_columns(
    principal_minor: Minor, annual_rate_bp: int, n: int, *, out: tuple[Minor, Minor] | None = None
) -> tuple[Minor, Minor]:
    """
    Return principal and interest of *n* equal monthly payments of each credit.

    Payment and interest are rounded half up, each once; the last payment takes what is left of the principal.

    Args:
        principal_minor: `(m,) int64`, minor units financed, each more than zero.
        annual_rate_bp: Yearly rate in basis points, at least 1.
        n: How many payments, at least 1.
        out: Two arrays `(n, m) int64` to be filled and returned; buffers kept between runs save the system its page
            faults, which cost more than the arithmetic.

    Raises:
        PlanError: No payments, no rate, or a principal that is not more than zero; nothing was computed.

    Source:
        `collectkit.schedules.building.level_rows`, which a test holds it to.
    """
    if type(n) is not int or n < 1 or type(annual_rate_bp) is not int or annual_rate_bp < 1:
        raise PlanError(f"level payments need n and annual_rate_bp of at least 1, got {n!r} and {annual_rate_bp!r}; nothing was computed")
    size = len(principal_minor)
    if size and principal_minor.min() < 1:
        raise PlanError("what is financed must be more than zero; nothing was computed")
    principal, interest = out if out is not None else (np.empty((n, size), np.int64), np.empty((n, size), np.int64))
    if size and (principal_minor.max() > _PRINCIPAL_MAX or annual_rate_bp > _RATE_MAX):
        doubtful = np.ones(size, np.bool_)
    else:
        doubtful = _blocks(principal_minor, annual_rate_bp, n, principal, interest)
    for index in np.flatnonzero(doubtful).tolist():
        principal[:, index], interest[:, index] = level_payments(int(principal_minor[index]), annual_rate_bp, n)
    return principal, interest


def _blocks(given: Minor, rate_bp: int, n: int, principal: Minor, interest: Minor) -> npt.NDArray[np.bool_]:
    """Fill the columns and tell which rows the scalar function must decide."""
    factor = float(level_factor(rate_bp, n))
    doubtful = np.empty(len(given), np.bool_)
    for start in range(0, len(given), BLOCK):
        rows = slice(start, start + BLOCK)
        left = given[rows].copy()
        exact = left * factor + 0.5
        rounded = np.floor(exact)
        payment = rounded.astype(np.int64)
        # The fraction lies near 0 or 1 where the payment lies near a half.
        exact -= rounded
        doubtful[rows] = np.minimum(exact, 1 - exact) < _DOUBT
        for number in range(n - 1):
            cost, part = interest[number, rows], principal[number, rows]
            np.multiply(left, rate_bp, out=cost)
            cost += _HALF
            cost //= BASIS_POINT_MONTHS
            np.subtract(payment, cost, out=part)
            left -= part
        principal[n - 1, rows] = left
        left *= rate_bp
        left += _HALF
        np.floor_divide(left, BASIS_POINT_MONTHS, out=interest[n - 1, rows])
    # A price of a few minor units rounds to payments that overshoot.
    doubtful |= (principal[n - 1] < 0) | (principal[0] < 0)
    return doubtful
