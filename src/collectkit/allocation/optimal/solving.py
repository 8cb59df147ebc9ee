"""From values and capacities to an assignment and its proof.

Prices first, from a sample and then from the accounts whose choice is not clear; then the few that are contested are
solved exactly; then the prices are put to everybody, or shown to leave the others as they were. Where the bound equals
the value the assignment is optimal, and where it does not, more accounts count as contested. When all of them do, the
exact solution is exact for all, so this ends with a proof whatever happened before: luck only decides how soon.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.allocation.optimal._core import settle_exactly
from collectkit.allocation.optimal._offers import Ints, Look, Offers, Wide, blocks, pack, too_great, worth_of
from collectkit.allocation.optimal._prices import imbalance, sampled, settle, sizes
from collectkit.allocation.optimal._table import Table
from collectkit.allocation.optimal.certificates import Certificate
from collectkit.errors import ValidationError

TOTAL_MAX = 10**18
"""Greatest value of all accounts together, minor units."""
KEPT_MAX = 1 << 22
"""So many offers are packed once and kept; more are packed each time they are looked at, which is seldom."""
DOUBTS = 2
"""How often prices are put to everybody before an attempt at a proof, when the winners may have changed."""

CLOSE = 200
"""A sample is settled up to one account in so many: chance alone puts its prices further off than that."""
DOUBTED = 6
"""One account in so many may be looked at again by itself; from more on it is cheaper to look at everybody."""


@attrs.frozen(eq=False)
class Assignment:
    """
    A team for each account, and the proof that no other assignment is worth more.

    Attributes:
        team: (accounts,) int64: the number of the team; -1 for nobody.
        certificate: The proof.
    """

    team: npt.NDArray[np.int64]
    certificate: Certificate


def assign(values: Ints, capacities: Sequence[int] | Ints) -> Assignment:
    """
    Give accounts to teams such that their values add up to the most.

    Args:
        values: (accounts, teams), whole minor units: what each team is expected to bring in, net. Below 0: the team
            may not have the account, or would cost more than it brings.
        capacities: (teams,) how many accounts each may have, at least 0.

    Returns:
        The assignment with a gap of 0. An account is given to nobody where no team may have it or all are full. The
        answer depends on the arguments alone: no clock, no dice, no order in which a processor adds.

    Raises:
        ValidationError: Not whole numbers, shapes that do not fit, a capacity below 0, or amounts beyond `VALUE_MAX` and
            `TOTAL_MAX`; nothing was assigned.
    """
    table, places = _checked(values, capacities)
    if not table.size:
        return _nobody(table, places)
    offers, here, most = _first_look(table, places)
    if most <= 0:
        return _nobody(table, places)
    if most * len(table) > TOTAL_MAX and _greatest_total(table) > TOTAL_MAX:
        raise ValidationError(f"values add up to at most {TOTAL_MAX} minor units; nothing was assigned")
    return _prove(offers, here, places, most)


def _nobody(values: Ints, places: Wide) -> Assignment:
    return Assignment(np.full(len(values), -1, np.int64), Certificate(0, 0, (0,) * len(places)))


def _prove(offers: Offers | Table, here: Look, places: Wide, most: int) -> Assignment:
    """Solve, put the prices to everybody, and look at more accounts until the bound is met."""
    least, doubts = max(30 * offers.teams, 500), 0
    while True:
        contest = _contest(offers, here, places, most, least)
        assert isinstance(contest.offers, Offers)
        if doubts < DOUBTS and not contest.is_clear(contest.prices) and not contest.take_in(offers, here):
            here, doubts = offers.look(contest.prices, places), doubts + 1
            continue
        team, value = contest.team, contest.value
        settled = settle_exactly(contest.offers.worth(), contest.places, contest.prices)
        value += worth_of(contest.offers, settled.team)
        if contest.is_clear(settled.prices):
            bound = contest.bound(settled.prices)
        else:
            bound = int(places @ settled.prices) + offers.best_of(settled.prices)
        if value == bound:
            team[contest.accounts] = settled.team
            team[team == offers.teams] = -1
            return Assignment(team, Certificate(value, bound, tuple(settled.prices.tolist())))
        here = offers.look(settled.prices, places)
        least *= 4


def _first_look(values: Ints, places: Wide) -> tuple[Offers | Table, Look, int]:
    """Look at everybody at prices that are near the answer, from samples, each starting where the one before ended."""
    count = len(values)
    prices = np.zeros(values.shape[1], np.int64)
    for size in sizes(count):
        (sample, most), share = pack(np.take(values, sampled(count, size), axis=0)), places * size // count
        prices = settle(sample, share, sample.look(prices, share), most=most, close=max(2, size // CLOSE)).prices
    if values.size <= KEPT_MAX:
        offers, most = pack(values)
        return offers, offers.look(prices, places), most
    for kind in (np.int32, np.int64):
        table = Table(values, np.dtype(kind))
        if (found := table.read(prices, places)) is not None:
            return table, *found
    too_great(values)


@attrs.define(eq=False)
class _Contest:
    """
    What is left to solve once the clear winners are fixed.

    Attributes:
        team: The number of the team of every account; of the contested ones, so far.
        accounts: Which are contested.
        offers: For those.
        places: Left for them.
        prices: Near the answer for them.
        value: Of all others.
        fixed: The prices at which others were found clear, and by how much each of them was ahead at least, step by step.
    """

    team: Wide
    accounts: Wide
    offers: Offers | Table
    places: Wide
    prices: Wide
    value: int = 0
    fixed: list[tuple[Wide, int]] = attrs.field(factory=list)

    def is_clear(self, prices: Wide) -> bool:
        """Say whether all others are clear at these prices too: prices moved apart by no more than those were ahead."""
        moves = (np.append(at - prices, 0) for at, _ in self.fixed)
        return all(int(moved.max()) - int(moved.min()) <= lead for moved, (_, lead) in zip(moves, self.fixed, strict=True))

    def take_in(self, offers: Offers | Table, here: Look) -> bool:
        """
        Look again at those whom prices that moved may have won over, and add those to the contest that are not clear now.

        Args:
            offers: For everybody.
            here: The look at which the first were found clear.

        Returns:
            Whether all others are clear then. That fails where so many are in doubt that it is cheaper to look at everybody.
        """
        moved = np.append(here.prices - self.prices, 0)
        spread, ahead = int(moved.max()) - int(moved.min()), 2 * min(lead for _, lead in self.fixed)
        doubted = (here.lead >= self.fixed[0][1]) & (here.lead <= spread + ahead)
        doubted[self.accounts] = False
        found = np.flatnonzero(doubted)
        if len(found) > offers.accounts // DOUBTED or not isinstance(self.offers, Offers):
            return False
        theirs = offers.of(found)
        look = theirs.look(self.prices, self.places)
        lost = np.flatnonzero((look.team != self.team[found]) | (look.lead <= ahead))
        joined, taken = Offers(theirs.packed[:, lost], theirs.bits), self.team[found[lost]]
        self.value -= worth_of(joined, taken)
        self.places = self.places + np.bincount(taken, minlength=offers.teams + 1)[: offers.teams]
        self.accounts = np.concatenate([self.accounts, found[lost]])
        self.offers = Offers(np.concatenate([self.offers.packed, joined.packed], axis=1), joined.bits)
        # Whoever was not looked at was further ahead than the prices moved apart, by more than this.
        self.fixed[0] = (self.prices, ahead + 1)
        return self.is_clear(self.prices)

    def bound(self, prices: Wide) -> int:
        """Return what no assignment can exceed, at prices where the others are clear: those add what they are worth."""
        return self.value + int(self.places @ prices) + self.offers.best_of(prices)


def _contest(offers: Offers | Table, here: Look, places: Wide, most: int, least: int) -> _Contest:
    """Fix the clear winners at these prices, move the prices for the others, and so on until few are left."""
    found = _Contest(here.team.astype(np.int64), np.arange(offers.accounts), offers, places, here.prices)
    tried = False
    while True:
        hot, lead = _contested(here, found.places, max(least, 8 * imbalance(here, found.places)))
        if len(hot) > found.offers.accounts // 2:
            if isinstance(found.offers, Table):
                found.offers = found.offers.packed()
            if tried:
                return found
            here, tried = settle(found.offers, found.places, here, most=most, close=2 * offers.teams), True
            found.prices, found.team[found.accounts] = here.prices, here.team
            continue
        clear = here.demand - np.bincount(here.team[hot], minlength=offers.teams + 1)[: offers.teams]
        found.value += int(here.best.sum(dtype=np.int64) - here.best[hot].sum(dtype=np.int64)) + int(clear @ here.prices)
        found.accounts, found.offers, found.places = found.accounts[hot], found.offers.of(hot), found.places - clear
        found.fixed.append((here.prices, lead))
        here = settle(found.offers, found.places, found.offers.look(here.prices, found.places), most=most, close=2 * offers.teams)
        found.prices, found.team[found.accounts], tried = here.prices, here.team, True


def _contested(here: Look, places: Wide, wanted: int) -> tuple[Wide, int]:
    """
    Return at least *wanted* accounts whose best two offers are closest, such that the others fit where they are.

    Also by how much the best offer of each of the others is ahead, at least.
    """
    count, teams = len(here.lead), len(places)
    if wanted >= count:
        return np.arange(count), TOTAL_MAX
    close = int(np.partition(here.lead, wanted - 1)[wanted - 1])
    hot = here.lead <= close
    clear = here.demand - np.bincount(here.team[hot], minlength=teams + 1)[:teams]
    for team in np.flatnonzero(clear > places).tolist():
        clearly = np.flatnonzero((here.team == team) & ~hot)
        surplus = int(clear[team] - places[team])
        hot[clearly[np.argpartition(here.lead[clearly], surplus - 1)[:surplus]]] = True
    return np.flatnonzero(hot), close + 1


def _checked(values: Ints, capacities: Sequence[int] | Ints) -> tuple[Ints, Wide]:
    """Return the values and the capacities, or raise."""
    table, places = np.asarray(values), np.asarray(capacities)
    if table.ndim != 2 or table.dtype.kind not in "iu":
        raise ValidationError(f"values are whole minor units, accounts by teams, got {table.dtype} {table.shape}; nothing was assigned")
    if places.shape != (table.shape[1],) or (places.size and places.dtype.kind not in "iu"):
        raise ValidationError(
            f"one whole capacity is needed for each of {table.shape[1]} teams, got {places.dtype} {places.shape}; nothing was assigned"
        )
    if places.size and int(places.min()) < 0:
        raise ValidationError(f"a capacity is at least 0, got {int(places.min())}; nothing was assigned")
    # More places than accounts mean the same as one for each, and cannot overflow.
    return table, np.minimum(places, len(table)).astype(np.int64)


def _greatest_total(table: Ints) -> int:
    return sum(table.max(axis=1).tolist())


def value_of(values: Ints, team: Ints) -> int:
    """
    Return what an assignment is worth, minor units: the sum that anybody who doubts a certificate would make.

    Args:
        values: (accounts, teams).
        team: (accounts,) the number of a team, -1 for nobody.
    """
    given = np.flatnonzero(team >= 0)
    return sum(values[given, team[given]].tolist())


def bound_of(values: Ints, capacities: Sequence[int] | Ints, prices: Sequence[int]) -> int:
    """
    Return what no assignment can exceed, given any prices of at least 0: the other half of the proof.

    Args:
        values: (accounts, teams).
        capacities: (teams,).
        prices: (teams,).
    """
    total = sum(int(place) * price for place, price in zip(capacities, prices, strict=True))
    for block in blocks(0, len(values), max(1, values.shape[1]) * 8):
        net = values[block].astype(np.int64) - np.asarray(prices, np.int64)
        net[values[block] < 0] = 0
        total += int(np.maximum(net.max(axis=1, initial=0), 0).sum(dtype=np.int64))
    return total
