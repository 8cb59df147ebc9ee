"""Splitting a payment over what is owed, in a stated order.

A waterfall is a permutation of twelve slots: what is past due, due today or due in advance, times the four
components of `COMPONENTS`. Here it is decided which minor unit goes where; when a payment counts and what it meets
is decided by `collectkit.schedules.replay`. Amounts are flat integers, four per due in the order of `COMPONENTS`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeAlias

import attrs

from collectkit.errors import PolicyError, ValidationError
from collectkit.ledger import COMPONENTS, Application

PHASES: tuple[str, ...] = ("past_due", "due", "in_advance")
"""Where a due stands on the day of the payment: its date is before, on or after it."""

WIDTH = len(COMPONENTS)

Style: TypeAlias = Literal["installment", "component"]
Taken: TypeAlias = list[tuple[int, int]]


@attrs.frozen
class Slot:
    """
    One place in the order.

    Attributes:
        phase: ``past_due``, ``due`` or ``in_advance``.
        component: ``penalty``, ``fee``, ``interest`` or ``principal``.

    Raises:
        PolicyError: Another phase or component.
    """

    phase: str
    component: str

    def __attrs_post_init__(self) -> None:
        if self.phase not in PHASES or self.component not in COMPONENTS:
            raise PolicyError(
                f"a waterfall slot is one of {', '.join(PHASES)} and one of {', '.join(COMPONENTS)}, got {self}; nothing was loaded"
            )

    @classmethod
    def of(cls, text: str) -> Slot:
        """
        Read a slot as policies write it.

        >>> Slot.of("past_due.fee")
        Slot(phase='past_due', component='fee')
        """
        phase, _, component = text.partition(".")
        return cls(phase, component)

    def __str__(self) -> str:
        return f"{self.phase}.{self.component}"


def _slots(given: Iterable[Slot]) -> tuple[Slot, ...]:
    return tuple(given)


@attrs.frozen(cache_hash=True)
class Waterfall:
    """
    In which order a payment settles what is owed.

    Dues of one day count as one installment: a late fee that falls due with an installment is paid in the place
    that the component order gives it.

    Attributes:
        order: All twelve slots, each once.
        by: ``installment`` takes the phases as ordered and in each goes from the oldest day to the newest, paying its
            components in order. ``component`` takes one slot after the other, each over all dues, oldest first.

    Raises:
        PolicyError: A slot is missing or named twice, or ``installment`` with the slots of one phase not together.
    """

    order: tuple[Slot, ...] = attrs.field(converter=_slots)
    by: Style = "installment"
    # Never different on different days; and then in the order of `COMPONENTS` too. Kept, because every payment asks.
    _steady: bool = attrs.field(init=False, eq=False, repr=False)
    _natural: bool = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.by not in ("installment", "component"):
            raise PolicyError(f"a waterfall goes by 'installment' or by 'component', got {self.by!r}; nothing was loaded")
        double = sorted({str(slot) for slot in self.order if self.order.count(slot) > 1})
        missing = [str(slot) for slot in _EVERY_SLOT if slot not in self.order]
        if double or missing:
            raise PolicyError(
                f"a waterfall names each of the {len(_EVERY_SLOT)} slots once; missing: {', '.join(missing) or 'none'}; "
                f"named twice: {', '.join(double) or 'none'}; nothing was loaded"
            )
        changes = sum(one.phase != other.phase for one, other in pairwise(self.order))
        if self.by == "installment" and changes >= len(PHASES):
            raise PolicyError("a waterfall by installment keeps the slots of one phase together; nothing was loaded")
        in_time = self.by == "installment" and [slot.phase for slot in self.order[::WIDTH]] == list(PHASES)
        rows = {tuple(slot.component for slot in self.order[start : start + WIDTH]) for start in range(0, len(self.order), WIDTH)}
        object.__setattr__(self, "_steady", in_time and len(rows) == 1)
        object.__setattr__(self, "_natural", in_time and rows == {COMPONENTS})


_EVERY_SLOT = tuple(Slot(phase, component) for phase in PHASES for component in COMPONENTS)

INSTALLMENT_FIRST = Waterfall(_EVERY_SLOT)
"""Oldest due first; within it penalty, fee, interest, principal."""

COMPONENT_FIRST = Waterfall(_EVERY_SLOT, by="component")
"""Past due before due before in advance; within each all penalties, all fees, all interest, all principal."""


def _ordered(instance: Dues, attribute: attrs.Attribute[tuple[int, ...]], value: tuple[int, ...]) -> None:
    if len(value) != WIDTH * len(instance.due_on) or min(value, default=0) < 0:
        raise ValidationError(f"dues need {WIDTH} amounts for each date, none negative; nothing was split")
    if any(later < earlier for earlier, later in pairwise(instance.due_on)):
        raise ValidationError("due dates must not go back; nothing was split")


@attrs.frozen
class Dues:
    """
    What is still owed, in flat columns.

    Attributes:
        due_on: One date per due, oldest first; two may be equal.
        owed: Minor units still unpaid, four per due in the order of `COMPONENTS`.

    Raises:
        ValidationError: Lengths differ, a date goes back, or an amount is negative.
    """

    due_on: tuple[date, ...]
    owed: tuple[int, ...] = attrs.field(validator=_ordered)
    days: tuple[int, ...] = attrs.field(init=False, eq=False, repr=False)
    present: tuple[int, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "days", days_of(self.due_on))
        object.__setattr__(self, "present", present_in(self.owed))


@attrs.frozen
class Split:
    """
    Where the money of one payment goes.

    Attributes:
        taken: Pairs of a position in `Dues.owed` and the minor units put there, in the order of payment; no zeros.
        unapplied: Minor units that found nothing to pay.
    """

    taken: tuple[tuple[int, int], ...]
    unapplied: int

    def applications(self, names: Sequence[str]) -> tuple[Application, ...]:
        """Return one row per part; *names* has the name of each due."""
        return tuple(Application(names[slot // WIDTH], COMPONENTS[slot % WIDTH], minor) for slot, minor in self.taken)


def split(amount_minor: int, dues: Dues, waterfall: Waterfall, on: date) -> Split:
    """
    Split an amount over what is owed.

    Each part is at most what is owed there; the parts and what stays unapplied add up to the amount. Paying twice on
    one day settles the same as paying the sum once.

    Args:
        amount_minor: Minor units, not negative.
        dues: What is owed on that day.
        waterfall: In which order.
        on: Value date of the payment; it decides what is past due, due and in advance.

    Raises:
        ValidationError: The amount is negative.

    >>> dues = Dues((date(2026, 9, 1), date(2026, 9, 15)), (0, 700, 0, 5000, 0, 0, 0, 5000))
    >>> split(6000, dues, INSTALLMENT_FIRST, on=date(2026, 9, 10))
    Split(taken=((1, 700), (3, 5000), (7, 300)), unapplied=0)
    """
    if amount_minor < 0:
        raise ValidationError(f"an amount to split must not be negative, got {amount_minor}; nothing was split")
    taken, left = pour(amount_minor, dues.owed, path(dues.due_on, dues.days, dues.present, waterfall, on))
    return Split(tuple(taken), left)


def pour(amount: int, owed: Sequence[int], order: Sequence[int]) -> tuple[Taken, int]:
    """Return the positions that *amount* fills in that order, and what is left; stops when the money is gone."""
    taken: Taken = []
    if not amount:
        return taken, 0
    for slot in order:
        here = owed[slot]
        if here:
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
        return range(WIDTH - 1, WIDTH * count, WIDTH)
    if waterfall._natural and not days:
        return range(WIDTH * count)
    return _path(count, days, present, 0, 0, waterfall)


_PRINCIPAL_ONLY = (WIDTH - 1,)


@lru_cache(maxsize=4096)
def _path(count: int, days: tuple[int, ...], present: tuple[int, ...], past: int, today: int, waterfall: Waterfall) -> tuple[int, ...]:
    """Return the positions in order of payment, *past* dues being past due and *today* dues past due or due."""
    days = days or tuple(range(count))
    spans = {"past_due": range(past), "due": range(past, today), "in_advance": range(today, count)}
    order = [(slot.phase, COMPONENTS.index(slot.component)) for slot in waterfall.order]
    order = [(phase, component) for phase, component in order if component in present]
    if waterfall.by == "component":
        return tuple(due * WIDTH + component for phase, component in order for due in spans[phase])
    return tuple(
        due * WIDTH + component
        for phase in dict.fromkeys(phase for phase, _ in order)
        for day in sorted({days[due] for due in spans[phase]})
        for wanted, component in order
        if wanted == phase
        for due in spans[phase]
        if days[due] == day
    )
