"""The days on which holds have an effect: what a clock, a fee or a deadline leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from collectkit.calendars.spans import NEVER, Spans
from collectkit.holds.hold import Hold, HoldLifted, lifts
from collectkit.holds.matrix import EFFECTS, Effect, HoldKind

__all__ = ["stopped"]


def stopped(
    holds: Iterable[Hold], lifted: Iterable[HoldLifted], effect: Effect, effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS
) -> Spans:
    """
    Return the days on which holds of an account, or of its person, have an effect: the union, so that none counts twice.

    Args:
        holds: Ended or not.
        lifted: Holds that were lifted; from that day on they stop nothing.
        effect: ``Effect.CLOCK`` for the operational clock, ``Effect.FEES`` for fees, ``Effect.REPORTING`` for the reporting one,
            ``Effect.PROMISE`` for the deadlines of what was promised or agreed.
        effects: What each kind of hold stops.

    Returns:
        Calendar days in the account's time zone; a hold stops from its first day to its last, both inclusive.

    Source:
        The table of `collectkit.holds.EFFECTS`, or the policy's own.
    """
    off = lifts(lifted)
    found: list[tuple[date, date | None]] = []
    for hold in holds:
        last = hold.last_on(off)
        if effect in effects[hold.kind] and (last is None or last >= hold.starts_on):
            found.append((hold.starts_on, None if last is None or last == NEVER else last + timedelta(days=1)))
    return Spans.of(found)
