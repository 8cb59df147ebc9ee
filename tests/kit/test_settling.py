"""What a channel tells later, evidence about doubts, and obligations that go on until they are met."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import attrs
import pytest

from collectkit import Kit, Stop
from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import COPY_HEADER, Parcel
from collectkit.channels.outcomes import Accepted, DeliveryReport, Doubtful, HandOver, Rejected
from collectkit.errors import IdempotencyConflictError, ValidationError
from collectkit.servicing.delivery import OrphanReport
from collectkit.servicing.dispatch import Dispatch, DispatchState
from collectkit.servicing.notices import NoticeEscalated

from .conftest import NOW, TODAY
from .drivers import Gateway, kit_with

HOUR = timedelta(hours=1)
SMS, NOTICE = "a-1/2026-09-01/late-45-sms/1", "a-1/2026-09-01/late-30-notice/1"
TELLS = Capabilities(status_callbacks=True, lookup_by_ref=True)


def doubt(parcel: Parcel) -> HandOver:
    return Doubtful("time-out")


def row(kit: Kit, id: str) -> Dispatch:
    return {contact.id: contact for contact in kit.contacts("a-1")}[id]  # type: ignore[index]


def outcomes(kit: Kit) -> dict[str, str]:
    contacts = kit.person_standing("c-1", as_of=TODAY).facts.contacts
    return {contact.channel: contact.outcome for contact in contacts}


def report(status: str, id: str = "r-1", **named: str) -> DeliveryReport:
    return DeliveryReport(id, "sms", status, NOW, **(named or {"message": SMS}))


def escalations(kit: Kit) -> list[str]:
    return [e.body.channel for e in kit.person_history("c-1") if isinstance(e.body, NoticeEscalated)]


class TestReports:
    def test_it_is_not_delivered_until_the_channel_says_so(self) -> None:
        """
        A channel that tells later is believed later; what it tells becomes part of the person's history.
        """
        kit = kit_with(Gateway(capabilities=TELLS))
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        before = outcomes(kit)["sms"]
        kit.report_delivery(report("delivered"), at=NOW)

        assert ("unknown", "delivered") == (before, outcomes(kit)["sms"])

    def test_twice_is_once_and_otherwise_is_a_conflict(self) -> None:
        """
        Providers send every report several times.
        """
        kit = kit_with(Gateway(capabilities=TELLS))
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        kit.report_delivery(report("failed"), at=NOW)
        events = len(kit.person_history("c-1"))

        assert "failed" == kit.report_delivery(report("failed"), at=NOW).delivery  # type: ignore[union-attr]
        assert events == len(kit.person_history("c-1"))
        with pytest.raises(IdempotencyConflictError):
            kit.report_delivery(report("delivered"), at=NOW)

    def test_nobody_knows_the_reference(self) -> None:
        """
        Bad input 88: kept as an orphan, without effect; another tenant's reference is nobody's here.
        """
        kit = kit_with(Gateway(capabilities=TELLS))
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        other = Kit(kit.parts, actor="tests", tenant="other")
        mine = report("failed", reference="nobody's")

        assert isinstance(kit.report_delivery(mine, at=NOW), OrphanReport)
        assert isinstance(other.report_delivery(report("failed", reference=f"x-{SMS}"), at=NOW), OrphanReport)
        assert [mine] == kit.orphan_reports()
        assert "" == row(kit, SMS).delivery

    def test_a_report_before_any_hand_over_is_an_orphan(self) -> None:
        """
        Of a contact that is only planned nothing can have been delivered.
        """
        kit = kit_with(Gateway(capabilities=TELLS))
        kit.run_night(as_of=TODAY, at=NOW)

        assert isinstance(kit.report_delivery(report("delivered"), at=NOW), OrphanReport)
        assert DispatchState.PLANNED is row(kit, SMS).state

    def test_a_report_that_overtakes_the_answer(self) -> None:
        """
        It comes under a reference that nobody knows yet, and takes effect when the answer brings the reference.
        """
        driver = Gateway(capabilities=TELLS)
        kit = kit_with({"sms": driver, "email": Gateway()})

        def tell(parcel: Parcel) -> HandOver:
            kit.report_delivery(report("delivered", reference="x-9"), at=NOW)
            return Accepted("x-9")

        driver.answer = tell
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")

        assert ("delivered", DispatchState.SENT) == (row(kit, SMS).delivery, row(kit, SMS).state)
        assert ("delivered", []) == (outcomes(kit)["sms"], kit.orphan_reports())

    def test_one_that_overtakes_by_our_own_id(self) -> None:
        """
        Then the contact is settled before the answer comes, and a lost answer leaves no doubt.
        """
        driver = Gateway(capabilities=TELLS)
        kit = kit_with({"sms": driver, "email": Gateway()})

        def tell(parcel: Parcel) -> HandOver:
            kit.report_delivery(report("delivered"), at=NOW)
            raise TimeoutError

        driver.answer = tell
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")

        assert DispatchState.SENT is row(kit, SMS).state
        assert ["sms"] == [c.channel for c in kit.person_standing("c-1", as_of=TODAY).facts.contacts if c.channel == "sms"]

    def test_a_complaint_stops_the_channel(self) -> None:
        """
        Whoever calls a message unwanted has opted out of its channel.
        """
        kit = kit_with(Gateway(capabilities=TELLS))
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        kit.report_delivery(report("complained"), at=NOW)

        assert [Stop("c-1", ["sms"], NOW, means="complaint")] == list(kit.person_standing("c-1", as_of=TODAY).facts.stops)

    @pytest.mark.parametrize("wrong", [{"status": "queued"}, {"message": ""}, {"id": ""}, {"channel": ""}])
    def test_a_report_says_what_it_is_about(self, wrong: dict[str, str]) -> None:
        """
        Without status, subject or id of its own it is none.
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            attrs.evolve(report("delivered"), **wrong)


