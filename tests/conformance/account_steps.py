"""The actions of the account vectors: each becomes entries of the library, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from typing import Any, TypeVar

import attrs

from collectkit.calendars.dates import Interval
from collectkit.ledger import (
    CashRefund,
    Charge,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Disbursement,
    Entry,
    Payment,
    PlanCharge,
    Reage,
    Reamortize,
    Recorded,
    Reschedule,
    Waiver,
    WriteOff,
)
from collectkit.money import Money, total
from collectkit.schedules import Booked
from collectkit.schedules.course import Course, PaidOut, Pause, Paused, course, lateness, lateness_by_line

from .fineract import CREDITS, Json, interval, money, name_of, percent, terms_of

ACCOUNT = "vector"
MONEY_ACTIONS = frozenset(
    {"disburse", "pay", "pay_off", "credit_balance_refund", "chargeback", "add_charge", "waive_charge", "undo_waive_charge"}
    | {"charge_adjustment", "undo_charge_adjustment", "undo_transaction", "undo_last_payment", "undo_last_refund", "adjust_transaction"}
    | {"undo_disbursal", "undo_last_disbursal", "charge_off", "undo_charge_off", "write_off", "reage", "undo_reage", "reamortize"}
    | {"undo_reamortize", "reschedule"}
)

TAKEN_OF = {
    "AMOUNT": "principal",
    "DISBURSEMENT_AMOUNT": "principal",
    "PRINCIPAL": "principal",
    "INTEREST": "interest",
    "AMOUNT_AND_INTEREST": "principal_and_interest",
    "PRINCIPAL_AND_INTEREST": "principal_and_interest",
}
"""What a percentage is taken of."""


class Missing(Exception):
    """A step is about something that the account does not have: it is refused."""


T = TypeVar("T")


def nth_of(found: Sequence[T], nth: int | str) -> T:
    """
    Return the nth of what was found, counted from 1; -1 for the last.

    Raises:
        Missing: There are not so many.
    """
    place = int(nth)
    if not found or place > len(found):
        raise Missing(f"there are {len(found)}, number {place} is meant")
    return found[-1] if place == -1 else found[:place][-1]


@attrs.define
class Undone:
    """A row that a user took back, with the figures it had, and its place."""

    booked: Booked
    place: int


class Session:
    """
    One account while its steps are played.

    Attributes:
        product: As published.
        terms: The same in the library's words.
        today: The business date.
        recorded: All that counts.
        course: How the account stands.
    """

    def __init__(self, product: Json) -> None:
        dated = {**product, "submitted_on": date.fromisoformat(product["submitted_on"])} if product["submitted_on"] else product
        self.product = product
        self.terms = terms_of(dated)
        self.currency: str = self.terms.currency
        self.today = date.fromisoformat(product["submitted_on"] or product["expected_disbursement_date"])
        self.places = count(1)
        self.recorded: list[Recorded] = []
        self.undone: list[Undone] = []
        self.approved_on: date | None = None
        self.planned: Disbursement | None = None
        self.remembered: list[str] = []
        self.collected: list[str] = []
        self.not_remembered: list[str] = []
        self.charges: dict[str, Json] = {}
        self.penalized: set[str] = set()
        self.pauses = Paused()
        self.next_due_rule = "earliest-unpaid-date"
        self.accrues_daily = False
        self.accrued_on: date | None = None
        self.tag: str | None = None
        self.line_tags: list[tuple[Json, int]] = []
        self.course: Course = course(self.terms, ())

    # Facts

    def money(self, amount: object) -> Money:
        """Return an amount as it is written."""
        return money(amount, self.currency)

    def enter(self, make: Callable[[str], Entry]) -> str:
        """Record an entry and return its id."""
        place = next(self.places)
        entry = make(f"{place:06}")
        self.recorded.append(Recorded(entry, self.today, place))
        self.settle()
        return entry.id

    def settle(self) -> None:
        """Compute how the account stands."""
        self.course = course(self.terms, self.recorded, planned=self.planned, accrued_on=self.accrued_on)

    def take_back(self, id: str) -> None:
        """Undo an entry, keeping its row to be shown."""
        place = next((one.place for one in self.recorded if one.entry.id == id), 0)
        self.undone.extend(Undone(booked, place) for booked in self.course.booked if booked.entry.id == id)
        self.recorded = [one for one in self.recorded if one.entry.id != id]
        self.settle()

    def forget_gone(self) -> None:
        """Have nothing that is gone be the last of anything."""
        kept = {one.entry.id for one in self.recorded}
        self.remembered, self.not_remembered, self.collected = (
            [id for id in ids if id in kept] for ids in (self.remembered, self.not_remembered, self.collected)
        )
        self.charges = {id: said for id, said in self.charges.items() if id in kept}

    def at_payout(self) -> PaidOut | None:
        """Return where fees were taken with the first disbursement: a row of its own, the second one."""
        return next((line for line in self.course.plan if isinstance(line, PaidOut) and line.fees_minor), None)

    def rows(self) -> list[tuple[Booked, int, bool]]:
        """Return the list of transactions: what each did, its place, and whether it was undone."""
        places = {one.entry.id: one.place for one in self.recorded}
        found = [(booked, places[booked.entry.id], False) for booked in self.course.booked]
        found.extend((one.booked, one.place, True) for one in self.undone)
        return sorted(found, key=lambda row: (row[0].entry.value_on, row[1]))

    def live(self, *kinds: type) -> list[Any]:
        """Return what counts of some kinds, in the order of recording."""
        return [one.entry for one in self.recorded if isinstance(one.entry, kinds)]

    # Lateness

    def classify(self) -> None:
        """Set the tags of lateness."""
        days = self.late().days
        self.tag = next((one["name"] for one in self.buckets if within(one, days)), None)
        found = lateness_by_line(self.course, self.today, pauses=self.pauses.effective)
        self.line_tags = [(one, minor) for _, late, minor in found for one in self.buckets if within(one, late)] if days else []

    def late(self) -> Any:
        """Return how late the account is."""
        return lateness(self.course, self.today, grace_days=self.product["delinquency"]["grace_days"], pauses=self.pauses.effective)

    def compare_line_tags(self, expected: list[Json]) -> str:
        """Compare the tags of installments, amounts of one range together."""
        actual: dict[str, Money] = {}
        for bucket, minor in self.line_tags if self.course.state == "active" else ():
            held = actual.get(str(bucket["range_id"]))
            actual[str(bucket["range_id"])] = total([*([held] if held else []), Money(minor, self.currency)], self.currency)
        found = {one["range_id"]: self.money(one["amount"]) for one in expected}
        return "" if found == actual else f"{actual} instead of {found}"

    @property
    def buckets(self) -> list[Json]:
        """Return the ranges of lateness."""
        buckets: list[Json] = self.product["delinquency"]["bucket"]
        return buckets


def within(bucket: Json, days: int) -> bool:
    """Tell whether days lie in a range; both ends belong to it."""
    return bool(days and bucket["min_days"] <= days and (bucket["max_days"] is None or days <= bucket["max_days"]))


def day(text: str) -> date:
    """Return a date."""
    return date.fromisoformat(text)


Action = Callable[[Session, Json], "str | None"]


def steps() -> dict[str, Action]:
    """Return every action by its name."""
    return {name.removeprefix("do_"): action for name, action in globals().items() if name.startswith("do_")}


# Setting up


def do_business_date(session: Session, step: Json) -> None:
    session.today = day(step["date"])


def do_business_date_plus(session: Session, step: Json) -> None:
    session.today = Interval(1, "days").nth(session.today, int(step["days"]))


def do_create(session: Session, step: Json) -> None:
    product = session.product
    session.planned = Disbursement("planned", ACCOUNT, session.money(product["principal"]), day(product["expected_disbursement_date"]))


def do_approve(session: Session, step: Json) -> None:
    session.approved_on = day(step["date"])
    session.planned = Disbursement("planned", ACCOUNT, session.money(step["amount"]), day(step["expected_disbursement_date"]))


def do_config(session: Session, step: Json) -> None:
    session.next_due_rule = step.get("next_payment_due_date", session.next_due_rule)
    session.accrues_daily = step.get("daily_interest_recalculation", session.accrues_daily)


def do_disburse(session: Session, step: Json) -> str | None:
    on, amount = day(step["date"]), session.money(step["amount"])
    if on > session.today:
        return "date in future"
    if session.approved_on is not None and on < session.approved_on:
        return "before approval"
    if session.course.state == "written_off" or (session.course.disbursed and not session.product["multi_disburse"]):
        return "not allowed in state"
    limit = session.money(session.product["principal"])
    over = percent(session.product["over_applied_percent"]) if session.product["over_applied_percent"] is not None else None
    if not session.course.may_pay_out(amount, limit=limit, over=over):
        return "over the approved limit"
    before = session.course
    session.enter(lambda id: Disbursement(id, ACCOUNT, amount, on))
    down = session.product["down_payment"]
    if down is not None and down["auto"]:
        minor = before.down_payment_minor(amount.minor, session.course)
        if minor:
            id_ = session.enter(lambda id: Credit(id, ACCOUNT, Money(minor, session.currency), on, "down_payment"))
            session.collected.append(id_)
    return None


# Money in and out


def do_pay(session: Session, step: Json) -> str | None:
    on = day(step["date"])
    if on > session.today:
        return "date in future"
    if session.course.state in ("written_off", "drawn") or on < session.course.disbursed[0].value_on:
        return "not allowed in state"
    amount, kind = session.money(step["amount"]), step["transaction"]
    if kind == "REPAYMENT":
        id_ = session.enter(lambda id: Payment(id, ACCOUNT, amount, on))
    elif kind == "REFUND_BY_CASH":
        id_ = session.enter(lambda id: CashRefund(id, ACCOUNT, amount, on))
    else:
        id_ = session.enter(lambda id: Credit(id, ACCOUNT, amount, on, CREDITS[kind]))
    (session.remembered if step.get("remembered", True) else session.not_remembered).append(id_)
    return None


def do_pay_off(session: Session, step: Json) -> str | None:
    on = day(step["date"])
    if on > session.today:
        return "date in future"
    if session.course.state == "drawn" or on < session.course.disbursed[0].value_on:
        return "not allowed in state"
    minor = session.course.payoff_minor(on)
    if not minor:
        return "nothing is owed"
    session.remembered.append(session.enter(lambda id: Payment(id, ACCOUNT, Money(minor, session.currency), on)))
    return None


def do_credit_balance_refund(session: Session, step: Json) -> str | None:
    on, amount = day(step["date"]), session.money(step["amount"])
    if not session.course.disbursed or on < session.course.disbursed[0].value_on:
        return "not allowed in state"
    if on > session.today or amount.minor > session.course.credit_minor:
        return "in the future or above the overpayment"
    session.enter(lambda id: CreditRefund(id, ACCOUNT, amount, on))
    return None


def do_chargeback(session: Session, step: Json) -> str | None:
    amount = session.money(step["amount"])
    if step["of"] == "LAST_PAYMENT":
        of = nth_of([*session.collected, *session.remembered], -1)
    else:
        made = sorted((place, booked.entry.id) for booked, place, _ in session.rows() if name_of(booked.entry) == step["of"])
        _, of = nth_of(made, step["nth"])
    session.enter(lambda id: Chargeback(id, ACCOUNT, of, amount, session.today))
    return None


def do_undo_transaction(session: Session, step: Json) -> str | None:
    if session.course.state == "written_off":
        return "not allowed in state"
    id_ = nth(session, step)
    if not id_:
        return "not what can be undone"
    take_back(session, id_)
    return None


def nth(session: Session, step: Json) -> str:
    """Return the id of the nth row that is meant, or nothing where it is no entry."""
    listed = [(name_of(booked.entry), booked.entry.value_on, booked.entry.id) for booked, *_ in session.rows()]
    fees = session.at_payout()
    if fees is not None:
        listed[1:1] = [("REPAYMENT_AT_DISBURSEMENT", fees.on, "")]
    fit = [id for name, on, id in listed if step.get("among") in (None, name) and step.get("date") in (None, on.isoformat())]
    return nth_of(fit, step["nth"])


def take_back(session: Session, id: str) -> None:
    """Undo an entry and forget that it was the last of anything."""
    session.take_back(id)
    session.forget_gone()


def do_undo_last_payment(session: Session, step: Json) -> str | None:
    if session.course.state == "written_off":
        return "not allowed in state"
    take_back(session, nth_of(session.remembered, -1))
    return None


def do_undo_last_refund(session: Session, step: Json) -> str | None:
    refunds = {one.id for one in session.live(Credit) if one.kind == "payout_refund"}
    take_back(session, nth_of([id for id in session.not_remembered if id in refunds], -1))
    return None


def do_adjust_transaction(session: Session, step: Json) -> str | None:
    take_back(session, nth(session, {"nth": step["nth"], "among": step.get("among") or "REPAYMENT"}))
    on, amount = day(step["date"]), session.money(step["amount"])
    session.remembered.append(session.enter(lambda id: Payment(id, ACCOUNT, amount, on)))
    return None


def do_undo_disbursal(session: Session, step: Json) -> None:
    session.recorded = [one for one in session.recorded if isinstance(one.entry, Charge | PlanCharge)]
    session.undone = []
    session.forget_gone()


def do_undo_last_disbursal(session: Session, step: Json) -> None:
    last = nth_of([one.place for one in session.recorded if isinstance(one.entry, Disbursement)], -1)
    session.recorded = [one for one in session.recorded if one.place < last]
    session.undone = [one for one in session.undone if one.place < last]
    session.forget_gone()


# Charges


def do_add_charge(session: Session, step: Json) -> str | None:
    if session.course.charged_off_on is not None:
        return "charged off"
    component = "penalty" if step["penalty"] else "fee"
    due_on = day(step["due_date"]) if step.get("due_date") else None
    flat = step["calculation"] == "FLAT"
    falls = {"SPECIFIED_DUE_DATE": "on_date", "INSTALLMENT": "each_installment", "DISBURSEMENT": "at_payout"}[step["due_at"]]
    if flat and due_on is not None:
        amount = session.money(step["amount"])
        id_ = session.enter(lambda id: Charge(id, ACCOUNT, component, amount, session.today, due_on))
    else:
        figure: dict[str, Any] = {"amount": session.money(step["amount"])} if flat else {"share": percent(step["amount"])}
        of = TAKEN_OF[step["calculation"].removeprefix("PERCENT_")] if not flat else "principal"
        id_ = session.enter(lambda id: PlanCharge(id, ACCOUNT, component, falls, session.today, due_on, of=of, **figure))
    session.charges[id_] = step
    return None


def do_waive_charge(session: Session, step: Json) -> str | None:
    id_ = nth_of(list(session.charges), -1)
    state = session.course.charges[id_]
    if not state.unpaid:
        return "nothing is unpaid of it"
    amount = Money(state.unpaid, session.currency)
    # Dated back to the due date of the charge: see `fineract`.
    on = state.due_on if state.due_on is not None and state.due_on < session.today else session.today
    session.enter(lambda id: Waiver(id, ACCOUNT, id_, amount, on, "waived"))
    return None


def do_undo_waive_charge(session: Session, step: Json) -> str | None:
    last = nth_of(list(session.charges), -1)
    take_back(session, nth_of([one.id for one in session.live(Waiver) if one.charge == last], -1))
    return None


def do_charge_adjustment(session: Session, step: Json) -> str | None:
    amount = session.money(step["amount"])
    kind = (step["charge"], step.get("due_date"))
    charge = nth_of([id for id, one in session.charges.items() if (one["charge"], one.get("due_date")) == kind], -1)
    if not session.course.may_adjust(charge, amount):
        return "above the charge"
    session.enter(lambda id: Credit(id, ACCOUNT, amount, session.today, "charge_adjustment", reason=charge))
    return None


def do_undo_charge_adjustment(session: Session, step: Json) -> str | None:
    amount, on = session.money(step["amount"]), day(step["date"])
    found = [one for one in session.live(Credit) if (one.kind, one.amount, one.value_on) == ("charge_adjustment", amount, on)]
    take_back(session, nth_of(found, -1).id)
    return None


# Giving up, and changes of the plan


def do_charge_off(session: Session, step: Json) -> str | None:
    if session.course.charged_off_on is not None or session.course.state != "active":
        return "not allowed in state"
    session.enter(lambda id: ChargeOff(id, ACCOUNT, day(step["date"])))
    return None


def do_undo_charge_off(session: Session, step: Json) -> str | None:
    if session.course.charged_off_on is None:
        return "not charged off"
    off = session.live(ChargeOff)[-1]
    at = next(one.place for one in session.recorded if one.entry == off)
    if any(place > at and not undone for booked, place, undone in session.rows()):
        return "later transaction exists"
    take_back(session, off.id)
    return None


def do_write_off(session: Session, step: Json) -> str | None:
    if session.course.state != "active":
        return "not allowed in state"
    session.enter(lambda id: WriteOff(id, ACCOUNT, day(step["date"]), "written off"))
    return None


def plan_may_change(session: Session) -> bool:
    """Tell whether the plan may be re-aged or re-amortised: of a running account of the advanced processor."""
    return session.product["processor"] == "ADVANCED_PAYMENT_ALLOCATION" and session.course.state == "active"


def do_reage(session: Session, step: Json) -> str | None:
    if not plan_may_change(session):
        return "not allowed"
    every = interval(int(step["frequency_number"]), step["frequency_type"])
    session.enter(lambda id: Reage(id, ACCOUNT, session.today, day(step["start_date"]), every, int(step["installments"])))
    return None


def do_undo_reage(session: Session, step: Json) -> str | None:
    take_back(session, nth_of(session.live(Reage), -1).id)
    return None


def do_reamortize(session: Session, step: Json) -> str | None:
    if not plan_may_change(session):
        return "not allowed"
    session.enter(lambda id: Reamortize(id, ACCOUNT, session.today))
    return None


def do_undo_reamortize(session: Session, step: Json) -> str | None:
    take_back(session, nth_of(session.live(Reamortize), -1).id)
    return None


def do_reschedule(session: Session, step: Json) -> str | None:
    if session.course.charged_off_on is not None:
        return "charged off"
    moved, rate = step.get("adjusted_due_date"), step.get("new_interest_rate")
    session.enter(
        lambda id: Reschedule(
            id,
            ACCOUNT,
            session.today,
            day(step["from"]),
            day(moved) if moved else None,
            int(step.get("extra_terms") or 0),
            int(step.get("grace_on_principal") or 0),
            percent(str(rate)) if rate is not None else None,
        )
    )
    return None


# Lateness


def do_delinquency_pause(session: Session, step: Json) -> str | None:
    first = next((one.value_on for one in session.course.disbursed), None)
    if not step.get("end"):
        return "no end"
    pause = Pause(day(step["start"]), day(step["end"]))
    if session.course.state != "active" or first is None or not session.pauses.may_pause(pause, not_before=first):
        return "not allowed"
    session.pauses = session.pauses.pause(pause)
    if pause.starts_on < session.today:
        session.classify()
    return None


def do_delinquency_resume(session: Session, step: Json) -> str | None:
    on = day(step["start"])
    if session.course.state != "active" or on != session.today or step.get("end") or not session.pauses.may_resume(on):
        return "not allowed"
    session.pauses = session.pauses.resume(on)
    return None


def do_classify_delinquency(session: Session, step: Json) -> str | None:
    if not session.pauses.running(session.today):
        session.classify()
    return None


def do_close_of_business(session: Session, step: Json) -> str | None:
    rule = session.product.get("overdue_charge")
    if rule is not None:
        for number, line in session.course.installments:
            late = lateness_of(session, line.due_on)
            key = line.due_on.isoformat()
            if line.unpaid_minor and late > rule["wait_days"] and key not in session.penalized:
                session.penalized.add(key)
                penalize(session, rule, number, line.due_on)
    if session.accrues_daily:
        session.accrued_on = session.today
        session.settle()
    return do_classify_delinquency(session, step)


def lateness_of(session: Session, due_on: date) -> int:
    """Return since how many days an installment is due."""
    return Pause(due_on, session.today).days_before(session.today) if due_on < session.today else 0


def penalize(session: Session, rule: Json, number: int, due_on: date) -> None:
    """Charge the penalty of a late installment."""
    of = TAKEN_OF[rule["of"]]
    share = percent(rule["amount_percent"])
    component = "penalty" if rule["penalty"] else "fee"
    id_ = session.enter(
        lambda id: PlanCharge(id, ACCOUNT, component, "on_date", session.today, due_on, share=share, of=of, installment=number)
    )
    session.charges[id_] = {
        "name": "% Late fee",
        "charge": "OVERDUE",
        "penalty": rule["penalty"],
        "due_at": "OVERDUE",
        "due_date": due_on.isoformat(),
        "calculation": "PERCENT_AMOUNT" if of == "principal" else "PERCENT_AMOUNT_AND_INTEREST",
    }
