"""The contested accounts, solved exactly: prices move until every tie can be settled.

At any prices most accounts have one best team. Those with several equally good ones are put together by *which* teams
tie, and whole groups are pushed along paths of ties from teams that are asked too much to places that are free. Where
no path is left, the teams that can be reached are too cheap together (or, seen from a free place, too dear): their
prices move by the exact amount at which the bound is least along that direction. The bound is a convex function on
whole numbers and falls with every such move, so it ends; and it ends only where all demands are met.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.allocation.optimal._groups import Groups
from collectkit.allocation.optimal._offers import Ints, Wide

Flags = npt.NDArray[np.bool_]


@attrs.frozen
class Settled:
    """
    The optimum of the contested accounts.

    Attributes:
        team: (accounts,) int64; the number after the last team for nobody.
        prices: (teams,) int64.
    """

    team: Wide
    prices: Wide


def settle_exactly(worth: Ints, places: Wide, prices: Wide) -> Settled:
    """
    Give each account a team, or nobody, such that the total is the greatest possible.

    Args:
        worth: (teams + 1, accounts), nobody last with 0; below 0 where a team may not have the account.
        places: (teams,) at least 0.
        prices: (teams,) at least 0: where to begin; the nearer to the answer, the sooner it is found.
    """
    teams = len(places)
    nobody = teams
    costs = np.append(prices, 0)
    room = np.append(places, worth.shape[1])
    while True:
        net = worth - costs.astype(worth.dtype)[:, None]
        best = net.max(axis=0)
        ties = net == best
        groups = Groups(ties, room, costs)
        cheap = groups.relieve()
        if cheap is not None:
            inside = np.flatnonzero(~ties[~cheap].any(axis=0))
            spare = best[inside] - net[np.ix_(~cheap, inside)].max(axis=0)
            too_many = len(inside) - int(room[cheap].sum())
            costs[cheap] += np.partition(spare, too_many - 1)[too_many - 1]
            continue
        dear = groups.fill()
        if dear is None:
            return Settled(groups.assign(), costs[:nobody])
        outside = np.flatnonzero(~ties[dear].any(axis=0))
        lacking = best[outside] - net[np.ix_(dear, outside)].max(axis=0)
        too_few = int(room[dear].sum()) - (worth.shape[1] - len(outside))
        drop = int(costs[dear].min())
        if too_few <= len(outside):
            drop = min(drop, int(np.partition(lacking, too_few - 1)[too_few - 1]))
        costs[dear] -= drop
