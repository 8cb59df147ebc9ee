"""Which position each minor unit goes to: the arithmetic behind `collectkit.schedules.waterfall`.

A position is ``5 * due + component``. Dues that belong together, those of one day, form a group and are paid as one
installment. Where the order of payment is fixed beforehand it is one cached path of positions; where money is shared
in equal parts over what is not due yet, it is found group by group.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from collectkit.ledger import COMPONENTS
from collectkit.money import Rounding, divide

if TYPE_CHECKING:
    from collectkit.schedules.waterfall import Waterfall

WIDTH = len(COMPONENTS)

Taken: TypeAlias = list[tuple[int, int]]
"""Positions and the minor units put there, in the order of payment."""
Step: TypeAlias = tuple[str, tuple[int, ...]]
"""A phase and the components that are paid together in it."""

PENALTY, FEE, INTEREST, PRINCIPAL, TAX = range(WIDTH)
EVERY = tuple(range(WIDTH))
_PRINCIPAL_ONLY = (PRINCIPAL,)
_NO_LIMITS: Mapping[int, int] = {}


def pour(amount: int, owed: Sequence[int], order: Sequence[int]) -> tuple[Taken, int]:
    """Return the positions that *amount* fills in that order, and what is left; stops when the money is gone."""
    taken: Taken = []
    if not amount:
        return taken, 0
    for slot in order:
        here = owed[slot]
        if here > 0:
            if here >= amount:
                taken.append((slot, amount))
                return taken, 0
            taken.append((slot, here))
            amount -= here
    return taken, amount


def days_of(due_on: Sequence[date]) -> tuple[int, ...]:
    """Return for each due the position of the first one on its day, dates in order; empty when each has its own day."""
    if len(set(due_on)) == len(due_on):
        return ()
    return tuple(bisect_left(due_on, day) for day in due_on)


def present_in(owed: Sequence[int]) -> tuple[int, ...]:
    """Return the positions of the components of which anything is there."""
    return tuple(component for component in range(WIDTH) if any(owed[component::WIDTH]))


def path(due_on: Sequence[date], days: tuple[int, ...], present: tuple[int, ...], waterfall: Waterfall, on: date) -> Sequence[int]:
    """Return the positions in the order in which they are paid; *days* and *present* as the functions above give them."""
    count = len(due_on)
    if not waterfall._steady:
        return _path(count, days, present, bisect_left(due_on, on), bisect_right(due_on, on), waterfall)
    if present == _PRINCIPAL_ONLY:
        return range(PRINCIPAL, WIDTH * count, WIDTH)
    return _path(count, days, present, 0, 0, waterfall)


def apply(
    amount: int,
    owed: Sequence[int],
    due_on: Sequence[date],
    days: tuple[int, ...],
    present: tuple[int, ...],
    waterfall: Waterfall,
    on: date,
    first: Mapping[int, int] = _NO_LIMITS,
) -> tuple[Taken, int]:
    """
    Return the positions that *amount* fills, and what is left.

    Args:
        amount: Minor units.
        owed: What is unpaid at each position.
        due_on: Date of each due, oldest first.
        days: As `days_of` gives them; empty when each due is an installment of its own.
        present: As `present_in` gives them; more does no harm.
        waterfall: In which order.
        on: Value date.
        first: By component, minor units that are paid before anything else of an installment that is not due yet.
    """
    if waterfall.future != "reamortize" and not first:
        return pour(amount, owed, path(due_on, days, present, waterfall, on))
    left, taken = list(owed), []
    past, today = bisect_left(due_on, on), bisect_right(due_on, on)
    for phase, components in steps(waterfall):
        groups = _groups(phase, len(due_on), days, past, today, waterfall)
        if phase == "in_advance" and waterfall.future == "reamortize":
            part, amount = _share(amount, left, groups, components)
        else:
            part, amount = _fill(amount, left, groups, components, first if phase == "in_advance" else _NO_LIMITS)
        taken += part
    return taken, amount


def steps(waterfall: Waterfall) -> Iterator[Step]:
    """Yield the phases with the components that are paid together in each."""
    slots = [(slot.phase, COMPONENTS.index(slot.component)) for slot in waterfall.order]
    if waterfall.by == "component":
        yield from ((phase, (component,)) for phase, component in slots)
        return
    for phase in dict.fromkeys(phase for phase, _ in slots):
        yield phase, tuple(component for of, component in slots if of == phase)


def _groups(phase: str, count: int, days: tuple[int, ...], past: int, today: int, waterfall: Waterfall) -> list[list[int]]:
    """Return the dues of a phase, those of one day together, in the order in which they are paid."""
    span = {"past_due": range(past), "due": range(past, today), "in_advance": range(today, count)}[phase]
    found: dict[int, list[int]] = {}
    for due in span:
        found.setdefault(days[due] if days else due, []).append(due)
    groups = list(found.values())
    return groups[::-1] if phase == "in_advance" and waterfall.future == "last" else groups


@lru_cache(maxsize=4096)
def _path(count: int, days: tuple[int, ...], present: tuple[int, ...], past: int, today: int, waterfall: Waterfall) -> tuple[int, ...]:
    """Return the positions in order of payment, *past* dues being past due and *today* dues past due or due."""
    return tuple(
        due * WIDTH + component
        for phase, components in steps(waterfall)
        for group in _groups(phase, count, days, past, today, waterfall)
        for component in components
        if component in present
        for due in group
    )


def _fill(
    amount: int, left: list[int], groups: Sequence[Sequence[int]], components: Sequence[int], first: Mapping[int, int]
) -> tuple[Taken, int]:
    """Pay one group after the other, what comes first of each up to its limit; *left* is changed."""
    taken: Taken = []
    for group in groups:
        for component, most in first.items():
            amount -= _put(amount, most, left, group, component, taken)
        for component in components:
            amount -= _put(amount, amount, left, group, component, taken)
    return taken, amount


def _put(amount: int, most: int, left: list[int], group: Sequence[int], component: int, taken: Taken) -> int:
    """Put at most *most* on one component of a group, and return how much that was."""
    spent = 0
    for due in group:
        slot = due * WIDTH + component
        part = min(amount - spent, most - spent, left[slot])
        if part > 0:
            left[slot] -= part
            taken.append((slot, part))
            spent += part
    return spent


def _share(amount: int, left: list[int], groups: Sequence[Sequence[int]], components: Sequence[int]) -> tuple[Taken, int]:
    """
    Share money in equal parts over groups, component by component, as long as any of them is open; *left* is changed.

    What does not divide goes to the last group. Where that moves nothing, because there are fewer minor units than
    groups and the last owes nothing of this, the latest that owes something takes them.
    """
    taken: Taken = []
    asks = components if len(components) == 1 else EVERY
    while amount:
        open_ = _open(left, groups, asks)
        if not open_:
            break
        before = amount
        for component in components:
            open_ = _open(left, groups, asks)
            if not open_ or not amount:
                break
            each = divide(amount, len(open_), Rounding.HALF_EVEN)
            last = amount - each * (len(open_) - 1)
            for group in open_:
                amount -= _put(amount, last if group is open_[-1] else each, left, group, component, taken)
        if amount == before:
            part, amount = _fill(amount, left, open_[::-1], components, _NO_LIMITS)
            taken += part
            if amount == before:
                break
    return taken, amount


def _open(left: Sequence[int], groups: Sequence[Sequence[int]], components: Sequence[int]) -> list[Sequence[int]]:
    """Return the groups that owe anything of these components."""
    return [group for group in groups if any(left[due * WIDTH + component] > 0 for due in group for component in components)]
