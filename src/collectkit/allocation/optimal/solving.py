"""From values and capacities to an assignment and its proof.

Prices first, from a sample and then from the accounts whose choice is not clear; then the few that are contested are
solved exactly; then the prices are put to everybody, or shown to leave the others as they were. Where the bound equals
the value the assignment is optimal, and where it does not, more accounts count as contested. When all of them do, the
exact solution is exact for all, so this ends with a proof whatever happened before: luck only decides how soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.allocation.optimal._contest import contest
from collectkit.allocation.optimal._core import settle_exactly
from collectkit.allocation.optimal._offers import Ints, Look, Offers, Wide, blocks, pack, too_great, worth_of
from collectkit.allocation.optimal._prices import NEARBY, imbalance, sampled, settle, sizes
from collectkit.allocation.optimal._table import Table
from collectkit.allocation.optimal.certificates import Certificate
from collectkit.errors import ValidationError

TOTAL_MAX = 10**18
"""Greatest value of all accounts together, minor units."""
KEPT_MAX = 1 << 22
"""So many offers are packed once and kept; more are packed each time they are looked at, which is seldom."""
ATTEMPTS = 4
"""How often the contested are solved, each time with those whom the prices of the last solution may have won over."""
DOUBTS = 2
"""After so many looks at everybody more accounts count as contested from the start."""

CLOSE = 200
"""A sample is settled up to one account in so many: chance alone puts its prices further off than that."""
CHANCE = 4
"""With many teams chance puts them further off still, by about the root of accounts times teams: up to this part of that."""
STRIDE = 6
"""Prices of a sample start far from the answer, and a step too far costs little there."""


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
    """Solve for the few that are contested, take in whom that puts in doubt, or else look at everybody again."""
    least, looks = max(30 * offers.teams, 500), 0
    while True:
        few = contest(offers, here, places, most, least)
        prices = few.prices
        for _ in range(ATTEMPTS):
            if not few.is_clear(prices) and not few.take_in(offers, prices):
                break
            assert isinstance(few.offers, Offers)
            found = settle_exactly(few.offers.worth(), few.places, prices)
            prices = found.prices
            team, value, bound = few.team, few.value + worth_of(few.offers, found.team), few.bound(prices)
            if few.is_clear(prices) and value == bound:
                team[few.accounts] = found.team
                team[team == offers.teams] = -1
                return Assignment(team, Certificate(value, bound, tuple(prices.tolist())))
        if least < (many := NEARBY * imbalance(here, places)):
            least = many
            continue
        here, looks = offers.look(prices, places), looks + 1
        least *= 4 if looks > DOUBTS else 1


def _first_look(values: Ints, places: Wide) -> tuple[Offers | Table, Look, int]:
    """Look at everybody at prices that are near the answer, from samples, each starting where the one before ended."""
    count = len(values)
    prices = np.zeros(values.shape[1], np.int64)
    for size in sizes(count):
        (sample, most), share = pack(np.take(values, sampled(count, size), axis=0)), places * size // count
        close = max(2, size // CLOSE, isqrt(size * values.shape[1]) // CHANCE)
        prices = settle(sample, share, sample.look(prices, share), most=most, close=close, stride=STRIDE).prices
    if values.size <= KEPT_MAX:
        offers, most = pack(values)
        return offers, offers.look(prices, places), most
    for kind in (np.int32, np.int64):
        table = Table(values, np.dtype(kind))
        if (found := table.survey(prices, places)) is not None:
            return table, *found
    too_great(values)


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
