"""The installments of a contract: on which days, how much principal and agreed interest each."""

from __future__ import annotations

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


@attrs.define
class Dates:
    """
    The due dates while reschedules change them.

    Attributes:
        starts_on: What the first period begins with.
        due_on: One per installment.
        holiday: Positions without principal.
        spread_from: Position from which the remaining principal is spread anew; None where nothing changed.
        rates: Yearly rate by position from which it holds, later ones last.
    """

    starts_on: date
    due_on: list[date]
    holiday: set[int]
    spread_from: int | None = None
    rates: list[tuple[int, Fraction]] = attrs.field(factory=list)

    def starts(self) -> list[date]:
        """Return the first day of each period."""
        return [self.starts_on, *self.due_on[:-1]]


def dates_of(terms: ContractTerms, start: date, last: date | None, changes: Iterable[Reschedule]) -> Dates:
    """Return the due dates; one more period when a disbursement comes after the last of a plan that is drawn at once."""
    count = terms.count
    due_on = [terms.every.nth(start, k) for k in range(1, count + 1)]
    if terms.drawn_at_once and last is not None and last > due_on[-1]:
        due_on.append(terms.every.nth(start, count + 1))
    found = Dates(start, due_on, set(range(terms.principal_grace)))
    for change in changes:
        _rescheduled(found, change, terms.every)
    return found


def _rescheduled(dates: Dates, change: Reschedule, every: Interval) -> None:
    if change.from_on not in dates.due_on:
        return
    at = dates.due_on.index(change.from_on)
    if change.moved_to is not None:
        dates.due_on[at:] = [change.moved_to, *[every.nth(change.moved_to, k) for k in range(1, len(dates.due_on) - at)]]
    added = change.extra + change.principal_holiday
    if added:
        anchor, count = dates.starts_on, len(dates.due_on)
        if change.moved_to is not None or dates.due_on[-1] != every.nth(anchor, count):
            anchor, count = dates.due_on[-1], 0
        dates.due_on += [every.nth(anchor, count + k) for k in range(1, added + 1)]
        dates.holiday |= set(range(at, at + change.principal_holiday))
        dates.spread_from = at if dates.spread_from is None else min(at, dates.spread_from)
    if change.annual_rate is not None:
        dates.rates.append((at, change.annual_rate))


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
    bearing = [index for index in range(count) if index not in dates.holiday]
    spread = dates.spread_from
    fixed = count if spread is None else spread
    usual = sum(index < terms.count for index in bearing) if spread is None else terms.count
    equal = terms.interest is not None and terms.interest.equal_principal
    principal = [0] * count
    for index in range(count - 1):
        if index in dates.holiday:
            continue
        known = sum(minor for on, minor in amounts if on <= dates.due_on[index])
        if index < fixed:
            share = Fraction(known, usual)
        else:
            later = [other for other in bearing if other >= index]
            share = Fraction(known - sum(principal), len(later))
        due = whole(share, 1) if equal else whole(share + interest[index], terms.unit_minor) - interest[index]
        principal[index] = min(due, total - sum(principal))
    principal[-1] = total - sum(principal)
    return principal


def _flat(terms: ContractTerms, agreed: InterestTerms, dates: Dates, total: int) -> list[int]:
    count = len(dates.due_on)
    each = total * agreed.annual_rate * _share_of_year(terms.every)
    interest = [whole(each, 1)] * (count - 1)
    return [*interest, whole(each * count, 1) - sum(interest)]


def _declining(
    terms: ContractTerms, agreed: InterestTerms, dates: Dates, amounts: Sequence[tuple[date, int]]
) -> tuple[list[int], list[int]]:
    """Walk down the rows with the balance; the payment is computed anew when more is paid out or the rate changes."""
    count, balance, known = len(dates.due_on), 0, 0
    rate, payment = agreed.annual_rate, 0
    principal, interest = [0] * count, [0] * count
    for index, (starts, due) in enumerate(zip(dates.starts(), dates.due_on, strict=True)):
        paid_out = sum(minor for on, minor in amounts if on < due or (on == due and index == 0))
        new_rate = next((new for at, new in reversed(dates.rates) if at <= index), agreed.annual_rate)
        fresh = paid_out != known or new_rate != rate or index == dates.spread_from
        balance, known, rate = balance + paid_out - known, paid_out, new_rate
        bearing = [other for other in range(index, count) if other not in dates.holiday]
        if fresh or (index not in dates.holiday and index - 1 in dates.holiday):
            if agreed.equal_principal:
                payment = whole(Fraction(balance, len(bearing)), 1)
            else:
                payment = _annuity(balance, rate * _assumed_share(terms, agreed), len(bearing), terms.unit_minor)
        cost = balance * rate * (Fraction((due - starts).days, DAYS) if agreed.by_days else _share_of_year(terms.every))
        interest[index] = whole(cost, 1)
        if index == count - 1:
            principal[index] = balance
        elif index not in dates.holiday:
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
