"""A plan that bears interest on what is really outstanding: installments stay equal, and interest follows the payments.

The balance runs from one change to the next: money paid out, principal paid before it was due, principal past due that
goes on bearing. Each span between two changes bears its own interest, rounded half even to the minor unit; what an
installment does not take up of its interest, because more principal was paid than was due, goes to the next one, and the
last open installment takes whatever is left over. Factors have nineteen significant digits.

The first installments may carry no principal, and ask for their interest only; or no interest, and the one after them asks
for theirs too. What is re-aged or re-amortised bears interest from that day on; see `_replanning`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from collectkit.errors import PolicyError
from collectkit.ledger import Disbursement, Reage, Reamortize, Reschedule
from collectkit.money import Rounding, divide
from collectkit.schedules._folding.fold import Fold
from collectkit.schedules._folding.pouring import INTEREST, PRINCIPAL, WIDTH, Taken
from collectkit.schedules.course import _replanning
from collectkit.schedules.course._drawing import DrawnPlan
from collectkit.schedules.course._factors import Period, equal_part, factor, times
from collectkit.schedules.course._layout import Dates, rate_at
from collectkit.schedules.course.terms import ContractTerms, InterestTerms
from collectkit.schedules.waterfall import Waterfall

SETTLING_MAX = 4
"""So often an installment is evened before its sum stands."""


class Figures(NamedTuple):
    """
    What the installments come to, one figure each, in minor units.

    Attributes:
        principal: Due with each.
        interest: The same.
        balances: Principal at the end of each, by the plan: without what is past due.
        carried: Interest that none of them takes up; below zero when more was paid than was borne.
    """

    principal: list[int]
    interest: list[int]
    balances: list[int]
    carried: int


class BearingPlan(DrawnPlan):
    """
    The installments of such a plan; one period each, and each has a place on the sheet.

    Attributes:
        every: Their distance.
        places: The due of each on the sheet.
        periods: From when to when each bears.
        known: So many of them are part of the plan; more once a change that adds some is taken up.
        holiday: Positions that carry no principal.
        interest_grace: Interest of so many first ones is asked with the one after them.
        equal: What is asked with each installment in all.
        changes: Days on which the balance changes other than by the plan, and by how much.
        overdue: Days on which principal past due begins to bear and ceases to, and how much.
        principal_paid: Of each installment.
        interest_paid: Of each installment.
        asked: Principal and interest of each, as the sheet has them.
        rates: Yearly rate by position from which it holds, as far as it is taken up.
        lent: What the installments pay back in all.
        carried: Interest from before that the first of them takes up.
    """

    def __init__(self, terms: ContractTerms, disbursed: Sequence[Disbursement], changes: Sequence[Reschedule], *, planned: bool) -> None:
        super().__init__(terms, disbursed, changes, planned=planned)
        assert terms.interest is not None
        if terms.interest.method == "flat":
            raise PolicyError("a plan that follows the payments bears declining interest, not flat; nothing was computed")
        self.agreed: InterestTerms = terms.interest
        if self.agreed.equal_principal:
            raise PolicyError("a plan that follows the payments has equal installments, not equal principal; nothing was computed")
        self.every, self.interest_grace = terms.every, terms.interest_grace
        self.begin(self.dates, range(len(self.dates.due_on)))

    def begin(self, dates: Dates, places: Sequence[int], *, carried: int = 0) -> None:
        """Lay out installments that nothing is asked with so far."""
        count = len(dates.due_on)
        self.dates = dates
        self.places = list(places)
        self.positions = {place: at for at, place in enumerate(places)}
        self.starts, self.ends = dates.starts(), dates.due_on
        self.periods = [Period.of(starts, ends) for starts, ends in zip(self.starts, self.ends, strict=True)]
        self.equal = [0] * count
        self.changes: list[tuple[date, int]] = []
        self.principal_paid, self.interest_paid = [0] * count, [0] * count
        self.asked = [(0, 0)] * count
        self.rates: list[tuple[int, Fraction]] = []
        self.lent, self.carried = 0, carried
        self.overdue: list[tuple[date, int]] = []
        self.overdue_until = date.min
        self.overdue_added: dict[int, int] = {}
        self.take_up(0)

    def take_up(self, at: int) -> None:
        """Know the changes of the plan up to a position."""
        spread = self.dates.spread(at)
        self.rates = [change for change in self.dates.rates if change[0] <= at]
        self.known, self.holiday = spread.count, spread.holiday

    def bearing(self, first: int = 0) -> list[int]:
        """Return the positions from one on that carry principal; the last one when none would."""
        known = range(first, self.known)
        return [at for at in known if at not in self.holiday] or list(known[-1:])

    # Interest

    def rate(self, at: int) -> Fraction:
        """Return the yearly rate of a period."""
        return rate_at(self.rates, at, self.agreed.annual_rate)

    def factor(self, at: int, since: date, until: date) -> Decimal:
        """Return the part of the balance that a span of a period costs."""
        return factor(self.agreed, self.every, self.rate(at), self.periods[at], since, until)

    def balance(self, due: Sequence[int]) -> int:
        """Return the balance at the beginning of the period after those whose principal due is given."""
        at = len(due)
        moved = sum(minor for on, minor in (*self.changes, *self.overdue) if on <= self.starts[at])
        return moved - sum(due) + sum(self.principal_paid[:at])

    def figures(self, until: date = date.max) -> Figures:
        """Return principal and interest due with each installment, and the balance at its end, if nothing costs after a day."""
        principal: list[int] = []
        interest: list[int] = []
        balances: list[int] = []
        carried = self.carried
        for at, equal in enumerate(self.equal[: self.known]):
            ends = min(max(until, self.starts[at]), self.ends[at])
            cost, balance = self._cost(at, self.balance(principal), ends)
            cost += carried
            rests = at in self.holiday
            settled_early = self.principal_paid[at] > equal - cost and not rests
            due = self.interest_paid[at] if settled_early else max(cost, self.interest_paid[at])
            carried = cost - due
            interest.append(due)
            principal.append(self.principal_paid[at] if rests else max(equal - due, self.principal_paid[at]))
            balances.append(balance - sum(minor for on, minor in self.overdue if on <= ends))
        return Figures(principal, interest, balances, carried)

    def _cost(self, at: int, balance: int, ends: date) -> tuple[int, int]:
        """Return the interest of a period up to a day, span by span, and the balance at the end of that day."""
        cost, since = 0, self.starts[at]
        inside: dict[date, int] = {}
        for on, minor in (*self.changes, *self.overdue):
            if self.starts[at] < on < ends:
                inside[on] = inside.get(on, 0) + minor
        for on in (*sorted(inside), ends):
            cost += times(max(0, balance), self.factor(at, since, on))
            balance += inside.get(on, 0)
            since = on
        if ends > self.starts[at]:
            balance += sum(minor for on, minor in (*self.changes, *self.overdue) if on == ends)
        return cost, balance

    # The fold's questions

    def disburse(self, fold: Fold, entry: Disbursement) -> None:
        """Lay a disbursement out in equal installments from the one in whose time it falls."""
        minor = entry.amount.minor - self._down_payment(fold.sheet, entry)
        self.lent += minor
        self.changes.append((entry.value_on, minor))
        count = len(self.ends)
        first = next((at for at in range(count) if entry.value_on < self.ends[at]), count - 1)
        # An installment before a change of the rate, or before installments were added, is computed as if there were none.
        turns = sorted({at for at, _ in self.dates.rates} | {one.at for one in self.dates.spreads})
        for at in (first, *(turn for turn in turns if turn > first)):
            self.take_up(at)
            self.make_even(at)
        self.show(fold, entry.value_on)

    def make_even(self, first: int) -> None:
        """Make the installments equal from one on, and even the last."""
        principal = self.figures().principal
        balance = sum(minor for on, minor in self.changes if on <= self.starts[first] or on < self.ends[first])
        balance -= sum(principal[at] - self.principal_paid[at] for at in range(first))
        bearing = self.bearing(first)
        equal = equal_part(balance, [self.factor(at, self.starts[at], self.ends[at]) for at in bearing], self.unit_minor)
        for at in bearing:
            self.equal[at] = equal
        self.even_last()
        self._nearer(bearing)

    def _nearer(self, bearing: Sequence[int]) -> None:
        """Change the equal amount where that brings the last installment nearer to the others."""
        count = len(bearing)
        if count < 2:
            return
        last, other = bearing[-1], bearing[-2]
        gap = self.equal[last] - self.equal[other]
        if abs(gap) <= count // 2:
            return
        before = list(self.equal)
        changed = before[other] + divide(gap, count, Rounding.HALF_EVEN)
        for at in bearing:
            self.equal[at] = changed
        self.even_last()
        if abs(self.equal[last] - self.equal[other]) >= abs(gap):
            self.equal = before

    def even_last(self) -> None:
        """
        Have the last open installment take what the equal ones leave over.

        One that was paid more than is left for it is met by that, and the one before it takes the rest.
        """
        bearing = self.bearing()
        open_ = [at for at in bearing if self.equal[at] != self.principal_paid[at] + self.interest_paid[at]] or bearing[-1:]
        for at in reversed(open_):
            paid = self.principal_paid[at] + self.interest_paid[at]
            # What interest falls due depends on whether more was paid than is asked, so that the first sum may not be the last.
            for _ in range(SETTLING_MAX):
                found = self.figures()
                missing = self.lent - sum(found.principal)
                if not missing:
                    break
                self.equal[at] = found.principal[at] + found.interest[at] + missing
            if self.equal[at] >= paid:
                break
            self.equal[at] = paid

    def show(self, fold: Fold, on: date) -> None:
        """Ask on the sheet for what the figures say."""
        found = self.figures()
        for at, due in enumerate(zip(found.principal, found.interest, strict=True)):
            self.ask(fold, at, due, on)

    def ask(self, fold: Fold, at: int, due: tuple[int, int], on: date) -> None:
        """Ask on the sheet for principal and interest of an installment; the interest of a graced one stands with the first after them."""
        places = (self.places[at], self.places[max(at, self.interest_grace)])
        for place, component, new, old in zip(places, (PRINCIPAL, INTEREST), due, self.asked[at], strict=True):
            if new != old:
                fold.sheet.ask(place * WIDTH + component, new - old, on)
        self.asked[at] = due

    def pour(self, fold: Fold, minor: int, on: date, waterfall: Waterfall) -> tuple[Taken, int]:
        """Put money on what is due, then on one coming installment after the other, each with the interest it then bears."""
        if fold.written_off_on is not None:
            return fold.put(minor, on, waterfall)
        self.accrue(fold, on)
        sheet = fold.sheet
        due = {one for one in sheet.sequence if sheet.due_on[one] <= on}
        taken, minor = fold.put(minor, on, waterfall, due)
        self._note(fold, taken, on)
        while minor:
            coming = [one for one in sheet.sequence if sheet.due_on[one] > on and sheet.rest[one] > 0]
            if not coming:
                break
            targets = {"next": coming[:1], "last": coming[-1:], "reamortize": coming}[waterfall.future]
            if self.agreed.early is not None:
                for one in targets:
                    self._end_early(fold, one, on)
            part, minor = fold.put(minor, on, waterfall, set(targets))
            if not part and all(sheet.rest[one] for one in targets):
                break
            taken += part
            self._note(fold, part, on)
        self.even_last()
        self.show(fold, on)
        return taken, minor

    def _end_early(self, fold: Fold, one: int, on: date) -> None:
        """Ask with a coming installment only for the interest that it bears when it is paid on a day."""
        at = self.positions.get(one)
        if at is None:
            return
        until = on
        if self.agreed.early == "to_due":
            until = next((ends for starts, ends in zip(self.starts, self.ends, strict=True) if starts < on <= ends), on)
        found = self.figures(until)
        due = found.interest[at]
        if at == self.interest_grace:
            for graced in range(at):
                self.ask(fold, graced, (self.asked[graced][0], found.interest[graced]), on)
        if at in self.holiday:
            self.ask(fold, at, (self.principal_paid[at], due), on)
            return
        left = found.balances[at] + self.principal_paid[at]
        principal = max(min(self.equal[at], left + due) - due, self.principal_paid[at])
        self.equal[at] = min(self.equal[at], principal + due)
        self.ask(fold, at, (principal, due), on)

    def _note(self, fold: Fold, taken: Taken, on: date) -> None:
        """Take up what was paid; principal that is owed again beside the plan bears no interest, and is paid after what the plan asks."""
        for slot, minor in taken:
            place, component = divmod(slot, WIDTH)
            at = self.positions.get(place)
            if at is None:
                continue
            if component == PRINCIPAL:
                paid = min(fold.sheet.paid(slot), self.asked[at][0])
                more = paid - self.principal_paid[at]
                self.changes.append((min(on, self.ends[at]), -more))
                self.principal_paid[at] = paid
                # By the period it bears to the end of the one in which it is paid.
                self.bear_no_longer(at, more, next((ends for ends in self.ends if on <= ends), date.max))
            elif component == INTEREST:
                self._note_interest(at, minor)

    def _note_interest(self, at: int, minor: int) -> None:
        """Take up interest that was paid or given back: that of the graced installments is paid first and given back last."""
        graced = range(at) if at == self.interest_grace else range(0)
        if minor < 0:
            for one in (at, *reversed(graced)):
                back = min(-minor, self.interest_paid[one])
                self.interest_paid[one] -= back
                minor += back
            return
        for one in graced:
            part = min(minor, self.asked[one][1] - self.interest_paid[one])
            self.interest_paid[one] += part
            minor -= part
        self.interest_paid[at] += minor

    def change(self, fold: Fold, entry: Reage | Reamortize | Reschedule) -> int:
        """Re-age or re-amortise with the interest it bears; reschedules are in the dates already."""
        if isinstance(entry, Reage):
            return _replanning.reage(self, fold, entry)
        return _replanning.reamortize(self, fold, entry) if isinstance(entry, Reamortize) else 0

    def took_back(self, fold: Fold, taken: Taken, on: date) -> None:
        """Note that paid money was given back: principal bears interest again from that day."""
        self._note(fold, [(slot, -minor) for slot, minor in taken], on)
        if taken and fold.written_off_on is None:
            self.even_last()
            self.show(fold, on)

    def accrue(self, fold: Fold, on: date) -> None:
        """Have principal past due bear interest up to a day; the plan bears none after its last due date."""
        if self.agreed.overdue_bears is None or fold.written_off_on is not None:
            return
        until = min(on, self.ends[-1])
        late = [at for at in range(self.known) if self.ends[at] < on and self._unpaid(at) > 0]
        for at in late:
            # What an earlier one bears is interest of the later ones, and leaves less principal due with them.
            if self.agreed.overdue_bears == "by_day":
                since = max(self.ends[at], self.overdue_until)
                self._bear(self._unpaid(at), since, until)
            else:
                more = self._unpaid(at) - self.overdue_added.get(at, 0)
                self.overdue_added[at] = self._unpaid(at)
                self._bear(more, self.ends[at], date.max)
        self.overdue_until = max(until, self.overdue_until)
        self.show(fold, on)

    def _unpaid(self, at: int) -> int:
        return self.figures().principal[at] - self.principal_paid[at]

    def _bear(self, minor: int, since: date, until: date) -> None:
        """Have principal past due bear from a day to another."""
        if minor and since < until:
            self.overdue += [(since, minor), (until, -minor)]
            self.even_last()

    def bear_no_longer(self, at: int, minor: int, on: date) -> None:
        """Have principal past due of an installment, of which so much no longer is, bear no more from a day on."""
        part = min(minor, self.overdue_added.get(at, 0))
        if part > 0:
            self.overdue_added[at] -= part
            self.overdue.append((on, -part))
