"""Splitting a payment over what is owed, in a stated order.

A waterfall is a permutation of fifteen slots: what is past due, due today or due in advance, times the five
components of `COMPONENTS`. Here it is decided which minor unit goes where; when a payment counts and what it meets
is decided by `collectkit.schedules.replay`. Amounts are flat integers, five per due in the order of `COMPONENTS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

import attrs

from collectkit.errors import PolicyError, ValidationError
from collectkit.ledger import COMPONENTS, Application
from collectkit.schedules._folding.pouring import WIDTH, apply, days_of, present_in

PHASES: tuple[str, ...] = ("past_due", "due", "in_advance")
"""Where a due stands on the day of the payment: its date is before, on or after it."""

Style: TypeAlias = Literal["installment", "component"]
Future: TypeAlias = Literal["next", "last", "reamortize"]


@attrs.frozen
class Slot:
    """
    One place in the order.

    Attributes:
        phase: ``past_due``, ``due`` or ``in_advance``.
        component: ``penalty``, ``fee``, ``interest``, ``principal`` or ``tax``.

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


def order_with_tax(components: Iterable[str]) -> tuple[str, ...]:
    """
    Return an order of components in which tax has its place.

    Where the order does not name it, tax comes directly after the last of penalty, fee and interest, on which it is levied: it is
    paid when they are. So it comes before principal where all of them do, and after it where one of them does.

    Source:
        A rule of this library, for contracts and policies written in four components.

    >>> order_with_tax(["interest", "principal", "fee", "penalty"])
    ('interest', 'principal', 'fee', 'penalty', 'tax')
    """
    order = tuple(components)
    if "tax" in order or not order:
        return order
    place = max((at for at, component in enumerate(order, start=1) if component in _TAXED), default=len(order))
    return (*order[:place], "tax", *order[place:])


_TAXED = frozenset({"penalty", "fee", "interest"})


def _slots(given: Iterable[Slot]) -> tuple[Slot, ...]:
    """Return the slots with those of tax, in each phase where `order_with_tax` has it, when none of them is named."""
    order = tuple(given)
    if any(slot.component == "tax" for slot in order):
        return order
    for phase in dict.fromkeys(slot.phase for slot in order):
        named = order_with_tax(slot.component for slot in order if slot.phase == phase)
        before = named[named.index("tax") - 1]
        place = max(at for at, slot in enumerate(order, start=1) if slot == Slot(phase, before))
        order = (*order[:place], Slot(phase, "tax"), *order[place:])
    return order


@attrs.frozen(cache_hash=True)
class Waterfall:
    """
    In which order a payment settles what is owed.

    Dues of one day count as one installment: a late fee that falls due with an installment is paid in the place
    that the component order gives it.

    Attributes:
        order: All fifteen slots, each once. Twelve without tax are read as the same with tax in its place, see `order_with_tax`: such
            an order was written when nothing could owe tax.
        by: ``installment`` takes the phases as ordered and in each goes from the oldest day to the newest, paying its
            components in order. ``component`` takes one slot after the other, each over all dues, oldest first.
        future: Which installments money in advance is for: the ``next``, the ``last``, or all of them in equal parts,
            ``reamortize``, where what does not divide goes to the last.

    Raises:
        PolicyError: A slot is missing or named twice, or ``installment`` with the slots of one phase not together.
    """

    order: tuple[Slot, ...] = attrs.field(converter=_slots)
    by: Style = "installment"
    future: Future = "next"
    # Never different on different days. Kept, because every payment asks.
    _steady: bool = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.by not in ("installment", "component"):
            raise PolicyError(f"a waterfall goes by 'installment' or by 'component', got {self.by!r}; nothing was loaded")
        if self.future not in ("next", "last", "reamortize"):
            raise PolicyError(
                f"money in advance is for the 'next', the 'last', or to 'reamortize', got {self.future!r}; nothing was loaded"
            )
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
        in_time = self.by == "installment" and self.future == "next" and [slot.phase for slot in self.order[::WIDTH]] == list(PHASES)
        rows = {tuple(slot.component for slot in self.order[start : start + WIDTH]) for start in range(0, len(self.order), WIDTH)}
        object.__setattr__(self, "_steady", in_time and len(rows) == 1)


NATURAL: tuple[str, ...] = order_with_tax(component for component in COMPONENTS if component != "tax")
"""The order in which components are paid where nothing else is said: penalty, fee, interest, tax, principal."""

_EVERY_SLOT = tuple(Slot(phase, component) for phase in PHASES for component in NATURAL)

INSTALLMENT_FIRST = Waterfall(_EVERY_SLOT)
"""Oldest due first; within it penalty, fee, interest, tax, principal."""

COMPONENT_FIRST = Waterfall(_EVERY_SLOT, by="component")
"""Past due before due before in advance; within each all penalties, all fees, all interest, all tax, all principal."""


def _led_by(*phases: str, future: Future) -> Waterfall:
    """Return a waterfall that takes the phases in that order."""
    return Waterfall([slot for phase in phases for slot in _EVERY_SLOT if slot.phase == phase], future=future)


REFUND_ORDERS: Mapping[str, Waterfall] = MappingProxyType(
    {
        "due_first": INSTALLMENT_FIRST,
        "next_first": _led_by("in_advance", "due", "past_due", future="next"),
        "last_first": _led_by("in_advance", "due", "past_due", future="last"),
        "even": _led_by("in_advance", "due", "past_due", future="reamortize"),
        "shorten_tail": _led_by("past_due", "due", "in_advance", future="last"),
    }
)
"""
How a shop's refund may be put against a plan, by name.

``due_first``: what is late, then what is due, then the next installment. ``next_first``, ``last_first`` and ``even`` lower what is
still to come first: the next installment, the last one, or all of them in equal parts. ``shorten_tail`` pays what is late or due and
then takes installments off the end.
"""


def _ordered(instance: Dues, attribute: attrs.Attribute[tuple[int, ...]], value: tuple[int, ...]) -> None:
    if len(value) != WIDTH * len(instance.due_on) or (value and min(value) < 0):
        raise ValidationError(f"dues need {WIDTH} amounts for each date, none negative; nothing was split")
    if any(later < earlier for earlier, later in pairwise(instance.due_on)):
        raise ValidationError("due dates must not go back; nothing was split")


@attrs.frozen
class Dues:
    """
    What is still owed, in flat columns.

    Attributes:
        due_on: One date per due, oldest first; two may be equal.
        owed: Minor units still unpaid, five per due in the order of `COMPONENTS`.

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


class Split(NamedTuple):
    """
    Where the money of one payment goes.

    A named tuple, since a night makes one for each payment and making it would cost more than finding it.

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

    Source:
        The waterfall's, which is that of the contract or of law. Minor units stay whole: equal parts in advance are rounded half to
        even, and the last due takes what does not divide.

    >>> dues = Dues((date(2026, 9, 1), date(2026, 9, 15)), (0, 700, 0, 5000, 0, 0, 0, 0, 5000, 0))
    >>> split(6000, dues, INSTALLMENT_FIRST, on=date(2026, 9, 10))
    Split(taken=((1, 700), (3, 5000), (8, 300)), unapplied=0)
    """
    if amount_minor < 0:
        raise ValidationError(f"an amount to split must not be negative, got {amount_minor}; nothing was split")
    taken, left = apply(amount_minor, dues.owed, dues.due_on, dues.days, dues.present, waterfall, on)
    return Split(tuple(taken), left)
