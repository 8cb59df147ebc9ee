"""How a contract that draws its own plan stands after its entries, and what can be read from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType

import attrs

from collectkit.ledger import Chargeback, Credit, Disbursement, Payment, Recorded, Reschedule, kind_of
from collectkit.money import Money
from collectkit.schedules._folding.booked import Booked, ChargeState
from collectkit.schedules._folding.counting import counted
from collectkit.schedules._folding.fold import Fold
from collectkit.schedules._folding.pouring import FEE, PRINCIPAL, WIDTH
from collectkit.schedules.course._bearing import BearingPlan
from collectkit.schedules.course._drawing import DrawnPlan
from collectkit.schedules.course._layout import down_payment_of
from collectkit.schedules.course.terms import ContractTerms

PROBE_MINOR = 10**12
"""More than any contract asks for."""


@attrs.frozen
class PaidOut:
    """
    A line of the plan on which money was paid out.

    Attributes:
        on: The day.
        minor: How much.
        fees_minor: Fees taken at once.
        balance: Principal by the plan after it.
    """

    on: date
    minor: int
    fees_minor: int
    balance: int


@attrs.frozen
class Line:
    """
    An installment, a down payment or an additional row of the plan; amounts are minor units, columns as `COMPONENTS`.

    Attributes:
        number: From 1.
        kind: ``installment``, ``down_payment``, ``line`` or ``added``.
        starts_on: First day of its period.
        due_on: Last day in time.
        asked: What is asked.
        paid: What was paid of it.
        waived: What was waived.
        written_off: What was written off.
        early_minor: Paid before the due date.
        late_minor: Paid after it.
        met_on: Day on which nothing was left; None while something is.
        balance: Principal by the plan after it.
    """

    number: int
    kind: str
    starts_on: date
    due_on: date
    asked: tuple[int, ...]
    paid: tuple[int, ...]
    waived: tuple[int, ...]
    written_off: tuple[int, ...]
    early_minor: int
    late_minor: int
    met_on: date | None
    balance: int

    @property
    def days(self) -> int:
        """Return the length of its period in days."""
        return (self.due_on - self.starts_on).days

    @property
    def asked_minor(self) -> int:
        """Return all that is asked."""
        return sum(self.asked)

    @property
    def paid_minor(self) -> int:
        """Return all that was paid."""
        return sum(self.paid)

    @property
    def waived_minor(self) -> int:
        """Return what was given up."""
        return sum(self.waived)

    @property
    def unpaid_minor(self) -> int:
        """Return what is left."""
        return sum(self.asked) - sum(self.paid) - sum(self.waived) - sum(self.written_off)


@attrs.frozen
class Totals:
    """Sums over the numbered lines, in minor units; fees taken at payout are in *asked* and *paid*."""

    asked: tuple[int, ...]
    asked_minor: int
    paid_minor: int
    early_minor: int
    late_minor: int
    waived_minor: int
    unpaid_minor: int


@attrs.frozen
class Course:
    """
    A contract as it stands after its entries.

    Attributes:
        terms: What was agreed.
        plan: Its lines in order, those on which money was paid out among them.
        booked: What each entry did, by day and recording.
        charges: How each charge stands, by id.
        credit_minor: Money received that found nothing to pay.
        disbursed: What was paid out.
        charged_off_on: Day of the charge-off; None without.
        written_off_on: Day of the write-off; None without.
        recorded: All that was recorded, in that order.
    """

    terms: ContractTerms
    plan: tuple[PaidOut | Line, ...]
    booked: tuple[Booked, ...]
    charges: Mapping[str, ChargeState] = attrs.field(hash=False)
    credit_minor: int
    disbursed: tuple[Disbursement, ...]
    charged_off_on: date | None
    written_off_on: date | None
    recorded: tuple[Recorded, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return the numbered lines."""
        return tuple(line for line in self.plan if isinstance(line, Line))

    @property
    def counted(self) -> tuple[Recorded, ...]:
        """Return what counts of all that was recorded, nothing that was reversed or undone, as it was recorded."""
        return tuple(counted(self.recorded))

    @property
    def outstanding_minor(self) -> int:
        """Return all that is unpaid."""
        return sum(line.unpaid_minor for line in self.lines)

    @property
    def state(self) -> str:
        """Return ``drawn``, ``active``, ``overpaid``, ``paid`` or ``written_off``."""
        if self.written_off_on is not None:
            return "written_off"
        if not self.disbursed:
            return "drawn"
        if self.credit_minor:
            return "overpaid"
        return "active" if self.outstanding_minor else "paid"

    @property
    def totals(self) -> Totals:
        """Return the sums over the plan."""
        lines = self.lines
        at_once = sum(line.fees_minor for line in self.plan if isinstance(line, PaidOut))
        asked = [sum(column) for column in zip(*(line.asked for line in lines), strict=True)]
        asked[FEE] += at_once
        return Totals(
            tuple(asked),
            sum(asked),
            sum(line.paid_minor for line in lines) + at_once,
            sum(line.early_minor for line in lines),
            sum(line.late_minor for line in lines),
            sum(line.waived_minor for line in lines),
            self.outstanding_minor,
        )

    @property
    def chargebacks(self) -> tuple[Chargeback, ...]:
        """Return the chargebacks, oldest first."""
        return tuple(one.entry for one in self.booked if isinstance(one.entry, Chargeback))

    @property
    def installments(self) -> tuple[tuple[int, Line], ...]:
        """Return the normal installments with their numbers among these, from 1."""
        return tuple(enumerate((line for line in self.lines if line.kind == "installment"), start=1))

    @property
    def matures_on(self) -> date:
        """Return the last normal due date."""
        return max(line.due_on for line in self.lines if line.kind == "installment")

    @property
    def closed_on(self) -> date | None:
        """Return the day of the entry that closed the contract; None while it is open."""
        if self.state not in ("paid", "overpaid", "written_off"):
            return None
        return self.booked[-1].entry.value_on

    def received_minor(self, *kinds: str) -> int:
        """Return what came in by payments and credits of these kinds, taken back ones left out."""
        return sum(one.minor for one in self.booked if kind_of(one.entry) in kinds)

    def payoff_minor(self, on: date) -> int:
        """Return what closes the contract on a day: what a payment of more would leave nothing open of."""
        more = Money(PROBE_MINOR, self.terms.currency)
        probe = Recorded(Payment("payoff", "payoff", more, on), on, len(self.recorded) + PROBE_MINOR)
        after = course(self.terms, (*self.recorded, probe))
        return PROBE_MINOR - after.credit_minor + self.credit_minor

    def may_pay_out(self, amount: Money, *, limit: Money, over: Fraction | None) -> bool:
        """Tell whether one more disbursement stays within a limit, or above it by at most a share of it."""
        total = sum(one.amount.minor for one in self.disbursed) + amount.minor
        return total <= limit.minor * (1 + (over or 0))

    def may_adjust(self, charge: str, amount: Money) -> bool:
        """Tell whether one more adjustment of a charge stays within it; adjustments name the charge as their reason."""
        before = [one.entry for one in self.booked if isinstance(one.entry, Credit) and one.entry.kind == "charge_adjustment"]
        total = sum(entry.amount.minor for entry in before if entry.reason == charge) + amount.minor
        return total <= self.charges[charge].asked

    def overdue_minor(self, as_of: date) -> int:
        """Return what is unpaid of the lines due before a day."""
        return sum(line.unpaid_minor for line in self.lines if line.due_on < as_of)

    def down_payment_minor(self, minor: int, after: Course) -> int:
        """
        Return what a system that collects down payments by itself takes with a disbursement.

        Args:
            minor: What is paid out.
            after: The course with the disbursement.
        """
        if after.terms.drawn_at_once and after.credit_minor:
            return 0
        return max(0, down_payment_of(self.terms, minor) - min(minor, self.credit_minor))


