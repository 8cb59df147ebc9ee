"""The optimum for requests: accounts of one person that go together, desks with room, expected net-backs.

With one account a request the answer is exact and its certificate has a gap of 0. Requests of several accounts make the
question one of packing, for which no such proof exists; then the prices of the relaxed question, where accounts of a
person could be parted, decide, and the certificate says how far from the best the answer can be at most.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from collectkit.allocation.optimal._offers import Wide
from collectkit.allocation.optimal.certificates import Certificate
from collectkit.allocation.optimal.solving import assign
from collectkit.allocation.strategies import Desk, Request, one_by_one
from collectkit.identifiers import HandlerId


@attrs.frozen
class SharedOut:
    """
    Who gets which request, and how good that is.

    Attributes:
        answer: One answer a request, in their order.
        certificate: Value, bound and the price of one more account at each desk, in the order of the desks.
    """

    answer: tuple[HandlerId | None, ...]
    certificate: Certificate


def share_out(requests: Sequence[Request], desks: Sequence[Desk]) -> SharedOut:
    """
    Share requests out such that the expected net-back is the greatest possible.

    Where a request brings nothing in with anybody who has room, it goes to the first eligible handler that has: the
    optimum leaves nobody out who can be served. Requests without values all count the same.
    """
    values, sizes = _values(requests, desks), np.array([request.size for request in requests], np.int64)
    rooms = np.array([min(desk.room, int(sizes.sum())) for desk in desks], np.int64)
    if not len(requests) or sizes.max() == sizes.min() == 1:
        found = assign(values, rooms)
        chosen, certificate = found.team.tolist(), found.certificate
    else:
        chosen, certificate = _packed(values, sizes, rooms)
    answer = [desks[place].handler if place >= 0 else None for place in chosen]
    return SharedOut(_served(requests, desks, answer), certificate)


def _values(requests: Sequence[Request], desks: Sequence[Desk]) -> Wide:
    place = {desk.handler: number for number, desk in enumerate(desks)}
    values = np.full((len(requests), len(desks)), -1, np.int64)
    for row, request in enumerate(requests):
        for handler, value in zip(request.eligible, request.values or (1,) * len(request.eligible), strict=True):
            values[row, place[handler]] = value
    return values


def _packed(values: Wide, sizes: Wide, rooms: Wide) -> tuple[list[int], Certificate]:
    """Price the places as if accounts of a person could be parted, then give whole requests, the clearest choice first."""
    each = np.where(values >= 0, values // sizes[:, None], -1)
    prices = np.array(assign(np.repeat(each, sizes, axis=0), rooms).certificate.prices, np.int64)
    net = np.where(values >= 0, values - sizes[:, None] * prices, -1)
    best = np.maximum(net.max(axis=1), 0)
    bound = int(rooms @ prices) + int(best.sum())
    chosen, left, value = [-1] * len(sizes), rooms.tolist(), 0
    ranked = np.sort(net, axis=1)
    lead = ranked[:, -1] - np.maximum(ranked[:, -2], 0) if net.shape[1] > 1 else ranked[:, -1]
    for row in np.lexsort((np.arange(len(sizes)), -lead, -sizes)).tolist():
        size = int(sizes[row])
        able = [place for place in range(len(left)) if values[row, place] >= 0 and left[place] >= size]
        if able:
            place = max(able, key=lambda place: (int(net[row, place]), -place))
            chosen[row], left[place], value = place, left[place] - size, value + int(values[row, place])
    return chosen, Certificate(value, bound, tuple(prices.tolist()))


def _served(requests: Sequence[Request], desks: Sequence[Desk], answer: list[HandlerId | None]) -> tuple[HandlerId | None, ...]:
    room = {desk.handler: desk.room for desk in desks}
    for request, handler in zip(requests, answer, strict=True):
        if handler is not None:
            room[handler] -= request.size
    open_places = [place for place, handler in enumerate(answer) if handler is None]
    left = [attrs.evolve(desk, room=room[desk.handler]) for desk in desks]
    for place, handler in zip(open_places, one_by_one([requests[p] for p in open_places], left, lambda *_: 0), strict=True):
        answer[place] = handler
    return tuple(answer)
