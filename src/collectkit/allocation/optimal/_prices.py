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
SAMPLES = (5_000, 50_000)
"""Sizes of the samples that are priced before everybody is."""


def imbalance(at: Look, places: Wide) -> int:
    """Return by how many accounts demand and places differ, over all teams that are asked too much or ask a price."""
    excess = at.demand - places
    return int(np.abs(excess[(at.prices > 0) | (excess > 0)]).sum())


def settle(offers: Offers, places: Wide, start: Look, *, most: int, close: int) -> Look:
    """
    Lower the bound by damped Newton steps.

    Args:
        offers: Of the accounts.
        places: (teams,) how many accounts each may have.
        start: Where to begin.
        most: The greatest value, and therefore the highest price that makes sense.
        close: An imbalance this small is good enough.

    Returns:
        The best prices found, with how the teams compete at them.
    """
    here, trust, least, stuck = start, 1.0, imbalance(start, places) * 2, 0
    for _ in range(STEPS):
        off = imbalance(here, places)
        least, stuck = (off, 0) if off < least * 9 // 10 else (least, stuck + 1)
        if off <= close or stuck > PATIENCE:
            break
        wanted, reach = _step(offers, here, places, off)
        longest = float(np.abs(wanted).max()) if wanted.size else 0.0
        if longest <= 0.0:
            break
        scale = min(1.0, 2.0 * reach / longest) * trust
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


def _step(offers: Offers, here: Look, places: Wide, off: int) -> tuple[npt.NDArray[np.float64], int]:
    """Return the Newton step, and how far around these prices the accounts were counted that it rests on."""
    teams, count = offers.teams, offers.accounts
    excess = here.demand - places
    active = np.flatnonzero((here.prices > 0) | (excess > 0))
    wanted = min(count // 4, max(40 * teams, 3 * off))
    thin = max(1, count // 100_000)
    leads = here.lead[::thin]
    nth = min(len(leads) - 1, max(8, wanted // thin))
    reach = max(1, int(np.partition(leads, nth)[nth]))
    near = np.flatnonzero(here.lead <= reach)
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
    size = len(right)
    both = np.concatenate([matrix, right[:, None]], axis=1)
    for k in range(size - 1):
        below = both[k + 1 :, k:]
        below -= (below[:, :1] / both[k, k]) * both[k, k:]
    a, b = both[:, :size], both[:, size]
    for k in range(size - 1, -1, -1):
        b[k] /= a[k, k]
        b[:k] -= a[:k, k] * b[k]
    return b


def sampled(count: int, size: int) -> Wide:
    """Return places of a sample, spread evenly and the same in every run: multiples of the golden ratio, modulo *count*."""
    turns = np.arange(size, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((turns >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.int64)


def sizes(count: int) -> Iterator[int]:
    """Return how large the samples are; a sample of most of the accounts is not worth it."""
    return (size for size in SAMPLES if size * 2 < count)
