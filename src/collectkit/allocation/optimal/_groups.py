"""Accounts put together by which teams tie for them, and pushed along paths of ties as whole groups.

Everything that is asked of a group is asked of a set of teams, so such a set is one whole number: bit *k* for team *k*.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from collectkit.allocation.optimal._offers import Wide

Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.unsignedinteger]


class Groups:
    """
    Who has how many accounts of each group while ties are settled at one set of prices.

    Args:
        ties: (teams + 1, accounts): whether the team is among the best for the account; nobody last.
        room: (teams + 1,) how many accounts each may have.
        costs: (teams + 1,) the prices; a team that asks nothing need not be full.
    """

    def __init__(self, ties: Flags, room: Wide, costs: Wide) -> None:
        self._width = len(ties)
        keys = _keys(ties)
        self._order, starts = _together(keys)
        self._size = np.diff(starts, append=len(self._order))
        self._words = keys[:, self._order[starts]]
        self._room = room.tolist()
        self._free = sum(1 << team for team, cost in enumerate(costs.tolist()) if cost == 0)
        self._has = np.zeros((self._width, len(starts)), np.int64)
        self._first_come(room)
        self._load: list[int] = self._has.sum(axis=1).tolist()
        self._over = sum(1 << team for team in range(self._width) if self._load[team] > self._room[team])
        self._under = sum(1 << team for team in range(self._width) if self._load[team] < self._room[team])
        self._near = [self._reach(team) for team in range(self._width)]

    def relieve(self) -> Flags | None:
        """Push accounts from teams with too many to where there is room; return the teams that cannot get rid of any."""
        while self._over:
            reached, path = self._search(self._over, self._under)
            if not path:
                return self._flags(reached)
            here, there = path[0], path[-1]
            self._push(path, min(self._load[here] - self._room[here], self._room[there] - self._load[there]))
        return None

    def fill(self) -> Flags | None:
        """Push accounts to free places that have a price; return the teams that no account can come to."""
        while under := self._under & ~self._free:
            # A team that asks nothing may lose an account without anybody taking its place; so may nobody.
            reached, path = self._search(self._free, under)
            if not path:
                return ~self._flags(reached)
            self._push(path, self._room[path[-1]] - self._load[path[-1]])
        return None

    def assign(self) -> Wide:
        """Return a team for each account: within a group the first accounts go to the first teams."""
        team = np.empty(len(self._order), np.int64)
        team[self._order] = np.repeat(np.tile(np.arange(self._width), len(self._size)), self._has.T.ravel())
        return team

    def _first_come(self, room: Wide) -> None:
        """Let each team take what ties with it while it has room; who is left goes to nobody or to the first tie."""
        left = self._size.copy()
        for team in range(self._width - 1):
            able = np.flatnonzero(self._tied(team) & (left > 0))
            taken = _first(left[able], room[team])
            self._has[team, able] = taken
            left[able] -= taken
        for team in range(self._width - 1, -1, -1):
            able = np.flatnonzero(self._tied(team) & (left > 0))
            self._has[team, able] += left[able]
            left[able] = 0

    def _tied(self, team: int) -> Flags:
        word, bit = divmod(team, 8 * self._words.itemsize)
        tied: Flags = (self._words[word] & self._words.dtype.type(1 << bit)) != 0
        return tied

    def _reach(self, team: int) -> int:
        """Return the set of teams that tie for any account that *team* has."""
        found = np.bitwise_or.reduce(self._words[:, self._has[team] > 0], axis=1)
        return int.from_bytes(found.tobytes(), "little")

    def _flags(self, teams: int) -> Flags:
        return np.array([bool(teams >> team & 1) for team in range(self._width)])

    def _search(self, sources: int, targets: int) -> tuple[int, list[int]]:
        """Search a shortest path of ties; return the teams that were reached, and the path, empty when there is none."""
        reached = sources
        queue = list(_members(sources))
        parent = dict.fromkeys(queue, -1)
        for team in queue:
            near = self._near[team] & ~reached
            reached |= near
            if found := near & targets:
                path = [next(_members(found)), team]
                while parent[path[-1]] >= 0:
                    path.append(parent[path[-1]])
                return reached, path[::-1]
            for other in _members(near):
                parent[other] = team
                queue.append(other)
        return reached, []

    def _push(self, path: list[int], amount: int) -> None:
        steps = [(away, to, np.flatnonzero(self._tied(to) & (self._has[away] > 0))) for away, to in pairwise(path)]
        amount = min(amount, *(int(self._has[away, able].sum()) for away, _, able in steps))
        for away, to, able in steps:
            moved = _first(self._has[away, able], amount)
            self._has[away, able] -= moved
            self._has[to, able] += moved
        self._load[path[0]] -= amount
        self._load[path[-1]] += amount
        for team in (path[0], path[-1]):
            bit, more = 1 << team, self._load[team] - self._room[team]
            self._over = self._over | bit if more > 0 else self._over & ~bit
            self._under = self._under | bit if more < 0 else self._under & ~bit
        for team in path:
            self._near[team] = self._reach(team)


def _first(counts: Wide, limit: int) -> Wide:
    """Return how many of each are among the first *limit* of all."""
    taken = np.minimum(np.cumsum(counts), limit)
    taken[1:] -= taken[:-1].copy()
    return taken


def _keys(ties: Flags) -> Words:
    """Return the set of teams that tie for each account, (words, accounts), as few bits a word as will do."""
    width, count = ties.shape
    bits = next((bits for bits in (16, 32) if width <= bits), 64)
    kind = np.dtype(f"<u{bits // 8}")
    keys = np.zeros((-(-width // bits), count), kind)
    for team in range(width):
        word, bit = divmod(team, bits)
        keys[word] |= ties[team] * kind.type(1 << bit)
    return keys


def _together(keys: Words) -> tuple[Wide, Wide]:
    """Return the accounts such that equal sets stand together, and where each set starts."""
    order = np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(keys)
    sorted_keys = keys[:, order]
    differs = (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0)
    return order, np.flatnonzero(np.concatenate(([True], differs)))


def _members(teams: int) -> Iterator[int]:
    while teams:
        lowest = teams & -teams
        yield lowest.bit_length() - 1
        teams ^= lowest
