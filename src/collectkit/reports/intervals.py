"""Between which ends a rate lies: score intervals over people, so that what one person does together counts as one.

A rate of a worker is a weighted mean of what came of each person, and each of these shares lies between 0 and 1. However much the contacts,
promises or accounts of one person hang together, the variance of such a mean is at most ``p (1 - p)`` by the effective number of people.
So the intervals hold for counts and for amounts alike, and are rather too wide than too narrow. All is worked out in whole numbers.

Source:
    The score interval: Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the American
    Statistical Association 22 (1927), 209-212; corrected for continuity by Newcombe (1998). The effective number: Kish, *Survey
    Sampling* (1965), 11.7. The bound on the variance: Bhatia and Davis, *A better bound on the variance*, American Mathematical
    Monthly 107 (2000), 353-357.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt

import attrs

Z = Fraction(196, 100)
"""Standard errors on each side of a 95 % interval."""


@attrs.frozen
class Interval:
    """Two ends between which a rate lies; with 95 % confidence where nothing else is said."""

    low: Fraction
    high: Fraction

    def __contains__(self, value: Fraction) -> bool:
        return self.low <= value <= self.high


def root(square: Fraction) -> Fraction:
    """Return a square root to nine places, rounded down: the same on every machine."""
    return Fraction(isqrt(square.numerator * 10**18 // square.denominator), 10**9)


def effective_size(weights: Iterable[int]) -> Fraction:
    """
    Return how many people of equal weight tell as much as these: the square of the sum by the sum of the squares; 0 for none.

    Args:
        weights: What counts for each person below the line: contacts, promises, accounts, or minor units.

    Source:
        Kish, *Survey Sampling* (1965), 11.7.

    >>> effective_size([1, 1, 1, 1]), effective_size([100, 1])
    (Fraction(4, 1), Fraction(10201, 10001))
    """
    held = [weight for weight in weights if weight > 0]
    squares = sum(weight * weight for weight in held)
    return Fraction(sum(held) ** 2, squares) if squares else Fraction(0)


def score_interval(share: Fraction, size: Fraction | int, z: Fraction = Z) -> Interval:
    """
    Return the interval of a share, corrected for continuity; from 0 to 1 when nobody was asked.

    Without the correction one failure of twenty would lie beyond a threshold of 99 % at 1.645 standard errors, and chance alone brings
    one or more in about one of six reviews.

    Args:
        share: Between 0 and 1.
        size: How many independent answers it rests on.
        z: Standard errors on each side.

    Source:
        Method 4 of Newcombe, *Two-sided confidence intervals for the single proportion: comparison of seven methods*, Statistics in
        Medicine 17 (1998), 857-872.

    >>> [round(float(end), 4) for end in attrs.astuple(score_interval(Fraction(81, 263), 263))]
    [0.2535, 0.3682]
    """
    if size <= 0:
        return Interval(Fraction(0), Fraction(1))
    square, miss, twice = z * z, 1 - share, 2 * (size + z * z)
    below = root(max(Fraction(0), square - 2 - Fraction(1) / size + 4 * share * (size * miss + 1)))
    above = root(max(Fraction(0), square + 2 - Fraction(1) / size + 4 * share * (size * miss - 1)))
    low = (2 * size * share + square - 1 - z * below) / twice if share else Fraction(0)
    high = (2 * size * share + square + 1 + z * above) / twice if miss else Fraction(1)
    return Interval(max(Fraction(0), min(share, low)), min(Fraction(1), max(share, high)))


def count_interval(count: Fraction | int, z: Fraction = Z) -> Interval:
    """
    Return the interval of the mean of a count of events that come independently of each other.

    Args:
        count: How many came.
        z: Standard errors on each side.

    Source:
        The score interval of a Poisson mean: the means whose distance from the count is *z* times their own standard deviation.

    >>> [round(float(end), 3) for end in attrs.astuple(count_interval(10))]
    [5.432, 18.41]
    """
    reach = z * root(count + z * z / 4)
    return Interval(max(Fraction(0), count + z * z / 2 - reach), count + z * z / 2 + reach)
