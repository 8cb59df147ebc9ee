"""Calls and visits on a list: until when they may be made, and what came of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from collectkit import Account, Consumer, Hold, HoldKind, Kit, Money, Payment, Phone, Postal, Promise, Stop, plans
from collectkit.actions import ActionKind, Proposal
from collectkit.allocation.visits import CashBook, CashDiscrepancy, CashReceipt, cash_payment, reconcile_cash, take_cash
from collectkit.drivers.dialer import RESULT_HEADER, read_results
from collectkit.errors import UnknownIdError, ValidationError
from collectkit.identifiers import AccountId
from collectkit.ledger import PaymentPosted
from collectkit.servicing.dispatch import Dispatch, DispatchState, plan
from collectkit.servicing.hand_work import OUTCOMES, HandFault, HandResult, HandWork
from collectkit.servicing.switches import KillSwitch

from .drivers import Gateway, kit_with

NOW = datetime(2026, 9, 22, 2, tzinfo=UTC)
"""Noon in Sydney."""
DAY = date(2026, 9, 22)
CALL = "a-1/2026-09-01/late-21-call/1"


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Kit]:
    """A book whose only account, three weeks late, is on today's list of calls."""
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy="au-bnpl", actor="tests") as kit:
        phone = Phone("+61491570006", source="checkout", consents=["phone", "sms"])
        home = Postal("1 Test Street, Sydney NSW 2000", source="checkout", region="AU-NSW")
        kit.register(Consumer("c-1", name="Test Consumer", region="AU-NSW", contacts=[phone, home]), at=NOW - timedelta(days=30))
        bought = plans.pay_in_4(Money.of("200.00", "AUD"), bought_on=date(2026, 9, 1))
        kit.open_account(Account("a-1", consumer="c-1", plan=bought), at=NOW - timedelta(days=30))
        kit.run_night(as_of=DAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        yield kit


def row(kit: Kit, id: str = CALL) -> Dispatch:
    return {contact.id: contact for contact in kit.contacts("a-1")}[id]  # type: ignore[index]


def work(result: str, hours: float = 1, **more: str) -> HandWork:
    return HandWork(CALL, result, NOW + timedelta(hours=hours), by="dialer-1", **more)


def outcomes(kit: Kit) -> list[str]:
    return [contact.outcome for contact in kit.person_standing("c-1", as_of=DAY).facts.contacts]


def last_place_is_free(kit: Kit, spent: Dispatch) -> bool:
    """Tell whether a cap of one would have room for this contact again."""
    with kit.store.unit("default") as unit:
        tight = [attrs.evolve(spend, cap=1) for spend in spent.budgets]
        full = unit.spend(tight)
        if full is None:
            unit.refund(tight)
        return full is None


class TestTheList:
    def test_each_row_says_until_when_and_by_which_permit(self, listed: Kit, tmp_path: Path) -> None:
        """
        The end of the lawful hours that day, half past seven or nine in the evening by its law, and the reservation.
        """
        with (tmp_path / "outbox" / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
            (found,) = csv.DictReader(file)

        assert (CALL, f"{CALL}/1") == (found["id"], found["permit"])
        ends_at = datetime.fromisoformat(found["not_after"])
        assert row(listed).expires_at == ends_at and NOW < ends_at < NOW + timedelta(hours=12)

    def test_it_spends_when_it_is_listed(self, listed: Kit) -> None:
        """
        A list that is lost can never lead to one call too many.
        """
        assert DispatchState.SENT is row(listed).state and ["unknown"] == outcomes(listed)
        assert not last_place_is_free(listed, row(listed))


class TestJustBefore:
    def test_only_in_its_time(self, listed: Kit) -> None:
        """
        Not before it was listed, until its last instant, and no longer; a message that is no call is never on a list.
        """
        ends_at = row(listed).expires_at
        assert ends_at is not None
        asked = [NOW - timedelta(minutes=1), NOW + timedelta(hours=1), ends_at, ends_at + timedelta(seconds=1), NOW + timedelta(days=1)]

        assert [False, True, True, False, False] == [listed.may_be_made(CALL, at=at) for at in asked]
        with pytest.raises(UnknownIdError, match="do not make it"):
            listed.may_be_made("m-9", at=NOW)

    @pytest.mark.parametrize("what", ["stop", "paid", "closed", "switch", "result", "hold", "promise"])
    def test_whatever_came_between(self, listed: Kit, what: str) -> None:
        """
        A wish that contact cease, a payment, a closure, a kill switch, a result, a hold, or a promise: the row that is on the list is
        good no more.
        """
        later = NOW + timedelta(minutes=30)
        match what:
            case "stop":
                listed.stop(Stop("c-1", (), later, means="phone"), at=later, command_id="s-1")
            case "paid":
                listed.post(Payment("p-1", "a-1", Money.of("227.00", "AUD"), DAY), at=later)
            case "closed":
                listed.close("a-1", on=DAY, reason="sold", at=later)
            case "switch":
                listed.stop_hand_overs(KillSwitch("k-1", "wrong list"), at=later)
            case "result":
                listed.report_hand_work([work("no_answer", 0.25)], at=later)
            case "hold":
                asked = Hold("h-1", HoldKind.HARDSHIP, person="c-1", starts_on=DAY, reason="asked", review_on=DAY + timedelta(days=30))
                listed.hold(asked, at=later)
            case "promise":
                listed.promise(Promise("pr-1", "a-1", Money.of("100.00", "AUD"), DAY + timedelta(days=2), later), at=later)

        assert not listed.may_be_made(CALL, at=NOW + timedelta(hours=1))


class TestResults:
    def test_what_was_not_attempted_is_no_contact(self, listed: Kit) -> None:
        """
        It gives back what it had spent and leaves the history; told again, nothing changes.
        """
        spent = row(listed)
        first = listed.report_hand_work([work("not_attempted", 10)], at=NOW + timedelta(hours=10))
        again = listed.report_hand_work([work("not_attempted", 10)], at=NOW + timedelta(hours=11))

        assert (1, 0, 1) == (first.given_back, again.given_back, again.repeated)
        assert DispatchState.NOT_SENT is row(listed).state and [] == outcomes(listed)
        assert last_place_is_free(listed, spent)

    @pytest.mark.parametrize("result", [result for result in HandResult if result is not HandResult.NOT_ATTEMPTED])
    def test_an_attempt_stands_in_the_history(self, listed: Kit, result: HandResult) -> None:
        """
        Under the word that the caps count, with what it spent, and with the reference of its recording.
        """
        done = listed.report_hand_work([work(result.value, recording="rec-7")], at=NOW + timedelta(hours=2))

        assert (1, ()) == (done.attempted, done.faults)
        assert [OUTCOMES[result]] == outcomes(listed) and (result, "rec-7") == listed.hand_result(CALL)
        assert not last_place_is_free(listed, row(listed))

    def test_every_result_has_one_outcome(self) -> None:
        """
        None is left out, but for the one that is no contact.
        """
        assert set(HandResult) - {HandResult.NOT_ATTEMPTED} == set(OUTCOMES)

    def test_a_stale_list(self, listed: Kit) -> None:
        """
        A call after its time, or by another permit, took place and counts; it is told as made without permission.
        """
        late = listed.report_hand_work([work("conversation", 20)], at=NOW + timedelta(days=1))

        assert [HandFault.TOO_LATE] == [one.fault for one in late.faults]
        assert 1 == late.attempted and ["conversation"] == outcomes(listed)

    @pytest.mark.parametrize("result", ["no_answer", "not_attempted"])
    def test_a_row_of_an_older_list(self, listed: Kit, result: str) -> None:
        """
        An attempt counts; that it was not attempted says nothing about the present list.
        """
        found = listed.report_hand_work([work(result, permit=f"{CALL}/0")], at=NOW + timedelta(hours=2))

        assert [HandFault.OTHER_PERMIT] == [one.fault for one in found.faults]
        assert (result == "no_answer", 0) == (found.attempted == 1, found.given_back)
        assert DispatchState.SENT is row(listed).state

    def test_unknown_and_contradicting(self, listed: Kit) -> None:
        """
        A row that was never on a list, and a second story about one that was: each stands against its report alone.
        """
        found = listed.report_hand_work(
            [HandWork("m-9", "no_answer", NOW), work("no_answer"), work("conversation")], at=NOW + timedelta(hours=2)
        )

        assert [HandFault.UNKNOWN, HandFault.TAKEN_BEFORE] == [one.fault for one in found.faults]
        assert ["no_answer"] == outcomes(listed)

    def test_a_visit(self) -> None:
        """
        The same holds for a visit: it is planned, listed, made, and counts as a contact in person.
        """
        visit = Proposal("v-1", ActionKind.CONTACT, "c-1", ("a-1",), "in_person")
        noon = datetime(2026, 10, 20, 19, tzinfo=UTC)
        kit = kit_with(Gateway())
        with kit.store.unit("default") as unit:
            unit.save_dispatches([plan(visit, at=noon, not_before=noon, not_after=None)])
        kit.dispatch(at=noon, worker="w")
        assert DispatchState.SENT is row(kit, "v-1").state, row(kit, "v-1").reason
        visited = HandWork("v-1", "conversation", noon + timedelta(hours=1), by="fay")

        assert kit.may_be_made("v-1", at=noon + timedelta(minutes=30))
        assert 1 == kit.report_hand_work([visited], at=noon + timedelta(hours=3)).attempted
        (contact,) = kit.person_standing("c-1", as_of=date(2026, 10, 20)).facts.contacts
        assert ("in_person", "conversation") == (contact.channel, contact.outcome)

    def test_cash_at_the_door(self, listed: Kit) -> None:
        """
        Two receipts of one agent: one is posted, one is not, and somebody posted cash without a receipt; each shows with its kind.
        """
        book = CashBook("fay", "AUD", 50_000)
        receipts = [CashReceipt(number, "fay", AccountId("a-1"), Money(5_000, "AUD"), NOW) for number in (1, 2)]
        for receipt in receipts:
            taken = take_cash(book, receipt)
            assert isinstance(taken, CashBook)
            book = taken
        for payment in (cash_payment(receipts[0], value_on=DAY), Payment("cash/fay/7", "a-1", Money(100, "AUD"), DAY, source="cash")):
            listed.post(payment, at=NOW)
            listed.post(payment, at=NOW)
        posted = [e.body.payment for e in listed.history("a-1") if isinstance(e.body, PaymentPosted)]

        found = reconcile_cash(book, [(payment.id, payment.amount.minor) for payment in posted])
        assert [CashDiscrepancy.NOT_POSTED, CashDiscrepancy.NO_RECEIPT] == [one.discrepancy for one in found]
        assert 10_000 == book.carried_minor


class TestResultFiles:
    def test_rows_are_read_and_faults_told(self) -> None:
        """
        A row without a result, with one that nobody knows, and with an instant without a zone: each is told, the others are read.
        """
        lines = [
            ",".join(RESULT_HEADER),
            "m-1,no_answer,2026-09-22T02:00:00+00:00,d-1,m-1/1,rec-1",
            "m-2,,2026-09-22T02:00:00+00:00,,,",
            "m-3,asleep,2026-09-22T02:00:00+00:00,,,",
            "m-4,busy,2026-09-22T02:00:00,,,",
            "m-5,busy,yesterday,,,",
        ]
        works, faults = read_results("\ufeff" + "\r\n".join(lines))

        assert (HandWork("m-1", "no_answer", NOW, "d-1", "m-1/1", "rec-1"),) == works
        assert [2, 3, 4, 5] == [fault.row for fault in faults]
        assert all("nothing was recorded" in fault.reason or "this row was not read" in fault.reason for fault in faults)
        assert faults[1].reason.startswith("a result is one of ")

    def test_another_file(self) -> None:
        """
        Without the columns nothing is read.
        """
        with pytest.raises(ValidationError, match="'result' is missing"):
            read_results("id,outcome\nm-1,no_answer\n")