def course(
    terms: ContractTerms, recorded: Iterable[Recorded], *, planned: Disbursement | None = None, accrued_on: date | None = None
) -> Course:
    """
    Fold the entries of a contract that draws its own plan.

    Starting from an empty plan each time is always right: a late, reversed or corrected entry is one more, one less or
    another in the list.

    Args:
        terms: What was agreed.
        recorded: All that was recorded, in any order; what was reversed or undone counts for nothing.
        planned: What is planned to be paid out, to draw the plan before anything is.
        accrued_on: Day up to which principal past due has borne interest, where the terms say that it does; None for the
            day of the last payment.

    Source:
        What was agreed, as the terms hold it. Amounts are whole minor units, rounded as the terms say; days are calendar
        days in the account's time zone.
    """
    recorded = sorted(recorded, key=lambda one: one.place)
    known = counted(recorded)
    entries = [one.entry for one in known]
    disbursed = sorted((one for one in known if isinstance(one.entry, Disbursement)), key=lambda one: (one.entry.value_on, one.place))
    paid_out = [one.entry for one in disbursed if isinstance(one.entry, Disbursement)]
    laid = paid_out or ([planned] if planned is not None else [])
    changes = [one.entry for one in known if isinstance(one.entry, Reschedule)]
    kind = BearingPlan if _bears(terms, changes) else DrawnPlan
    maker = kind(terms, laid, changes, planned=not paid_out)
    fold = maker.open()
    for one in sorted(known, key=terms.rules.order):
        fold.enter(one.entry)
    if accrued_on is not None and all(receipt.value_on <= accrued_on for receipt in fold.receipts):
        maker.accrue(fold, accrued_on)
    places = {(type(one.entry), one.entry.id): one.place for one in known}
    assert fold.booked is not None and len(entries) == len(known)
    booked = sorted(fold.booked, key=lambda one: (one.entry.value_on, places[type(one.entry), one.entry.id]))
    balance = 0
    for line in booked:
        balance += line.moved_minor
        line.balance_minor = max(0, balance)
    return Course(
        terms,
        _plan(fold, maker, paid_out),
        tuple(booked),
        MappingProxyType({state.charge.id: state for state in fold.charges.values()}),
        fold.held,
        tuple(paid_out),
        fold.charged_off_on,
        fold.written_off_on,
        tuple(recorded),
    )


