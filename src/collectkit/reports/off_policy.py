"""What another way of choosing would have brought, judged by what came of the choices that were made.

Each choice was recorded with the probability of what was chosen; a choice that another way would make more often counts for more.
This works only for what exploration gave a chance: the share that it could not see is told, and not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import attrs

from collectkit.errors import ValidationError
from collectkit.servicing.next_best import WHOLE_BP, NextActionChosen

__all__ = ["OffPolicyValue", "Shares", "greedy", "off_policy"]

Shares: TypeAlias = Callable[[NextActionChosen], Mapping[str, int]]
"""A way of choosing: the probability of each candidate, by its id, in basis points."""


@attrs.frozen
class OffPolicyValue:
    """
    What a way of choosing is worth.

    Attributes:
        choices: How many choices were looked at.
        observed: What the choices that were made brought on average, in the outcome's unit.
        weighted: The estimate for the other way: each outcome times how much more often the other way makes that choice.
        normalized: The same over the sum of those weights: a little biased, and far steadier.
        effective: As many choices of the other way itself would say as much.
        unseen_bp: Share of the other way's choices that had no chance of being made, in basis points; above 0 the estimate is of the
            rest alone.
    """

    choices: int
    observed: float
    weighted: float
    normalized: float
    effective: float
    unseen_bp: int


def greedy(choice: NextActionChosen) -> Mapping[str, int]:
    """Return the way that always takes the best candidate, and nothing where nothing is worth making."""
    best = next((one.message for one in choice.candidates if one.utility > 0 and not one.rules), None)
    return {} if best is None else {best: WHOLE_BP}


def off_policy(choices: Iterable[NextActionChosen], outcomes: Mapping[str, int], other: Shares) -> OffPolicyValue:
    """
    Judge another way of choosing by the choices that were made.

    Args:
        choices: As they were recorded; those in which nothing was chosen say nothing and are left out.
        outcomes: What came of each chosen message, by its id; 0 for those that are missing.
        other: The way to be judged.

    Raises:
        ValidationError: There is no choice, or the other way gives a candidate more than the whole.

    Source:
        Horvitz and Thompson, "A Generalization of Sampling Without Replacement From a Finite Universe", 1952; the normalized form
        is Hájek's.
    """
    held = [choice for choice in choices if choice.chosen is not None]
    if not held:
        raise ValidationError("no choice was recorded in which something was chosen; nothing was computed")
    total = weights = squares = made = 0.0
    unseen = 0
    for choice in held:
        wanted = other(choice)
        if any(share < 0 for share in wanted.values()) or sum(wanted.values()) > WHOLE_BP:
            raise ValidationError("the probabilities of one choice are together at most the whole; nothing was computed")
        value = outcomes.get(choice.chosen or "", 0)
        weight = wanted.get(choice.chosen or "", 0) / choice.propensity_bp
        total, weights, squares, made = total + weight * value, weights + weight, squares + weight * weight, made + value
        had: set[str] = {one.message for one in choice.candidates if one.propensity_bp}
        unseen += sum([share for message, share in wanted.items() if message not in had])
    count = len(held)
    return OffPolicyValue(
        count,
        made / count,
        total / count,
        total / weights if weights else 0.0,
        weights * weights / squares if squares else 0.0,
        unseen // count,
    )
