"""The table of purposes and channels, row by row: the carrier takes every message and never says so, for three days."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from collectkit import Consumer, Email, Kit, Phone, Postal
from collectkit.actions import ActionKind, Proposal
from collectkit.channels.capabilities import PLAIN, Capabilities
from collectkit.channels.outcomes import DeliveryReport, Doubtful
from collectkit.person import Place
from collectkit.policy import load_policy
from collectkit.policy.model import LawPolicy
from collectkit.servicing.dispatch import SPENT_STATES, Dispatch, DispatchState, plan
from collectkit.servicing.purposes import goes_stale

from .conftest import NOW, account
from .drivers import CHANNELS, Gateway

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAP = Path(__file__).parents[1] / "crash" / "cap.toml"
COPIES = 3

KEY_FOR_A_DAY = Capabilities(idempotency_ttl=DAY)
KEY_FOR_MINUTES = Capabilities(idempotency_ttl=timedelta(minutes=15))
CAN_BE_ASKED = Capabilities(lookup_by_ref=True, status_callbacks=True)


def person() -> Consumer:
    """A consumer in London, where only the harness's own cap holds."""
    points = [
        Phone("+442079460123", source="checkout", consents=["sms"]),
        Email("c1@example.com", source="checkout", consents=["email"]),
        Postal("1 Test Street, London N1 0AA", source="checkout", region="GB"),
    ]
    return Consumer("c-1", name="Test Consumer", region="GB", contacts=points, places=[Place("Europe/London")])


def in_doubt(purpose: str, channel: str, capabilities: Capabilities) -> tuple[Kit, Gateway]:
    """Plan one contact and hand over for three days to a carrier that takes everything and confirms nothing."""
    driver = Gateway(lambda parcel: Doubtful("the answer was lost"), capabilities)
    policy = load_policy("us-bnpl")
    policy = attrs.evolve(policy, law=LawPolicy(packs=(str(CAP),)), dispatch=attrs.evolve(policy.dispatch, notice_copies=COPIES))
    kit = Kit.open("memory://", policy=policy, actor="tests", drivers=dict.fromkeys(CHANNELS, driver))  # type: ignore[arg-type]
    kit.register(person(), at=NOW)
    kit.open_account(account(), at=NOW)
    template = "final-notice" if purpose == "notice" else "reminder-late" if channel in ("sms", "email") else ""
    proposal = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), channel, purpose=purpose, template=template)
    row = plan(
        proposal, at=NOW, not_before=NOW, not_after=goes_stale(purpose, NOW, 3 * DAY), due_by=NOW + 2 * DAY if purpose == "notice" else None
    )
    with kit.store.unit("default") as unit:
        unit.save_dispatches([row])
    for hours in range(0, 73, 2):
        kit.dispatch(at=NOW + hours * HOUR, worker="w")
    return kit, driver


def rows(kit: Kit) -> list[Dispatch]:
    return [row for row in kit.contacts("a-1") if row.begun_at is not None]


