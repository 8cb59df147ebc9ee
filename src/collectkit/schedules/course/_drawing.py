"""A contract that draws its plan from what is paid out, behind the one fold of all accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from collectkit.ledger import Disbursement, PlanCharge, Reage, Reamortize, Reschedule
from collectkit.money import Rounding, divide
from collectkit.schedules._folding.changes import change, whole
from collectkit.schedules._folding.fold import Fold
from collectkit.schedules._folding.pouring import FEE, INTEREST, PENALTY, PRINCIPAL, WIDTH, Taken
from collectkit.schedules._folding.sheet import DOWN_AFTER, DOWN_BEFORE, Sheet
from collectkit.schedules.course._layout import dates_of, down_payment_of, plan_at_once
from collectkit.schedules.course.terms import ContractTerms
from collectkit.schedules.waterfall import Waterfall

_UNTAXED = (PENALTY, FEE, INTEREST, PRINCIPAL)
"""What a drawn plan may owe before anything is charged; tax only comes with a charge."""
_TAKEN_OF = {"principal": (PRINCIPAL,), "interest": (INTEREST,), "principal_and_interest": (PRINCIPAL, INTEREST)}


class DrawnPlan:
    """
    What the terms of a contract add to the fold.

    Attributes:
        terms: What was agreed.
        disbursed: What was paid out, oldest first; what is planned to be, when nothing was.
        down_payments: The due of the down payment of each disbursement, by id.
    """

    def __init__(self, terms: ContractTerms, disbursed: Sequence[Disbursement], changes: Sequence[Reschedule], *, planned: bool) -> None:
        self.terms = terms
        self.unit_minor = terms.unit_minor
        self.disbursed = disbursed
        self.planned = planned
        start = terms.starts_on or (disbursed[0].value_on if disbursed else date.min)
        self.dates = dates_of(terms, start, disbursed[-1].value_on if disbursed else None, changes)
        self.down_payments: dict[str, int] = {}

    def open(self) -> Fold:
        """Return the fold before its first entry: empty rows, or the whole plan when it is drawn at once."""
        terms, count = self.terms, len(self.dates.due_on)
        sheet = Sheet(
            self.dates.due_on,
            [0] * (WIDTH * count),
            [None] * count,
            range(1, count + 1),
            by_day=False,
            down_rank=DOWN_BEFORE if terms.drawn_at_once else DOWN_AFTER,
        )
        sheet.starts_on = self.dates.starts()
        fold = Fold(sheet, terms.rules, _UNTAXED, maker=self)
        if terms.drawn_at_once:
            principal, interest = plan_at_once(terms, self.dates, self.disbursed)
            for due in range(count):
                sheet.ask(due * WIDTH + PRINCIPAL, principal[due], date.min)
                sheet.ask(due * WIDTH + INTEREST, interest[due], date.min)
                if not sheet.rest[due]:
                    sheet.settled_on[due] = None
            for one in self.disbursed:
                self._down_payment(sheet, one)
        elif self.planned:
            for one in self.disbursed:
                self.disburse(fold, one)
        return fold

    # The fold's questions

    def disburse(self, fold: Fold, entry: Disbursement) -> None:
        """Lay a disbursement out over the plan, unless the plan was drawn with it."""
        if not self.terms.drawn_at_once:
            self._spread(fold.sheet, entry)

    def pour(self, fold: Fold, minor: int, on: date, waterfall: Waterfall) -> tuple[Taken, int]:
        """Put money on what is open."""
        return fold.put(minor, on, waterfall)

    def change(self, fold: Fold, entry: Reage | Reamortize | Reschedule) -> int:
        """Change the plan; reschedules are in the dates already. Return the principal that was moved."""
        return change(fold.sheet, entry, drawn=True, unit_minor=self.unit_minor)

    def took_back(self, fold: Fold, taken: Taken, on: date) -> None:
        """Note that paid money was given back: it changes nothing else here."""

    def accrue(self, fold: Fold, on: date) -> None:
        """Have principal past due bear interest up to a day: not in this plan."""

    def charge_minor(self, fold: Fold, charge: PlanCharge, dues: list[int]) -> int:
        """Return what a plan charge comes to on these dues, in minor units."""
        if charge.amount is not None:
            return charge.amount.minor
        asked = fold.sheet.asked
        if charge.falls == "at_payout":
            return whole(charge.share * (self.disbursed[0].amount.minor if self.disbursed else 0), 1)
        components = _TAKEN_OF[charge.of]
        return whole(charge.share * sum(asked[due * WIDTH + component] for due in dues for component in components), 1)

    # Rows

    def _down_payment(self, sheet: Sheet, one: Disbursement) -> int:
        """Add the row of a down payment and return what is due with it."""
        minor = down_payment_of(self.terms, one.amount.minor)
        if self.terms.down_payment:
            due = self.down_payments[one.id] = sheet.add("down_payment", 0, one.value_on, one.value_on)
            sheet.ask(due * WIDTH + PRINCIPAL, minor, one.value_on)
        return minor

    def _spread(self, sheet: Sheet, one: Disbursement) -> None:
        """Add a disbursement to the installments due after it, in equal shares; the last one takes what is left over."""
        on = one.value_on
        rest = one.amount.minor - self._down_payment(sheet, one)
        normal = sheet.of_kind("installment")
        later = [due for due in normal if sheet.due_on[due] > on] or normal[-1:]
        holiday = self.dates.spreads[-1].holiday
        bearing = [due for due in later if due not in holiday] or later[-1:]
        share, shared = 0, None
        for due in bearing:
            following = later[later.index(due) :]
            slot, spread = due * WIDTH + PRINCIPAL, self.dates.spread(due)
            if spread is not shared:
                known = [one for one in following if one < spread.count or one >= len(self.dates.due_on)]
                bearers = [one for one in known if one not in spread.holiday] or known
                share, shared = divide(rest, len(bearers), Rounding.HALF_EVEN), spread
            new = whole(Fraction(sheet.asked[slot] + share), self.unit_minor)
            part = rest if due == bearing[-1] else new - sheet.asked[slot]
            sheet.ask(slot, part, on)
            rest -= part
