"""The built-in strategies by name, and the two that need a word: a lottery for challengers, and the optimum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import attrs

from collectkit.allocation.handlers import WHOLE_BP
from collectkit.allocation.paper import Stratified
from collectkit.allocation.policies import Distribution
from collectkit.allocation.strategies import (
    Desk,
    First,
    LeastLoaded,
    Request,
    Rooms,
    RoundRobin,
    Strategy,
    Weighted,
    one_by_one,
    stable_number,
)
from collectkit.identifiers import HandlerId


class Champion:
    """
    The first handler, but for the shares that a lottery gives to challengers.

    A unit draws the same ticket for a rule on every day and whatever the seed, so that anybody can draw it again and
    see that nobody picked the accounts. Where the drawn handler cannot take it, the rule's order decides.
    """

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Let each request draw its ticket."""
        rule = key.rpartition("/")[2]
        rooms = Rooms(desks)
        chosen: list[HandlerId | None] = []
        for request in requests:
            drawn = _drawn(stable_number(f"challenge/{rule}/{request.unit}") % WHOLE_BP, desks)
            order = sorted(request.eligible, key=lambda handler: handler != drawn)
            handler = next((handler for handler in order if rooms.fits(handler, request)), None)
            chosen.append(handler)
            if handler is not None:
                rooms.take(handler, request)
        return tuple(chosen)


def _drawn(ticket: int, desks: Sequence[Desk]) -> HandlerId:
    for desk in desks:
        if ticket < desk.share_bp:
            return desk.handler
        ticket -= desk.share_bp
    return desks[0].handler


class Optimal:
    """Such that the expected net-back is the greatest possible; NumPy is loaded when it is first asked."""

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Solve exactly; what then finds nobody who would bring something in goes to whoever has room."""
        from collectkit.allocation.optimal.sharing import share_out

        return share_out(requests, desks).answer


class Performance:
    """
    By shares that results have earned, instead of those of the rule.

    Args:
        shares_bp: In basis points, 10,000 in all, as `collectkit.allocation.performance.performance_shares` gives them.
    """

    def __init__(self, shares_bp: Mapping[HandlerId, int]) -> None:
        self._shares = dict(shares_bp)

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Give each request to whoever lacks most of its share; a handler without a share gets what others have no room for."""
        earned = [attrs.evolve(desk, share_bp=self._shares.get(desk.handler, 0)) for desk in desks]
        return Weighted().distribute(requests, earned, key)


class Returning:
    """
    To whoever had the unit before, where that handler can take it again; otherwise to whoever has least.

    Args:
        before: Who had each unit last, by its key.
    """

    def __init__(self, before: Mapping[str, HandlerId]) -> None:
        self._before = dict(before)

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Serve those who come back first, so that nobody takes their places."""
        rooms = Rooms(desks)
        loads = {desk.handler: desk.load for desk in desks}
        chosen: list[HandlerId | None] = [None] * len(requests)
        for place, request in enumerate(requests):
            handler = self._before.get(request.unit)
            if handler in request.eligible and handler is not None and rooms.fits(handler, request):
                chosen[place] = handler
                rooms.take(handler, request)
                loads[handler] += request.size
        left = [attrs.evolve(desk, load=loads[desk.handler]) for desk in rooms.desks]
        open_places = [place for place, handler in enumerate(chosen) if handler is None]
        answer = one_by_one([requests[place] for place in open_places], left, lambda handler, given: loads[handler] + given[handler])
        for place, handler in zip(open_places, answer, strict=True):
            chosen[place] = handler
        return tuple(chosen)


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {
        Distribution.FIRST.value: First(),
        Distribution.ROUND_ROBIN.value: RoundRobin(),
        Distribution.LEAST_LOADED.value: LeastLoaded(),
        Distribution.WEIGHTED.value: Weighted(),
        Distribution.STRATIFIED.value: Stratified(),
        Distribution.CHAMPION.value: Champion(),
        Distribution.OPTIMAL.value: Optimal(),
    }
)
"""The built-in strategies by the name a rule gives."""