class TestReconciliation:
    @pytest.mark.parametrize(
        ("evidence", "state", "outcome"),
        [
            (Accepted("x-1"), DispatchState.SENT, "delivered"),
            (Rejected("never seen"), DispatchState.NOT_SENT, None),
            (Doubtful("no idea"), DispatchState.UNKNOWN, "unknown"),
            (None, DispatchState.UNKNOWN, "unknown"),
        ],
    )
    def test_only_evidence_settles_a_doubt(self, evidence: HandOver | None, state: DispatchState, outcome: str | None) -> None:
        """
        Proof of non-sending also takes the contact out of the person's history.
        """
        driver = Gateway(doubt, Capabilities(lookup_by_ref=True))
        kit = kit_with({"sms": driver, "email": Gateway()})
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        if evidence is not None:
            driver.known[SMS] = evidence
        settled = kit.reconcile(at=NOW + HOUR)

        assert (state, outcome) == (row(kit, SMS).state, outcomes(kit).get("sms"))
        assert (state is not DispatchState.UNKNOWN) == bool(settled)

    def test_a_budget_comes_back_with_the_proof(self) -> None:
        """
        And only then: the room it took can be spent again.
        """
        driver = Gateway(doubt, Capabilities(lookup_by_ref=True))
        kit = kit_with({"sms": driver, "email": Gateway()})
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        spends = row(kit, SMS).budgets
        capped = tuple(attrs.evolve(one, cap=1) for one in spends)
        with kit.store.unit("default") as unit:
            assert not spends or unit.spend(capped) is not None
        driver.known[SMS] = Rejected("never seen")
        kit.reconcile(at=NOW + HOUR)
        with kit.store.unit("default") as unit:
            assert unit.spend(capped) is None

    def test_what_was_settled_meanwhile_is_left_alone(self) -> None:
        """
        While the channel is asked, a report arrives: the row is read again inside the lock, and the late evidence is dropped.
        """
        driver = Gateway(doubt, TELLS)
        kit = kit_with({"sms": driver, "email": Gateway()})

        class Racing(dict[str, HandOver]):
            def get(self, key: str, default: object = None) -> HandOver:  # type: ignore[override]
                kit.report_delivery(report("delivered"), at=NOW + HOUR)
                return Rejected("never seen")

        driver.known = Racing()
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")

        assert [] == kit.reconcile(at=NOW + HOUR)
        assert DispatchState.SENT is row(kit, SMS).state


