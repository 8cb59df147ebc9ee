"""Contact points that the host keeps: asked for just before they are needed, used once, kept nowhere."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from collectkit import Consumer, Email, Kit, Phone
from collectkit.person import Resolved, resolved, tokens_of
from collectkit.plugins import hookimpl
from collectkit.servicing.dispatch import DispatchState
from collectkit.servicing.erasing import Retention

from .conftest import NOW, TODAY, account
from .drivers import Gateway

SMS, MAIL = "token:sms-1", "token:mail-1"
NUMBER, ADDRESS, NAME = "+12125559753", "canary@canarydomain.example", "Kanarie Canaryname"
ANSWER = Resolved({SMS: NUMBER, MAIL: ADDRESS}, name=NAME)
LATER = NOW + timedelta(minutes=6)
DAY = timedelta(days=1)


def person(id: str = "c-1") -> Consumer:
    """A consumer of whom the book knows a region and tokens."""
    contacts = [Phone(SMS, source="checkout", consents=["sms"]), Email(MAIL, source="checkout", consents=["email"])]
    return Consumer(id, region="US-NY", contacts=contacts)


class Host:
    """A host's own place of personal data, which answers what it is told to."""

    def __init__(self, answer: object = None) -> None:
        self.answer: object = {"c-1": ANSWER} if answer is None else answer
        self.asked: list[Mapping[str, Sequence[str]]] = []
        self.kit: Kit | None = None

    def resolve(self, tenant: str, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Resolved]:
        self.asked.append(wanted)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]

    @hookimpl
    def collectkit_contact_resolver(self) -> Host:
        return self


def kit_of(url: str, *plugins: object, driver: Gateway, settings: Mapping[str, str] | None = None) -> Kit:
    kit = Kit.open(url, actor="tests", plugins=plugins, drivers={"sms": driver, "email": driver}, settings=settings or {})
    kit.register(person(), at=NOW)
    kit.open_account(account(), at=NOW)
    kit.run_night(as_of=TODAY, at=NOW)
    return kit


class TestValues:
    @pytest.mark.parametrize("kind", [Phone, Email])
    def test_a_token_is_a_contact_point(self, kind: type[Phone] | type[Email]) -> None:
        """
        It is told from a value by how it begins.
        """
        assert kind("token:abc", source="checkout").is_token
        assert not Phone("+12125550123", source="checkout").is_token

    def test_each_token_of_a_person_is_asked_for_once(self) -> None:
        """
        Those of points that nobody may use any more are not.
        """
        gone = Phone("token:gone", source="checkout", status="disconnected", id="x")
        assert (SMS, MAIL) == tokens_of(attrs.evolve(person(), contacts=(*person().contacts, gone)))

    def test_what_stands_for_nothing_is_invalid(self) -> None:
        """
        So is rubbish, and a token that stands for a token; the person as such stays who they are.
        """
        for value in ({}, {SMS: "no number"}, {SMS: "token:other"}):
            found = resolved(person(), Resolved(value))
            assert ["invalid", "invalid"] == [point.status for point in found.contacts]
        found = resolved(person(), ANSWER)
        assert [(NUMBER, "unverified"), (ADDRESS, "unverified")] == [(point.value, point.status) for point in found.contacts]
        assert NAME == found.name

    def test_an_answer_does_not_print(self) -> None:
        """
        Whoever logs it logs nothing.
        """
        assert "Resolved()" == f"{ANSWER}" == repr(ANSWER)


