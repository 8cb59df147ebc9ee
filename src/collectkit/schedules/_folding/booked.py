"""What the fold writes down of each entry and each charge."""

from __future__ import annotations

from datetime import date

import attrs

from collectkit.ledger import Charge, Entry, PlanCharge
from collectkit.schedules._folding.pouring import WIDTH


@attrs.define
class Booked:
    """
    What an entry did when it was taken up.

    Attributes:
        entry: The fact.
        minor: Its amount, in minor units; of a charge-off all that was outstanding.
        parts: Minor units per component.
        moved_minor: How much more principal is outstanding by it.
        balance_minor: Principal outstanding after it in the order of days and recording, not below zero.
        unapplied_minor: What of a receipt has found nothing to pay; what of a chargeback or refund credit covered.
    """

    entry: Entry
    minor: int
    parts: list[int] = attrs.field(factory=lambda: [0] * WIDTH)
    moved_minor: int = 0
    balance_minor: int = 0
    unapplied_minor: int = 0


@attrs.define
class ChargeState:
    """
    How a charge stands, in minor units.

    Attributes:
        charge: The fact.
        component: Position of its component.
        asked: How much, tax on it included.
        slots: The positions at which it is asked, one for each installment it comes with; tax on it apart, see `tax_slot`.
        due_on: When it falls due; None when it has no date of its own.
        paid: How much of it was paid.
        waived: How much of it was given up.
        tax_slot: Where the tax on it is asked; None without.
    """

    charge: Charge | PlanCharge
    component: int
    asked: int
    slots: list[int]
    due_on: date | None
    paid: int = 0
    waived: int = 0
    tax_slot: int | None = None

    def stands_at(self, slot: int) -> bool:
        """Tell whether any of it is asked at a position."""
        return slot in self.slots or slot == self.tax_slot

    @property
    def unpaid(self) -> int:
        """Return what is still to be paid."""
        return self.asked - self.paid - self.waived
