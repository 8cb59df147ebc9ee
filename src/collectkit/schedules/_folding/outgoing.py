"""Money that goes out, and accounts that are given up: refunds, chargebacks, charge-off, write-off."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from collectkit.ledger import COMPONENTS, CashRefund, Charge, Chargeback, ChargeOff, CreditRefund, PlanCharge, WriteOff
from collectkit.schedules._folding.pouring import PRINCIPAL, WIDTH

if TYPE_CHECKING:
    from collectkit.schedules._folding.fold import Fold


def refund_cash(fold: Fold, entry: CashRefund) -> None:
    """Open again what was paid last; what goes out of money that turned out never to have come is owed again, as by `owe_again`."""
    booked = fold.note(entry, entry.amount.minor)
    taken, missing = fold.sheet.unpour(entry.amount.minor, entry.value_on, fold.rules.refunds or fold.rules.waterfall)
    for slot, part in taken:
        booked.parts[slot % WIDTH] += part
        if slot % WIDTH == PRINCIPAL:
            booked.moved_minor += part
        for index, freed in fold.latest(slot, part):
            fold.parts.append((index, slot, -freed))
    if fold.maker is not None:
        fold.maker.took_back(fold, taken, entry.value_on)
    fold.returned += entry.amount.minor - missing
    booked.unapplied_minor = missing
    if missing:
        _raise(fold, _row_again(fold, entry) * WIDTH + PRINCIPAL, missing, entry.value_on)
        booked.parts[PRINCIPAL] += missing
        booked.moved_minor += missing
    # What was opened again while the account had credit is paid by it: credit means that nothing is unpaid.
    booked.moved_minor -= fold.draw(entry.value_on, grows=False)


def owe_again(fold: Fold, entry: Chargeback | CreditRefund) -> None:
    """A chargeback, or a refund of credit that turned out not to be there, is asked for again where credit does not cover it."""
    minor, on, covered = entry.amount.minor, entry.value_on, min(entry.amount.minor, fold.held)
    if isinstance(entry, Chargeback) and fold.rules.chargeback_order:
        _owe_parts(fold, entry)
        return
    if minor > covered:
        slot = _row_again(fold, entry) * WIDTH + PRINCIPAL
        _raise(fold, slot, minor, on)
        fold.use_credit(covered, slot, on)
    else:
        fold.use_credit(covered)
    fold.note(entry, minor, principal=minor - covered, moved=minor - covered).unapplied_minor = covered


def _owe_parts(fold: Fold, entry: Chargeback) -> None:
    """Ask again for what the payment had paid, component by component, and let credit pay it."""
    used = fold.charged_back.setdefault(entry.payment, [0] * WIDTH)
    paid = next((one.parts for one in fold.by_receipt.values() if one.entry.id == entry.payment), [0] * WIDTH)
    due, left, parts = _row_again(fold, entry), entry.amount.minor, [0] * WIDTH
    for name in fold.rules.chargeback_order:
        component = COMPONENTS.index(name)
        part = parts[component] = max(0, min(left, paid[component] - used[component]))
        used[component] += part
        left -= part
    # What that payment never paid of anything can only be money that lies as credit.
    parts[PRINCIPAL] += max(0, left - fold.held)
    for component, part in enumerate(parts):
        _raise(fold, due * WIDTH + component, part, entry.value_on)
    held = fold.held
    fold.use_credit(min(left, held))
    moved = parts[PRINCIPAL] - fold.draw(entry.value_on, grows=False)
    booked = fold.note(entry, entry.amount.minor, moved=moved)
    booked.parts[:], booked.unapplied_minor = parts, held - fold.held


def _raise(fold: Fold, slot: int, minor: int, on: date) -> None:
    if minor:
        fold.present = tuple(sorted({*fold.present, slot % WIDTH}))
        fold.sheet.ask(slot, minor, on)
        fold.sheet.raised[slot // WIDTH] += minor if slot % WIDTH == PRINCIPAL else 0


def _row_again(fold: Fold, entry: CashRefund | Chargeback | CreditRefund) -> int:
    """Return the due that takes up what is owed again: a line of its own, or the next installment, or an additional row."""
    sheet, on = fold.sheet, entry.value_on
    if fold.rules.stands == "alone":
        return sheet.add("line", entry, on, on)
    normal = sheet.of_kind("installment")
    later = next((due for due in normal if sheet.due_on[due] > on), None)
    if later is not None:
        return later
    if not sheet.of_kind("added") and sheet.due_on[normal[-1]] == on:
        return normal[-1]
    return added_row(fold, entry, on)


def added_row(fold: Fold, source: Charge | PlanCharge | CashRefund | Chargeback | CreditRefund, due_on: date) -> int:
    """Return the additional row after the last installment, made or moved so that it is due on that day at the earliest."""
    sheet = fold.sheet
    for due in sheet.of_kind("added"):
        if due_on > sheet.due_on[due]:
            sheet.move(due, due_on)
        return due
    return sheet.add("added", source, max(sheet.due_on[due] for due in sheet.of_kind("installment")), due_on)


def charge_off(fold: Fold, entry: ChargeOff) -> None:
    sheet = fold.sheet
    fold.charged_off_on = entry.value_on
    parts = [sum(sheet.left[component::WIDTH]) for component in range(WIDTH)]
    fold.note(entry, sum(parts)).parts[:] = parts


def write_off(fold: Fold, entry: WriteOff) -> None:
    sheet = fold.sheet
    fold.written_off_on = entry.value_on
    parts = [0] * WIDTH
    for slot in range(len(sheet.left)):
        parts[slot % WIDTH] += sheet.write_off(slot, entry.value_on)
    fold.note(entry, sum(parts), moved=-parts[PRINCIPAL]).parts[:] = parts
