"""Everybody's offers, packed a block at a time and forgotten: a large table is read, and never copied whole.

What is worth keeping of a million accounts is who offers most and by how much; all offers are needed again only for the
few that are contested. A pass over a very large table is shared out to threads: NumPy lets go of the interpreter while
it computes, and whole numbers add up to the same whoever adds them.
"""

from __future__ import annotations

import attrs
import numpy as np

from collectkit._threads import share_out
from collectkit.allocation.optimal._offers import Ints, Look, Offers, Wide, bits_for, blocks, pack, pack_block, top_two
from collectkit.allocation.optimal._prices import foreseen

READ_BYTES = 1 << 21
"""A block to be compared at once: as much again when packed, and long enough that starting an operation costs little."""
FETCHED = 4
"""A byte fetched here and there takes as long as so many read in a row."""
WIDE = 16
"""From so many teams on it costs more to fetch an account's offers once more than to reckon with those that were read early."""
EARLY = (1, 6)
"""Which of eight blocks in a row are read before prices are put right for the others: about their middle, lest an order mislead."""
SURVEYED = 64
"""So many blocks at least are surveyed; of fewer, those that are read early say too little of the others."""


@attrs.frozen(eq=False)
class Table:
    """
    Offers that are packed while they are looked at.

    Attributes:
        values: (accounts, teams), whole minor units; below 0: the team may not have the account.
        kind: The number that an offer is packed into.
    """

    values: Ints
    kind: np.dtype[np.signedinteger]

    @property
    def teams(self) -> int:
        """How many teams, nobody not among them."""
        return int(self.values.shape[1])

    @property
    def accounts(self) -> int:
        """How many accounts."""
        return len(self.values)

    @property
    def _row_bytes(self) -> int:
        return self.teams * self.values.itemsize

    def of(self, accounts: Wide) -> Offers:
        """Return the offers for some accounts, by their places."""
        offers = np.empty((self.teams, len(accounts)), self.kind)
        numbers = np.arange(self.teams, dtype=self.kind)

        def gather(part: slice) -> None:
            for block in blocks(part.start, part.stop, self._row_bytes):
                pack_block(np.take(self.values, accounts[block], axis=0), offers[:, block], numbers)

        share_out(gather, len(accounts), FETCHED * self._row_bytes)
        return Offers(offers, bits_for(self.teams))

    def packed(self) -> Offers:
        """Return all offers, to be looked at again and again."""
        return pack(self.values)[0]

    def look(self, prices: Wide, places: Wide) -> Look:
        """Compare all offers at these prices."""
        found = self.read(prices, places)
        assert found is not None, "the table was read in this kind of number before"
        return found[0]

    def read(self, prices: Wide, places: Wide) -> tuple[Look, int] | None:
        """Compare all offers at these prices, and find the greatest value; None where one does not fit."""
        best, second = self._room_for_two()
        greatest = self._compare(self._cut(), prices, best, second)
        return None if greatest is None else (Look.of(best, second, bits_for(self.teams), prices, places), greatest)

    def survey(self, prices: Wide, places: Wide) -> tuple[Look, int] | None:
        """
        Compare some of the offers at these prices, and all others at the prices that they foretell.

        Returns:
            What `read` returns, at the later prices. Those who came first are not looked at again: their best offers are
            exact, and ahead by as much as can be sure; not ahead at all where prices that moved may have won somebody over.
        """
        cut, bits = self._cut(), bits_for(self.teams)
        if self.teams < WIDE or len(cut) < SURVEYED:
            return self.read(prices, places)
        early = [block for number, block in enumerate(cut) if number % 8 in EARLY]
        best, second = self._room_for_two()
        greatest = self._compare(early, prices, best, second)
        if greatest is None:
            return None
        seen = sum(block.stop - block.start for block in early)
        share = places * seen // self.accounts
        first, then = (np.concatenate([offers[block] for block in early]) for offers in (best, second))
        so_far = Look.of(first, then, bits, prices, share)
        later, _ = foreseen(so_far, share, greatest)
        rest = self._compare([block for number, block in enumerate(cut) if number % 8 not in EARLY], later, best, second)
        if rest is None:
            return None
        falls = (np.append(prices - later, 0) << bits).astype(self.kind)
        for block in early:
            best[block] += falls[best[block] & ((1 << bits) - 1)]
            second[block] += falls.max()
        look = Look.of(best, second, bits, later, places, so_far.demand - share)
        return look, max(greatest, rest)

    def _room_for_two(self) -> tuple[Ints, Ints]:
        return np.empty(self.accounts, self.kind), np.empty(self.accounts, self.kind)

    def _cut(self) -> list[slice]:
        return list(blocks(0, self.accounts, self._row_bytes, READ_BYTES))

    def _compare(self, cut: list[slice], prices: Wide, best: Ints, second: Ints) -> int | None:
        """Find the best two offers for the accounts of some blocks, and the greatest value; None where one does not fit."""
        low = (np.arange(self.teams) - (prices << bits_for(self.teams))).astype(self.kind)

        def compare(part: slice) -> int | None:
            greatest = 0
            room = np.empty((self.teams, cut[0].stop - cut[0].start), self.kind)
            for block in cut[part]:
                packed = room[:, : block.stop - block.start]
                most = pack_block(self.values[block], packed, low)
                if most is None:
                    return None
                greatest = max(greatest, most)
                top_two(packed, best[block], second[block])
            return greatest

        found = share_out(compare, len(cut), READ_BYTES)
        greatest = [most for most in found if most is not None]
        return max(greatest) if len(greatest) == len(found) else None
