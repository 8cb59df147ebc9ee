"""A third, slow and plain account for the wider movements: one list of unpaid claims, one purse, and three piles of money.

Written without a look at the fold. It knows plans whose waterfall is the plainest one: oldest claim first, in it penalty,
fee, interest, tax, principal. Every amount is a whole number of minor units.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

KINDS = ("penalty", "fee", "interest", "tax", "principal")
COLUMNS = ("penalty", "fee", "interest", "principal", "tax")
MONEY_IN = ("Payment", "Credit")
RANKS = ("Payment", "Credit", "Reversal", "Charge", "Waiver", "Chargeback", "CreditRefund", "CashRefund")
RANKS += ("Reschedule", "Reage", "Reamortize", "ChargeOff", "WriteOff", "Undo")


def name(entry):
    return type(entry).__name__


def kind(entry):
    words = {"Payment": "payment", "Reversal": "reversal", "Charge": "charge", "Waiver": "waiver", "Chargeback": "chargeback"}
    words |= {"CreditRefund": "credit_refund", "CashRefund": "cash_refund", "ChargeOff": "charge_off", "WriteOff": "write_off"}
    words |= {"Reage": "reage", "Reamortize": "reamortize", "Reschedule": "reschedule"}
    return entry.kind if name(entry) == "Credit" else words.get(name(entry), "undo")


def alive(entries, as_of):
    """Leave out what was taken back by the day. Ids rise as entries are made, so what takes back is known after what it takes."""
    seen = sorted((e for e in entries if e.value_on <= as_of), key=lambda e: (e.value_on, RANKS.index(name(e)), e.id))
    gone = set()
    for entry in sorted(seen, key=lambda e: e.id, reverse=True):
        if name(entry) in ("Reversal", "Undo") and (kind(entry), entry.id) not in gone:
            gone.add(("payment", entry.payment) if name(entry) == "Reversal" else (entry.kind, entry.entry))
    left = [e for e in seen if name(e) not in ("Reversal", "Undo") and (kind(e), e.id) not in gone]
    came, stay = ({e.id for e in entries if name(e) in MONEY_IN} for entries in (seen, left))
    return [e for e in left if name(e) != "Chargeback" or e.payment in stay or e.payment not in came]


class Account:
    def __init__(self, plan):
        self.claims, self.bought_on = [], plan.bought_on
        for row in plan.rows():
            for component, amount in (("interest", row.interest.minor), ("principal", row.principal.minor), ("tax", row.tax.minor)):
                self.claim(row.due_on, (0, row.number), component, amount)
        self.purse = self.received = self.returned = self.paid = 0
        self.waiting = []
        self.given = {}

    def claim(self, due_on, place, component, amount, name=""):
        self.claims.append({"when": (due_on, KINDS.index(component)), "place": place, "name": name, "open": amount, "asked": amount})
        self.claims[-1] |= {"component": component, "paid": 0, "dropped": 0, "due_on": due_on}

    def spend(self):
        for claim in sorted(self.claims, key=lambda c: (c["when"], c["place"])):
            here = min(self.purse, claim["open"])
            claim["open"] -= here
            claim["paid"] += here
            self.purse -= here
            self.paid += here
        for claim in sorted(self.claims, key=lambda c: (c["due_on"], c["place"], KINDS.index(c["component"]))):
            here = min(self.purse, claim["dropped"])
            claim["dropped"] -= here
            claim["paid"] += here
            self.purse -= here
            self.paid += here

    def waive(self, charge, whole):
        tax, asked, before = self.given[charge]
        self.given[charge] = (tax, asked, before + whole)
        # `round` of a fraction sends a tie to the even number.
        of_tax = round(Fraction(tax * (before + whole), asked)) - round(Fraction(tax * before, asked))
        claims = [claim for claim in self.claims if claim["name"] == charge]
        for claim, amount in zip(claims, (whole - of_tax, of_tax), strict=True):
            if amount:
                open_ = min(claim["open"], amount)
                claim["open"] -= open_
                dropped = min(claim["dropped"], amount - open_)
                claim["dropped"] -= dropped
                claim["asked"] -= amount
                claim["paid"] -= amount - open_ - dropped
                self.paid -= amount - open_ - dropped
                self.purse += amount - open_ - dropped
        self.spend()

    def enter(self, entry, order):
        what = name(entry)
        if what in MONEY_IN:
            self.received += entry.amount.minor
            self.purse += entry.amount.minor
        elif what == "Charge":
            tax = entry.tax.minor if entry.tax else 0
            self.given[entry.id] = (tax, entry.amount.minor, 0)
            self.claim(entry.due_on, (1, order), entry.component, entry.amount.minor - tax, entry.id)
            self.claim(entry.due_on, (1, order), "tax", tax, entry.id)
            for waiver in [one for one in self.waiting if one.charge == entry.id]:
                self.spend()
                self.waive(entry.id, waiver.amount.minor)
        elif what == "Waiver":
            if any(claim["name"] == entry.charge for claim in self.claims):
                self.waive(entry.charge, entry.amount.minor)
            else:
                self.waiting.append(entry)
        elif what in ("Chargeback", "CreditRefund"):
            if entry.amount.minor <= self.purse:
                self.purse -= entry.amount.minor
                self.returned += entry.amount.minor
            else:
                self.claim(entry.value_on, (1, order), "principal", entry.amount.minor, entry.id)
        elif what == "CashRefund":
            self.give_back(entry, order)
        elif what == "WriteOff":
            for claim in self.claims:
                claim["dropped"] += claim["open"]
                claim["open"] = 0
        elif what == "Reage":
            total = self.pull(self.claims)
            self.ask_anew(total, [self.next_one(on) for on in days_from(entry.first_on, entry.every, entry.count) if total])
        elif what == "Reamortize":
            later = [claim for claim in self.installments() if claim["due_on"] > entry.value_on]
            if later:
                self.ask_anew(self.pull([claim for claim in self.claims if claim["due_on"] <= entry.value_on]), later)
        elif what == "Reschedule":
            self.reschedule(entry)
        self.spend() if self.purse else None

    def installments(self):
        """The principal of each installment, as it stands in the plan."""
        found = [claim for claim in self.claims if claim["place"][0] == 0 and claim["component"] == "principal"]
        return sorted(found, key=lambda c: (c["due_on"], c["place"]))

    def next_one(self, due_on):
        number = 1 + max(claim["place"][1] for claim in self.installments())
        self.claim(due_on, (0, number), "principal", 0)
        return self.claims[-1]

    def pull(self, claims):
        total = 0
        for claim in claims:
            if claim["component"] == "principal":
                total += claim["open"]
                claim["asked"] -= claim["open"]
                claim["open"] = 0
        return total

    def ask_anew(self, total, claims):
        each = round(Fraction(total, len(claims) or 1))
        for claim in claims:
            part = total if claim is claims[-1] else min(each, total)
            claim["open"] += part
            claim["asked"] += part
            total -= part

    def reschedule(self, entry):
        moved = [claim for claim in self.installments() if claim["due_on"] >= entry.from_on]
        if not moved:
            return
        by = entry.moved_to - moved[0]["due_on"] if entry.moved_to else timedelta(0)
        numbers = {claim["place"] for claim in moved}
        for claim in self.claims:
            if claim["place"] in numbers:
                claim["due_on"] += by
                claim["when"] = (claim["due_on"], claim["when"][1])
        if entry.extra or entry.principal_holiday:
            new = further([self.bought_on, *(one["due_on"] for one in self.installments())], entry.extra + entry.principal_holiday)
            rows = [*moved, *map(self.next_one, new)]
            self.ask_anew(self.pull(rows), rows[entry.principal_holiday :])

    def give_back(self, entry, order):
        phases = [lambda c: c["due_on"] > entry.value_on, lambda c: c["due_on"] == entry.value_on, lambda c: c["due_on"] < entry.value_on]
        left = entry.amount.minor
        for phase in phases:
            for claim in sorted(self.claims, key=lambda c: (c["due_on"], c["place"], KINDS.index(c["component"])), reverse=True):
                here = min(left, claim["paid"]) if phase(claim) else 0
                claim["paid"] -= here
                claim["open"] += here
                self.paid -= here
                self.returned += here
                left -= here
        if left:
            self.claim(entry.value_on, (1, order), "principal", left, entry.id)


def further(days, count):
    """Days after the last one: on its day of the month where the last two share one, short months aside; else at the last distance."""
    (y, m, d), (year, month, day) = ((one.year, one.month, one.day) for one in days[-2:])
    of = max(d, day)
    on = [(at, min(of, monthrange(*at)[1])) for at in ((y, m), (year, month))]
    apart = 12 * year + month - 12 * y - m
    if not apart or [(y, m, d), (year, month, day)] != [(*at, number) for at, number in on]:
        return [days[-1] + number * (days[-1] - days[-2]) for number in range(1, count + 1)]
    months = [divmod(12 * year + month - 1 + apart * number, 12) for number in range(1, count + 1)]
    return [date(y, m + 1, min(of, monthrange(y, m + 1)[1])) for y, m in months]


def days_from(first_on, every, count):
    """The first day, and each later one a number of weeks after the one before."""
    assert every.unit == "weeks"
    return [first_on + number * every.count * timedelta(weeks=1) for number in range(count)]


def account(plan, entries, as_of):
    """Return what is unpaid in all by component, the purse, what was received, what went out again, and what lies applied."""
    found = Account(plan)
    for order, entry in enumerate(alive(entries, as_of)):
        found.enter(entry, order)
    unpaid = {component: sum(c["open"] for c in found.claims if c["component"] == component) for component in KINDS}
    return unpaid, found.purse, found.received, found.returned, found.paid


def of_book(book):
    """Return the same of a `Book`."""
    unpaid = {component: sum(book.unpaid[at :: len(COLUMNS)]) for at, component in enumerate(COLUMNS)}
    return unpaid, book.unapplied_minor, book.received_minor, book.returned_minor, sum(minor for *_, minor in book.parts)
