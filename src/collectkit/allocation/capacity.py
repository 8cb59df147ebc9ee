"""How much room each handler has while a run places accounts: never more than its limits allow, whatever they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

import attrs

from collectkit.allocation.eligibility import NotEligible, WhyNot
from collectkit.allocation.handlers import Handler
from collectkit.allocation.policies import AllocationPolicy
from collectkit.allocation.rooms import Desk
from collectkit.allocation.workload import work_units
from collectkit.identifiers import AccountId, HandlerId
from collectkit.money import Money
from collectkit.person import Consumer
from collectkit.standing import Standing

UNLIMITED = 2**62
"""Room of a handler without limits."""


def loads_of(standings: Iterable[Standing]) -> dict[HandlerId, int]:
    """Return how many accounts each handler holds that are not closed."""
    return dict(Counter(s.handler for s in standings if s.handler is not None and s.closed_on is None))


def new_on(standings: Iterable[Standing], on: date) -> dict[HandlerId, int]:
    """Return how many accounts each handler holds since that very day."""
    return dict(Counter(s.handler for s in standings if s.handler is not None and s.placed_on == on))


@attrs.frozen
class Weight:
    """
    What an account counts for besides one account.

    Attributes:
        units: Units of work, as `AllocationPolicy.units` counts them.
        currency: Of what is outstanding on it.
        minor: What is outstanding on it, minor units.
    """

    units: int
    currency: str
    minor: int


@attrs.frozen
class Carried:
    """
    What the open accounts of one handler count for.

    Attributes:
        units: Units of work.
        outstanding: What is outstanding on them, minor units by currency.
    """

    units: int = 0
    outstanding: Mapping[str, int] = attrs.field(factory=dict)

    def plus(self, weight: Weight, sign: int) -> Carried:
        """Return this with an account more, or less when *sign* is -1."""
        here = self.outstanding.get(weight.currency, 0) + sign * weight.minor
        return Carried(self.units + sign * weight.units, {**self.outstanding, weight.currency: here})


NOTHING = Carried()
NOTHING_CARRIED: Mapping[HandlerId, Carried] = MappingProxyType({})


def carried_of(book: Iterable[tuple[Standing, Consumer | None]], policy: AllocationPolicy) -> dict[HandlerId, Carried]:
    """Return what the open accounts of each handler count for that has a limit on units of work or on what is outstanding."""
    limited = {handler.id for handler in policy.handlers if handler.units_most is not None or handler.outstanding_most}
    units, minor = Counter[HandlerId](), dict[HandlerId, Counter[str]]()
    held = [one for one in book if one[0].handler in limited and one[0].closed_on is None]
    for (standing, _), count in zip(held, work_units(held, policy), strict=True):
        assert standing.handler is not None
        units[standing.handler] += count
        minor.setdefault(standing.handler, Counter())[standing.currency] += standing.outstanding_minor
    return {handler: Carried(units[handler], dict(sums)) for handler, sums in minor.items()}


class Desks:
    """
    Who holds what while a run decides; lives inside one run and is never stored.

    An account that moves twice within a run counts once, and one that returns to where it was counts as not moved.

    Args:
        handlers: Who may hold accounts.
        loads: Open accounts of each.
        new_today: Accounts that each was given on that day already.
        holders: Who has each account of the run before it.
        weights: What each account of the run counts for; one that is not named counts for itself alone.
        carried: What the open accounts of each handler count for, those of the run among them.
    """

    def __init__(
        self,
        handlers: Iterable[Handler],
        loads: Mapping[HandlerId, int],
        new_today: Mapping[HandlerId, int],
        holders: Mapping[AccountId, HandlerId | None],
        weights: Mapping[AccountId, Weight] = MappingProxyType({}),
        carried: Mapping[HandlerId, Carried] = NOTHING_CARRIED,
    ) -> None:
        self._handlers = {handler.id: handler for handler in handlers}
        self._loads = {id: loads.get(id, 0) for id in self._handlers}
        self._new = {id: new_today.get(id, 0) for id in self._handlers}
        self._before = dict(holders)
        self._now = dict(holders)
        self._weights = weights
        self._carried = {id: carried.get(id, NOTHING) for id in self._handlers}

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

    def desk(self, handler: HandlerId, *, held: int = 0, share_bp: int = 0) -> Desk:
        """Return the handler with the room it has as things stand now, as a strategy sees it."""
        limits, carried = self._handlers[handler], self._carried[handler]
        return Desk(
            handler,
            self.room(handler),
            self._loads[handler],
            held,
            share_bp,
            None if limits.units_most is None else max(0, limits.units_most - carried.units),
            tuple((currency, max(0, most - carried.outstanding.get(currency, 0))) for currency, most in limits.limits.items()),
        )

    def full(self, handler: HandlerId, accounts: Sequence[AccountId]) -> WhyNot | None:
        """Return why these accounts do not fit as well, or None when they do."""
        limits, carried, needed = self._handlers[handler], self._carried[handler], len(accounts)
        if limits.capacity is not None and limits.capacity - self._loads[handler] < needed:
            text = f"has {self._loads[handler]} of at most {limits.capacity} accounts and would need room for {needed}"
            return WhyNot(handler, NotEligible.CAPACITY, text)
        weights = [weight for account in accounts if (weight := self._weights.get(account)) is not None]
        for currency, most in limits.limits.items():
            more = sum(weight.minor for weight in weights if weight.currency == currency)
            if more > max(0, most - carried.outstanding.get(currency, 0)):
                has, at_most = Money(carried.outstanding.get(currency, 0), currency), Money(most, currency)
                text = f"has {has} of at most {at_most} outstanding and would need room for {Money(more, currency)}"
                return WhyNot(handler, NotEligible.OUTSTANDING, text)
        units = sum(weight.units for weight in weights) + needed - len(weights)
        if limits.units_most is not None and units > limits.units_most - carried.units:
            text = f"has {carried.units} of at most {limits.units_most} units of work and would need room for {units}"
            return WhyNot(handler, NotEligible.UNITS, text)
        if self.room(handler) >= needed:
            return None
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
        weight = self._weights.get(account)
        if weight is not None:
            self._carried[handler] = self._carried[handler].plus(weight, by)
        if self._before[account] != handler:
            self._new[handler] += by
