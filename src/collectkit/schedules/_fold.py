"""The fold: what each kind of entry does to what is owed. Every account goes through here, however its plan came about.

Which entries count, and in which order, is decided by `collectkit.schedules.replay` and `collectkit.schedules.course`.
Money that finds nothing to pay is credit, held in the name of the payment that brought it; credit left means that
nothing is unpaid, and whatever is asked for later draws on it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date
from typing import Protocol, TypeAlias

import attrs

from collectkit.errors import IntegrityBreachError
from collectkit.ledger import (
    COMPONENTS,
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
from collectkit.schedules import _changes
from collectkit.schedules._pouring import Taken
from collectkit.schedules._sheet import FEE, PENALTY, PRINCIPAL, WIDTH, Sheet
from collectkit.schedules.rules import PostingRules
from collectkit.schedules.waterfall import Waterfall

Part: TypeAlias = tuple[int, int, int]
"""Index of the receipt, position, minor units; negative where money was set free or given back."""
Receipt: TypeAlias = Payment | Credit

NO_LIMITS: Mapping[int, int] = {}


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
        asked: How much.
        slots: The positions at which it is asked, one for each installment it comes with.
        due_on: When it falls due; None when it has no date of its own.
        paid: How much of it was paid.
        waived: How much of it was given up.
    """

    charge: Charge | PlanCharge
    component: int
    asked: int
    slots: list[int]
    due_on: date | None
    paid: int = 0
    waived: int = 0

    @property
    def unpaid(self) -> int:
        """Return what is still to be paid."""
        return self.asked - self.paid - self.waived


