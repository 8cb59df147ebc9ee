"""The life of one account in plain integers and dates: what a careful clerk would write on paper after each event.

It is told what happened and knows the rules of the machine's policy by heart; it computes everything from the first
event on, each time anew, and shares no code with the library.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

FEE, FEE_GRACE, TAX_BP = 700, 3, 1600
PROMISE_GRACE, TOLERANCE = 1, 100
STOPS_FEES = {"dispute", "hardship", "insolvency"}
KEEPS_PROMISES = {"dispute", "hardship", "insolvency"}


class Life:
    """All that happened to one account, in the order in which it became known."""

    def __init__(self, dues, taxed):
        self.taxed = taxed  # whether the fee has tax in it
        self.dues = dues  # [(due date, minor units)], in order
        self.payments = {}  # id: (value date, minor)
        self.reversed = {}  # payment id: value date
        self.fees = {}  # installment number, from 0: (assessed on, minor, of it tax)
        self.aside = {}  # installment number: the days on which its fee was put aside and taken up again, in turn
        self.cuts = {}  # installment number: what the night gave up of its fee, [day, minor, day on which that was taken back]
        self.waived = {}  # installment number: [(on, minor)]
        self.promises = {}  # id: (made on, due on, minor)
        self.cancelled = {}  # promise id: on
        self.holds = {}  # id: [kind, starts on, ends on]
        self.closed_on = None

    # Money

    def tax(self, minor):
        """Return how much of a fee is tax: a share of it to the nearest minor unit, never all of it."""
        return min(minor - 1, (2 * minor * TAX_BP + 10_000 + TAX_BP) // (2 * (10_000 + TAX_BP))) if self.taxed else 0

    def left(self, on, without=(), fees=None):
        """Return what is unpaid at the end of *on*: [(due date, of the fee, of the installment)], the credit, and what was paid."""
        rows, purse, paid = self.cells(on, without, fees)
        return [(due, fee + tax, rest) for due, fee, tax, rest in rows], purse, paid

    def cells(self, on, without=(), fees=None):
        """Return the same with the tax of the fee apart: [(due date, of the fee, of its tax, of the installment)]."""
        rows = [[due, 0, 0, minor] for due, minor in self.dues]
        gone = {id for id, day in self.reversed.items() if day <= on} | set(without)
        events = [(day, 0, id, minor) for id, (day, minor) in self.payments.items() if day <= on and id not in gone]
        if fees is None:
            fees = {number: fee for number, fee in self.fees.items() if sum(day <= on for day in self.aside.get(number, [])) % 2 == 0}
            cuts = [(number, cut) for number in fees for cut in self.cuts.get(number, [])]
            events += [(cut[0], 2, number, cut[1]) for number, cut in cuts if cut[0] <= on and not (cut[2] and cut[2] <= on)]
        events += [(day, 1, number, minor) for number, (day, minor, _) in fees.items() if day <= on]
        events += [(day, 2, n, minor) for n, gifts in self.waived.items() if n in fees for day, minor in gifts if day <= on]
        purse = paid = 0
        asked = {number: [0, 0] for number in range(len(rows))}
        given = dict.fromkeys(range(len(rows)), 0)
        for _, kind, key, minor in sorted(events, key=lambda event: (event[0], event[1], str(event[2]))):
            if kind == 0:
                purse += minor
                paid += minor
            elif kind == 1:
                asked[key] = [minor - fees[key][2], fees[key][2]]
                rows[key][1:3] = asked[key]
            else:
                # What is given up has the same share of tax, a tie to the even unit: so `round` does it.
                share, given[key] = Fraction(fees[key][2], fees[key][1]), given[key] + minor
                tax = round(share * given[key]) - round(share * (given[key] - minor))
                for cell, part in ((0, minor - tax), (1, tax)):
                    had = asked[key][cell] - rows[key][1 + cell]
                    asked[key][cell] -= part
                    rows[key][1 + cell] = max(0, asked[key][cell] - had)
                    purse += max(0, had - asked[key][cell])
            for row in rows:  # the oldest installment first, and of it the fee first, then its tax
                for cell in (1, 2, 3):
                    here = min(purse, row[cell])
                    row[cell] -= here
                    purse -= here
        return rows, purse, paid

    def outstanding(self, on, without=()):
        return sum(fee + rest for _, fee, rest in self.left(on, without)[0])

    # Time

    def night(self, today):
        """See fees again; charge each installment that is late by more than the grace once, unless a hold forbids."""
        if self.closed_on is not None:
            return
        self.see_again(today)
        if STOPS_FEES & set(self.kinds(today)):
            return
        for number, (due, _, rest) in enumerate(self.left(today)[0]):
            if rest and number not in self.fees and self.days_without_hold(due, today) > FEE_GRACE:
                minor = min(FEE, rest)
                self.fees[number] = (today, minor, self.tax(minor))

    def see_again(self, today):
        """Put aside, cut or take up again each fee, by what is known now of the day on which it was charged, oldest first."""
        gone = {id for id, day in self.reversed.items() if day <= today}
        right = {}
        for number, (on, minor, tax) in sorted(self.fees.items(), key=lambda item: (item[1][0], str(item[0] + 1))):
            unpaid = self.left(on, without=gone, fees=right)[0][number][2]
            should, gifts = min(minor, unpaid), sum(gift for _, gift in self.waived.get(number, []))
            if should:
                kept = minor if gifts else should
                right[number] = (on, kept, min(kept - 1, tax - round(Fraction(tax * (minor - kept), minor))))
            toggles = self.aside.setdefault(number, [])
            if len(toggles) % 2:
                if not should:
                    continue
                toggles.append(today)
            cuts = [cut for cut in self.cuts.get(number, []) if cut[2] is None]
            cut = sum(minor for _, minor, _ in cuts)
            wanted = min(minor - should, minor - gifts)
            if wanted == cut or (not should and cut + gifts >= minor):
                continue
            if not should and not gifts:
                toggles.append(today)
                continue
            if cut > wanted:
                for one in cuts:
                    one[2] = today
                cut = 0
            if wanted > cut:
                self.cuts.setdefault(number, []).append([today, wanted - cut, None])

    def days_without_hold(self, first, end):
        """Count the days from one up to another, itself not counted, on which no hold forbade fees."""
        days = [first + timedelta(days=n) for n in range((end - first).days)]
        return sum(not STOPS_FEES & set(self.kinds(day)) for day in days)

    def kinds(self, today):
        return sorted({kind for kind, starts, ends in self.holds.values() if starts <= today <= ends})

    def moved(self, made, day):
        """Return a day of a promise later by the days of holds that lie between the making and it: each of those is crossed out."""
        left, end = (day - made).days, made
        while left or KEEPS_PROMISES & set(self.kinds(end)):
            left -= not KEEPS_PROMISES & set(self.kinds(end))
            end += timedelta(days=1)
        return end

    def verdicts(self, today):
        """Return ``{promise: open | cancelled | kept | partially_kept | broken | invalidated}``; money counts for one promise alone."""
        gone = {id for id, day in self.reversed.items() if day <= today}
        said = {}
        for id, (made, due, _) in self.promises.items():
            last = self.moved(made, due + timedelta(days=PROMISE_GRACE))
            if id in self.cancelled and self.cancelled[id] <= min(today, last):
                said[id] = "cancelled"
            elif today <= last:
                said[id] = "open"
        purses = {id: minor for id, (day, minor) in self.payments.items() if day <= today and id not in gone}
        for id, (made, due, minor) in sorted(self.promises.items(), key=lambda item: (item[1][1], item[1][0], item[0])):
            if said.get(id) == "cancelled":
                continue
            last, counted = self.moved(made, due + timedelta(days=PROMISE_GRACE)), 0
            for payment in sorted(purses, key=lambda name: (self.payments[name][0], name)):
                if made <= self.payments[payment][0] <= last:
                    here = min(purses[payment], minor - counted)
                    purses[payment] -= here
                    counted += here
            if id in said:
                continue
            rest = self.about(made, due, minor, last, gone)
            if counted >= minor - TOLERANCE:
                said[id] = "kept"
            elif counted + rest == 0:
                said[id] = "invalidated"
            else:
                said[id] = "kept" if counted >= min(minor, counted + rest) - TOLERANCE else "partially_kept" if counted else "broken"
        return said

    def about(self, made, due, minor, last, gone):
        """Return what is still unpaid, on its last day, of what the promise was about: the debt of the day it was made, or more."""

        def until(day, on):
            return sum(fee + rest for due_on, fee, rest in self.left(on, without=gone)[0] if due_on <= day)

        if until(made, last) >= minor:
            return until(made, last)
        evening = made - timedelta(days=1)
        return next((until(day, last) for day in (made, due) if minor <= until(day, evening)), self.outstanding(last, without=gone))

    def standing(self, today):
        """Return the figures of the day, by the names that the library gives them."""
        rows, credit, paid = self.left(today)
        cells = self.cells(today)[0]
        late = [row for row in rows if row[0] < today and row[1] + row[2]]
        coming = [row for row in rows if row[0] >= today and row[1] + row[2]]
        next_on = coming[0][0] if coming else None
        said = self.verdicts(today)
        still = sorted((self.promises[id] for id, verdict in said.items() if verdict == "open"), key=lambda promise: promise[1])
        return {
            "outstanding_minor": sum(row[1] + row[2] for row in rows),
            "owed_minor": sum(row[1] + row[2] for row in rows if row[0] <= today),
            "past_due_minor": sum(row[1] + row[2] for row in late),
            "fee_minor": sum(cell[1] for cell in cells),
            "tax_minor": sum(cell[2] for cell in cells),
            "credit_minor": credit,
            "paid_minor": paid,
            "oldest_unpaid_due_on": late[0][0] if late else None,
            "days_past_due": (today - late[0][0]).days if late else 0,
            "next_due_on": next_on,
            "next_due_minor": sum(row[1] + row[2] for row in coming if row[0] == next_on),
            "promise_due_on": self.moved(still[0][0], still[0][1]) if still else None,
            "promised_minor": still[0][2] if still else 0,
            "promises_broken": sum(verdict == "broken" for verdict in said.values()),
            "holds": tuple(self.kinds(today)),
            "closed_on": self.closed_on,
        }
