"""Changes of the plan while it runs: what is outstanding or past due is asked with other installments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from collectkit.calendars.dates import add_months
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
    number, added = _last_number(sheet), []
    for nth in range(1, entry.count + 1):
        added.append(sheet.add("installment", number + nth, starts, due_on))
        starts, due_on = due_on, entry.every.nth(due_on, 1)
    _ask_in_parts(sheet, added, total, entry.value_on, unit_minor)
    return total


def _reamortize(sheet: Sheet, entry: Reamortize, unit_minor: int) -> int:
    on = entry.value_on
    later = [due for due in sheet.of_kind("installment") if sheet.due_on[due] > on]
    if not later:
        return 0
    total = take_out(sheet, [due for due in sheet.sequence if sheet.due_on[due] <= on], on)
    _ask_in_parts(sheet, later, total, on, unit_minor)
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
    number = _last_number(sheet)
    before, last = [sheet.starts_on[0], *(sheet.due_on[due] for due in sheet.of_kind("installment"))][-2:]
    for nth, due_on in enumerate(_following(before, last, added), 1):
        rows.append(sheet.add("installment", number + nth, sheet.due_on[rows[-1]], due_on))
    _ask_in_parts(sheet, rows[entry.principal_holiday :], take_out(sheet, rows, on), on, 1)


def _following(before: date, last: date, count: int) -> list[date]:
    """Return so many due dates after the last two, as far apart as these: in months where they keep a day of the month, else in days."""
    months = (last.year - before.year) * 12 + last.month - before.month
    if months and last == add_months(before, months):
        return [add_months(before, months * nth) for nth in range(2, count + 2)]
    if months and before == add_months(last, -months):
        return [add_months(last, months * nth) for nth in range(1, count + 1)]
    return [last + nth * (last - before) for nth in range(1, count + 1)]


def _last_number(sheet: Sheet) -> int:
    return max(source for source in sheet.sources if isinstance(source, int))


def _ask_in_parts(sheet: Sheet, dues: Sequence[int], total: int, on: date, unit_minor: int) -> None:
    """Ask for principal in equal parts, each rounded and none more than is left; the last takes the rest."""
    each, rest = whole(Fraction(total, len(dues)), unit_minor), total
    for due in dues:
        part = rest if due == dues[-1] else min(each, rest)
        sheet.ask(due * WIDTH + PRINCIPAL, part, on)
        rest -= part