class TestHandOver:
    def test_messages_reach_what_the_tokens_stand_for(self) -> None:
        """
        By the name that the host keeps, and the host was asked once for both.
        """
        host, driver = Host(), Gateway()
        kit = kit_of("memory://", host, driver=driver)
        kit.dispatch(at=NOW, worker="w")

        assert {NUMBER, ADDRESS} == {parcel.to for parcel in driver.parcels}
        assert all(b"Kanarie" in parcel.body for parcel in driver.taken("email"))
        assert [{"c-1": (SMS, MAIL)}] == host.asked[:1]

    def test_without_a_resolver_no_token_leaves_the_house(self) -> None:
        """
        The contact is given up, with the reason, and its budget is given back.
        """
        driver = Gateway()
        kit = kit_of("memory://", driver=driver)
        kit.dispatch(at=NOW, worker="w")

        assert [] == driver.parcels
        assert {DispatchState.NOT_SENT} == {contact.state for contact in kit.contacts("a-1")}

    @pytest.mark.parametrize("answer", [RuntimeError(NUMBER), {}, {"c-1": None}, {"c-9": ANSWER}, 7, {"c-1": NUMBER}])
    def test_while_the_host_does_not_answer_contacts_wait(self, answer: object) -> None:
        """
        Nothing is spent and nothing is lost: as soon as it answers, they leave.
        """
        host, driver = Host(answer), Gateway()
        kit = kit_of("memory://", host, driver=driver)
        kit.dispatch(at=NOW, worker="w")
        waiting = kit.contacts("a-1")

        assert ([], {DispatchState.PLANNED}) == (driver.parcels, {contact.state for contact in waiting})
        assert all(not contact.budgets for contact in waiting)
        host.answer = {"c-1": ANSWER}
        kit.dispatch(at=LATER, worker="w")
        assert {NUMBER, ADDRESS} == {parcel.to for parcel in driver.parcels}

    def test_one_that_is_not_known_keeps_nobody_else(self) -> None:
        """
        The others' messages leave.
        """
        host, driver = Host(), Gateway()
        kit = kit_of("memory://", host, driver=driver)
        kit.register(attrs.evolve(person("c-2"), contacts=(Email("token:other", source="checkout", consents=["email"]),)), at=NOW)
        kit.open_account(account("a-2", "c-2"), at=NOW)
        kit.run_night(as_of=TODAY + timedelta(days=1), at=NOW + timedelta(days=1))
        kit.dispatch(at=NOW + timedelta(days=1), worker="w")

        assert {NUMBER, ADDRESS} == {parcel.to for parcel in driver.parcels}
        assert {DispatchState.PLANNED} == {contact.state for contact in kit.contacts("a-2")}

    def test_people_without_tokens_are_not_asked_about(self) -> None:
        """
        Hooks hear of the least.
        """
        host, driver = Host(), Gateway()
        with Kit.open("memory://", actor="tests", plugins=[host], drivers={"email": driver}) as kit:
            kit.register(Consumer("c-1", name="Ann", region="US-NY", contacts=[Email("ann@example.com", source="checkout")]), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.run_night(as_of=TODAY, at=NOW)
            kit.dispatch(at=NOW, worker="w")

        assert (["ann@example.com"], []) == ([parcel.to for parcel in driver.parcels], host.asked)

    def test_no_transaction_is_open_while_the_host_answers(self) -> None:
        """
        It may use the kit itself.
        """

        class Asking(Host):
            def resolve(self, tenant: str, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Resolved]:
                assert self.kit is not None
                self.kit.standing("a-1", as_of=TODAY)
                return super().resolve(tenant, wanted)

        host, driver = Asking(), Gateway()
        host.kit = kit_of("memory://", host, driver=driver)
        host.kit.dispatch(at=NOW, worker="w")

        assert driver.parcels

    def test_who_comes_up_while_the_host_answers_about_others_is_asked_about_next(self) -> None:
        """
        Their contact is not put off: it leaves with the same hand-over, after a question of its own.
        """

        class Growing(Host):
            def resolve(self, tenant: str, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Resolved]:
                self.asked.append(wanted)
                grown, self.kit = self.kit, None
                if grown is not None:
                    grown.register(person("c-2"), at=NOW + DAY)
                    grown.open_account(account("a-2", "c-2"), at=NOW + DAY)
                    grown.run_night(as_of=TODAY + DAY, at=NOW + DAY)
                return dict.fromkeys(wanted, ANSWER)

        host, driver = Growing(), Gateway()
        host.kit = kit = kit_of("memory://", host, driver=driver)
        kit.dispatch(at=NOW + DAY, worker="w")

        assert [{"c-1"}, {"c-2"}] == [set(wanted) for wanted in host.asked[:2]]
        assert {DispatchState.SENT} == {contact.state for contact in kit.contacts("a-2")}

    def test_a_number_of_somebody_erased_is_known_behind_its_token(self) -> None:
        """
        Under whatever token it comes again, nobody is called on it.
        """
        host, driver = Host(), Gateway()
        with Kit.open("memory://", actor="tests", plugins=[host], drivers={"sms": driver, "email": driver}) as kit:
            gone = Consumer("c-0", region="US-NY", contacts=[Phone(NUMBER, source="checkout"), Email(ADDRESS, source="checkout")])
            kit.register(gone, at=NOW)
            kit.erase("c-0", at=NOW, retention=Retention(days=-1))
            kit.register(person(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.run_night(as_of=TODAY, at=NOW)
            kit.dispatch(at=NOW, worker="w")

        assert [] == driver.parcels


class TestCanaries:
    def test_what_was_resolved_is_kept_nowhere(self, tmp_path: Path, log: io.StringIO) -> None:
        """
        Neither in the database and its log, nor in what is logged, printed or exported; a fault tells nothing of it either.
        """
        host, driver = Host(RuntimeError(f"no answer about {NAME} {NUMBER} {ADDRESS}")), Gateway()
        kit = kit_of(f"sqlite:///{tmp_path}/book.db", host, driver=driver, settings={"anchor": str(tmp_path / "heads.jsonl")})
        kit.dispatch(at=NOW, worker="w")
        host.answer = {"c-1": ANSWER}
        kit.dispatch(at=LATER, worker="w")
        assert {NUMBER, ADDRESS} == {parcel.to for parcel in driver.parcels}
        kit.seal(at=LATER)
        kit.export_events(tmp_path / "events.jsonl")
        printed = [
            repr(kit.contacts("a-1")),
            kit.explain("a-1"),
            repr(kit.person_history("c-1")),
            repr(kit.parts.callers.states),
            log.getvalue(),
        ]
        raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        kit.close_store()

        assert b"token:sms-1" in raw
        for canary in ("2125559753", "canarydomain", "Kanarie", "Canaryname"):
            assert canary.encode() not in raw
            assert canary not in "".join(printed)
