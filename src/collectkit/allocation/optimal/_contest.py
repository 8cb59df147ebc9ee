"""Who is contested: the few accounts that prices on their way to the answer may still win over from one team to another.

Everybody else is fixed where the offer is clearly best. An account can change hands only when some price falls further
than that of its own team by more than its best offer is ahead. How far the prices will move is foreseen from how many
accounts are near a boundary between two teams, so that those are taken whom they may reach, team by team, and no more.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.allocation.optimal._offers import Ints, Look, Offers, Wide, worth_of
from collectkit.allocation.optimal._prices import NEARBY, foreseen, imbalance, settle
from collectkit.allocation.optimal._table import Table

AHEAD = 10**18
"""Further ahead than any price can move."""
DOUBTED = 6
"""One account in so many may be looked at again by itself; from more on it is cheaper to look at everybody."""
MARGIN = 3
"""How much further than prices moved somebody must be ahead to count as clear: the exact solution moves them a little more."""
KEPT_PROMISE = 4
"""Prices that were foreseen are good where they leave one part in so many of the imbalance; others are settled before more are fixed."""
FORESIGHT = 8
"""Prices are trusted to end within one part in so many of how far they are foreseen to move apart."""


@attrs.define(eq=False)
class Contest:
    """
    What is left to solve once the clear winners are fixed.

    Attributes:
        team: The number of the team of every account; of the contested ones, so far.
        lead: By how much the best offer of every account was ahead when it was looked at last; of the contested ones, nothing.
        step: At which step it was fixed; of the contested ones, nothing.
        accounts: Which are contested.
        offers: For those.
        places: Left for them.
        prices: Near the answer for them.
        value: Of all others.
        fixed: Step by step, the prices at which others were found clear, and by how much the best offer of each of them was
            ahead at least, (teams + 1,) by its team.
    """

    team: Wide
    lead: Ints
    step: npt.NDArray[np.uint8]
    accounts: Wide
    offers: Offers | Table
    places: Wide
    prices: Wide
    value: int = 0
    fixed: list[tuple[Wide, Wide]] = attrs.field(factory=list)

    @classmethod
    def of(cls, offers: Offers | Table, here: Look, places: Wide) -> Contest:
        """Let everybody be contested."""
        count = offers.accounts
        return cls(here.team.astype(np.int64), here.lead.copy(), np.zeros(count, np.uint8), np.arange(count), offers, places, here.prices)

    def see(self, here: Look) -> None:
        """Keep how the teams compete for the contested now: whoever is fixed next is fixed by that."""
        self.prices, self.team[self.accounts], self.lead[self.accounts] = here.prices, here.team, here.lead

    def fix(self, here: Look, hot: Wide, ahead: Wide) -> None:
        """
        Fix all contested accounts but some.

        Args:
            here: How the teams compete for the contested, as it was seen last.
            hot: Which of those stay contested.
            ahead: (teams + 1,) how far the best offers of the others are ahead at least, by team.
        """
        clear = here.demand - np.bincount(here.team[hot], minlength=self.offers.teams + 1)[: self.offers.teams]
        self.value += int(here.best.sum(dtype=np.int64) - here.best[hot].sum(dtype=np.int64)) + int(clear @ here.prices)
        self.step[self.accounts] = len(self.fixed)
        self.accounts, self.offers, self.places = self.accounts[hot], self.offers.of(hot), self.places - clear
        self.fixed.append((here.prices, ahead))

    def is_clear(self, prices: Wide) -> bool:
        """Say whether all others are clear at these prices too: none fell, against those of their teams, further than they were ahead."""
        return all(bool((_gains(at, prices) <= ahead).all()) for at, ahead in self.fixed)

    def take_in(self, offers: Offers | Table, prices: Wide) -> bool:
        """
        Look again at those whom prices that moved may have won over, and add those to the contest that are not clear now.

        Args:
            offers: For everybody.
            prices: Where they are now.

        Returns:
            Whether all others are clear then. That fails where so many are in doubt that it is cheaper to look at everybody.
        """
        reached = np.array([_gains(at, prices) + MARGIN for at, _ in self.fixed])
        doubted = self.lead <= reached.astype(self.lead.dtype).ravel()[self.step * np.int64(offers.teams + 1) + self.team]
        doubted[self.accounts] = False
        found = np.flatnonzero(doubted)
        if len(found) > offers.accounts // DOUBTED or not isinstance(self.offers, Offers):
            return False
        theirs = offers.of(found)
        look = theirs.look(prices, self.places)
        is_lost = (look.team != self.team[found]) | (look.lead <= MARGIN)
        lost = np.flatnonzero(is_lost)
        joined, taken = Offers(theirs.packed[:, lost], theirs.bits), self.team[found[lost]]
        self.value -= worth_of(joined, taken)
        self.places = self.places + np.bincount(taken, minlength=offers.teams + 1)[: offers.teams]
        self.accounts = np.concatenate([self.accounts, found[lost]])
        self.offers = Offers(np.concatenate([self.offers.packed, joined.packed], axis=1), joined.bits)
        self.lead[found], self.step[found] = look.lead, len(self.fixed)
        # Whoever was not looked at was further ahead than the prices moved apart, by more than the margin.
        self.fixed = [(at, far + 1) for (at, _), far in zip(self.fixed, reached, strict=True)]
        self.fixed.append((prices, np.full(offers.teams + 1, MARGIN + 1)))
        return self.is_clear(prices)

    def bound(self, prices: Wide) -> int:
        """Return what no assignment can exceed, at prices where the others are clear: those add what they are worth."""
        assert isinstance(self.offers, Offers)
        return self.value + int(self.places @ prices) + self.offers.best_of(prices)


def contest(offers: Offers | Table, here: Look, places: Wide, most: int, least: int) -> Contest:
    """Fix the clear winners at these prices, move the prices for the others, and so on until few are left."""
    found, tried = Contest.of(offers, here, places), False
    while True:
        hot, ahead, prices = _contested(here, found.places, most, least)
        if len(hot) <= found.offers.accounts // 2:
            off = imbalance(here, found.places)
            found.fix(here, hot, ahead)
            here, tried = found.offers.look(prices, found.places), False
            misled = imbalance(here, found.places) * KEPT_PROMISE > off
        elif tried:
            return found
        else:
            misled = True
            if isinstance(found.offers, Table):
                found.offers = found.offers.packed()
                here = found.offers.look(here.prices, places)
        if misled and isinstance(found.offers, Offers):
            here, tried = settle(found.offers, found.places, here, most=most, close=2 * offers.teams), True
        found.see(here)


def _contested(here: Look, places: Wide, most: int, least: int) -> tuple[Wide, Wide, Wide]:
    """
    Return at least *least* accounts that prices may win over on their way, such that the others fit where they are.

    Also by how much the best offer of each of the others is ahead at least, by team, and where the prices are foreseen.
    """
    count, teams = len(here.lead), len(places)
    many = max(least, NEARBY * imbalance(here, places))
    if many * 2 > count:
        return np.arange(count), np.full(teams + 1, AHEAD), here.prices
    prices, whole = foreseen(here, places, most)
    least = least if whole else many
    gains = _gains(here.prices, prices)
    # An account by which the prices come as near as another that is *spare* further ahead of a team that keeps pace.
    spare = gains.max() - gains
    nearness = here.lead + spare.astype(here.lead.dtype)[here.team]
    close = int(gains.max()) + max(MARGIN, int(gains.max()) // FORESIGHT)
    hot = nearness <= close
    found = np.count_nonzero(hot)
    if found < least or found * 2 > count:
        wanted = least if found < least else many
        close = int(np.partition(nearness, wanted - 1)[wanted - 1])
        hot = nearness <= close
    clear = here.demand - np.bincount(here.team[hot], minlength=teams + 1)[:teams]
    for team in np.flatnonzero(clear > places).tolist():
        clearly = np.flatnonzero((here.team == team) & ~hot)
        surplus = int(clear[team] - places[team])
        hot[clearly[np.argpartition(here.lead[clearly], surplus - 1)[:surplus]]] = True
    return np.flatnonzero(hot), close + 1 - spare, prices


def _gains(before: Wide, after: Wide) -> Wide:
    """Return by how much the best of all other offers may gain on that of each team, nobody last, when prices move; at least 0."""
    falls = np.append(before - after, 0)
    gains: Wide = falls.max() - falls
    return gains
