"""Everybody's offers, packed a block at a time and forgotten: a large table is read, and never copied whole.

What is worth keeping of a million accounts is who offers most and by how much; all offers are needed again only for the
few that are contested. A pass over a very large table is shared out to threads: NumPy lets go of the interpreter while
it computes, and whole numbers add up to the same whoever adds them.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from collectkit._threads import share_out
from collectkit.allocation.optimal._offers import Ints, Look, Offers, Wide, bits_for, blocks, pack, pack_block, top_two

READ_BYTES = 1 << 21
"""A block to be compared at once: as much again when packed, and long enough that starting an operation costs little."""


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

        share_out(gather, len(accounts), self._row_bytes)
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
        count, bits = self.accounts, bits_for(self.teams)
        best, second = np.empty(count, self.kind), np.empty(count, self.kind)

        def compare(part: slice) -> int | None:
            greatest = 0
            for block, packed, most in self._blocks(part, prices):
                if most is None:
                    return None
                greatest = max(greatest, most)
                top_two(packed, best[block], second[block])
            return greatest

        found = share_out(compare, count, self._row_bytes)
        greatest = [most for most in found if most is not None]
        return (Look.of(best, second, bits, prices, places), max(greatest)) if len(greatest) == len(found) else None

    def best_of(self, prices: Wide) -> int:
        """Return the sum of the best offers of all accounts at these prices."""
        bits = bits_for(self.teams)

        def add(part: slice) -> int:
            total = 0
            for _, packed, _ in self._blocks(part, prices):
                total += int((packed.max(axis=0, initial=0) >> bits).sum(dtype=np.int64))
            return total

        return sum(share_out(add, self.accounts, self._row_bytes))

    def _blocks(self, part: slice, prices: Wide) -> Iterator[tuple[slice, Ints, int | None]]:
        """Pack the offers at these prices, one block after the other, each over the one before, with its greatest value."""
        low = (np.arange(self.teams) - (prices << bits_for(self.teams))).astype(self.kind)
        room: Ints | None = None
        for block in blocks(part.start, part.stop, self._row_bytes, READ_BYTES):
            room = np.empty((self.teams, block.stop - block.start), self.kind) if room is None else room
            packed = room[:, : block.stop - block.start]
            yield block, packed, pack_block(self.values[block], packed, low)
