"""The columns that hold what an account owes while its entries are folded, and the few ways in which they change.

A position is ``5 * due + component``. Dues keep the place at which they were made; `sequence` has them in the order of
the plan. Nothing outside this module changes an amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import TypeAlias

from collectkit.ledger import CashRefund, Chargeback, CreditRefund, PlanCharge
from collectkit.ledger.entries import COMPONENTS, Charge
from collectkit.schedules._folding.pouring import EVERY, WIDTH, Taken, apply, days_of, steps
from collectkit.schedules.waterfall import NATURAL, Waterfall

Source: TypeAlias = int | Charge | CashRefund | Chargeback | CreditRefund | PlanCharge
"""What a due is: the number of an installment, or the entry that brought it."""

_RECOVERED = tuple(COMPONENTS.index(component) for component in NATURAL)
RANKS: Mapping[str, int] = {"installment": 1, "line": 3, "added": 4}
DOWN_BEFORE, DOWN_AFTER = 0, 2


class Sheet:
    """
    One account's dues.

    Attributes:
        due_on: Due date of each due.
        starts_on: First day of its period.
        kinds: ``installment``, ``down_payment``, ``line`` for what stands for itself, ``added`` for the row after the last.
        sources: What each due is.
        asked: Minor units asked at each position, what was waived or written off included.
        left: Minor units unpaid at each position.
        waived: Minor units given up at each position.
        written_off: Minor units asked for no more at each position.
        rest: Minor units unpaid of each due.
        settled_on: Day on which nothing was left of each due; None while something is.
        early: Minor units of each due that were paid before its due date.
        late: Minor units of each due that were paid after it.
        raised: Principal of each due that was lent or owed again and no disbursement of.
        sequence: Places of the dues, in the order of the plan.
        in_order: They were made in that order.
    """

    __slots__ = (
        "_dates",
        "_days",
        "asked",
        "by_day",
        "down_rank",
        "due_on",
        "early",
        "in_order",
        "kinds",
        "late",
        "left",
        "raised",
        "rest",
        "sequence",
        "settled_on",
        "sources",
        "starts_on",
        "waived",
        "written_off",
    )

    def __init__(
        self,
        due_on: Sequence[date],
        asked: Sequence[int],
        settled_on: Sequence[date | None],
        sources: Sequence[Source],
        *,
        by_day: bool = True,
        down_rank: int = DOWN_BEFORE,
    ) -> None:
        count = len(due_on)
        self.due_on = list(due_on)
        self.starts_on: list[date] = []
        self.kinds = ["installment"] * count
        self.sources = list(sources)
        self.asked, self.left = list(asked), list(asked)
        self.waived, self.written_off = [0] * len(self.left), [0] * len(self.left)
        self.rest = [sum(self.left[at : at + WIDTH]) for at in range(0, len(self.left), WIDTH)]
        self.settled_on = list(settled_on)
        self.early, self.late, self.raised = [0] * count, [0] * count, [0] * count
        self.by_day, self.down_rank = by_day, down_rank
        self.sequence = list(range(count))
        self._dates: Sequence[date] = self.due_on
        self._days = days_of(due_on) if by_day else ()
        self.in_order = True

    # Rows

    def add(self, kind: str, source: Source, starts_on: date, due_on: date) -> int:
        """Add a due that asks for nothing yet, and return its place."""
        self.due_on.append(due_on)
        self.starts_on.append(starts_on)
        self.kinds.append(kind)
        self.sources.append(source)
        for column in (self.asked, self.left, self.waived, self.written_off):
            column += [0] * WIDTH
        for figures in (self.rest, self.early, self.late, self.raised):
            figures.append(0)
        self.settled_on.append(None)
        self.arrange()
        return len(self.due_on) - 1

    def move(self, due: int, due_on: date) -> None:
        """Give a due another due date."""
        self.due_on[due] = due_on
        self.arrange()

    def arrange(self) -> None:
        """Put the dues in the order of the plan."""
        ranks = [self.down_rank if kind == "down_payment" else RANKS[kind] for kind in self.kinds]
        places = range(len(ranks))
        keys = list(zip(self.due_on, ranks, places, strict=True))
        keys.sort()
        self.sequence = [due for _, _, due in keys]
        self.in_order = self.sequence == list(places)
        self._dates = self.due_on if self.in_order else [self.due_on[due] for due in self.sequence]
        self._days = days_of(self._dates) if self.by_day else ()

    def of_kind(self, *kinds: str) -> list[int]:
        """Return the dues of these kinds in the order of the plan."""
        return [due for due in self.sequence if self.kinds[due] in kinds]

    # Amounts

    def ask(self, slot: int, minor: int, on: date) -> None:
        """Ask for more, or for less, at a position."""
        self.asked[slot] += minor
        self.left[slot] += minor
        self._changed(slot // WIDTH, minor, on)

    def forgive(self, slot: int, minor: int, on: date) -> int:
        """Waive *minor* at a position and return what of it had been paid already."""
        self.waived[slot] += minor
        unpaid = min(self.left[slot], minor)
        given_up = min(self.written_off[slot], minor - unpaid)
        self.left[slot] -= unpaid
        self.written_off[slot] -= given_up
        self._changed(slot // WIDTH, -unpaid, on)
        return minor - unpaid - given_up

    def write_off(self, slot: int, on: date) -> int:
        """Ask no more for what is unpaid at a position, and return how much that was."""
        minor = self.left[slot]
        self.written_off[slot] += minor
        self.left[slot] = 0
        self._changed(slot // WIDTH, -minor, on)
        return minor

    def recover(self, amount: int) -> tuple[Taken, int]:
        """Put money that came after a write-off against what was written off, oldest first; return where it went, and what is left."""
        taken: Taken = []
        for due in self.sequence:
            for slot in [due * WIDTH + component for component in _RECOVERED]:
                part = min(amount, self.written_off[slot])
                if part:
                    self.written_off[slot] -= part
                    taken.append((slot, part))
                    amount -= part
        return taken, amount

    def set_free(self, slot: int, minor: int, paid_on: date) -> None:
        """Note that money put at a position on a day is no longer there, though nothing is asked in its place."""
        due = slot // WIDTH
        if paid_on < self.due_on[due]:
            self.early[due] -= minor
        elif paid_on > self.due_on[due]:
            self.late[due] -= minor

    def take_back(self, slot: int, minor: int, on: date) -> None:
        """Open again what was paid at a position: before the due date of what was paid early, after it of what was paid late."""
        due = slot // WIDTH
        self.left[slot] += minor
        column, other = (self.early, self.late) if on < self.due_on[due] else (self.late, self.early)
        column[due] -= min(column[due], minor)
        other[due] = min(other[due], sum(self.paid(at) for at in range(due * WIDTH, due * WIDTH + WIDTH)) - column[due])
        self._changed(due, minor, on)

    def put(self, slot: int, minor: int, on: date) -> None:
        """Pay at a position."""
        due = slot // WIDTH
        self.left[slot] -= minor
        if on < self.due_on[due]:
            self.early[due] += minor
        elif on > self.due_on[due]:
            self.late[due] += minor
        self._changed(due, -minor, on)

    def _changed(self, due: int, minor: int, on: date) -> None:
        """Note the day on which nothing was left of a due, as long as that lasts; what changes nothing settles nothing."""
        if not minor:
            return
        rest = self.rest[due] = self.rest[due] + minor
        if rest:
            self.settled_on[due] = None
        elif self.settled_on[due] is None:
            self.settled_on[due] = on

    def paid(self, slot: int) -> int:
        """Return what was paid at a position."""
        return self.asked[slot] - self.left[slot] - self.waived[slot] - self.written_off[slot]

    def pour(
        self,
        amount: int,
        on: date,
        waterfall: Waterfall,
        present: tuple[int, ...],
        first: Mapping[int, int],
        only: Set[int] | None = None,
    ) -> tuple[Taken, int]:
        """Pay what is open with *amount*, in the order of *waterfall* and of some dues *only*; return where it went, and what is left."""
        if self.in_order and only is None:
            taken, rest = apply(amount, self.left, self._dates, self._days, present, waterfall, on, first)
        else:
            owed = [
                self.left[due * WIDTH + component] if only is None or due in only else 0 for due in self.sequence for component in EVERY
            ]
            found, rest = apply(amount, owed, self._dates, self._days, present, waterfall, on, first)
            taken = [(self.sequence[slot // WIDTH] * WIDTH + slot % WIDTH, minor) for slot, minor in found]
        # The same as `put` for each, without a call for each: every payment comes through here.
        left, unpaid, due_on, settled_on = self.left, self.rest, self.due_on, self.settled_on
        for slot, minor in taken:
            due = slot // WIDTH
            left[slot] -= minor
            day = due_on[due]
            if on < day:
                self.early[due] += minor
            elif on > day:
                self.late[due] += minor
            still = unpaid[due] = unpaid[due] - minor
            if still:
                settled_on[due] = None
            elif settled_on[due] is None:
                settled_on[due] = on
        return taken, rest

    def unpour(self, amount: int, on: date, waterfall: Waterfall) -> tuple[Taken, int]:
        """Take *amount* back off what was paid, the waterfall backwards, the last dues first; return from where, and what was missing."""
        taken: Taken = []
        for phase, components in reversed(list(steps(waterfall))):
            for due in reversed(self.sequence):
                day = self.due_on[due]
                if phase != ("past_due" if day < on else "due" if day == on else "in_advance"):
                    continue
                for component in reversed(components):
                    slot = due * WIDTH + component
                    part = min(amount, self.paid(slot))
                    if part > 0:
                        self.take_back(slot, part, on)
                        taken.append((slot, part))
                        amount -= part
        return taken, amount
