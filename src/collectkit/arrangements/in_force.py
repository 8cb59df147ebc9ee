"""On which days an arrangement was in force, by what is known now: what another order of payments or a shifted step goes by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from collectkit.arrangements.living import ArrangementState, ArrangementStatus

__all__ = ["days_in_force"]

_PAID_UP: Final = (ArrangementStatus.COMPLETED, ArrangementStatus.FULFILLED)


def days_in_force(states: Iterable[ArrangementState]) -> Iterator[tuple[str, date] | tuple[str, date, date]]:
    """
    Yield the kind of each arrangement with its first and last day, both inclusive; without a last day: it is in force.

    The payment that completes one still belongs to it. What never came into force is left out, and so is what was over on its first day.

    Args:
        states: Of one account, in any order.

    Source:
        What was agreed and paid, by what is known now; calendar days in the business zone.
    """
    for state in states:
        one = state.arrangement
        if state.status is ArrangementStatus.ACTIVE and one.started_on is not None:
            yield (one.kind, one.started_on)
        elif one.started_on is not None and state.over_on is not None:
            paid_up = state.status in _PAID_UP and one.kind != "hardship"
            until_on = state.over_on if paid_up else state.over_on - timedelta(days=1)
            if until_on >= one.started_on:
                yield (one.kind, one.started_on, until_on)
