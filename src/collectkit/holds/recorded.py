"""The holds among recorded events: as they were placed, extended and lifted, and what they mean on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from collectkit.holds.adjusting import Adjustments
from collectkit.holds.hold import Hold, HoldExtended, HoldLifted, HoldPlaced, adjustments_on, extended, in_force

__all__ = ["adjustments_in", "holds_in", "kinds_in_force", "placed_in"]


def placed_in(bodies: Iterable[object]) -> list[Hold]:
    """Return the holds among the events of a stream as they were placed, whatever became of them: with these a repeated one is compared."""
    return [body.hold for body in bodies if isinstance(body, HoldPlaced)]


def holds_in(bodies: Sequence[object]) -> tuple[list[Hold], list[HoldLifted]]:
    """Return the holds among the events of a stream, as their extensions left them, and those lifted."""
    placed = placed_in(bodies)
    if not placed:
        return [], []  # as of most people; nothing else is about a hold then
    extensions = [body for body in bodies if isinstance(body, HoldExtended)]
    lifted = [body for body in bodies if isinstance(body, HoldLifted)]
    return list(extended(placed, extensions)) if extensions else placed, lifted


def adjustments_in(bodies: Sequence[object], on: date) -> tuple[Adjustments, ...]:
    """
    Return how a vulnerable person may be contacted on a day.

    Args:
        bodies: The events of the person's stream; others are left aside.
        on: The day, as for `adjustments_on`.

    Source:
        What is recorded.
    """
    placed, lifted = holds_in(bodies)
    return adjustments_on(placed, lifted, on)


def kinds_in_force(bodies: Sequence[object], on: date) -> tuple[str, ...]:
    """
    Return the kinds of the holds in force on a day, sorted, each once.

    Args:
        bodies: The events of a stream, of an account or of a person; others are left aside.
        on: The day, as for `in_force`.

    Source:
        What is recorded.
    """
    placed, lifted = holds_in(bodies)
    return tuple(sorted({hold.kind.value for hold in in_force(placed, lifted, on)}))