def _bears(terms: ContractTerms, changes: Iterable[Reschedule]) -> bool:
    """Tell whether interest follows the payments, agreed from the outset or later."""
    if terms.interest is None or terms.drawn_at_once:
        return False
    return terms.interest.annual_rate > 0 or any(change.annual_rate for change in changes)


def _plan(fold: Fold, maker: DrawnPlan, paid_out: Sequence[Disbursement]) -> tuple[PaidOut | Line, ...]:
    sheet, waiting = fold.sheet, list(maker.disbursed)
    fees = sum(state.asked for state in fold.charges.values() if getattr(state.charge, "falls", "") == "at_payout") if paid_out else 0
    balance, number = 0, 0
    lines: list[PaidOut | Line] = []

    def put(one: Disbursement) -> None:
        nonlocal balance, fees
        balance += one.amount.minor
        lines.append(PaidOut(one.value_on, one.amount.minor, fees, balance))
        fees = 0

    for due in sheet.sequence:
        columns = slice(due * WIDTH, due * WIDTH + WIDTH)
        if sheet.kinds[due] == "added" and not (any(sheet.asked[columns]) or sheet.raised[due]):
            continue
        while waiting and _stands_before(maker, waiting[0], sheet.kinds[due], sheet.due_on[due]):
            put(waiting.pop(0))
        number += 1
        balance += sheet.raised[due] - sheet.asked[due * WIDTH + PRINCIPAL]
        met_on = sheet.settled_on[due]
        if not any(sheet.asked[columns]) and paid_out:
            met_on = met_on or paid_out[0].value_on
        lines.append(
            Line(
                number,
                sheet.kinds[due],
                sheet.starts_on[due],
                sheet.due_on[due],
                tuple(sheet.asked[columns]),
                tuple(sheet.paid(slot) for slot in range(columns.start, columns.stop)),
                tuple(sheet.waived[columns]),
                tuple(sheet.written_off[columns]),
                sheet.early[due],
                sheet.late[due],
                met_on,
                balance,
            )
        )
    for one in waiting:
        put(one)
    return tuple(lines)


def _stands_before(maker: DrawnPlan, one: Disbursement, kind: str, due_on: date) -> bool:
    """Tell whether the line of a disbursement comes before a row."""
    if kind == "added":
        return False
    return one.value_on <= due_on if kind == "down_payment" or maker.terms.drawn_at_once else one.value_on < due_on
