"""Moves between handlers: who had which accounts on one day, and who has them on a later one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.calendars.periods import require_period
from collectkit.facts import AccountFacts, placement_on
from collectkit.reports.rates import Dataset

NOBODY = ""


@attrs.frozen
class MoveLine:
    """
    Accounts that went from one handler to another; both the same for those that stayed.

    Attributes:
        before: Who had them on the first day; empty for nobody.
        after: Who had them on the last day; empty for nobody.
        accounts: How many.
    """

    before: str
    after: str
    accounts: int


@attrs.frozen
class Moves(Dataset):
    """
    Moves in a period.

    Attributes:
        first: The first day, at its end.
        last: The last day, at its end.
        lines: By handler before and after; accounts that nobody had on either day are left out.
    """

    first: date
    last: date
    lines: tuple[MoveLine, ...]


def moves(facts: Iterable[AccountFacts], *, first: date, last: date) -> Moves:
    """
    Tell from whom to whom accounts went between two days; what happened in between and was undone does not show.

    Raises:
        TimeError: The last day is before the first.
    """
    require_period(first, last, "nothing was counted")
    ways: Counter[tuple[str, str]] = Counter()
    for account in facts:
        before, after = (placement_on(account, day) for day in (first, last))
        if before is not None or after is not None:
            ways[before.handler if before else NOBODY, after.handler if after else NOBODY] += 1
    return Moves(first, last, tuple(MoveLine(*way, count) for way, count in sorted(ways.items())))
