"""The checks of the account vectors: each compares what is published with what the library says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from collectkit.ledger import COMPONENTS, ChargeOff, Credit, Payment, Reage, Reamortize, Waiver
from collectkit.schedules import Booked
from collectkit.schedules.course import Line, PaidOut

from .account_steps import Session
from .fineract import Json, minor, money, name_of

PENALTY, FEE, INTEREST, PRINCIPAL, _ = range(len(COMPONENTS))
STATES = {
    "drawn": "APPROVED",
    "active": "ACTIVE",
    "overpaid": "OVERPAID",
    "paid": "CLOSED_OBLIGATIONS_MET",
    "written_off": "CLOSED_WRITTEN_OFF",
}

Row = dict[str, Any]
_AMOUNTS = {"amount", "balance", "principal", "interest", "fees", "penalties", "due", "paid", "in_advance", "late", "waived"}
_AMOUNTS |= {"outstanding", "overpayment", "last_payment_amount", "last_repayment_amount"}


def same(session: Session, name: str, expected: object, actual: object) -> bool:
    """Tell whether a figure is as published: amounts as decimals, the rest as text."""
    if expected is None or actual is None:
        return expected is None and (actual is None or (name in _AMOUNTS and actual == 0))
    if name in _AMOUNTS:
        return minor(expected, session.currency) == actual
    return str(expected).lower() == str(actual).lower()


def differences(session: Session, expected: Json, actual: Row) -> str:
    """Return the columns that differ."""
    found = [
        f"{name} {actual.get(name)} instead of {value}"
        for name, value in expected.items()
        if not same(session, name, value, actual.get(name))
    ]
    return ", ".join(found)


def amount(session: Session, expected: object, actual: int) -> str:
    """Compare one amount."""
    return "" if minor(expected, session.currency) == actual else f"{actual} instead of {expected}"


def equal(expected: object, actual: object) -> str:
    """Compare a word, a number or a date."""
    return "" if str(expected) == str(actual) else f"{actual} instead of {expected}"


# The plan


def schedule(session: Session, step: Json) -> str:
    lines = session.course.plan
    wrong = equal(step["periods"], len(session.course.lines))
    if wrong:
        return f"periods: {wrong}"
    paid_out = [plan_row(line) for line in lines if isinstance(line, PaidOut)]
    numbered = [plan_row(line) for line in lines if isinstance(line, Line)]
    for expected in step["rows"]:
        if expected["nr"] is None:
            pick = {name: expected[name] for name in ("date", "balance", "fees", "due", "paid") if expected.get(name) is not None}
            candidates = [row for row in paid_out if row["date"] == expected["date"]]
        else:
            pick = dict(expected)
            candidates = [row for row in numbered if str(row["nr"]) == expected["nr"]]
        if not any(not differences(session, pick, row) for row in candidates):
            near = differences(session, pick, candidates[0]) if candidates else "missing"
            return f"row {expected['nr']} of {expected['date']}: {near}"
    return ""


def plan_row(line: PaidOut | Line) -> Row:
    """Return a line in published words."""
    if isinstance(line, PaidOut):
        return {
            "date": line.on.isoformat(),
            "balance": line.minor,
            "fees": line.fees_minor,
            "due": line.fees_minor,
            "paid": line.fees_minor,
        }
    return {
        "nr": line.number,
        "days": line.days,
        "date": line.due_on.isoformat(),
        "paid_date": line.met_on.isoformat() if line.met_on is not None else None,
        "balance": line.balance,
        "principal": line.asked[PRINCIPAL],
        "interest": line.asked[INTEREST],
        "fees": line.asked[FEE],
        "penalties": line.asked[PENALTY],
        "due": line.asked_minor,
        "paid": line.paid_minor,
        "in_advance": line.early_minor,
        "late": line.late_minor,
        "waived": line.waived_minor,
        "outstanding": line.unpaid_minor,
    }


def schedule_totals(session: Session, step: Json) -> str:
    totals = session.course.totals
    row = {
        "principal": totals.asked[PRINCIPAL],
        "interest": totals.asked[INTEREST],
        "fees": totals.asked[FEE],
        "penalties": totals.asked[PENALTY],
        "due": totals.asked_minor,
        "paid": totals.paid_minor,
        "in_advance": totals.early_minor,
        "late": totals.late_minor,
        "waived": totals.waived_minor,
        "outstanding": totals.unpaid_minor,
    }
    return differences(session, step["row"], row)


def all_installments_met(session: Session, step: Json) -> str:
    return "" if all(line.met_on is not None for line in session.course.lines) else "an installment is open"


def equal_installments(session: Session, step: Json) -> str:
    total = money(step["total"], session.currency)
    lines = session.course.lines
    expected = session.terms.equal_parts(total.minor, len(lines))
    return equal(expected, tuple(line.asked[PRINCIPAL] for line in lines))


def maturity(session: Session, step: Json) -> str:
    row = {
        "expected_maturity": session.course.matures_on.isoformat(),
        "actual_maturity": (session.course.closed_on or session.course.matures_on).isoformat(),
    }
    return differences(session, step["row"], row)


def next_payment_due_date(session: Session, step: Json) -> str:
    return equal(step["date"], next_due(session))


def next_due(session: Session) -> str:
    """Return the next due date by the rule that is set."""
    course = session.course
    if session.next_due_rule == "next-unpaid-due-date":
        found = [
            line.due_on
            for line in course.lines
            if line.unpaid_minor and (line.due_on > session.today or (line.kind == "down_payment" and line.due_on == session.today))
        ]
        return str(found[0] if found else course.matures_on)
    found = [line.due_on for line in course.lines if line.unpaid_minor]
    paid = [one.value_on for one in session.live(Payment, Credit)]
    return str(max([*found[:1], *sorted(paid)[-1:]]))


# Transactions


def transaction_row(booked: Booked, reverted: bool) -> Row:
    """Return what an entry did in published words."""
    entry = booked.entry
    silent = isinstance(entry, Waiver)
    changes = isinstance(entry, ChargeOff | Reage | Reamortize)
    return {
        "date": entry.value_on.isoformat(),
        "type": name_of(entry),
        "amount": booked.minor,
        "principal": 0 if silent else booked.parts[PRINCIPAL],
        "interest": 0 if silent else booked.parts[INTEREST],
        "fees": 0 if silent else booked.parts[FEE],
        "penalties": 0 if silent else booked.parts[PENALTY],
        "balance": 0 if changes else booked.balance_minor,
        "overpayment": booked.unapplied_minor,
        "reverted": reverted,
    }


def rows(session: Session) -> list[Row]:
    """Return all rows; the fees taken with the first disbursement are a row of their own."""
    listed, fees = [], session.at_payout()
    for booked, _, reverted in session.rows():
        listed.append(transaction_row(booked, reverted))
        listed.extend([at_payout_row(fees)] if fees is not None and len(listed) == 1 else ())
    return listed


def at_payout_row(line: PaidOut) -> Row:
    """Return the row of the fees that were taken with the first disbursement."""
    row = {"date": line.on.isoformat(), "type": "REPAYMENT_AT_DISBURSEMENT", "amount": line.fees_minor, "fees": line.fees_minor}
    return row | {"principal": 0, "interest": 0, "penalties": 0, "balance": line.balance, "overpayment": 0, "reverted": False}


def transactions(session: Session, step: Json) -> str:
    expected, actual = step["rows"], rows(session)
    if len(expected) != len(actual):
        return f"{len(actual)} rows instead of {len(expected)}: {[(row['date'], row['type'], row['amount']) for row in actual]}"
    left = list(actual)
    for row in expected:
        found = next((one for one in left if not differences(session, row, one)), None)
        if found is None:
            near = [differences(session, row, one) for one in left if (one["date"], one["type"]) == (row["date"], row["type"])]
            return f"row {row['date']} {row['type']} {row['amount']}: {near or 'missing'}"
        left.remove(found)
    return ""


def transaction(session: Session, step: Json) -> str:
    candidates = [row for row in rows(session) if row["date"] == step["date"]]
    found = [differences(session, step["row"], row) for row in candidates]
    return "" if "" in found else f"none of {found}"


def transaction_count(session: Session, step: Json) -> str:
    return equal(step["count"], len([row for row in rows(session) if row["type"] == step["type"]]))


def transaction_reverted(session: Session, step: Json) -> str:
    found = [row for row in rows(session) if (row["type"], row["date"]) == (step["type"], step["date"])]
    return "" if any(row["reverted"] == step["reverted"] for row in found) else f"not among {len(found)} rows"


def nth_transaction(session: Session, step: Json) -> str:
    return differences(session, step["row"], rows(session)[: int(step["nth"])][-1])


def latest_transaction(session: Session, step: Json) -> str:
    return differences(session, step["row"], rows(session)[-1])


def total_repayment_transactions(session: Session, step: Json) -> str:
    return amount(session, step["amount"], session.course.received_minor("payment", "down_payment"))


def _payments(session: Session) -> Sequence[Any]:
    return [one for one in session.live(Payment, Credit) if not (isinstance(one, Credit) and one.kind == "charge_adjustment")]


def last_payment(session: Session, step: Json) -> str:
    return amount(session, step["amount"], _payments(session)[-1].amount.minor)


def last_payment_amount(session: Session, step: Json) -> str:
    return last_payment(session, step)


def last_repayment(session: Session, step: Json) -> str:
    last = [one for one in _payments(session) if name_of(one) in ("REPAYMENT", "DOWN_PAYMENT")][-1]
    figures = {"amount": last.amount.minor, "date": last.value_on.isoformat()}
    said = step.get("row", step)
    return differences(session, {name: said[name] for name in figures if name in said}, figures)


def last_payment_data(session: Session, step: Json) -> str:
    last = _payments(session)[-1]
    repayment = [one for one in _payments(session) if name_of(one) in ("REPAYMENT", "DOWN_PAYMENT")][-1]
    row = {
        "last_payment_amount": last.amount.minor,
        "last_payment_date": last.value_on.isoformat(),
        "last_repayment_amount": repayment.amount.minor,
        "last_repayment_date": repayment.value_on.isoformat(),
    }
    return differences(session, step["row"], row)


# Charges and totals


def charges(session: Session, step: Json) -> str:
    left = [charge_row(session, id) for id in session.charges if id in session.course.charges]
    for expected in step["rows"]:
        found = next((one for one in left if not differences(session, expected, one)), None)
        if found is None:
            near = [differences(session, expected, one) for one in left]
            return f"charge {expected['name']} of {expected['due_date']}: {near or 'missing'}"
        left.remove(found)
    return ""


def charge_row(session: Session, id: str) -> Row:
    """Return a charge in published words."""
    state, said = session.course.charges[id], session.charges[id]
    return {
        "name": said.get("name"),
        "penalty": said["penalty"],
        "due_at": said.get("due_at"),
        "due_date": state.due_on.isoformat() if state.due_on is not None else None,
        "calculation": said.get("calculation"),
        "due": state.asked,
        "paid": state.paid,
        "waived": state.waived,
        "outstanding": state.unpaid,
    }


def last_charge_amount(session: Session, step: Json) -> str:
    return amount(session, step["amount"], session.course.charges[next(reversed(session.charges))].asked)


def status(session: Session, step: Json) -> str:
    state = session.course.state
    if state == "drawn" and session.approved_on is None:
        return equal(step["value"], "SUBMITTED_AND_PENDING_APPROVAL")
    return equal(step["value"], STATES[state])


def outstanding(session: Session, step: Json) -> str:
    return amount(session, step["amount"], session.course.outstanding_minor)


def overpaid(session: Session, step: Json) -> str:
    return amount(session, step["amount"], session.course.credit_minor) or amount(session, 0, session.course.outstanding_minor)


def overdue(session: Session, step: Json) -> str:
    return amount(session, step["amount"], session.course.overdue_minor(session.today))


def charged_off_on(session: Session, step: Json) -> str:
    return equal(step["date"], session.course.charged_off_on)


def closed_on(session: Session, step: Json) -> str:
    return equal(step["date"], session.course.closed_on)


# Lateness


def delinquency(session: Session, step: Json) -> str:
    late = session.late()
    row = {
        "range": tag(session),
        "amount": late.minor,
        "date": late.counts_from.isoformat() if late.counts_from is not None else None,
        "delinquent_days": late.days,
        "past_due_days": late.past_due_days,
    }
    return differences(session, step["row"], row)


def tag(session: Session) -> str:
    """Return the range that was set, while the account is active."""
    return (session.tag if session.course.state == "active" else None) or "NO_DELINQUENCY"


def delinquency_range(session: Session, step: Json) -> str:
    wrong = equal(step["range"], tag(session))
    if wrong or session.course.state != "active":
        return wrong
    return equal(step["date"], session.late().counts_from)


def installment_delinquency(session: Session, step: Json) -> str:
    return session.compare_line_tags(step["rows"])


def delinquency_actions(session: Session, step: Json) -> str:
    actual = [
        {"action": name.upper(), "start": start.isoformat(), "end": end.isoformat() if end is not None else None}
        for name, start, end in session.pauses.actions
    ]
    return "" if list(step["rows"]) == actual else f"{actual}"


def pause_periods(session: Session, step: Json) -> str:
    actual = [
        {"active": one.covers(session.today), "start": one.starts_on.isoformat(), "end": one.ends_on.isoformat()}
        for one in session.pauses.effective
    ]
    return "" if list(step["rows"]) == actual else f"{actual}"


CHECKS: dict[str, Callable[[Session, Json], str]] = {
    check.__name__: check
    for check in (
        schedule,
        schedule_totals,
        all_installments_met,
        equal_installments,
        maturity,
        next_payment_due_date,
        transactions,
        transaction,
        transaction_count,
        transaction_reverted,
        nth_transaction,
        latest_transaction,
        total_repayment_transactions,
        last_payment,
        last_payment_amount,
        last_repayment,
        last_payment_data,
        charges,
        last_charge_amount,
        status,
        outstanding,
        overpaid,
        overdue,
        charged_off_on,
        closed_on,
        delinquency,
        delinquency_range,
        installment_delinquency,
        delinquency_actions,
        pause_periods,
    )
}
"""Every check by its name."""
