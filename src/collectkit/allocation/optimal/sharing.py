"""The optimum for requests: accounts of one person that go together, desks with room, expected net-backs.

With one account a request, and desks that count accounts alone, the answer is exact and its certificate has a gap of 0.
Requests of several accounts, and limits on units of work or on what is outstanding, make the question one of packing; then
the answer is as good as prices find it, and the certificate says how far from the best it can be at most.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from collectkit.allocation.optimal._offers import Wide
from collectkit.allocation.optimal.certificates import Certificate
from collectkit.allocation.optimal.limits import NONE, Packing, pack_out
from collectkit.allocation.optimal.solving import assign
from collectkit.allocation.strategies import Desk, Request, Rooms, one_by_one
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
    single = not len(requests) or sizes.max() == sizes.min() == 1
    if single and all(desk.counts_accounts_alone for desk in desks):
        found = assign(values, rooms)
        chosen, certificate = found.team.tolist(), found.certificate
    else:
        chosen, certificate = pack_out(_packing(requests, desks, values, sizes, rooms))
    answer = [desks[place].handler if place >= 0 else None for place in chosen]
    return SharedOut(_served(requests, desks, answer), certificate)


def _values(requests: Sequence[Request], desks: Sequence[Desk]) -> Wide:
    place = {desk.handler: number for number, desk in enumerate(desks)}
    values = np.full((len(requests), len(desks)), -1, np.int64)
    for row, request in enumerate(requests):
        for handler, value in zip(request.eligible, request.values or (1,) * len(request.eligible), strict=True):
            values[row, place[handler]] = value
    return values


def _packing(requests: Sequence[Request], desks: Sequence[Desk], values: Wide, sizes: Wide, rooms: Wide) -> Packing:
    """Return requests and desks with every limit that some desk has as a column."""
    currencies = sorted({currency for desk in desks for currency, _ in desk.outstanding})
    counted = any(desk.units is not None for desk in desks)
    needs = [[*([request.units] if counted else []), *(dict(request.outstanding).get(c, 0) for c in currencies)] for request in requests]
    limits = [
        [*([NONE if desk.units is None else desk.units] if counted else []), *(dict(desk.outstanding).get(c, NONE) for c in currencies)]
        for desk in desks
    ]
    width = len(currencies) + counted
    return Packing(
        values,
        sizes,
        rooms,
        np.array(needs, np.int64).reshape(len(requests), width),
        np.array(limits, np.int64).reshape(len(desks), width),
    )


def _served(requests: Sequence[Request], desks: Sequence[Desk], answer: list[HandlerId | None]) -> tuple[HandlerId | None, ...]:
    rooms = Rooms(desks)
    for request, handler in zip(requests, answer, strict=True):
        if handler is not None:
            rooms.take(handler, request)
    open_places = [place for place, handler in enumerate(answer) if handler is None]
    for place, handler in zip(open_places, one_by_one([requests[p] for p in open_places], rooms.desks, lambda *_: 0), strict=True):
        answer[place] = handler
    return tuple(answer)
