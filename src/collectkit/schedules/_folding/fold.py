"""The fold: what each kind of entry does to what is owed. Every account goes through here, however its plan came about.

Which entries count, and in which order, is decided by `collectkit.schedules.replay` and `collectkit.schedules.course`.
Money that finds nothing to pay is credit, held in the name of the payment that brought it; credit left means that
nothing is unpaid, and whatever is asked for later draws on it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date
from typing import Protocol, TypeAlias

from collectkit.ledger import (
    CashRefund,
    Charge,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Disbursement,
    Entry,
    Payment,
    PlanCharge,
    Reage,
    Reamortize,
    Reschedule,
    Reversal,
    Undo,
    Waiver,
    WriteOff,
    kind_of,
)
from collectkit.schedules._folding import changes, charging, outgoing
from collectkit.schedules._folding.booked import Booked, ChargeState
from collectkit.schedules._folding.pouring import FEE, PENALTY, PRINCIPAL, TAX, WIDTH, Taken
from collectkit.schedules._folding.sheet import Sheet
from collectkit.schedules.rules import PostingRules
from collectkit.schedules.waterfall import Waterfall

Part: TypeAlias = tuple[int, int, int]
"""Index of the receipt, position, minor units; negative where money was set free or given back."""
Receipt: TypeAlias = Payment | Credit

NO_LIMITS: Mapping[int, int] = {}
_CHARGED = (PENALTY, FEE, TAX)
"""What charges are made of; tax also comes with the plan."""


class PlanMaker(Protocol):
    """What a contract that draws its own plan adds to the fold; a plan that is given needs none of it."""

    planned: bool
    """Nothing was paid out yet."""

    def disburse(self, fold: Fold, entry: Disbursement) -> None:
        """Lay a disbursement out over the plan."""

    def pour(self, fold: Fold, minor: int, on: date, waterfall: Waterfall) -> tuple[Taken, int]:
        """Put money on what is open; return where it went, and what is left."""

    def change(self, fold: Fold, entry: Reage | Reamortize | Reschedule) -> int:
        """Change the plan and return the principal that was moved."""

    def took_back(self, fold: Fold, taken: Taken, on: date) -> None:
        """Note that paid money was given back from these positions."""

    def charge_minor(self, fold: Fold, charge: PlanCharge, dues: list[int]) -> int:
        """Return what a plan charge comes to on these dues, in minor units."""


class Fold:
    """
    The state between two entries.

    Attributes:
        sheet: What is owed.
        rules: How money is applied.
        receipts: Payments and credits that count, in their order.
        parts: Where the money of each lies, in order of application.
        credit: Minor units not applied, as pairs of the receipt's index and the rest of it, oldest first.
        booked: What each entry did, or None where nobody asks.
        charges: How each charge stands.
        returned: Minor units of receipts that went out again.
        charged_off_on: Day of the charge-off.
        written_off_on: Day of the write-off.
    """

    def __init__(self, sheet: Sheet, rules: PostingRules, present: tuple[int, ...], *, maker: PlanMaker | None = None) -> None:
        self.sheet = sheet
        self.rules = rules
        self.present = present
        self.maker = maker
        self.receipts: list[Receipt] = []
        self.parts: list[Part] = []
        self.credit: list[tuple[int, int]] = []
        self.booked: list[Booked] | None = [] if maker is not None or rules.chargeback_order else None
        self.by_receipt: dict[int, Booked] = {}
        self.charges: dict[str, ChargeState] = {}
        self.returned = 0
        self.charged_back: dict[str, list[int]] = {}
        self.charged_off_on: date | None = None
        self.written_off_on: date | None = None
        self.early_waivers: dict[str, list[Waiver]] = {}

    def enter(self, entry: Entry) -> None:
        """Take up one entry."""
        kind = type(entry)
        if kind is Payment or kind is Credit:
            self.receive(entry)  # type: ignore[arg-type]
            return
        match entry:
            case Charge() | PlanCharge():
                charging.charge(self, entry)
            case Waiver():
                charging.waive(self, entry)
            case Disbursement():
                self._disburse(entry)
            case CashRefund():
                outgoing.refund_cash(self, entry)
            case Chargeback() | CreditRefund():
                outgoing.owe_again(self, entry)
            case ChargeOff():
                outgoing.charge_off(self, entry)
            case WriteOff():
                outgoing.write_off(self, entry)
            case Reage() | Reamortize() | Reschedule():
                minor = self._change(entry)
                self.note(entry, minor, principal=minor, shown=not isinstance(entry, Reschedule))
            case Reversal() | Undo():
                pass

    @property
    def status(self) -> str:
        """Return whether the account was given up by what has been folded so far."""
        if self.written_off_on is not None:
            return "written_off"
        return "standard" if self.charged_off_on is None else "charged_off"

    def _change(self, entry: Reage | Reamortize | Reschedule) -> int:
        """Change the plan and return the principal that was moved, in minor units."""
        if self.maker is None:
            return changes.change(self.sheet, entry, drawn=False, unit_minor=1)
        return self.maker.change(self, entry)

    def note(self, entry: Entry, minor: int, *, principal: int = 0, moved: int = 0, shown: bool = True) -> Booked:
        """Write down what an entry did."""
        booked = Booked(entry, minor, moved_minor=moved)
        booked.parts[PRINCIPAL] = principal
        if self.booked is not None and shown:
            self.booked.append(booked)
        return booked

    # Receipts

    def receive(self, entry: Receipt) -> None:
        """Apply a payment or a credit; what finds nothing to pay becomes credit of the account."""
        index, minor, on = len(self.receipts), entry.amount.minor, entry.value_on
        self.receipts.append(entry)
        rules = self.rules
        waterfall = rules.waterfall if rules.plain else rules.waterfall_of(kind_of(entry), on, self.status)
        taken, rest = self.pour(minor, on, waterfall)
        if rest and self.written_off_on is not None:
            recovered, rest = self.sheet.recover(rest)
            taken = [*taken, *recovered]
        for slot, part in taken:
            self.parts.append((index, slot, part))
        if rest:
            self.credit.append((index, rest))
        if self.booked is not None:
            booked = self.by_receipt[index] = self.note(entry, minor)
            self._grow(booked, taken)
            booked.unapplied_minor = rest

    def pour(self, minor: int, on: date, waterfall: Waterfall) -> tuple[Taken, int]:
        """Put money on what is open."""
        if self.maker is None:
            return self.put(minor, on, waterfall)
        return self.maker.pour(self, minor, on, waterfall)

    def put(self, minor: int, on: date, waterfall: Waterfall, only: Set[int] | None = None) -> tuple[Taken, int]:
        """Put money on what is open, of some dues only where they are given, and tell the charges that it paid."""
        first = self._due_charges(on) if self.rules.due_charges_first else NO_LIMITS
        taken, rest = self.sheet.pour(minor, on, waterfall, self.present, first, only)
        if self.charges and taken:
            for slot, part in taken:
                if slot % WIDTH in _CHARGED:
                    self._credit_charges(slot, part)
        return taken, rest

    def _grow(self, booked: Booked, taken: Taken) -> None:
        for slot, part in taken:
            booked.parts[slot % WIDTH] += part
            if slot % WIDTH == PRINCIPAL:
                booked.moved_minor -= part

    def _due_charges(self, on: date) -> dict[int, int]:
        """Return by component the charges that are not fully paid and whose own date has come, each whole."""
        limits = {PENALTY: 0, FEE: 0, TAX: 0}
        for state in self.charges.values():
            if state.unpaid and state.due_on is not None and state.due_on <= on:
                tax = state.charge.tax_minor if isinstance(state.charge, Charge) else 0
                limits[state.component] += state.asked - tax
                limits[TAX] += tax
        return limits

    def _credit_charges(self, slot: int, minor: int) -> None:
        """Note which charges a part pays, the oldest first: of its row, or of the account where all charges are known beforehand."""
        fit = [state for state in self.charges.values() if state.stands_at(slot) and state.unpaid]
        for state in sorted(fit, key=lambda state: state.due_on or date.min):
            part = min(minor, state.unpaid)
            state.paid += part
            minor -= part

    # Credit

    @property
    def held(self) -> int:
        """Return all credit."""
        return sum(minor for _, minor in self.credit)

    def draw(self, on: date, *, grows: bool) -> int:
        """
        Put credit against what has become unpaid, the oldest receipt's first, and return how much principal it paid.

        Args:
            on: Day from which it counts.
            grows: Whether the split of the receipts themselves grows by it, on their own day.
        """
        principal = 0
        while self.credit:
            index, held = self.credit[0]
            day = self.receipts[index].value_on if grows and self.maker is not None else on
            taken, rest = self.pour(held, day, self.rules.waterfall)
            if rest and self.written_off_on is not None:
                # Money set free after a write-off recovers it, as money that comes in does.
                recovered, rest = self.sheet.recover(rest)
                taken = [*taken, *recovered]
            if not taken:
                break
            self.parts += [(index, slot, part) for slot, part in taken]
            self.credit[:1] = [(index, rest)] if rest else []
            booked = self.by_receipt.get(index)
            if booked is not None:
                booked.unapplied_minor = rest if grows else booked.unapplied_minor
                if grows:
                    self._grow(booked, taken)
            principal += sum(part for slot, part in taken if slot % WIDTH == PRINCIPAL)
        return principal

    def use_credit(self, minor: int, slot: int | None = None, on: date = date.min) -> None:
        """Take credit away, the oldest first: put it at a position, or pay it out."""
        while minor:
            index, held = self.credit[0]
            part = min(held, minor)
            minor -= part
            if slot is None:
                self.returned += part
            else:
                self.parts.append((index, slot, part))
                self.sheet.put(slot, part, on)
            self.credit[:1] = [(index, held - part)] if held > part else []

    # Money that goes out

    def _disburse(self, entry: Disbursement) -> None:
        assert self.maker is not None
        held = self.held
        self.maker.disburse(self, entry)
        drawn = self.draw(entry.value_on, grows=False) if held else 0
        self.note(entry, entry.amount.minor, moved=entry.amount.minor - drawn)

    def latest(self, slot: int, minor: int) -> list[tuple[int, int]]:
        """Return which receipts' money lies at a position, the latest first, up to an amount."""
        put: dict[int, int] = {}
        for index, at, part in self.parts:
            if at == slot:
                put[index] = put.get(index, 0) + part
        found = []
        for index, part in sorted(put.items(), reverse=True):
            freed = min(part, minor)
            if freed > 0:
                found.append((index, freed))
                minor -= freed
        return found
