"""Variations of the published histories: steps left out, put in, dated back, with other amounts; what must hold of every account."""

from __future__ import annotations

import copy
import json
import random
from collections import defaultdict
from datetime import date, timedelta

import pytest

from collectkit.ledger import CashRefund, Chargeback, CreditRefund, Disbursement
from collectkit.schedules.course import PaidOut, course

from .account_steps import Session, steps
from .accounts import act

RECEIPTS = ("payment", "down_payment", "goodwill", "merchant_refund", "payout_refund", "charge_adjustment")
PUT_IN = ("pay", "pay_off", "chargeback", "credit_balance_refund", "disburse", "add_charge", "waive_charge", "charge_adjustment")
PUT_IN += ("undo_transaction", "undo_last_payment", "charge_off", "undo_charge_off", "reage", "undo_reage", "reamortize", "undo_reamortize")
PUT_IN += ("business_date_plus", "close_of_business")
KEPT = {"create", "approve", "disburse", "business_date"}


@pytest.fixture(scope="module")
def histories(shared_data):
    """All published histories that are required."""
    files = sorted((shared_data / "vectors" / "fineract").glob("*.json"))
    found = [one for file in files for one in json.loads(file.read_text())["scenarios"]]
    return [one for one in found if one["tier"] != "C"]


def days_away(text, days):
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()


def varied(history, others, chance):
    """Return the actions of a history, some left out, some changed, and some of other histories put in."""
    today, found = "", []
    for step in (copy.deepcopy(one) for one in history["steps"] if "do" in one):
        step.pop("error", None)
        today = step["date"] if step["do"] == "business_date" else today
        if step["do"] not in KEPT and chance.random() < 0.15:
            continue
        if step["do"] in ("pay", "chargeback", "disburse") and chance.random() < 0.4:
            step["amount"] = chance.choice(others[step["do"]])["amount"]
        if step["do"] == "pay" and chance.random() < 0.4:
            step["date"] = days_away(step["date"], -chance.randint(1, 25))
        found.append(step)
        if today and found[-1]["do"] != "create" and chance.random() < 0.2:
            more = copy.deepcopy(chance.choice(others[chance.choice([name for name in PUT_IN if others[name]])]))
            more.pop("error", None)
            dates = {"date": -chance.randint(0, 20), "due_date": chance.randint(1, 60), "start_date": chance.randint(1, 60)}
            found.append({**more, **{name: days_away(today, days) for name, days in dates.items() if more.get(name)}})
    return found


def played(histories, seed):
    """Yield an account after each action of a varied history that was taken."""
    chance, others = random.Random(seed), defaultdict(list)
    for history in histories:
        for step in history["steps"]:
            others[step.get("do", "")].append(step)
    history = chance.choice(histories)
    session, known = Session(history["product"]), steps()
    for step in varied(history, others, chance):
        try:
            refused = act(session, known, step)
        except LookupError:
            continue  # it is about something that this account does not have
        if not refused and session.course.disbursed:
            yield session, step


def went_out(found):
    """Minor units of receipts that went out again."""
    cash = sum(one.minor - one.unapplied_minor for one in found.booked if isinstance(one.entry, CashRefund))
    gone = [one for one in found.booked if isinstance(one.entry, Chargeback | CreditRefund) and not sum(one.parts)]
    return cash + sum(one.unapplied_minor for one in gone)


FEW = [pytest.param(range(120), id="few"), pytest.param(range(120, 4_000), id="many", marks=pytest.mark.soak)]


class TestVariations:
    @pytest.mark.parametrize("seeds", FEW)
    def test_no_minor_unit_is_made_or_lost(self, histories, seeds):
        """
        What came in is on the lines, is credit, or went out; credit stands beside nothing unpaid; a line is met when nothing is left of it.
        """
        for seed in seeds:
            for session, step in played(histories, seed):
                found, said = session.course, (seed, step)
                paid = sum(line.paid_minor for line in found.lines)

                if not session.terms.rules.chargeback_order:
                    assert found.received_minor(*RECEIPTS) == paid + found.credit_minor + went_out(found), said
                assert not (found.credit_minor and found.outstanding_minor), said
                for line in found.lines:
                    assert min(line.asked) >= 0, said
                    assert min(line.paid) >= 0, said
                    assert line.unpaid_minor >= 0, said
                    assert (line.met_on is None) == (line.unpaid_minor > 0), said
                    assert 0 <= line.early_minor + line.late_minor <= line.paid_minor, said
                assert isinstance(found.plan[-1], PaidOut) or not found.lines[-1].balance, said

    @pytest.mark.parametrize("seeds", FEW)
    def test_arrival_decides_nothing_and_what_is_taken_back_had_never_been(self, histories, seeds):
        """
        The same entries listed in any order make one account; without the last of them it stands as it stood before.
        """
        for seed in seeds:
            before, known, accrued_on = None, 0, None
            for session, step in played(histories, seed):
                found, recorded = session.course, session.recorded
                mixed = random.Random(seed).sample(recorded, len(recorded))
                again = course(session.terms, mixed, planned=session.planned, accrued_on=session.accrued_on)

                assert found == again, (seed, step)
                last = recorded[-1].entry
                one_more = len(recorded) == known + 1 and accrued_on == session.accrued_on
                if before is not None and one_more and not isinstance(last, Disbursement):
                    without = course(session.terms, recorded[:-1], planned=session.planned, accrued_on=session.accrued_on)
                    assert (before.plan, before.credit_minor) == (without.plan, without.credit_minor), (seed, step)
                before, known, accrued_on = found, len(recorded), session.accrued_on
