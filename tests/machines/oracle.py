"""A second, slow and plain account: dictionaries of integers, one cell per due and component.

Written without a look at the fold: it sorts every cell for every payment, and computes all from the first entry on.
"""

from __future__ import annotations

from fractions import Fraction

from collectkit.ledger import Charge, Payment, Reversal, Waiver

COLUMNS = ("penalty", "fee", "interest", "principal", "tax")


def phase(cell, on):
    return "past_due" if cell["due_on"] < on else "due" if cell["due_on"] == on else "in_advance"


def rank(cell, on, waterfall):
    places = [(slot.phase, slot.component) for slot in waterfall.order]
    place = places.index((phase(cell, on), cell["component"]))
    if waterfall.by == "component":
        return (place, cell["due_on"], cell["at"])
    phases = list(dict.fromkeys(name for name, _ in places))
    return (phases.index(phase(cell, on)), cell["due_on"], place, cell["at"])


def spend(cells, purse, on, waterfall):
    """Pay as long as there is money and something to pay; return what is left of the money."""
    for cell in sorted(cells, key=lambda cell: rank(cell, on, waterfall)):
        here = min(purse, cell["left"])
        cell["left"] -= here
        purse -= here
    return purse


def account(plan, entries, as_of, waterfall):
    """Return ``{(due name, component): unpaid}``, the credit and the sum of the payments that count."""
    cells = []
    for row in plan.rows():
        for component, amount in (("interest", row.interest.minor), ("principal", row.principal.minor), ("tax", row.tax.minor)):
            at = (0, row.number, "")
            cells.append({"name": f"installment {row.number}", "due_on": row.due_on, "component": component, "left": amount, "at": at})
            cells[-1]["asked"] = amount
    entries = [entry for entry in entries if entry.value_on <= as_of]
    gone = {entry.payment for entry in entries if isinstance(entry, Reversal)}
    kinds = [Payment, Reversal, Charge, Waiver]
    charged_on = {entry.id: entry.value_on for entry in entries if isinstance(entry, Charge)}

    def when(entry):
        day = entry.value_on
        if isinstance(entry, Waiver):
            day = max(day, charged_on.get(entry.charge, day))
        return (day, kinds.index(type(entry)), entry.id)

    purse = received = 0
    given = {}
    for entry in sorted(entries, key=when):
        if isinstance(entry, Payment) and entry.id not in gone:
            received += entry.amount.minor
            purse = spend(cells, purse + entry.amount.minor, entry.value_on, waterfall)
        elif isinstance(entry, Charge):
            tax = entry.tax.minor if entry.tax else 0
            for component, minor in ((entry.component, entry.amount.minor - tax), ("tax", tax)):
                cell = {"name": entry.id, "due_on": entry.due_on, "component": component, "at": (1, entry.value_on, entry.id)}
                cells.append(cell | {"left": minor, "asked": minor, "on": (tax, entry.amount.minor)})
            given[entry.id] = 0
            purse = spend(cells, purse, entry.value_on, waterfall)
        elif isinstance(entry, Waiver):
            freed, before = 0, given[entry.charge]
            given[entry.charge] += entry.amount.minor
            # The cell of the charge itself was made before that of the tax on it, and both are named after it.
            for cell, of_tax in zip([cell for cell in cells if cell["name"] == entry.charge], (False, True), strict=True):
                tax, asked = cell["on"]
                # `round` of a fraction sends a tie to the even number.
                part = round(Fraction(tax * given[entry.charge], asked)) - round(Fraction(tax * before, asked))
                paid = cell["asked"] - cell["left"]
                cell["asked"] -= part if of_tax else entry.amount.minor - part
                cell["left"] = max(0, cell["asked"] - paid)
                freed += max(0, paid - cell["asked"])
            purse = spend(cells, purse + freed, entry.value_on, waterfall)
    unpaid = {(cell["name"], cell["component"]): cell["left"] for cell in cells if cell["left"]}
    return unpaid, purse, received


def of_book(book):
    """Return the same three of a `Book`."""
    unpaid = {}
    for due in book.dues():
        for component, asked, paid in zip(COLUMNS, due.asked, due.paid, strict=True):
            if asked - paid:
                unpaid[due.name, component] = asked - paid
    return unpaid, book.unapplied_minor, book.paid_minor
