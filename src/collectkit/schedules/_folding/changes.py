"""Changes of the plan while it runs: what is outstanding or past due is asked with other installments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from collectkit.ledger import Reage, Reamortize, Reschedule
from collectkit.money import Rounding, divide
from collectkit.schedules._folding.pouring import PRINCIPAL, WIDTH
from collectkit.schedules._folding.sheet import Sheet


def whole(amount: Fraction | int, unit_minor: int) -> int:
    """Round to whole units, a tie to the even one; in minor units."""
    exact = Fraction(amount)
    return unit_minor * divide(exact.numerator, exact.denominator * unit_minor, Rounding.HALF_EVEN)


def change(sheet: Sheet, entry: Reage | Reamortize | Reschedule, *, drawn: bool, unit_minor: int) -> int:
    """
    Change the plan and return the principal that was moved.

    Args:
        sheet: What is owed.
        entry: The change.
        drawn: Whether the contract draws its plan itself, reschedules taken into account.
        unit_minor: Installments are multiples of so many minor units.
    """
    if isinstance(entry, Reage):
        return _reage(sheet, entry, unit_minor)
    if isinstance(entry, Reamortize):
        return _reamortize(sheet, entry, unit_minor)
    if not drawn:
        _reschedule(sheet, entry)
    return 0


def take_out(sheet: Sheet, dues: Iterable[int], on: date) -> int:
    """Ask no more for the unpaid principal of these dues, and return how much that was."""
    taken = 0
    for due in dues:
        slot = due * WIDTH + PRINCIPAL
        part = sheet.left[slot]
        if part:
            sheet.ask(slot, -part, on)
            taken += part
    return taken


def _reage(sheet: Sheet, entry: Reage, unit_minor: int) -> int:
    starts, due_on = max(sheet.due_on), entry.first_on
    total = take_out(sheet, sheet.sequence, entry.value_on)
    if not total:
        return 0
    each, rest = whole(Fraction(total, entry.count), unit_minor), total
    number = max(source for source in sheet.sources if isinstance(source, int))
    for nth in range(entry.count):
        part = rest if nth == entry.count - 1 else min(each, rest)
        due = sheet.add("installment", number + nth + 1, starts, due_on)
        sheet.ask(due * WIDTH + PRINCIPAL, part, entry.value_on)
        rest -= part
        starts, due_on = due_on, entry.every.nth(due_on, 1)
    return total


def _reamortize(sheet: Sheet, entry: Reamortize, unit_minor: int) -> int:
    on = entry.value_on
    later = [due for due in sheet.of_kind("installment") if sheet.due_on[due] > on]
    if not later:
        return 0
    total = take_out(sheet, [due for due in sheet.sequence if sheet.due_on[due] <= on], on)
    each, rest = whole(Fraction(total, len(later)), unit_minor), total
    for due in later:
        part = rest if due == later[-1] else min(each, rest)
        sheet.ask(due * WIDTH + PRINCIPAL, part, on)
        rest -= part
    return total


def _reschedule(sheet: Sheet, entry: Reschedule) -> None:
    """Move due dates of a given plan, keeping the distances; holidays and further installments share the principal anew."""
    on = entry.value_on
    rows = [due for due in sheet.of_kind("installment") if sheet.due_on[due] >= entry.from_on]
    if not rows:
        return
    if entry.moved_to is not None:
        shift = entry.moved_to - sheet.due_on[rows[0]]
        for due in rows:
            sheet.due_on[due] += shift
        sheet.arrange()
    added = entry.extra + entry.principal_holiday
    if not added:
        return
    number = max(source for source in sheet.sources if isinstance(source, int))
    gap = sheet.due_on[rows[-1]] - sheet.due_on[rows[-2]] if len(rows) > 1 else sheet.due_on[rows[0]] - sheet.due_on[0]
    for nth in range(added):
        last = sheet.due_on[rows[-1]]
        rows.append(sheet.add("installment", number + nth + 1, last, last + gap))
    total = take_out(sheet, rows, on)
    bearing = rows[entry.principal_holiday :]
    rest = total
    for due in bearing:
        part = rest if due == bearing[-1] else whole(Fraction(total, len(bearing)), 1)
        sheet.ask(due * WIDTH + PRINCIPAL, part, on)
        rest -= part
