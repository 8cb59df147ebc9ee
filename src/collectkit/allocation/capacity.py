"""How much room each handler has while a run places accounts: never more than capacity and the day's limit allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from collectkit.allocation.eligibility import NotEligible, WhyNot
from collectkit.allocation.handlers import Handler
from collectkit.identifiers import AccountId, HandlerId
from collectkit.standing import Standing

UNLIMITED = 2**62
"""Room of a handler without limits."""


def loads_of(standings: Iterable[Standing]) -> dict[HandlerId, int]:
    """Return how many accounts each handler holds that are not closed."""
    return dict(Counter(s.handler for s in standings if s.handler is not None and s.closed_on is None))


def new_on(standings: Iterable[Standing], on: date) -> dict[HandlerId, int]:
    """Return how many accounts each handler holds since that very day."""
    return dict(Counter(s.handler for s in standings if s.handler is not None and s.placed_on == on))


class Desks:
    """
    Who holds what while a run decides; lives inside one run and is never stored.

    An account that moves twice within a run counts once, and one that returns to where it was counts as not moved.
    """

    def __init__(
        self,
        handlers: Iterable[Handler],
        loads: Mapping[HandlerId, int],
        new_today: Mapping[HandlerId, int],
        holders: Mapping[AccountId, HandlerId | None],
    ) -> None:
        self._handlers = {handler.id: handler for handler in handlers}
        self._loads = {id: loads.get(id, 0) for id in self._handlers}
        self._new = {id: new_today.get(id, 0) for id in self._handlers}
        self._before = dict(holders)
        self._now = dict(holders)

    def holder(self, account: AccountId) -> HandlerId | None:
        """Return who holds the account as things stand now."""
        return self._now[account]

    def load(self, handler: HandlerId) -> int:
        """Return how many open accounts the handler has as things stand now."""
        return self._loads[handler]

    def room(self, handler: HandlerId) -> int:
        """Return how many more accounts the handler may be given; never below 0."""
        capacity, daily = self._handlers[handler].capacity, self._handlers[handler].max_new_per_day
        left = UNLIMITED if capacity is None else capacity - self._loads[handler]
        today = UNLIMITED if daily is None else daily - self._new[handler]
        return max(0, min(left, today))

    def full(self, handler: HandlerId, needed: int) -> WhyNot | None:
        """Return why *needed* more accounts do not fit, or None when they do."""
        if self.room(handler) >= needed:
            return None
        limits = self._handlers[handler]
        if limits.capacity is not None and limits.capacity - self._loads[handler] < needed:
            text = f"has {self._loads[handler]} of at most {limits.capacity} accounts and would need room for {needed}"
            return WhyNot(handler, NotEligible.CAPACITY, text)
        text = f"was given {self._new[handler]} of at most {limits.max_new_per_day} accounts today and would need {needed} more"
        return WhyNot(handler, NotEligible.DAILY_LIMIT, text)

    def give(self, account: AccountId, to: HandlerId | None) -> None:
        """Let the account change hands; None takes it back."""
        self._count(account, self._now[account], -1)
        self._count(account, to, 1)
        self._now[account] = to

    def _count(self, account: AccountId, handler: HandlerId | None, by: int) -> None:
        # A placement with somebody the policy no longer knows has no desk to count on.
        if handler is None or handler not in self._loads:
            return
        self._loads[handler] += by
        if self._before[account] != handler:
            self._new[handler] += by
