"""Prices at which the teams are asked for about as many accounts as they have room for: damped Newton on the dual.

The bound is a convex function of as many prices as there are teams. Its slope is the room left at each team; its
curvature says how many accounts change hands when two prices part by one unit, counted from those whose best two
offers lie close together. The exact bound itself accepts or halves a step: without that the iteration diverges.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from collectkit.allocation.optimal._offers import Look, Offers, Wide

STEPS = 40
"""Most Newton steps on one set of accounts."""
PATIENCE = 5
"""After so many steps that leave the imbalance as it was, the accounts are tied, and prices alone cannot part them."""
HALVINGS = 8
"""How often one step is made smaller before it is given up."""
NEARBY = 8
"""So many times the accounts that prices are to win over stand near enough a boundary to tell how far that is."""
SAMPLES = (5_000, 50_000)
"""Sizes of the samples that are priced before everybody is."""


def imbalance(at: Look, places: Wide) -> int:
    """Return by how many accounts demand and places differ, over all teams that are asked too much or ask a price."""
    excess = at.excess(places)
    return int(np.abs(excess[(at.prices > 0) | (excess > 0)]).sum())


def settle(offers: Offers, places: Wide, start: Look, *, most: int, close: int, stride: int = 2) -> Look:
    """
    Lower the bound by damped Newton steps.

    Args:
        offers: Of the accounts.
        places: (teams,) how many accounts each may have.
        start: Where to begin.
        most: The greatest value, and therefore the highest price that makes sense.
        close: An imbalance this small is good enough.
        stride: A step goes at most so many times as far as accounts were counted that it rests on.

    Returns:
        The best prices found, with how the teams compete at them.
    """
    here, trust, least, stuck = start, 1.0, imbalance(start, places) * 2, 0
    for _ in range(STEPS):
        off = imbalance(here, places)
        least, stuck = (off, 0) if off < least * 9 // 10 else (least, stuck + 1)
        # Fewer accounts than tie: what is left is for who settles ties, and the steps would go to and fro between them.
        if off <= max(close, int(np.count_nonzero(here.lead == 0))) or stuck > PATIENCE:
            break
        wanted, reach = _step(here, places, 3 * off)
        longest = float(np.abs(wanted).max()) if wanted.size else 0.0
        if longest <= 0.0:
            break
        scale = min(1.0, stride * reach / longest) * trust
        found = None
        for _ in range(HALVINGS):
            if longest * scale < 0.5:
                break
            there = offers.look(np.clip(here.prices + np.rint(wanted * scale).astype(np.int64), 0, most), places)
            if there.bound < here.bound:
                found = there
                break
            scale, trust = scale * 0.4, trust * 0.6
        if found is None:
            break
        here, trust = found, min(1.0, trust * 1.5)
    return here


def foreseen(here: Look, places: Wide, most: int) -> tuple[Wide, bool]:
    """
    Return where one Newton step leads, with nothing to look at but who was ahead of whom by how much.

    Args:
        here: How the teams compete at the prices where the step starts.
        places: (teams,).
        most: The highest price that makes sense.

    Returns:
        The prices, and whether that is the whole way: no further is gone than accounts were counted, since beyond that
        nothing is known of who would change hands.
    """
    wanted, reach = _step(here, places, NEARBY * imbalance(here, places))
    longest = float(np.abs(wanted).max())
    scale = min(1.0, reach / longest) if longest > 0.0 else 1.0
    return np.clip(here.prices + np.rint(wanted * scale).astype(np.int64), 0, most), scale == 1.0


def _step(here: Look, places: Wide, nearby: int) -> tuple[npt.NDArray[np.float64], int]:
    """Return the Newton step, from so many accounts near a boundary, and how far around these prices those were found."""
    teams, count = len(places), len(here.lead)
    excess = here.excess(places)
    active = np.flatnonzero((here.prices > 0) | (excess > 0))
    wanted = min(count // 4, max(40 * teams, nearby))
    thin = max(1, count // 100_000)
    leads = here.lead[::thin]
    # Below 0 is whoever may have been won over since, and therefore tells nothing of who is near now.
    leads = leads[leads >= 0]
    nth = min(len(leads) - 1, max(8, wanted // thin))
    reach = max(1, int(np.partition(leads, nth)[nth]))
    near = np.flatnonzero((here.lead <= reach) & (here.lead >= 0))
    width = teams + 1
    crossings = np.bincount(here.team[near].astype(np.int64) * width + here.rival[near], minlength=width * width).reshape(width, width)
    crossings = crossings + crossings.T
    np.fill_diagonal(crossings, 0)
    degree = crossings.sum(axis=1)
    curvature = -crossings[np.ix_(active, active)].astype(np.float64)
    # A little on the diagonal: a team whose accounts have no near rival would leave the system singular.
    ridge = 1e-4 * float(degree[active].sum()) / max(1, len(active)) + 1e-9
    np.fill_diagonal(curvature, degree[active] + ridge)
    step = np.zeros(teams)
    step[active] = _solve(curvature, excess[active].astype(np.float64)) * (2.0 * reach)
    return step, reach


def _solve(matrix: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """
    Solve a positive definite system by elimination, one IEEE operation after the other.

    A library's solver adds up in an order that depends on the processor; the steps, and with them which of several
    equally good assignments comes out, would then differ from machine to machine.
    """
    both = np.concatenate([matrix, right[:, None]], axis=1)
    for k in range(len(right)):
        row = both[k, k:] / both[k, k]
        both[:, k:] -= both[:, k : k + 1] * row
        both[k, k:] = row
    return both[:, -1]


def sampled(count: int, size: int) -> Wide:
    """Return places of a sample, spread evenly and the same in every run: multiples of the golden ratio, modulo *count*."""
    turns = np.arange(size, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((turns >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.int64)


def sizes(count: int) -> Iterator[int]:
    """Return how large the samples are; a sample of most of the accounts is not worth it."""
    return (size for size in SAMPLES if size * 2 < count)