class TestAtMostOnce:
    @pytest.mark.parametrize(
        ("purpose", "channel", "capabilities"),
        [
            ("reminder", "phone", PLAIN),  # voice attempt: nothing can be recalled
            ("reminder", "phone", KEY_FOR_A_DAY),
            ("reminder", "in_person", PLAIN),  # field visit
            ("reminder", "sms", PLAIN),  # no idempotency on common interfaces
            ("reminder", "sms", KEY_FOR_A_DAY),
            ("reminder", "letter", PLAIN),
            ("reminder", "letter", KEY_FOR_A_DAY),
            ("reminder", "email", PLAIN),
            ("reminder", "email", KEY_FOR_MINUTES),  # the key is forgotten before a retry
            ("portal_code", "sms", PLAIN),
            ("portal_code", "email", KEY_FOR_A_DAY),
            ("payment_link", "email", KEY_FOR_A_DAY),
        ],
    )
    def test_a_doubt_is_never_followed_by_a_second_one(self, purpose: str, channel: str, capabilities: Capabilities) -> None:
        """
        Handed over once, in doubt for ever, its budget spent.
        """
        kit, driver = in_doubt(purpose, channel, capabilities)

        (parcel,) = driver.parcels
        (row,) = rows(kit)
        assert ("m-1", 1) == (parcel.id, parcel.copy)
        assert DispatchState.UNKNOWN is row.state
        assert row.state in SPENT_STATES

    @pytest.mark.parametrize("channel", ["sms", "email", "letter", "phone"])
    def test_evidence_settles_it(self, channel: str) -> None:
        """
        A status callback, the call record, the report of the print run: whatever the other side tells later.
        """
        kit, _ = in_doubt("reminder", channel, CAN_BE_ASKED)
        kit.report_delivery(DeliveryReport("e-1", channel, "delivered", NOW + 4 * DAY, message="m-1"), at=NOW + 4 * DAY)

        (row,) = rows(kit)
        assert (DispatchState.SENT, "delivered") == (row.state, row.delivery)

    @pytest.mark.parametrize("purpose", ["portal_code", "payment_link"])
    def test_what_lives_shortly_expires(self, purpose: str) -> None:
        """
        Planned while hand-overs rested for a quarter of an hour: the person has to ask again.
        """
        kit, driver = in_doubt("reminder", "sms", PLAIN)
        proposal = Proposal("m-2", ActionKind.CONTACT, "c-1", ("a-1",), "sms", purpose=purpose, template="reminder-late")
        with kit.store.unit("default") as unit:
            unit.save_dispatches([plan(proposal, at=NOW, not_before=NOW, not_after=goes_stale(purpose, NOW, 3 * DAY))])
        kit.dispatch(at=NOW + timedelta(minutes=15), worker="w")

        assert ["m-1"] == [parcel.id for parcel in driver.parcels]


class TestSameKey:
    def test_an_email_is_tried_again_inside_the_lifetime_of_its_key(self) -> None:
        """
        Under the same key, so that the provider knows it again; then it stays in doubt.
        """
        kit, driver = in_doubt("reminder", "email", KEY_FOR_A_DAY)

        assert len(driver.parcels) > 1
        assert {"m-1"} == {parcel.id for parcel in driver.parcels}
        taken = [row for row in rows(kit) if row.copy in {parcel.copy for parcel in driver.parcels}]
        assert {DispatchState.UNKNOWN} == {row.state for row in taken}
        assert all(row.updated_at is not None and row.updated_at - NOW < DAY for row in taken)


class TestAtLeastOnce:
    @pytest.mark.parametrize("channel", ["email", "sms"])
    @pytest.mark.parametrize("capabilities", [PLAIN, KEY_FOR_MINUTES])
    def test_a_notice_is_given_until_it_is_proven(self, channel: str, capabilities: Capabilities) -> None:
        """
        Marked copies with the same key and the same words, then another channel, before the legal deadline.
        """
        kit, driver = in_doubt("notice", channel, capabilities)
        first = [parcel for parcel in driver.parcels if parcel.channel == channel]

        assert list(range(1, COPIES + 1)) == [parcel.copy for parcel in first]
        assert {"m-1"} == {parcel.id for parcel in first}
        assert 1 == len({row.content for row in rows(kit) if row.proposal.channel == channel})
        others = {parcel.channel for parcel in driver.parcels} - {channel}
        assert others
        assert any(
            "escalated" in type(envelope.body).__name__.lower() or "escalat" in envelope.body.TYPE for envelope in kit.person_history("c-1")
        )

    def test_proof_ends_it(self) -> None:
        """
        After a report of delivery no copy follows.
        """
        kit, driver = in_doubt("notice", "email", PLAIN)
        before = len(driver.parcels)
        assert before > 1
        row = next(row for row in rows(kit) if row.copy == 1 and row.proposal.channel == "email")
        kit.report_delivery(DeliveryReport("e-1", "email", "delivered", NOW + 3 * DAY, message=row.id), at=NOW + 3 * DAY + HOUR)
        for hours in range(74, 100, 2):
            kit.dispatch(at=NOW + hours * HOUR, worker="w")

        assert before == len(driver.parcels)
