"""Whole requests into desks that count more than accounts: people with several, units of work, what is outstanding.

That is a question of packing, for which no quick exact answer is known. What is known is a bound: put a price on every
place and on every unit of each other limit, and no sharing out is worth more than all that is on offer at these prices,
plus for each request the most that a desk would pay beyond them. Prices that make the bound small are sought step by
step, each step shares out by its prices, and the best of these is the answer. Where it meets the bound it is proved to
be the best; where it does not, the gap says by how much another could be better at most.

Source:
    Lagrangian relaxation of the generalised assignment problem with the step of Polyak: Fisher, *Management Science* 27
    (1981), 1-18. Whole numbers throughout, so that the same question has the same answer on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import attrs
import numpy as np

from collectkit.allocation.optimal._offers import Wide
from collectkit.allocation.optimal.certificates import Certificate
from collectkit.allocation.optimal.solving import assign

SCALE = 1_024
"""Prices of units are whole numbers of this part of a minor unit."""
STEPS, STEPS_LARGE, LARGE = 40, 12, 2_000
"""How many prices are tried, and how many from so many requests on."""
_EACH = 4
"""Whole requests are given out at one in so many prices: that takes longer than the prices do."""
_FAR = 4e18
NONE = -1
"""In place of a limit: there is none."""


@attrs.frozen(eq=False)
class Packing:
    """
    What is to be shared out.

    Attributes:
        values: (requests, desks) int64, minor units; below 0: the desk may not have the request.
        sizes: (requests,) int64, accounts.
        rooms: (desks,) int64, places.
        needs: (requests, limits) int64: what each request takes of each other limit.
        limits: (desks, limits) int64: how much of it each desk has; `NONE`: any amount.
    """

    values: Wide
    sizes: Wide
    rooms: Wide
    needs: Wide
    limits: Wide


@attrs.frozen(eq=False)
class _Priced:
    """A packing at certain prices: what each request is worth at each desk beyond them, the bound, and who it would go to."""

    net: Wide
    places: Wide
    bound: int
    team: Wide


def pack_out(asked: Packing) -> tuple[list[int], Certificate]:
    """Share out; return the number of a desk for each request, -1 for none, with the certificate."""
    rates = np.zeros(asked.limits.shape, np.int64)
    chosen, value, bound, best = [-1] * len(asked.sizes), -1, 2**62, (np.zeros(len(asked.rooms), np.int64), rates)
    part, stale, nobody = Fraction(1), 0, [-1] * len(asked.sizes)
    for step in range(STEPS if len(asked.sizes) <= LARGE else STEPS_LARGE):
        priced = _priced(asked, rates)
        stale += 1
        if priced.bound < bound:
            bound, best, stale = priced.bound, (priced.places, rates), 0
        if stale == 0 or step % _EACH == 0:
            for order, likes in ((_clearest(priced.net, asked.sizes), nobody), (_as_priced(priced, asked.sizes), priced.team.tolist())):
                found, worth = _given(asked, priced.net, order, likes)
                if worth > value:
                    chosen, value = found, worth
        # Prices that only go to and fro take smaller steps.
        part = part / 2 if stale and stale % _EACH == 0 else part
        further = _further(asked, priced, rates, (bound - value) * part)
        if bound == value or further is None:
            break
        rates = further
    places, rates = best
    rows: list[list[int]] = [[int(rate) for rate in row] for row in rates] if asked.limits.shape[1] else []
    shown = tuple(tuple(Fraction(rate, SCALE) for rate in row) for row in rows)
    return chosen, Certificate(value, bound, tuple(places.tolist()), shown)


def _priced(asked: Packing, rates: Wide) -> _Priced:
    reduced = _reduced(asked, rates)
    single = bool(len(asked.sizes)) and int(asked.sizes.max()) == 1
    if single:
        found = assign(np.maximum(reduced, -1), asked.rooms)
        places = np.array(found.certificate.prices, np.int64)
    else:
        # As if accounts of one person could be parted; any prices give a bound, and these are near the best.
        each = np.where(reduced >= 0, reduced // np.maximum(asked.sizes[:, None], 1), -1)
        places = np.array(assign(np.repeat(each, asked.sizes, axis=0), asked.rooms).certificate.prices, np.int64)
    net = np.where(reduced >= 0, reduced - asked.sizes[:, None] * places, np.int64(-(2**61)))
    offered = [rate * limit for rate, limit in zip(rates.ravel().tolist(), asked.limits.ravel().tolist(), strict=True) if rate]
    bound = int(asked.rooms @ places) - (-sum(offered) // SCALE) + int(np.maximum(net.max(axis=1, initial=0), 0).sum())
    likes = np.where(net.max(axis=1, initial=-1) > 0, net.argmax(axis=1), -1) if net.size else np.full(len(net), -1)
    return _Priced(net, places, bound, found.team if single else likes)


def _reduced(asked: Packing, rates: Wide) -> Wide:
    """Return the values less what a request takes of each limit at its rate, rounded up so that the bound stays one."""
    reduced = asked.values.copy()
    for limit in range(asked.limits.shape[1]):
        need, rate = asked.needs[:, limit, None], rates[None, :, limit]
        far = need.astype(np.float64) * rate > _FAR
        reduced = np.where(reduced >= 0, reduced - np.where(far, np.int64(2**60), np.where(far, 0, need) * rate // SCALE), reduced)
    return reduced


def _clearest(net: Wide, sizes: Wide) -> list[int]:
    """Return the requests in the order in which they are served: the large first, then the clearest choice."""
    if not net.size:
        return list(range(len(net)))
    ranked = np.sort(net, axis=1)
    lead = ranked[:, -1] - np.maximum(ranked[:, -2], 0) if net.shape[1] > 1 else ranked[:, -1]
    order: list[int] = np.lexsort((np.arange(len(sizes)), -lead, -sizes)).tolist()
    return order


def _as_priced(priced: _Priced, sizes: Wide) -> list[int]:
    """Return the requests that the prices give to somebody first, those that gain most by it before the others."""
    order: list[int] = np.lexsort((np.arange(len(sizes)), -priced.net.max(axis=1, initial=-1), priced.team < 0)).tolist()
    return order


def _given(asked: Packing, net: Wide, order: Sequence[int], likes: Sequence[int]) -> tuple[list[int], int]:
    """
    Give whole requests in this order, each to a desk with room: the one it likes, or else where it gains most.

    Returns:
        Who got which, and the value.
    """
    chosen, left, value = [-1] * len(asked.sizes), asked.rooms.tolist(), 0
    spare, limited = asked.limits.tolist(), [limit.tolist() for limit in asked.limits >= 0]
    values, gains, sizes, needs = asked.values.tolist(), net.tolist(), asked.sizes.tolist(), asked.needs.tolist()
    for row in order:
        able = [
            place
            for place in range(len(left))
            if values[row][place] >= 0
            and left[place] >= sizes[row]
            and all(not held or need <= has for held, need, has in zip(limited[place], needs[row], spare[place], strict=True))
        ]
        if not able:
            continue
        place = max(able, key=lambda place: (place == likes[row], gains[row][place], -place))
        chosen[row], left[place], value = place, left[place] - sizes[row], value + values[row][place]
        spare[place] = [has - need for has, need in zip(spare[place], needs[row], strict=True)]
    return chosen, value


def _further(asked: Packing, priced: _Priced, rates: Wide, gap: Fraction) -> Wide | None:
    """Return the next prices: dearer where more is wanted than there is, cheaper where less; None when no limit binds."""
    over: dict[tuple[int, int], Fraction] = {}
    for place in range(len(asked.rooms)):
        mine = asked.needs[priced.team == place]
        for limit, has in enumerate(asked.limits[place].tolist()):
            want = int(mine[:, limit].sum())
            if has != NONE and (want > has or rates[place, limit] > 0):
                over[place, limit] = Fraction(want - has, max(1, has))
    length = sum(apart**2 for apart in over.values())
    if not length:
        return None
    following = rates.copy()
    for (place, limit), apart in over.items():
        has = max(1, int(asked.limits[place, limit]))
        step = gap * SCALE * apart / (length * has)
        following[place, limit] = max(0, min(int(rates[place, limit]) + round(step), 2**40))
    return None if (following == rates).all() else following
