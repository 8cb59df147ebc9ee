"""How an exact quotient becomes a whole number: the one place where anything about money is rounded.

Public through `collectkit.money`, which reads better with the amounts alone.
"""

from __future__ import annotations

from enum import Enum

from collectkit.errors import MoneyError


class Rounding(Enum):
    """How an exact quotient becomes a whole number of minor units; named at each call, there is no default."""

    HALF_UP = "half_up"
    """To the nearest; a tie goes away from zero."""
    HALF_EVEN = "half_even"
    """To the nearest; a tie goes to the even neighbor."""
    DOWN = "down"
    """Toward zero."""
    UP = "up"
    """Away from zero."""
    FLOOR = "floor"
    """Toward minus infinity."""
    CEILING = "ceiling"
    """Toward plus infinity."""


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """
    Divide whole numbers exactly and round once.

    Args:
        numerator: Any whole number.
        denominator: Any whole number but zero.
        rounding: Which neighbor is taken when the quotient is not whole.

    Raises:
        ZeroDivisionError: *denominator* is zero.

    >>> divide(5, 2, Rounding.HALF_UP), divide(-5, 2, Rounding.HALF_UP), divide(5, 2, Rounding.HALF_EVEN)
    (3, -3, 2)
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    floor, rest = divmod(numerator, denominator)
    if not rest:
        return floor
    return floor + _rounds_up(floor, 2 * rest - denominator, rounding)


def _rounds_up(floor: int, beyond_half: int, rounding: Rounding) -> bool:
    """Tell whether a quotient strictly between *floor* and the next whole number takes the latter."""
    if rounding is Rounding.HALF_UP:
        return beyond_half > 0 or (beyond_half == 0 and floor >= 0)
    if rounding is Rounding.HALF_EVEN:
        return beyond_half > 0 or (beyond_half == 0 and floor % 2 == 1)
    if rounding is Rounding.DOWN:
        return floor < 0
    if rounding is Rounding.UP:
        return floor >= 0
    if rounding is Rounding.FLOOR or rounding is Rounding.CEILING:
        return rounding is Rounding.CEILING
    raise MoneyError(f"rounding must be a member of Rounding, got {type(rounding).__name__}; nothing was computed")
