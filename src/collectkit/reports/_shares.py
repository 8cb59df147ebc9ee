"""Rates made of counts that somebody already has: checked, so that a part never exceeds its whole."""

from __future__ import annotations

import attrs

from collectkit.errors import ValidationError
from collectkit.reports.rates import Rate


def share(part: int, all: int, unit: str, what: str, exclusions: tuple[str, ...] = ()) -> Rate:
    """
    Return a rate of a part of a whole.

    Raises:
        ValidationError: A count that is no whole number of at least 0, or a part that exceeds its whole; nothing was computed.
    """
    made = ratio(part, all, unit, what, exclusions)
    if part > all:
        raise ValidationError(f"{what}: {part} exceeds {all}, of which it is a part; nothing was computed")
    return made


def of_money(above_minor: int, below: int, unit: str, what: str, exclusions: tuple[str, ...] = ()) -> Rate:
    """
    Return a rate of money, which is below 0 where more was taken back than came in.

    Raises:
        ValidationError: No whole numbers, or something below 0 under the line; nothing was computed.
    """
    made = ratio(abs(above_minor) if type(above_minor) is int else above_minor, below, unit, what, exclusions)
    return attrs.evolve(made, numerator=above_minor)


def ratio(above: int, below: int, unit: str, what: str, exclusions: tuple[str, ...] = ()) -> Rate:
    """
    Return a rate that may exceed one.

    Raises:
        ValidationError: A count that is no whole number of at least 0; nothing was computed.
    """
    for count in (above, below):
        if type(count) is not int or count < 0:
            raise ValidationError(f"{what}: counts are whole numbers of at least 0, got {count!r}; nothing was computed")
    return Rate(above, below, unit, what, exclusions)