class PlanMaker(Protocol):
    """What a contract that draws its own plan adds to the fold; a plan that is given needs none of it."""

    def disburse(self, fold: Fold, entry: Disbursement) -> None:
        """Lay a disbursement out over the plan."""

    def pour(self, fold: Fold, minor: int, on: date, waterfall: Waterfall) -> tuple[Taken, int]:
        """Put money on what is open; return where it went, and what is left."""

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
                self.charge(entry)
            case Waiver():
                self.waive(entry)
            case Disbursement():
                self._disburse(entry)
            case CashRefund():
                self._refund_cash(entry)
            case Chargeback() | CreditRefund():
                self._owe_again(entry)
            case ChargeOff():
                self._charge_off(entry)
            case WriteOff():
                self._write_off(entry)
            case Reage() | Reamortize() | Reschedule():
                minor = _changes.change(self.sheet, entry, self.maker is not None, self.unit)
                self._note(entry, minor, principal=minor, shown=not isinstance(entry, Reschedule))
            case Reversal() | Undo():
                pass

    @property
    def unit(self) -> int:
        """Return of how many minor units an installment is a multiple."""
        return getattr(self.maker, "unit_minor", 1)

    def _note(self, entry: Entry, minor: int, *, principal: int = 0, moved: int = 0, shown: bool = True) -> Booked:
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
        taken, rest = self.pour(minor, on, self.rules.waterfall_of(kind_of(entry)))
        for slot, part in taken:
            self.parts.append((index, slot, part))
        if rest:
            self.credit.append((index, rest))
        if self.booked is not None:
            booked = self.by_receipt[index] = self._note(entry, minor)
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
        if self.charges:
            for slot, part in taken:
                if slot % WIDTH in (PENALTY, FEE):
                    self._credit_charges(slot, part)
        return taken, rest

    def _grow(self, booked: Booked, taken: Taken) -> None:
        for slot, part in taken:
            booked.parts[slot % WIDTH] += part
            if slot % WIDTH == PRINCIPAL:
                booked.moved_minor -= part

    def _due_charges(self, on: date) -> dict[int, int]:
        """Return by component the charges that are not fully paid and whose own date has come, each whole."""
        limits = {PENALTY: 0, FEE: 0}
        for state in self.charges.values():
            if state.unpaid and state.due_on is not None and state.due_on <= on:
                limits[state.component] += state.asked
        return limits

    def _credit_charges(self, slot: int, minor: int) -> None:
        """Note which charges a part pays, the oldest first: of its row, or of the account where all charges are known beforehand."""
        everywhere = self.maker is not None and self.rules.order.__name__ == "charges_first"
        fit = [
            state
            for state in self.charges.values()
            if state.component == slot % WIDTH and state.unpaid and (everywhere or slot in state.slots)
        ]
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
        self._note(entry, entry.amount.minor, moved=entry.amount.minor - drawn)

    def _refund_cash(self, entry: CashRefund) -> None:
        booked = self._note(entry, entry.amount.minor)
        taken, missing = self.sheet.unpour(entry.amount.minor, entry.value_on, self.rules.waterfall)
        for slot, part in taken:
            booked.parts[slot % WIDTH] += part
            if slot % WIDTH == PRINCIPAL:
                booked.moved_minor += part
            for index, freed in self._latest(slot, part):
                self.parts.append((index, slot, -freed))
        self.returned += entry.amount.minor - missing
        booked.unapplied_minor = missing

    def _latest(self, slot: int, minor: int) -> list[tuple[int, int]]:
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

    def _owe_again(self, entry: Chargeback | CreditRefund) -> None:
        """A chargeback, or a refund of credit that turned out not to be there, is asked for again where credit does not cover it."""
        minor, on, covered = entry.amount.minor, entry.value_on, min(entry.amount.minor, self.held)
        if isinstance(entry, Chargeback) and self.rules.chargeback_order:
            self._owe_parts(entry)
            return
        if minor > covered:
            slot = self._row_again(entry) * WIDTH + PRINCIPAL
            self._raise(slot, minor, on)
            self.use_credit(covered, slot, on)
        else:
            self.use_credit(covered)
        self._note(entry, minor, principal=minor - covered, moved=minor - covered).unapplied_minor = covered

    def _owe_parts(self, entry: Chargeback) -> None:
        """Ask again for what the payment had paid, component by component, and let credit pay it."""
        used = self.charged_back.setdefault(entry.payment, [0] * WIDTH)
        paid = next((one.parts for one in self.by_receipt.values() if one.entry.id == entry.payment), [0] * WIDTH)
        due, left, parts = self._row_again(entry), entry.amount.minor, [0] * WIDTH
        for name in self.rules.chargeback_order:
            component = COMPONENTS.index(name)
            part = parts[component] = max(0, min(left, paid[component] - used[component]))
            used[component] += part
            left -= part
        # What that payment never paid of anything can only be money that lies as credit.
        parts[PRINCIPAL] += max(0, left - self.held)
        for component, part in enumerate(parts):
            self._raise(due * WIDTH + component, part, entry.value_on)
        held = self.held
        self.use_credit(min(left, held))
        moved = parts[PRINCIPAL] - self.draw(entry.value_on, grows=False)
        booked = self._note(entry, entry.amount.minor, moved=moved)
        booked.parts[:], booked.unapplied_minor = parts, held - self.held

    def _raise(self, slot: int, minor: int, on: date) -> None:
        if minor:
            self.present = tuple(sorted({*self.present, slot % WIDTH}))
            self.sheet.ask(slot, minor, on)
            self.sheet.raised[slot // WIDTH] += minor if slot % WIDTH == PRINCIPAL else 0

    def _row_again(self, entry: Chargeback | CreditRefund) -> int:
        """Return the due that takes up what is owed again: a line of its own, or the next installment, or an additional row."""
        sheet, on = self.sheet, entry.value_on
        if self.rules.stands == "alone":
            return sheet.add("line", entry, on, on)
        normal = sheet.of_kind("installment")
        later = next((due for due in normal if sheet.due_on[due] > on), None)
        if later is not None:
            return later
        if not sheet.of_kind("added") and sheet.due_on[normal[-1]] == on:
            return normal[-1]
        return self.added_row(entry, on)

    def added_row(self, source: Charge | PlanCharge | Chargeback | CreditRefund, due_on: date) -> int:
        """Return the additional row after the last installment, made or moved so that it is due on that day at the earliest."""
        sheet = self.sheet
        for due in sheet.of_kind("added"):
            if due_on > sheet.due_on[due]:
                sheet.move(due, due_on)
            return due
        return sheet.add("added", source, max(sheet.due_on[due] for due in sheet.of_kind("installment")), due_on)

    # Charges

    def charge(self, charge: Charge | PlanCharge) -> None:
        """Ask for a charge, and put credit against it."""
        component = COMPONENTS.index(charge.component)
        if isinstance(charge, PlanCharge):
            state = self._plan_charge(charge, component)
        else:
            slot = self._row_of(charge) * WIDTH + component
            state = ChargeState(charge, component, charge.amount.minor, [slot], charge.due_on)
            self.sheet.ask(slot, charge.amount.minor, charge.value_on)
        self.charges[charge.id] = state
        if component not in self.present:
            self.present = tuple(sorted({*self.present, component}))
        if self.credit:
            self.draw(charge.value_on, grows=True)
        for waiver in self.early_waivers.pop(charge.id, ()):
            self.waive(attrs.evolve(waiver, value_on=charge.value_on))

    def _row_of(self, charge: Charge | PlanCharge) -> int:
        """Return the due with which a charge is asked; down payments never carry charges."""
        sheet = self.sheet
        assert charge.due_on is not None
        if self.rules.stands == "alone":
            return sheet.add("line", charge, charge.due_on, charge.due_on)
        normal = sheet.of_kind("installment")
        if charge.installment:
            return normal[charge.installment - 1]
        found = next((due for due in normal if charge.due_on <= sheet.due_on[due]), None)
        return found if found is not None else self.added_row(charge, charge.due_on)

    def _plan_charge(self, charge: PlanCharge, component: int) -> ChargeState:
        assert self.maker is not None
        normal = self.sheet.of_kind("installment")
        if charge.falls == "each_installment":
            state = ChargeState(charge, component, 0, [], None)
            for due in normal:
                minor = self.maker.charge_minor(self, charge, [due])
                state.asked += minor
                state.slots.append(due * WIDTH + component)
                self.sheet.ask(state.slots[-1], minor, charge.value_on)
            return state
        about = [normal[charge.installment - 1]] if charge.installment else self.sheet.of_kind("installment", "down_payment")
        minor = self.maker.charge_minor(self, charge, about)
        if charge.falls == "at_payout":
            return ChargeState(charge, component, minor, [], None, paid=minor)
        slot = self._row_of(charge) * WIDTH + component
        self.sheet.ask(slot, minor, charge.value_on)
        return ChargeState(charge, component, minor, [slot], charge.due_on)

    def waive(self, waiver: Waiver) -> None:
        """
        Give up a part of a charge.

        A payment that became known after the waiver was decided may have paid that part already: its money is set
        free and pays what else is owed. A waiver whose charge comes later waits for it.

        Raises:
            IntegrityBreachError: More is given up than was charged.
        """
        state = self.charges.get(waiver.charge)
        if state is None:
            self.early_waivers.setdefault(waiver.charge, []).append(waiver)
            return
        minor, on = waiver.amount.minor, waiver.value_on
        if minor > state.asked - state.waived:
            raise IntegrityBreachError(
                f"waiver {waiver.id!r} gives up {minor} minor units of charge {waiver.charge!r}, of which "
                f"{state.asked - state.waived} are asked; nothing was computed"
            )
        state.waived += minor
        freed = 0
        for slot in state.slots:
            here = minor if slot == state.slots[-1] else min(minor, self.sheet.left[slot])
            paid = self.sheet.forgive(slot, here, on)
            minor -= here
            if paid:
                freed += paid
                self._release(slot, paid)
        if freed:
            state.paid -= freed
            self.draw(on, grows=False)
        self._note(waiver, waiver.amount.minor)

    def _release(self, slot: int, minor: int) -> None:
        """Set money free that was put at *slot*, the latest first."""
        for index, freed in self._latest(slot, minor):
            self.sheet.set_free(slot, freed, self.receipts[index].value_on)
            self.parts.append((index, slot, -freed))
            self.credit.insert(0, (index, freed))

    # Giving up

    def _charge_off(self, entry: ChargeOff) -> None:
        sheet = self.sheet
        self.charged_off_on = entry.value_on
        parts = [sum(sheet.left[component::WIDTH]) for component in range(WIDTH)]
        self._note(entry, sum(parts)).parts[:] = parts

    def _write_off(self, entry: WriteOff) -> None:
        sheet = self.sheet
        self.written_off_on = entry.value_on
        parts = [0] * WIDTH
        for slot in range(len(sheet.left)):
            parts[slot % WIDTH] += sheet.write_off(slot, entry.value_on)
        self._note(entry, sum(parts), moved=-parts[PRINCIPAL]).parts[:] = parts
