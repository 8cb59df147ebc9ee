"""A plan that bears interest on what is really outstanding: installments stay equal, and interest follows the payments.

The balance runs from one change to the next: money paid out, principal paid before it was due, principal past due that
goes on bearing. Each span between two changes bears its own interest, rounded half even to the minor unit; what an
installment does not take up of its interest, because more principal was paid than was due, goes to the next one, and the
last open installment takes whatever is left over. Factors have nineteen significant digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from collectkit.calendars.dates import month_end
from collectkit.errors import PolicyError
from collectkit.ledger import Disbursement, Reschedule
from collectkit.money import Rounding, divide
from collectkit.schedules._folding.fold import Fold
from collectkit.schedules._folding.pouring import WIDTH, Taken
from collectkit.schedules._folding.sheet import INTEREST, PRINCIPAL
from collectkit.schedules.course._drawing import DrawnPlan
from collectkit.schedules.course.terms import ContractTerms, InterestTerms
from collectkit.schedules.waterfall import Waterfall

DIGITS = 19
_CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_WHOLE = Decimal(1)
_SCALE = Decimal(1).scaleb(-DIGITS)
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


class BearingPlan(DrawnPlan):
    """
    The installments of such a plan; one period each.

    Attributes:
        equal: What is asked with each installment in all.
        changes: Days on which the balance changes other than by the plan, and by how much.
        principal_paid: Of each installment.
        interest_paid: Of each installment.
    """

    def __init__(self, terms: ContractTerms, disbursed: Sequence[Disbursement], changes: Sequence[Reschedule], *, planned: bool) -> None:
        super().__init__(terms, disbursed, changes, planned=planned)
        assert terms.interest is not None
        if terms.interest.method == "flat":
            raise PolicyError("a plan that follows the payments bears declining interest, not flat; nothing was computed")
        self.agreed: InterestTerms = terms.interest
        count = len(self.dates.due_on)
        self.starts, self.ends = self.dates.starts(), self.dates.due_on
        self.equal = [0] * count
        self.changes: list[tuple[date, int]] = []
        self.principal_paid, self.interest_paid = [0] * count, [0] * count
        self.asked = [(0, 0)] * count
        self.rates: list[tuple[int, Fraction]] = []
        self.lent = 0
        self.overdue_until: date | None = None
        self.overdue_added: dict[int, int] = {}

    # Interest

    def factor(self, at: int, since: date, until: date) -> Decimal:
        """Return the part of the balance that a span of a period costs."""
        rate = _CONTEXT.divide(Decimal(self.rate(at).numerator), Decimal(self.rate(at).denominator))
        every, starts = self.terms.every, self.starts[at]
        length = Decimal((self.ends[at] - starts).days)
        unit = {"months": self.agreed.days_in_month or month_end(starts).day, "weeks": 7, "days": 1}[every.unit]
        if not self.agreed.days_in_year and since.year != until.year:
            return _CONTEXT.multiply(rate, _by_years(since, until)).quantize(_SCALE, context=_EXACT)
        fraction = _CONTEXT.divide(Decimal(unit * every.count), Decimal(self.agreed.days_in_year or _year(since.year)))
        bearing = _CONTEXT.multiply(_CONTEXT.multiply(rate, fraction), Decimal((until - since).days))
        return _CONTEXT.divide(bearing, length).quantize(_SCALE, context=_EXACT)

    def rate(self, at: int) -> Fraction:
        """Return the yearly rate of a period."""
        return next((rate for since, rate in reversed(self.rates) if since <= at), self.agreed.annual_rate)

    def balance(self, at: int, due: Sequence[int], *, before: int) -> int:
        """Return the balance at the beginning of a period; *due* has the principal due with those before it."""
        moved = sum(minor for on, minor in self.changes if on <= self.starts[at])
        return moved - sum(due[k] - self.principal_paid[k] for k in range(before))

    def figures(self, until: date = date.max) -> tuple[list[int], list[int], list[int]]:
        """Return principal and interest due with each installment, and the balance at its end, if nothing costs after a day."""
        principal: list[int] = []
        interest: list[int] = []
        balances: list[int] = []
        carried = 0
        for at, equal in enumerate(self.equal):
            ends = min(max(until, self.starts[at]), self.ends[at])
            balance = self.balance(at, principal, before=at)
            cost, balance = self._cost(at, balance, ends)
            cost += carried
            settled_early = self.principal_paid[at] > equal - cost
            due = self.interest_paid[at] if settled_early else max(cost, self.interest_paid[at])
            carried = cost - due
            interest.append(due)
            principal.append(max(equal - due, self.principal_paid[at]))
            balances.append(balance)
        return principal, interest, balances

    def _cost(self, at: int, balance: int, ends: date) -> tuple[int, int]:
        """Return the interest of a period up to a day, span by span, and the balance at the end of that day."""
        cost, since = 0, self.starts[at]
        inside: dict[date, int] = {}
        for on, minor in self.changes:
            if self.starts[at] < on < ends:
                inside[on] = inside.get(on, 0) + minor
        for on in (*sorted(inside), ends):
            cost += _times(max(0, balance), self.factor(at, since, on))
            balance += inside.get(on, 0)
            since = on
        if ends > self.starts[at]:
            balance += sum(minor for on, minor in self.changes if on == ends)
        return cost, balance

    # The fold's questions

    def disburse(self, fold: Fold, entry: Disbursement) -> None:
        """Lay a disbursement out in equal installments from the one in whose time it falls."""
        minor = entry.amount.minor - self._down_payment(fold.sheet, entry)
        self.lent += minor
        self.changes.append((entry.value_on, minor))
        count = len(self.ends)
        first = next((at for at in range(count) if entry.value_on < self.ends[at]), count - 1)
        # An installment before a change of the rate is computed as if the rate had stayed.
        changes = sorted(self.dates.rates, key=lambda change: change[0])
        self.rates = [change for change in changes if change[0] <= first]
        self._even(first)
        for change in changes[len(self.rates) :]:
            self.rates.append(change)
            self._even(change[0])
        self.show(fold, entry.value_on)

    def _even(self, first: int) -> None:
        """Make the installments equal from one on, and even the last."""
        principal, _, _ = self.figures()
        balance = self.balance(first, principal, before=first)
        balance += sum(minor for on, minor in self.changes if self.starts[first] < on < self.ends[first])
        grown, below = _WHOLE, Decimal(0)
        for at in range(first, len(self.ends)):
            factor = _CONTEXT.add(_WHOLE, self.factor(at, self.starts[at], self.ends[at]))
            grown = _CONTEXT.multiply(grown, factor)
            below = _WHOLE if at == first else _CONTEXT.add(_WHOLE, _CONTEXT.multiply(below, factor))
        equal = _rounded(_CONTEXT.divide(_CONTEXT.multiply(grown, Decimal(balance)), below), self.unit_minor)
        self.equal[first:] = [equal] * (len(self.ends) - first)
        self.even_last()
        self._nearer(first)

    def _nearer(self, first: int) -> None:
        """Change the equal amount where that brings the last installment nearer to the others."""
        count, last = len(self.ends) - first, len(self.ends) - 1
        if count < 2:
            return
        gap = self.equal[last] - self.equal[last - 1]
        if abs(gap) <= count // 2:
            return
        before = list(self.equal)
        changed = before[last - 1] + divide(gap, count, Rounding.HALF_EVEN)
        self.equal[first:] = [changed] * count
        self.even_last()
        if abs(self.equal[last] - self.equal[last - 1]) >= abs(gap):
            self.equal = before

    def even_last(self) -> None:
        """
        Have the last open installment take what the equal ones leave over.

        One that was paid more than is left for it is met by that, and the one before it takes the rest.
        """
        for at in reversed(range(len(self.ends))):
            paid = self.principal_paid[at] + self.interest_paid[at]
            if self.equal[at] == paid:
                continue
            _, interest, _ = self.figures()
            self.equal[at] += self.lent + sum(interest) - sum(self.equal)
            if self.equal[at] >= paid:
                break
            self.equal[at] = paid

    def show(self, fold: Fold, on: date) -> None:
        """Ask on the sheet for what the figures say."""
        principal, interest, _ = self.figures()
        for at, due in enumerate(zip(principal, interest, strict=True)):
            self._ask(fold, at, due, on)

    def _ask(self, fold: Fold, at: int, due: tuple[int, int], on: date) -> None:
        for component, new, old in zip((PRINCIPAL, INTEREST), due, self.asked[at], strict=True):
            if new != old:
                fold.sheet.ask(at * WIDTH + component, new - old, on)
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
        if one >= len(self.ends):
            return
        until = on
        if self.agreed.early == "to_due":
            until = next((ends for starts, ends in zip(self.starts, self.ends, strict=True) if starts < on <= ends), on)
        _, interest, balances = self.figures(until)
        due = interest[one]
        left = balances[one] + self.principal_paid[one]
        principal = max(min(self.equal[one], left + due) - due, self.principal_paid[one])
        self.equal[one] = min(self.equal[one], principal + due)
        self._ask(fold, one, (principal, due), on)

    def _note(self, fold: Fold, taken: Taken, on: date) -> None:
        """Take up what was paid; principal that is owed again beside the plan bears no interest, and is paid after what the plan asks."""
        sheet = fold.sheet
        for slot, minor in taken:
            at, component = divmod(slot, WIDTH)
            if at >= len(self.ends):
                continue
            if component == PRINCIPAL:
                paid = min(sheet.paid(slot), sheet.asked[slot] - sheet.raised[at])
                self.changes.append((min(on, self.ends[at]), self.principal_paid[at] - paid))
                self.principal_paid[at] = paid
            elif component == INTEREST:
                self.interest_paid[at] += minor

    def took_back(self, fold: Fold, taken: Taken, on: date) -> None:
        """Note that paid money was given back: principal bears interest again from that day."""
        self._note(fold, [(slot, -minor) for slot, minor in taken], on)

    def accrue(self, fold: Fold, on: date) -> None:
        """Have principal past due bear interest up to a day."""
        if self.agreed.overdue_bears is None or fold.written_off_on is not None:
            return
        late = [at for at in range(len(self.ends)) if self.ends[at] < on and self._unpaid(at) > 0]
        before = total = 0
        for at in late:
            self._bear(at, before, total, on)
            before = self._unpaid(at)
            total += before
        now = next((at for at in range(len(self.ends)) if self.starts[at] < on <= self.ends[at]), None)
        if now is not None:
            self._bear(now, before, total, on)
        self.show(fold, on)

    def _unpaid(self, at: int) -> int:
        return self.figures()[0][at] - self.principal_paid[at]

    def _bear(self, at: int, minor: int, total: int, on: date) -> None:
        """Add principal past due to the balance of a period."""
        if not minor:
            return
        starts, ends = self.starts[at], self.ends[at]
        if self.agreed.overdue_bears == "by_day":
            since = self.overdue_until if self.overdue_until is not None and starts <= self.overdue_until else starts
            self.changes.append((since, minor))
            if starts < on <= ends:
                self.changes.append((on, -total))
                self.overdue_until = on
        else:
            more = minor - self.overdue_added.get(at, 0)
            self.overdue_added[at] = minor
            self.changes += [(starts, more), (ends, -more)]
        self.even_last()


def _by_years(since: date, until: date) -> Decimal:
    """Return the part of a year that a span over New Year takes, the days in each year, its last one included, as a part of that year."""
    fraction = Decimal(0)
    for year in range(since.year, until.year + 1):
        ends = min(until, date(year, 12, 31))
        fraction = _CONTEXT.add(fraction, _CONTEXT.divide(Decimal((ends - since).days), Decimal(_year(year))))
        since = ends
    return fraction


def _year(year: int) -> int:
    """Return the days of a year."""
    return 366 if date(year, 12, 31).timetuple().tm_yday == 366 else 365


def _times(minor: int, factor: Decimal) -> int:
    """Return a share of minor units, rounded half even."""
    return int(_EXACT.multiply(Decimal(minor), factor).to_integral_value(ROUND_HALF_EVEN, context=_EXACT))


def _rounded(amount: Decimal, unit: int) -> int:
    """Round to whole units, half even."""
    return unit * int(_CONTEXT.divide(amount, Decimal(unit)).to_integral_value(ROUND_HALF_EVEN, context=_CONTEXT))
