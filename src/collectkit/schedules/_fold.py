"""The arithmetic of the fold: flat integer lists that one entry after the other changes.

Here it is decided what a payment, a charge and a waiver do to what is owed; which entries count is decided by
`collectkit.schedules.replay`. A position is ``4 * due + component``. Every due that will ever count has its place
from the start; a charge owes nothing until it is assessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from collectkit.errors import IntegrityBreachError
from collectkit.ledger import COMPONENTS, Charge, Waiver
from collectkit.schedules.waterfall import WIDTH, Taken, Waterfall, days_of, path, pour

Part = tuple[int, int, int]
"""Index of the payment, position, minor units; negative where a waiver released money again."""


class Fold:
    """
    The state between two entries.

    Attributes:
        left: Minor units unpaid at each position.
        asked: Minor units asked at each position, waivers taken off.
        waived: Minor units given up at each position.
        rest: Minor units unpaid of each due.
        settled_on: Value date on which each due was covered; None while it is not.
        parts: Where the money of each payment went, in order of application.
        credit: Minor units not applied, as pairs of the payment's index and the rest of it, oldest first.
    """

    __slots__ = ("_days", "_present", "asked", "credit", "due_on", "left", "parts", "rest", "settled_on", "waived", "waterfall")

    def __init__(
        self,
        due_on: Sequence[date],
        left: list[int],
        present: tuple[int, ...],
        settled_on: list[date | None],
        waterfall: Waterfall,
    ) -> None:
        self.due_on = due_on
        self.left = left
        self.asked = left[:]
        self.waived = [0] * len(left)
        self.rest = [sum(left[at : at + WIDTH]) for at in range(0, len(left), WIDTH)]
        self.settled_on = settled_on
        self.parts: list[Part] = []
        self.credit: list[tuple[int, int]] = []
        self.waterfall = waterfall
        self._present = present
        self._days = days_of(due_on)

    def pay(self, index: int, amount: int, on: date) -> None:
        """Apply payment *index*; what finds nothing to pay becomes credit."""
        # Credit means that nothing is unpaid, so that the new money can only join it.
        unapplied = amount
        if not self.credit:
            taken, unapplied = self._pour(amount, on)
            self.parts += [(index, slot, minor) for slot, minor in taken]
        if unapplied:
            self.credit.append((index, unapplied))

    def charge(self, charge: Charge, due: int) -> None:
        """Ask for a charge, and put credit against it."""
        slot = due * WIDTH + COMPONENTS.index(charge.component)
        minor = charge.amount.minor
        self.left[slot] += minor
        self.asked[slot] += minor
        self.rest[due] += minor
        self._draw(charge.value_on)

    def waive(self, waiver: Waiver, charge: Charge, due: int) -> None:
        """
        Give up a part of a charge.

        A payment that became known after the waiver was decided may have paid that part already: its money is set
        free and pays what else is owed.

        Raises:
            IntegrityBreachError: More is given up than was charged.
        """
        slot = due * WIDTH + COMPONENTS.index(charge.component)
        minor = waiver.amount.minor
        if minor > self.asked[slot]:
            raise IntegrityBreachError(
                f"waiver {waiver.id!r} gives up {minor} minor units of charge {charge.id!r}, of which {self.asked[slot]} are asked; "
                "nothing was computed"
            )
        self.asked[slot] -= minor
        self.waived[slot] += minor
        unpaid = min(self.left[slot], minor)
        self.left[slot] -= unpaid
        self.rest[due] -= unpaid
        if unpaid and not self.rest[due]:
            self.settled_on[due] = waiver.value_on
        if minor > unpaid:
            self._release(slot, minor - unpaid)
            self._draw(waiver.value_on)

    def _pour(self, amount: int, on: date) -> tuple[Taken, int]:
        """Take *amount* off what is unpaid and note what becomes settled."""
        left, rest = self.left, self.rest
        taken, unapplied = pour(amount, left, path(self.due_on, self._days, self._present, self.waterfall, on))
        for slot, minor in taken:
            left[slot] -= minor
            due = slot // WIDTH
            rest[due] -= minor
            if not rest[due]:
                self.settled_on[due] = on
        return taken, unapplied

    def _draw(self, on: date) -> None:
        """Put credit against what has become unpaid, the oldest payment's first."""
        if not self.credit:
            return
        taken, _ = self._pour(sum(minor for _, minor in self.credit), on)
        for slot, wanted in taken:
            while wanted:
                index, held = self.credit[0]
                used = min(held, wanted)
                self.parts.append((index, slot, used))
                wanted -= used
                self.credit[:1] = [(index, held - used)] if held > used else []

    def _release(self, slot: int, minor: int) -> None:
        """Set money free that was put at *slot*, the latest first."""
        put: dict[int, int] = {}
        for index, at, part in self.parts:
            if at == slot:
                put[index] = put.get(index, 0) + part
        for index, part in sorted(put.items(), reverse=True):
            freed = min(part, minor)
            if freed:
                self.parts.append((index, slot, -freed))
                self.credit.insert(0, (index, freed))
                minor -= freed
