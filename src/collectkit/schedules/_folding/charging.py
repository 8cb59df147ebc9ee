"""Charges and their waivers: where a charge stands, how much it is, and what giving it up sets free."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import attrs

from collectkit.errors import IntegrityBreachError
from collectkit.ledger import COMPONENTS, Charge, PlanCharge, Waiver
from collectkit.schedules._folding.booked import ChargeState
from collectkit.schedules._folding.outgoing import added_row
from collectkit.schedules._folding.pouring import TAX, WIDTH

if TYPE_CHECKING:
    from collectkit.schedules._folding.fold import Fold


def charge(fold: Fold, charge: Charge | PlanCharge) -> None:
    """Ask for a charge, and put credit against it."""
    component = COMPONENTS.index(charge.component)
    state = _plan_charge(fold, charge, component) if isinstance(charge, PlanCharge) else _charge(fold, charge, component)
    fold.charges[charge.id] = state
    there = {component} if state.tax_slot is None else {component, TAX}
    if not there.issubset(fold.present):
        fold.present = tuple(sorted({*fold.present, *there}))
    if fold.credit:
        fold.draw(charge.value_on, grows=True)
    for waiver in fold.early_waivers.pop(charge.id, ()):
        waive(fold, attrs.evolve(waiver, value_on=charge.value_on))


def _charge(fold: Fold, charge: Charge, component: int) -> ChargeState:
    """Ask for a charge and, apart, for the tax on it; both stand with one due."""
    due, asked, tax = _row_of(fold, charge), charge.amount.minor, charge.tax_minor
    state = ChargeState(charge, component, asked, [due * WIDTH + component], charge.due_on)
    fold.sheet.ask(state.slots[0], asked - tax, charge.value_on)
    if tax:
        state.tax_slot = due * WIDTH + TAX
        fold.sheet.ask(state.tax_slot, tax, charge.value_on)
    return state


def _row_of(fold: Fold, charge: Charge | PlanCharge) -> int:
    """Return the due with which a charge is asked; down payments never carry charges."""
    sheet = fold.sheet
    assert charge.due_on is not None
    if fold.rules.stands == "alone":
        return sheet.add("line", charge, charge.due_on, charge.due_on)
    normal = sheet.of_kind("installment")
    if charge.installment:
        return normal[charge.installment - 1]
    later = next((due for due in normal if charge.due_on <= sheet.due_on[due]), None)
    if later is None:
        return added_row(fold, charge, charge.due_on)
    if fold.maker is None:
        return later
    # A re-aged plan may be due before the old one ends, or begin after an additional row: the period that holds the day decides.
    periods = (due for due in sheet.of_kind("installment", "added") if sheet.starts_on[due] < charge.due_on <= sheet.due_on[due])
    return next(periods, later)


def _plan_charge(fold: Fold, charge: PlanCharge, component: int) -> ChargeState:
    assert fold.maker is not None
    normal = fold.sheet.of_kind("installment")
    if charge.falls == "each_installment":
        state = ChargeState(charge, component, 0, [], None)
        for due in normal:
            minor = fold.maker.charge_minor(fold, charge, [due])
            state.asked += minor
            state.slots.append(due * WIDTH + component)
            fold.sheet.ask(state.slots[-1], minor, charge.value_on)
        return state
    about = [normal[charge.installment - 1]] if charge.installment else fold.sheet.of_kind("installment", "down_payment")
    minor = fold.maker.charge_minor(fold, charge, about)
    if charge.falls == "at_payout":
        return ChargeState(charge, component, minor, [], None, paid=0 if fold.maker.planned else minor)
    slot = _row_of(fold, charge) * WIDTH + component
    fold.sheet.ask(slot, minor, charge.value_on)
    return ChargeState(charge, component, minor, [slot], charge.due_on)


def waive(fold: Fold, waiver: Waiver) -> None:
    """
    Give up a part of a charge.

    A payment that became known after the waiver was decided may have paid that part already: its money is set
    free and pays what else is owed. A waiver whose charge comes later waits for it.

    Raises:
        IntegrityBreachError: More is given up than was charged.
    """
    state = fold.charges.get(waiver.charge)
    if state is None:
        fold.early_waivers.setdefault(waiver.charge, []).append(waiver)
        return
    minor, on = waiver.amount.minor, waiver.value_on
    if minor > state.asked - state.waived:
        raise IntegrityBreachError(
            f"waiver '{waiver.id}' gives up {minor} minor units of charge '{waiver.charge}', of which "
            f"{state.asked - state.waived} are asked; nothing was computed"
        )
    freed, given = 0, state.waived
    state.waived += minor
    if state.tax_slot is not None and isinstance(state.charge, Charge):
        tax = state.charge.tax_in(state.waived) - state.charge.tax_in(given)
        freed += _forgive(fold, state.tax_slot, tax, on)
        minor -= tax
    # What is paid is paid from the first installment on, so what is given up is taken from the last one back.
    for slot in reversed(state.slots):
        here = minor if slot == state.slots[0] else min(minor, fold.sheet.left[slot] + fold.sheet.written_off[slot])
        freed += _forgive(fold, slot, here, on)
        minor -= here
    if freed:
        state.paid -= freed
        fold.draw(on, grows=False)
    fold.note(waiver, waiver.amount.minor)


def _forgive(fold: Fold, slot: int, minor: int, on: date) -> int:
    """Give up minor units at a position, and return how much of it had been paid and is free now."""
    paid = fold.sheet.forgive(slot, minor, on)
    if paid:
        _release(fold, slot, paid)
    return paid


def _release(fold: Fold, slot: int, minor: int) -> None:
    """Set money free that was put at *slot*, the latest first."""
    for index, freed in fold.latest(slot, minor):
        fold.sheet.set_free(slot, freed, fold.receipts[index].value_on)
        fold.parts.append((index, slot, -freed))
        fold.credit.insert(0, (index, freed))
