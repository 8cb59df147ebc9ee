"""Notices on the book: recorded once, heard by every rule that counts from one, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from collectkit import Account, Consumer, Email, Kit, Money, plans
from collectkit.actions import ActionKind, ActPermitted, HostAct, Proposal
from collectkit.channels.capabilities import Capabilities
from collectkit.channels.outcomes import Accepted, DeliveryReport
from collectkit.compliance import Circumstances
from collectkit.compliance.past import PastEvent
from collectkit.errors import IdempotencyConflictError, TemplateError, UnknownIdError, ValidationError
from collectkit.person import Notice
from collectkit.policy import load_policy
from collectkit.policy.model import LawPolicy
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import plan

from .drivers import Gateway

NOW = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SUIT = HostAct("suit-1", "sue", ["a-1"])


def resident(id: str = "c-1") -> Consumer:
    return Consumer(id, name="Test Consumer", region="AU-NSW", contacts=[Email(f"{id}@example.com", source="checkout", consents=["email"])])


def purchase(id: str = "a-1", person: str = "c-1") -> Account:
    return Account(id, consumer=person, plan=plans.pay_in_4(Money.of("200.00", "AUD"), bought_on=(NOW - 90 * DAY).date()))


@pytest.fixture
def kit() -> Iterator[Kit]:
    """A book with one person in Sydney and one account that is late."""
    with Kit.open("memory://", policy="us-bnpl", actor="tests") as opened:
        opened.register(resident(), at=NOW - 90 * DAY)
        opened.open_account(purchase(), at=NOW - 90 * DAY)
        yield opened


def notice(id: str = "n-1", *, days_ago: int = 31, account: str = "a-1", **other: str) -> Notice:
    return Notice(id, "c-1", "default_notice_served", [account], NOW - days_ago * DAY, means="mail", **other)


def may_sue(kit: Kit, *, days: int = 0) -> bool:
    return kit.ask_law("c-1", action="sue", at=NOW + days * DAY).permissible


class TestRecording:
    def test_it_counts_for_every_later_question(self, kit: Kit) -> None:
        """
        National Credit Code s88: thirty clear days after a default notice; nobody has to say so again.
        """
        assert isinstance(kit.try_permit_act(SUIT, at=NOW), Refusal)
        kit.record_notice(notice(), at=NOW)

        assert isinstance(kit.try_permit_act(SUIT, at=NOW), ActPermitted)

    def test_it_stands_in_the_explanation_of_its_account(self, kit: Kit) -> None:
        """
        As long as it stands.
        """
        kit.record_notice(notice(template="default-notice@3", evidence="scan-7"), at=NOW)
        said = "notice n-1: default notice served, counted from 2026-09-19 02:00Z, mail, default-notice@3, scan-7"
        assert said in kit.explain("a-1")
        kit.void_notice("n-1", reason="it came back", at=NOW)
        assert said not in kit.explain("a-1")

    def test_days_are_counted_from_when_it_is_served_not_from_when_it_is_recorded(self, kit: Kit) -> None:
        """
        One that is deemed to be served later counts from then on.
        """
        kit.record_notice(notice(days_ago=-3), at=NOW)
        refused = kit.ask_law("c-1", action="sue", at=NOW + 10 * DAY)

        assert refused.earliest_lawful_at is not None
        assert [False, True] == [may_sue(kit, days=33), may_sue(kit, days=34)]
        assert NOW + 33 * DAY < refused.earliest_lawful_at <= NOW + 34 * DAY

    def test_it_is_about_the_accounts_that_it_names(self, kit: Kit) -> None:
        """
        Another account needs a notice of its own.
        """
        kit.open_account(purchase("a-2"), at=NOW - 90 * DAY)
        kit.record_notice(notice(account="a-2"), at=NOW)

        assert isinstance(kit.try_permit_act(SUIT, at=NOW), Refusal)
        assert isinstance(kit.try_permit_act(HostAct("suit-2", "sue", ["a-2"]), at=NOW), ActPermitted)

    def test_the_same_again_changes_nothing_and_another_is_a_conflict(self, kit: Kit) -> None:
        """
        Idempotent by its id.
        """
        assert kit.record_notice(notice(), at=NOW) == kit.record_notice(notice(), at=NOW + DAY)
        assert (notice(),) == kit.notices("c-1")
        with pytest.raises(IdempotencyConflictError):
            kit.record_notice(notice(days_ago=5), at=NOW)

    def test_one_that_no_rule_asks_for_is_refused(self, kit: Kit) -> None:
        """
        A misspelt notice would never count, and nobody would know; the kinds that count are told.
        """
        with pytest.raises(ValidationError, match=r"default_notice_served.*got 'default_notise'.*nothing was recorded"):
            kit.record_notice(attrs.evolve(notice(), kind="default_notise"), at=NOW)

    def test_it_is_about_accounts_of_the_person(self, kit: Kit) -> None:
        """
        And about a person who is on the book.
        """
        with pytest.raises(UnknownIdError, match="no account 'a-9'"):
            kit.record_notice(notice(account="a-9"), at=NOW)
        with pytest.raises(UnknownIdError):
            kit.record_notice(attrs.evolve(notice(), person="c-9"), at=NOW)
        assert () == kit.notices("c-1")


class TestVoiding:
    def test_from_then_on_nothing_is_counted_from_it(self, kit: Kit) -> None:
        """
        Said twice it is recorded once; what was permitted before stays as it was judged.
        """
        kit.record_notice(notice(), at=NOW)
        assert isinstance(kit.try_permit_act(SUIT, at=NOW), ActPermitted)
        first = kit.void_notice("n-1", reason="it named the wrong amount", at=NOW + DAY)

        assert first == kit.void_notice("n-1", reason="again", at=NOW + 2 * DAY)
        assert not may_sue(kit, days=1)
        assert () == kit.notices("c-1")
        assert all(one.holds for one in kit.recheck_verdicts())

    def test_one_that_is_told_with_the_act_counts_besides_and_is_not_taken_back(self, kit: Kit) -> None:
        """
        The record knows no more of it than that question did: whoever tells it answers for it.
        """
        told = Circumstances(events=(PastEvent("default_notice_served", NOW - 31 * DAY, ("a-1",)),))
        kit.record_notice(notice(), at=NOW)
        kit.void_notice("n-1", reason="it came back", at=NOW)

        assert isinstance(kit.try_permit_act(SUIT, at=NOW), Refusal)
        assert isinstance(kit.try_permit_act(SUIT, at=NOW, circumstances=told), ActPermitted)
        assert not may_sue(kit)

    def test_it_must_be_on_record(self, kit: Kit) -> None:
        """
        By its id.
        """
        with pytest.raises(UnknownIdError, match="no notice 'n-9'"):
            kit.void_notice("n-9", reason="it came back", at=NOW)


class TestPeopleWhoAreOne:
    def test_a_notice_to_either_record_counts_for_its_account(self, kit: Kit) -> None:
        """
        And goes with the record on which it was served when the two are parted.
        """
        kit.register(resident("c-2"), at=NOW - 90 * DAY)
        kit.open_account(purchase("a-2", "c-2"), at=NOW - 90 * DAY)
        before = attrs.evolve(notice("n-2", account="a-2"), person="c-2")
        kit.record_notice(before, at=NOW)
        kit.merge("c-2", "c-1", reason="same address", at=NOW)
        during = attrs.evolve(notice("n-3", days_ago=40, account="a-2"), person="c-2")
        kit.record_notice(during, at=NOW)

        assert ["n-3", "n-2"] == [one.id for one in kit.notices("c-1")]
        assert isinstance(kit.try_permit_act(HostAct("suit-2", "sue", ["a-2"]), at=NOW), ActPermitted)
        kit.void_notice("n-2", reason="it came back", at=NOW)
        kit.unmerge("c-2", "c-1", reason="two people", at=NOW)
        assert [["n-3"], ["n-3"]] == [[one.id for one in kit.notices(id)] for id in ("c-1", "c-2")]

    def test_a_message_to_the_wrong_human_serves_nothing(self, kit: Kit) -> None:
        """
        What was served on one record while it stood for both stays with it.
        """
        kit.register(resident("c-2"), at=NOW - 90 * DAY)
        kit.open_account(purchase("a-2", "c-2"), at=NOW - 90 * DAY)
        kit.merge("c-2", "c-1", reason="same address", at=NOW)
        kit.record_notice(notice("n-3", account="a-2"), at=NOW)
        kit.unmerge("c-2", "c-1", reason="two people", at=NOW)

        assert () == kit.notices("c-2")
        assert not kit.ask_law("c-2", action="sue", at=NOW).permissible


TEMPLATES = """
[[template]]
key = "default-notice"
locale = "en"
version = "3"
channels = ["email"]
subject = "Default notice"
disclosures = ["amount_in_default"]
notice = "{notice}"
"""


def posting(folder: Path, *, kind: str = "default_notice_served", callbacks: bool = False) -> tuple[Kit, Gateway]:
    """A book whose e-mail serves a default notice."""
    (folder / "index.toml").write_text(TEMPLATES.format(notice=kind), encoding="utf-8")
    (folder / "default-notice.email.en.liquid").write_text("{{ sender }}: {{ amount_past_due }} is in default.", encoding="utf-8")
    policy = attrs.evolve(load_policy("us-bnpl"), templates=str(folder), law=LawPolicy(packs=("au", "courtesy")))
    gateway = Gateway(lambda parcel: Accepted(f"x-{parcel.id}"), Capabilities(status_callbacks=callbacks))
    drivers: Mapping[str, Gateway] = {"email": gateway}
    kit = Kit.open("memory://", policy=policy, actor="tests", drivers=drivers)
    kit.register(resident(), at=NOW - 90 * DAY)
    kit.open_account(purchase(), at=NOW - 90 * DAY)
    proposal = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "email", purpose="notice", template="default-notice")
    with kit.store.unit("default") as unit:
        unit.save_dispatches([plan(proposal, at=NOW, not_before=NOW, not_after=None)])
    kit.dispatch(at=NOW, worker="w")
    return kit, gateway


class TestMessagesThatServe:
    def test_a_delivered_message_is_a_notice_without_a_second_act(self, tmp_path: Path) -> None:
        """
        With the wording, and with what its template states.
        """
        kit, gateway = posting(tmp_path)
        (served,) = kit.notices("c-1")

        assert ["m-1"] == [parcel.id for parcel in gateway.parcels]
        assert ("m-1", "default_notice_served", "electronic", "default-notice@3", ("amount_in_default",)) == (
            served.id,
            served.kind,
            served.means,
            served.template,
            served.states,
        )
        assert [False, True] == [may_sue(kit, days=30), may_sue(kit, days=31)]

    def test_one_that_was_only_taken_is_none_until_it_is_delivered(self, tmp_path: Path) -> None:
        """
        Days run from the report of its delivery.
        """
        kit, _ = posting(tmp_path, callbacks=True)
        assert () == kit.notices("c-1")
        delivered_at = NOW + DAY
        kit.report_delivery(DeliveryReport("r-1", "email", "delivered", delivered_at, message="m-1"), at=delivered_at)

        assert [delivered_at] == [one.served_at for one in kit.notices("c-1")]

    def test_one_that_comes_back_is_none(self, tmp_path: Path) -> None:
        """
        And stays on record as what was believed.
        """
        kit, _ = posting(tmp_path)
        kit.report_delivery(DeliveryReport("r-1", "email", "failed", NOW + DAY, message="m-1"), at=NOW + DAY)

        assert () == kit.notices("c-1")
        assert not may_sue(kit, days=40)

    def test_a_template_that_serves_what_no_rule_asks_for_is_refused(self, tmp_path: Path) -> None:
        """
        When the kit is opened, not when the letter is out.
        """
        with pytest.raises(TemplateError, match=r"serves 'default_notise'; notices are .*default_notice_served"):
            posting(tmp_path, kind="default_notise")
