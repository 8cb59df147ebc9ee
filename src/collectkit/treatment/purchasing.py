"""What stands of the decisions about new purchases that treatment made because of one account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.actions import PurchasingDecided


@attrs.frozen
class Purchasing:
    """
    What was decided about new purchases because of one account, and stands.

    Attributes:
        frozen: None may be made.
        limit_bp: What is left of the limit, in basis points; None: all of it.
        since: Day of the first decision that stands; None when nothing does.
        decisions: The decisions that stand, oldest first.
    """

    frozen: bool = False
    limit_bp: int | None = None
    since: date | None = None
    decisions: tuple[PurchasingDecided, ...] = ()

    @property
    def state(self) -> str:
        """Return ``open``, ``cut`` or ``frozen``."""
        return "frozen" if self.frozen else "open" if self.limit_bp is None else "cut"


def purchasing_of(decisions: Iterable[PurchasingDecided]) -> Purchasing:
    """Return what stands of decisions about purchases, given in the order in which they were made: a thaw ends all before it."""
    standing: list[PurchasingDecided] = []
    for decision in decisions:
        standing = [] if decision.decision == "thaw" else [*standing, decision]
    limits = [one.limit_bp for one in standing if one.limit_bp is not None]
    return Purchasing(
        any(one.decision == "freeze" for one in standing),
        min(limits, default=None),
        standing[0].on if standing else None,
        tuple(standing),
    )
