"""The installments of a contract: on which days, how much principal and agreed interest each."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

import attrs

from collectkit.calendars.dates import Interval
from collectkit.ledger import Disbursement, Reschedule
from collectkit.schedules._folding.changes import whole
from collectkit.schedules.course.terms import ContractTerms, InterestTerms

MONTHS, WEEKS, DAYS = 12, 52, 365


def down_payment_of(terms: ContractTerms, minor: int) -> int:
    """Return what of a disbursement is due at once."""
    return whole(whole(minor * terms.down_payment, 1), terms.unit_minor)


@attrs.frozen
class Spread:
    """
    From where on principal is shared evenly, and over which installments.

    Attributes:
        at: Position of the first of them.
        count: How many installments the plan has by then.
        holiday: Positions without principal.
    """

    at: int
    count: int
    holiday: frozenset[int]

    def bearing(self, start: int) -> list[int]:
        """Return the positions from one on that carry principal."""
        return [index for index in range(start, self.count) if index not in self.holiday]


@attrs.define
class Dates:
    """
    The due dates while reschedules change them.

    Attributes:
        starts_on: What the first period begins with.
        every: Their distance.
        due_on: One per installment.
        spreads: How principal is shared: as agreed, then anew with each reschedule that added installments.
        rates: Yearly rate by position from which it holds, in the order of the plan; of two at one position the one agreed later is last.
        anchor: Day from which the later due dates are counted.
        anchored_at: How many installments are due by then.
    """

    starts_on: date
    every: Interval
    due_on: list[date]
    spreads: list[Spread]
    anchor: date
    anchored_at: int = 0
    rates: list[tuple[int, Fraction]] = attrs.field(factory=list)

    def starts(self) -> list[date]:
        """Return the first day of each period."""
        return [self.starts_on, *self.due_on[:-1]]

    def spread(self, index: int) -> Spread:
        """Return how principal is shared at a position."""
        return next(one for one in reversed(self.spreads) if one.at <= index)

    def rate(self, index: int, agreed: Fraction) -> Fraction:
        """Return the yearly rate at a position."""
        return rate_at(self.rates, index, agreed)

    def extend(self, more: int) -> None:
        """Add periods at the end, counted from the same day as those before them."""
        for _ in range(more):
            self.due_on.append(self.every.nth(self.anchor, len(self.due_on) + 1 - self.anchored_at))

    def move(self, at: int, to: date) -> None:
        """Move an installment, and have the later ones follow it."""
        count = len(self.due_on)
        self.due_on[at:] = [to]
        self.anchor, self.anchored_at = to, at + 1
        self.extend(count - len(self.due_on))


def dates_of(terms: ContractTerms, start: date, last: date | None, changes: Iterable[Reschedule]) -> Dates:
    """Return the due dates; one more period when a disbursement comes after the last of a plan that is drawn at once."""
    found = Dates(start, terms.every, [], [], start)
    found.extend(terms.count)
    if terms.drawn_at_once and last is not None and last > found.due_on[-1]:
        found.extend(1)
    found.spreads.append(Spread(0, len(found.due_on), frozenset(range(terms.principal_grace))))
    for change in changes:
        _reschedule(found, change)
    return found


def _reschedule(dates: Dates, change: Reschedule) -> None:
    if change.from_on not in dates.due_on:
        return
    at = dates.due_on.index(change.from_on)
    if change.moved_to is not None:
        dates.move(at, change.moved_to)
    added = change.extra + change.principal_holiday
    if added:
        dates.extend(added)
        holiday = dates.spreads[-1].holiday | set(range(at, at + change.principal_holiday))
        dates.spreads.append(Spread(at, len(dates.due_on), holiday))
    if change.annual_rate is not None:
        # What was agreed for a later installment stands, also when an earlier one is given another rate afterwards.
        insort(dates.rates, (at, change.annual_rate), key=lambda one: one[0])


def rate_at(rates: Sequence[tuple[int, Fraction]], index: int, agreed: Fraction) -> Fraction:
    """Return the yearly rate at a position: of the change that holds from the latest installment up to there."""
    return next((rate for at, rate in reversed(rates) if at <= index), agreed)


def plan_at_once(terms: ContractTerms, dates: Dates, disbursed: Sequence[Disbursement]) -> tuple[list[int], list[int]]:
    """Return the principal and the interest of each installment of a plan that is drawn from all disbursements."""
    amounts = [(one.value_on, one.amount.minor - down_payment_of(terms, one.amount.minor)) for one in disbursed]
    principal, interest = _columns(terms, dates, amounts)
    if terms.interest_grace:
        at = terms.interest_grace
        interest[at] += sum(interest[:at])
        interest[:at] = [0] * at
    return principal, interest


def _columns(terms: ContractTerms, dates: Dates, amounts: Sequence[tuple[date, int]]) -> tuple[list[int], list[int]]:
    agreed = terms.interest
    if agreed is not None and agreed.method == "declining":
        return _declining(terms, agreed, dates, amounts)
    total = sum(minor for _, minor in amounts)
    interest = [0] * len(dates.due_on) if agreed is None else _flat(terms, agreed, dates, total)
    return _evenly(terms, dates, amounts, interest), interest


def _evenly(terms: ContractTerms, dates: Dates, amounts: Sequence[tuple[date, int]], interest: Sequence[int]) -> list[int]:
    """Share what was paid out by each due date; the last installment takes all that is left."""
    total, count = sum(minor for _, minor in amounts), len(dates.due_on)
    equal = terms.interest is not None and terms.interest.equal_principal
    principal = [0] * count
    for index in range(count - 1):
        spread = dates.spread(index)
        if index in spread.holiday:
            continue
        known = sum(minor for on, minor in amounts if on <= dates.due_on[index])
        # What is paid out after the last due date gets a row of its own, and the shares before it stay as they were.
        agreed = spread is dates.spreads[0]
        bearers = terms.count - terms.principal_grace if agreed else len(spread.bearing(spread.at))
        share = Fraction(known - sum(principal[: spread.at]), bearers)
        # Only where installments are whole units is it the whole installment that is rounded, principal and interest together.
        alone = equal or terms.unit_minor == 1
        due = whole(share, 1) if alone else whole(share + interest[index], terms.unit_minor) - interest[index]
        principal[index] = min(due, total - sum(principal))
    principal[-1] = total - sum(principal)
    return principal


def _flat(terms: ContractTerms, agreed: InterestTerms, dates: Dates, total: int) -> list[int]:
    """Return the interest of each installment on the whole price; the last one takes what rounding leaves over."""
    exact = [total * dates.rate(index, agreed.annual_rate) * _share_of_year(terms.every) for index in range(len(dates.due_on))]
    interest = [whole(each, 1) for each in exact[:-1]]
    return [*interest, whole(sum(exact), 1) - sum(interest)]


def _declining(
    terms: ContractTerms, agreed: InterestTerms, dates: Dates, amounts: Sequence[tuple[date, int]]
) -> tuple[list[int], list[int]]:
    """Walk down the rows with the balance; the payment is computed anew when more is paid out or the rate changes."""
    count, balance, known = len(dates.due_on), 0, 0
    rate, payment = agreed.annual_rate, 0
    principal, interest = [0] * count, [0] * count
    for index, (starts, due) in enumerate(zip(dates.starts(), dates.due_on, strict=True)):
        paid_out = sum(minor for on, minor in amounts if on < due or (on == due and index == 0))
        new_rate, spread = dates.rate(index, agreed.annual_rate), dates.spread(index)
        fresh = paid_out != known or new_rate != rate or index == spread.at
        balance, known, rate = balance + paid_out - known, paid_out, new_rate
        bearing = spread.bearing(index)
        if bearing and (fresh or (index not in spread.holiday and index - 1 in spread.holiday)):
            if agreed.equal_principal:
                payment = whole(Fraction(balance, len(bearing)), 1)
            else:
                payment = _annuity(balance, rate * _assumed_share(terms, agreed), len(bearing), terms.unit_minor)
        cost = balance * rate * (Fraction((due - starts).days, DAYS) if agreed.by_days else _share_of_year(terms.every))
        interest[index] = whole(cost, 1)
        if index == count - 1:
            principal[index] = balance
        elif index not in spread.holiday:
            part = payment if agreed.equal_principal else payment - interest[index]
            principal[index] = max(0, min(part, balance))
        balance -= principal[index]
    return principal, interest


def _annuity(balance: int, rate: Fraction, count: int, unit_minor: int) -> int:
    """Return the equal payment."""
    if not rate:
        return whole(Fraction(balance, count), unit_minor)
    grown = (1 + rate) ** count
    return whole(balance * rate * grown / (grown - 1), unit_minor)


def _share_of_year(every: Interval) -> Fraction:
    """Return the part of a year that an interval is taken for."""
    if every.unit == "months":
        return Fraction(every.count, MONTHS)
    return Fraction(every.count, WEEKS) if every.unit == "weeks" else Fraction(every.count, DAYS)


def _assumed_share(terms: ContractTerms, agreed: InterestTerms) -> Fraction:
    """Return the part of a year that the equal payment is computed with: months of thirty days where interest goes by days."""
    every = terms.every
    if not agreed.by_days:
        return _share_of_year(every)
    days = {"months": 30, "weeks": 7, "days": 1}[every.unit] * every.count
    return Fraction(days, DAYS)
