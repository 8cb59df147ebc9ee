"""Proof that an assignment is the best there is: prices that anybody can check with additions and comparisons.

Give every place at a team a price. No assignment whatever is worth more than the prices of all places, plus for each
account the most that any team would pay for it beyond its price: that is the bound. An assignment whose value equals
the bound is therefore optimal, however it was found.
"""

from __future__ import annotations

from fractions import Fraction

import attrs


@attrs.frozen
class Certificate:
    """
    A value and a bound that no assignment can exceed; whole minor units.

    Attributes:
        value: What the assignment is worth.
        bound: What no assignment can exceed.
        prices: What one more place at each team is worth, at least 0, in the order of the teams.
        rates: What one more of each other limit is worth at each team, minor units, in the order of the teams: units of work
            first, then what is outstanding by currency; empty where accounts alone are counted.
    """

    value: int
    bound: int
    prices: tuple[int, ...]
    rates: tuple[tuple[Fraction, ...], ...] = ()

    @property
    def gap(self) -> int:
        """How much better an assignment could be at most; 0 proves that none is better."""
        return self.bound - self.value

    @property
    def proved(self) -> bool:
        """Whether the value is proved to be the greatest possible."""
        return self.gap == 0
