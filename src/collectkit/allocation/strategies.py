"""How accounts are shared among handlers that could all take them. No strategy rolls dice: a key decides ties."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from collectkit.allocation.rooms import Desk, Request, Rooms
from collectkit.errors import PluginFaultError
from collectkit.identifiers import HandlerId

__all__ = [
    "Desk",
    "First",
    "LeastLoaded",
    "Request",
    "Rooms",
    "RoundRobin",
    "Strategy",
    "Weighted",
    "apportion",
    "checked",
    "one_by_one",
    "stable_number",
]


class Strategy(Protocol):
    """Shares requests among handlers; a plugin may bring its own."""

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """
        Choose a handler for each request.

        Args:
            requests: In an order that depends on the seed and on nothing else.
            desks: The rule's handlers in its order.
            key: Text that differs by seed, day and rule; the only source of variety.

        Returns:
            One answer a request, in their order: an eligible handler with room for the whole request, or None when
            no eligible handler has.
        """
        ...


def apportion(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """
    Share *total* whole things by weight; the largest remainders get what is left, of equal ones the earlier.

    Source:
        Hamilton's method. The sum is always *total*, and nobody is more than one away from the exact share.

    >>> apportion(10, [6000, 4000]), apportion(3, [5000, 3000, 2000])
    ((6, 4), (1, 1, 1))
    """
    whole = sum(weights)
    if whole == 0:
        return (0,) * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[:left]:
        parts[index] += 1
    return tuple(parts)


def stable_number(key: str) -> int:
    """Return a number of 64 bits that is the same for the same text on every machine and in every year."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


class First:
    """The first handler in the rule's order that has room."""

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Fill the handlers in their order."""
        return one_by_one(requests, desks, lambda handler, given: 0)


class LeastLoaded:
    """The handler with the fewest open accounts; of equals, the first in the rule's order."""

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Give each request to whoever has the least at that moment."""
        loads = {desk.handler: desk.load for desk in desks}
        return one_by_one(requests, desks, lambda handler, given: loads[handler] + given[handler])


class RoundRobin:
    """In turns; who comes first changes from day to day, so that small batches do not always favor the same handler."""

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Deal the requests out like cards, leaving out who has no room."""
        start = stable_number(key) % len(desks)
        turn = {desk.handler: (place - start) % len(desks) for place, desk in enumerate(desks)}
        dealt: dict[HandlerId, int] = dict.fromkeys(turn, 0)

        def rank(handler: HandlerId, given: Mapping[HandlerId, int]) -> int:
            return dealt[handler] * len(desks) + turn[handler]

        return one_by_one(requests, desks, rank, dealt)


class Weighted:
    """By shares: of all accounts under the rule, kept and new, each handler has its share in whole accounts."""

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Give each request to whoever lacks most of its share."""
        total = sum(desk.held for desk in desks) + sum(request.size for request in requests)
        targets = apportion(total, [desk.share_bp for desk in desks])
        lacking = {desk.handler: target - desk.held for desk, target in zip(desks, targets, strict=True)}
        return one_by_one(requests, desks, lambda handler, given: given[handler] - lacking[handler])


def one_by_one(
    requests: Sequence[Request],
    desks: Sequence[Desk],
    rank: Callable[[HandlerId, Mapping[HandlerId, int]], int],
    dealt: dict[HandlerId, int] | None = None,
) -> tuple[HandlerId | None, ...]:
    """Give each request to the eligible handler with room whose rank is lowest, of equals the first in the rule's order."""
    rooms = Rooms(desks)
    given = {desk.handler: 0 for desk in desks}
    chosen: list[HandlerId | None] = []
    for request in requests:
        fit = [handler for handler in request.eligible if rooms.fits(handler, request)]
        handler = min(fit, key=lambda candidate: rank(candidate, given), default=None)
        chosen.append(handler)
        if handler is None:
            continue
        rooms.take(handler, request)
        given[handler] += request.size
        if dealt is not None:
            dealt[handler] += 1
    return tuple(chosen)


def checked(
    name: str, answer: Sequence[HandlerId | None], requests: Sequence[Request], desks: Sequence[Desk]
) -> tuple[HandlerId | None, ...]:
    """
    Return a strategy's answer after making sure that it keeps to eligibility and room.

    Raises:
        PluginFaultError: It does not; nothing was placed.
    """
    rooms = Rooms(desks)
    if len(answer) != len(requests):
        raise PluginFaultError(f"strategy {name!r} gave {len(answer)} answers to {len(requests)} requests; nothing was placed")
    for request, handler in zip(requests, answer, strict=True):
        if handler is None:
            continue
        if handler not in request.eligible:
            raise PluginFaultError(f"strategy {name!r} chose {handler}, who is not eligible for {request.unit}; nothing was placed")
        if not rooms.fits(handler, request):
            raise PluginFaultError(f"strategy {name!r} gave {handler} more than it has room for; nothing was placed")
        rooms.take(handler, request)
    return tuple(answer)
