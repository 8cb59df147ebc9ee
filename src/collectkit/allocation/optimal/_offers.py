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

    def worth(self) -> Ints:
        """Return the values, (teams + 1, accounts), nobody last; below 0 where the team may not have the account."""
        values = np.zeros((self.teams + 1, self.accounts), self.packed.dtype)
        np.right_shift(self.packed, self.bits, out=values[:-1])
        return values


def bits_for(teams: int) -> int:
    """Return how many bits tell the teams and nobody apart."""
    return teams.bit_length()


def _never(kind: np.dtype[np.signedinteger]) -> int:
    return -(1 << (8 * kind.itemsize - 2))


def blocks(count: int, row_bytes: int) -> Iterator[slice]:
    """Cut *count* accounts into blocks whose rows of *row_bytes* stay close to the processor."""
    size = max(256, BLOCK_BYTES // max(1, row_bytes))
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


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
    return narrow if narrow is not None else _packed(values, np.dtype(np.int64)) or _too_great(values)


def _too_great(values: Ints) -> NoReturn:
    raise ValidationError(f"values go up to {VALUE_MAX} minor units, got {values.max()}; nothing was assigned")


def _packed(values: Ints, kind: np.dtype[np.signedinteger]) -> tuple[Offers, int] | None:
    """Pack offers into one type of number, or return None when the values are too great for it."""
    accounts, teams = values.shape
    bits = bits_for(teams)
    packed, numbers = np.empty((teams, accounts), kind), np.arange(teams, dtype=kind)[:, None]
    limit, greatest = min(VALUE_MAX, (1 << (8 * kind.itemsize - 2 - bits)) - 1), 0
    for block in blocks(accounts, teams * values.itemsize):
        given, part = values[block], packed[:, block]
        most, least = int(given.max()), int(given.min())
        if most > limit:
            return None
        if least < -1:
            given = np.maximum(given, -1)
        greatest = max(greatest, most)
        np.copyto(part, given.T, casting="unsafe")
        np.left_shift(part, bits, out=part)
        np.bitwise_or(part, numbers, out=part)
    return Offers(packed, bits), greatest


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
    """

    prices: Wide
    team: Ints
    best: Ints
    lead: Ints
    rival: Ints
    bound: int
    demand: Wide


def look(offers: Offers, prices: Wide, places: Wide) -> Look:
    """Compare all offers at these prices: four operations on bytes that lie side by side, a team."""
    bits, count, kind = offers.bits, offers.accounts, offers.packed.dtype
    nobody = kind.type(offers.teams)
    best, second = np.full(count, nobody, kind), np.full(count, _never(kind), kind)
    shifted = (prices << bits).astype(kind)
    size = max(256, BLOCK_BYTES // (4 * kind.itemsize))
    offer, lesser = np.empty(size, kind), np.empty(size, kind)
    for start in range(0, count, size):
        end = min(start + size, count)
        first, then, now, low = best[start:end], second[start:end], offer[: end - start], lesser[: end - start]
        for team in range(offers.teams):
            np.subtract(offers.packed[team, start:end], shifted[team], out=now)
            np.minimum(now, first, out=low)
            np.maximum(then, low, out=then)
            np.maximum(first, now, out=first)
    mask = kind.type((1 << bits) - 1)
    winner, rival = best & mask, second & mask
    best >>= bits
    second >>= bits
    bound = int(places @ prices) + int(best.sum(dtype=np.int64))
    demand = np.bincount(winner, minlength=offers.teams + 1)[: offers.teams]
    np.subtract(best, second, out=second)
    return Look(prices, winner, best, second, rival, bound, demand)


def best_of(offers: Offers, prices: Wide) -> int:
    """Return the sum of the best offers of all accounts at these prices."""
    bits, count, kind = offers.bits, offers.accounts, offers.packed.dtype
    shifted = (prices << bits).astype(kind)
    size = max(256, BLOCK_BYTES // (2 * kind.itemsize))
    first, now = np.empty(size, kind), np.empty(size, kind)
    total = 0
    for start in range(0, count, size):
        width = min(size, count - start)
        top, offer = first[:width], now[:width]
        top.fill(0)
        for team in range(offers.teams):
            np.subtract(offers.packed[team, start : start + width], shifted[team], out=offer)
            np.maximum(top, offer, out=top)
        top >>= bits
        total += int(top.sum(dtype=np.int64))
    return total


def worth_of(offers: Offers, team: Wide) -> int:
    """Return what an assignment is worth; the number after the last team is nobody, who is worth nothing."""
    given = np.flatnonzero(team != offers.teams)
    return int((offers.packed[team[given], given] >> offers.bits).sum(dtype=np.int64))
