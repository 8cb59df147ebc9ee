"""What each team offers for each account at given prices, and the best two offers of every account.

An offer is one integer: the value, with the number of the team in its low bits, so that one maximum finds both. The
last team is nobody, who offers 0 at the price 0 and is preferred where offers are equal. Values lie team by team,
because a pass over them then is a few operations on whole rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.errors import ValidationError

Ints: TypeAlias = npt.NDArray[np.signedinteger]
Wide: TypeAlias = npt.NDArray[np.int64]

VALUE_MAX = 10**15
"""Greatest value of one account with one team, minor units."""
BLOCK_BYTES = 1 << 20
"""So much of one block of accounts, all its teams together, stays close to the processor."""


@attrs.frozen
class Offers:
    """
    Packed offers.

    Attributes:
        packed: (teams, accounts) int32 or int64: value shifted left by *bits*, plus the team's number; below 0 where
            the team may not have the account, so that nobody always offers more.
        bits: How many low bits hold the team; nobody is number *teams*.
    """

    packed: Ints
    bits: int

    @property
    def teams(self) -> int:
        """How many teams, nobody not among them."""
        return int(self.packed.shape[0])

    @property
    def accounts(self) -> int:
        """How many accounts."""
        return int(self.packed.shape[1])

    def of(self, accounts: Wide) -> Offers:
        """Return the offers for some accounts, by their places."""
        return Offers(np.take(self.packed, accounts, axis=1), self.bits)

    def look(self, prices: Wide, places: Wide) -> Look:
        """Compare all offers at these prices."""
        kind, row_bytes = self.packed.dtype, max(1, self.teams) * self.packed.itemsize
        best, second, low = np.empty(self.accounts, kind), np.empty(self.accounts, kind), (prices << self.bits).astype(kind)[:, None]
        room: Ints | None = None
        for block in blocks(0, self.accounts, row_bytes):
            room = np.empty((self.teams, block.stop - block.start), kind) if room is None else room
            offers = np.subtract(self.packed[:, block], low, out=room[:, : block.stop - block.start])
            top_two(offers, best[block], second[block])
        return Look.of(best, second, self.bits, prices, places)

    def best_of(self, prices: Wide) -> int:
        """Return the sum of the best offers of all accounts at these prices."""
        net = self.packed - (prices << self.bits).astype(self.packed.dtype)[:, None]
        return int((net.max(axis=0, initial=0) >> self.bits).sum(dtype=np.int64))

    def worth(self) -> Ints:
        """Return the values, (teams + 1, accounts), nobody last; below 0 where the team may not have the account."""
        values = np.zeros((self.teams + 1, self.accounts), self.packed.dtype)
        np.right_shift(self.packed, self.bits, out=values[:-1])
        return values


def bits_for(teams: int) -> int:
    """Return how many bits tell the teams and nobody apart."""
    return teams.bit_length()


def blocks(start: int, stop: int, row_bytes: int, block_bytes: int = BLOCK_BYTES) -> Iterator[slice]:
    """Cut the accounts from *start* up to *stop* into blocks whose rows of *row_bytes* stay close to the processor."""
    size = max(256, block_bytes // max(1, row_bytes))
    return (slice(first, min(first + size, stop)) for first in range(start, stop, size))


def pack(values: Ints) -> tuple[Offers, int]:
    """
    Pack offers, in 32 bits where the values allow it: half as wide is twice as fast.

    Args:
        values: (accounts, teams), whole minor units below 2**50; below 0: the team may not have the account, or nobody
            would want that.

    Returns:
        The offers and the greatest value.
    """
    narrow = _packed(values, np.dtype(np.int32))
    return narrow if narrow is not None else _packed(values, np.dtype(np.int64)) or too_great(values)


def too_great(values: Ints) -> NoReturn:
    raise ValidationError(f"values go up to {VALUE_MAX} minor units, got {values.max()}; nothing was assigned")


def _packed(values: Ints, kind: np.dtype[np.signedinteger]) -> tuple[Offers, int] | None:
    """Pack offers into one type of number, or return None when the values are too great for it."""
    accounts, teams = values.shape
    packed, greatest, numbers = np.empty((teams, accounts), kind), 0, np.arange(teams, dtype=kind)
    for block in blocks(0, accounts, teams * values.itemsize):
        most = pack_block(values[block], packed[:, block], numbers)
        if most is None:
            return None
        greatest = max(greatest, most)
    return Offers(packed, bits_for(teams)), greatest


def pack_block(values: Ints, packed: Ints, low: Ints) -> int | None:
    """
    Pack the offers for a few accounts, (accounts, teams), into (teams, accounts).

    Args:
        values: Whole minor units.
        packed: To be filled.
        low: (teams,) what is added to each team's offers: its number, less its price where offers are wanted at prices.

    Returns:
        The greatest value; None, and nothing was packed, where it does not fit.
    """
    teams = len(packed)
    bits, kind = bits_for(teams), packed.dtype
    # These two passes also bring the block near the processor, which pays for them: turning it is slow from afar.
    most, least = int(values.max()), int(values.min())
    if most > min(VALUE_MAX, (1 << (8 * kind.itemsize - 2 - bits)) - 1):
        return None
    np.copyto(packed, (values if least >= -1 else np.maximum(values, -1)).T, casting="unsafe")
    np.left_shift(packed, bits, out=packed)
    np.add(packed, low[:, None], out=packed)
    return most


@attrs.frozen
class Look:
    """
    How the teams compete at some prices.

    Attributes:
        prices: (teams,) int64, whole minor units, at least 0.
        team: Number of the team whose offer is best for each account; the number after the last for nobody.
        best: The best offer for each account beyond its price, minor units, at least 0.
        lead: By how much the best offer beats the second, minor units, at least 0.
        rival: Number of the team whose offer is second.
        bound: What no assignment can exceed: the prices of all places, plus the best offer of every account.
        demand: (teams,) how many accounts each team is best for.
        gone: (teams,) how many of those are foreseen to go elsewhere although they were not looked at again.
    """

    prices: Wide
    team: Ints
    best: Ints
    lead: Ints
    rival: Ints
    bound: int
    demand: Wide
    gone: Wide

    def excess(self, places: Wide) -> Wide:
        """Return by how many accounts each team is asked too much, (teams,)."""
        return self.demand - self.gone - places

    @classmethod
    def of(cls, best: Ints, second: Ints, bits: int, prices: Wide, places: Wide, gone: Wide | None = None) -> Look:
        """Unpack the best two offers of every account."""
        teams = len(prices)
        mask = best.dtype.type((1 << bits) - 1)
        winner, rival = best & mask, second & mask
        best >>= bits
        second >>= bits
        bound = int(places @ prices) + int(best.sum(dtype=np.int64))
        demand = np.bincount(winner, minlength=teams + 1)[:teams]
        np.subtract(best, second, out=second)
        return cls(prices, winner, best, second, rival, bound, demand, np.zeros(teams, np.int64) if gone is None else gone)


def top_two(packed: Ints, best: Ints, second: Ints) -> None:
    """
    Find the best two offers of some accounts, nobody's among them.

    Args:
        packed: (teams, accounts) at prices; what stands there is lost.
        best: To be filled.
        second: To be filled.
    """
    teams, free = len(packed), np.dtype(f"u{packed.itemsize}")
    np.maximum.reduce(packed, axis=0, out=best, initial=teams)
    # By how much the best is ahead of each, less one, as a number without a sign: of itself that is the greatest of all.
    np.subtract(best, 1, out=second)
    np.subtract(second, packed, out=packed)
    second -= teams
    behind = second.view(free)
    np.minimum(behind, np.minimum.reduce(packed.view(free), axis=0), out=behind)
    second += 1
    np.subtract(best, second, out=second)


def worth_of(offers: Offers, team: Wide) -> int:
    """Return what an assignment is worth; the number after the last team is nobody, who is worth nothing."""
    given = np.flatnonzero(team != offers.teams)
    return int((offers.packed[team[given], given] >> offers.bits).sum(dtype=np.int64))
