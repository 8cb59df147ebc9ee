"""
What handlers have while a run goes over a book: counted once, then moved on by what the run itself writes.

A night works a book in chunks, and each chunk must know what handlers have by then. To count all that they have for each chunk would
make the night of a book twice as large four times as long. What the run writes it knows; whoever places beside it leaves a mark, and
then it counts anew, so that a place is never given twice. What others pay, close or take back meanwhile frees a place with the next
count at the latest: it is made anew when as many accounts were worked as it counted, so that no account bears more than one row of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

import attrs

from collectkit.allocation import Carried
from collectkit.identifiers import AccountId, HandlerId
from collectkit.standing import Standing
from collectkit.storage.store import Burden

Work: TypeAlias = Mapping[AccountId, tuple[HandlerId, int]]
"""By account: who has it, and how many units of work it is."""


@attrs.frozen
class Crowd:
    """
    What handlers have.

    Attributes:
        loads: Open accounts of each.
        new: How many of them each was given on the day.
        carried: What the accounts of handlers with a limit on units of work or on what is outstanding count for.
    """

    loads: Mapping[HandlerId, int]
    new: Mapping[HandlerId, int]
    carried: Mapping[HandlerId, Carried]


@attrs.frozen
class Move:
    """
    One account that a run writes.

    Attributes:
        before: As the store had it; None when it had it not.
        after: As it is written.
    """

    before: Standing | None
    after: Standing


class Headcount:
    """
    The count of one run.

    A chunk that fails is forgotten, one that was committed is kept: the count is always that of the book as the run left it.

    Args:
        on: The business date.
    """

    def __init__(self, on: date) -> None:
        self.on = on
        self._mark: str | None = None
        self._left = 0
        self._held: dict[tuple[str, str], Burden] = {}
        self._work: dict[AccountId, tuple[HandlerId, int]] = {}
        self._units: Counter[HandlerId] = Counter()
        self._moves: list[tuple[Sequence[Move], Work]] = []

    def holds(self, mark: str) -> bool:
        """Tell whether it can still be used: nobody else placed since, and not as many accounts were worked as it counted."""
        return self._mark == mark and self._left > 0

    def read(self, burdens: Iterable[Burden], work: Work, mark: str) -> None:
        """
        Count anew.

        Args:
            burdens: What the store says that handlers have.
            work: Of those handlers that have a limit on units of work, each of their accounts.
            mark: Of whoever placed beside the run last.
        """
        self._held = {(burden.handler, burden.currency): burden for burden in burdens}
        self._work, self._units = {}, Counter()
        self._count_work(work)
        self._mark, self._left = mark, sum(burden.accounts for burden in self._held.values())

    def weighs(self, account: AccountId) -> bool:
        """Tell whether a handler with a limit on units of work has an account."""
        return account in self._work

    def crowd(self, limited: Iterable[HandlerId], fresh: Mapping[AccountId, int]) -> Crowd:
        """
        Return what handlers have.

        Args:
            limited: Handlers with a limit on units of work or on what is outstanding.
            fresh: Units of work of accounts that `weighs` names, where the run knows them better than the store.
        """
        loads, new, minor = Counter[HandlerId](), Counter[HandlerId](), dict[HandlerId, dict[str, int]]()
        for burden in self._held.values():
            handler = HandlerId(burden.handler)
            loads[handler] += burden.accounts
            new[handler] += burden.new
            minor.setdefault(handler, {})[burden.currency] = burden.outstanding_minor
        units = Counter(self._units)
        for account, count in fresh.items():
            handler, before = self._work[account]
            units[handler] += count - before
        return Crowd(loads, new, {id: Carried(units[id], minor.get(id, {})) for id in limited})

    def move(self, moves: Sequence[Move], work: Work) -> None:
        """
        Note what is written; it counts once it is kept.

        Args:
            moves: The accounts that are written.
            work: Of those that a handler with a limit on units of work has afterwards.
        """
        self._moves.append((moves, work))

    def keep(self) -> None:
        """Count what was noted: it was committed."""
        for moves, work in self._moves:
            for move in moves:
                self._count(move.before, -1)
                self._count(move.after, 1)
                handler, units = self._work.pop(move.after.account, (None, 0))
                if handler is not None:
                    self._units[handler] -= units
            self._count_work(work)
            self._left -= len(moves)
        self._moves.clear()

    def forget(self) -> None:
        """Leave out what was noted: it was not committed."""
        self._moves.clear()

    def _count(self, standing: Standing | None, by: int) -> None:
        if standing is None or standing.handler is None or standing.closed_on is not None:
            return
        key = (str(standing.handler), standing.currency)
        held = self._held.get(key, Burden(*key, 0, 0, 0))
        self._held[key] = attrs.evolve(
            held,
            accounts=held.accounts + by,
            outstanding_minor=held.outstanding_minor + by * standing.outstanding_minor,
            new=held.new + by * (standing.placed_on == self.on),
        )
        if not self._held[key].accounts:
            del self._held[key]

    def _count_work(self, work: Work) -> None:
        for account, (handler, units) in work.items():
            self._work[account] = (handler, units)
            self._units[handler] += units