class TestObligations:
    def test_a_reminder_in_doubt_is_never_sent_again(self) -> None:
        """
        However long one waits.
        """
        driver = Gateway(doubt)
        kit = kit_with({"sms": driver, "email": Gateway()})
        kit.run_night(as_of=TODAY, at=NOW)
        for hours in range(0, 72, 5):
            kit.dispatch(at=NOW + hours * HOUR, worker="w")

        assert 1 == len(driver.parcels)

    def test_a_notice_in_doubt_comes_again_in_the_same_words(self) -> None:
        """
        Same key, same words although the account changed meanwhile, marked as a copy; once it arrived, no more.
        """
        driver = Gateway(doubt)
        kit = kit_with({"sms": Gateway(), "email": driver})
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        driver.answer = lambda parcel: Accepted("x-2")
        kit.dispatch(at=NOW + HOUR / 2, worker="w")
        early = len(driver.parcels)
        kit.dispatch(at=NOW + 26 * HOUR, worker="w")
        kit.dispatch(at=NOW + 50 * HOUR, worker="w")

        first, second = driver.parcels
        mails = [message_from_bytes(parcel.body) for parcel in driver.parcels]
        assert (1, 2) == (early, len(driver.parcels))
        assert (NOTICE, NOTICE) == (first.id, second.id)
        assert mails[0].get_payload() == mails[1].get_payload()
        assert [None, "2"] == [mail[COPY_HEADER] for mail in mails]
        assert (1, 2) == (first.copy, second.copy)
        assert row(kit, NOTICE).content == row(kit, f"{NOTICE}/copy-2").content
        assert DispatchState.UNKNOWN is row(kit, NOTICE).state

    def test_a_copy_is_needless_once_the_first_arrived(self) -> None:
        """
        Evidence about the first, before the copy leaves, is enough.
        """
        driver = Gateway(doubt, TELLS)
        kit = kit_with({"sms": Gateway(), "email": driver})
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        kit.report_delivery(DeliveryReport("r-1", "email", "delivered", NOW, message=NOTICE), at=NOW)
        report = kit.dispatch(at=NOW + 2 * HOUR, worker="w")

        assert (1, {"an earlier one arrived": 1}) == (len(driver.parcels), dict(report.not_sent))

    def test_without_proof_it_goes_to_another_channel_and_then_to_a_person(self) -> None:
        """
        Before it is too late, and each once; whatever happens, nothing is asked of a channel without end.
        """
        mail, texts = Gateway(doubt), Gateway(doubt)
        kit = kit_with({"sms": texts, "email": mail}, notice_copies=2)
        kit.run_night(as_of=TODAY, at=NOW)
        for hours in range(0, 200, 2):
            kit.dispatch(at=NOW + hours * HOUR, worker="w")

        assert ["sms", ""] == escalations(kit)
        assert 2 == len(mail.parcels)
        notices = [parcel for parcel in texts.parcels if parcel.id == f"{NOTICE}/sms"]
        assert 1 <= len(notices) <= 2
        assert 1 == len(texts.parcels) - len(notices)

    def test_a_channel_that_refuses_for_certain_is_not_asked_again(self) -> None:
        """
        The notice goes on at once.
        """
        mail, texts = Gateway(lambda parcel: Rejected("no such mailbox", permanent=True)), Gateway()
        kit = kit_with({"sms": texts, "email": mail})
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        kit.dispatch(at=NOW + HOUR, worker="w")

        assert ["sms"] == escalations(kit)
        assert [f"{NOTICE}/sms"] == [parcel.id for parcel in texts.parcels if parcel.id != SMS]

    def test_an_email_reminder_is_tried_again_while_its_key_lives(self) -> None:
        """
        Strictly inside the lifetime; then it stays in doubt.
        """
        for lifetime, tries in ((timedelta(minutes=30), 1), (3 * HOUR, 3)):
            driver = Gateway(doubt, Capabilities(idempotency_ttl=lifetime))
            kit = kit_with({"sms": Gateway(), "email": driver})
            kit.run_night(as_of=TODAY, at=NOW)
            with kit.store.unit("default") as unit:
                notice = unit.dispatch(NOTICE)
                assert notice is not None
                reminder = attrs.evolve(notice.proposal, purpose="reminder")
                unit.save_dispatches([attrs.evolve(notice, proposal=reminder, not_after=NOW + 72 * HOUR, due_by=None)])
            for minutes in range(0, 600, 30):
                kit.dispatch(at=NOW + timedelta(minutes=minutes), worker="w")

            assert [NOTICE] * tries == [parcel.id for parcel in driver.parcels]
