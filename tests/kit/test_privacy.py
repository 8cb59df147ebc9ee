from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from tests.kit.conftest import NOW, TODAY, account, consumer

from collectkit import Consumer, Contact, Email, Hold, HoldKind, Kit, Money, Note, Payment, Phone
from collectkit.errors import IdempotencyConflictError, RetentionHoldError, UnknownIdError, ValidationError
from collectkit.person import LegalHoldPlaced, PersonErased
from collectkit.servicing.erasing import Retention, RetentionHold

LATER = datetime(2031, 1, 2, 18, tzinfo=UTC)
AT_ONCE = Retention(days=-1)


@pytest.fixture
def vaulted(tmp_path: Path) -> Iterator[Kit]:
    """A kit whose keys lie away from the book, with one person whose account is paid and closed."""
    with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests", settings={"keys": str(tmp_path / "away" / "keys")}) as kit:
        settled(kit)
        yield kit


def settled(kit: Kit) -> None:
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    kit.note(Note("n-1", account="a-1", text="Spoke with Canary Sister."), at=NOW)
    kit.post(Payment("p-1", account="a-1", amount=Money.of("200.00", "USD"), value_on=TODAY), at=NOW)
    kit.close("a-1", on=TODAY, reason="paid", at=NOW)


class TestErasing:
    def test_what_was_personal_is_gone_and_what_was_owed_stays(self, vaulted: Kit) -> None:
        """
        Balances, events and their proof are the same as before, but for one event more.
        """
        kit = vaulted
        before = kit.standing("a-1", as_of=TODAY)
        with kit.receipts() as kept:
            done = kit.erase("c-1", at=LATER)

        assert PersonErased("c-1", date(2031, 1, 2), 2, points=2, notes=1) == done
        assert before == kit.standing("a-1", as_of=TODAY)
        assert ["[erased]"] == [stored.note.text for stored in kit.notes("a-1")]
        person = kit.person_standing("c-1", as_of=TODAY)
        assert (Consumer("c-1"), ("a-1",)) == (person.consumer, tuple(s.account for s in person.accounts))
        assert kit.verify(receipts=kept).sound

    def test_twice_is_once(self, vaulted: Kit) -> None:
        """
        The same answer, and no second event.
        """
        done = vaulted.erase("c-1", at=LATER)
        with vaulted.receipts() as kept:
            assert done == vaulted.erase("c-1", at=LATER + timedelta(days=400))
        assert [] == kept

    def test_nobody_cannot_be_erased(self, vaulted: Kit) -> None:
        """
        An id that was never registered.
        """
        with pytest.raises(UnknownIdError):
            vaulted.erase("c-9", at=LATER)

    def test_an_erased_person_is_not_called_again(self, vaulted: Kit) -> None:
        """
        Under another id, with the number written in another way; only the suppressed point is closed.
        """
        kit = vaulted
        kit.erase("c-1", at=LATER)
        again = [Phone("+1 (212) 555-0123", source="checkout", consents=["sms"]), Email("new@example.com", source="checkout")]
        kit.register(Consumer("c-2", name="Ann Again", region="US-NY", contacts=again), at=LATER)
        points = kit.person_standing("c-2", as_of=date(2031, 1, 2)).consumer.contacts

        assert ["suppressed", "unverified"] == [point.status for point in points]
        assert [False, True] == [point.usable for point in points]
        kit.erase("c-2", at=LATER, retention=AT_ONCE)  # the first point is suppressed already

    def test_budgets_that_were_spent_stay_spent(self, vaulted: Kit) -> None:
        """
        The history of contacts is evidence and counts on, by ids.
        """
        kit = vaulted
        kit.record_contact(Contact("c-1", NOW, "phone", "phone-1", ("a-1",), "conversation"), at=NOW, command_id="call-1")
        before = kit.person_standing("c-1", as_of=TODAY).facts.contacts
        kit.erase("c-1", at=LATER)
        assert before == kit.person_standing("c-1", as_of=TODAY).facts.contacts


class TestWhatForbidsIt:
    def test_within_retention_the_day_is_named(self, vaulted: Kit) -> None:
        """
        With the rule and its source; contact is stopped meanwhile, once.
        """
        outcome = vaulted.try_erase("c-1", at=NOW)
        assert isinstance(outcome, RetentionHold)
        assert "12 CFR 1006.100(a)" in outcome.basis
        assert date(2029, 10, 21) == outcome.earliest
        assert outcome == vaulted.try_erase("c-1", at=NOW + timedelta(days=1))
        with pytest.raises(RetentionHoldError, match="it can be done on 2029-10-21; contact is stopped meanwhile, and nothing was erased"):
            vaulted.erase("c-1", at=NOW)
        (stop,) = vaulted.person_standing("c-1", as_of=TODAY).facts.stops
        assert ((), "erasure_request") == (stop.channels, stop.means)
        assert "Test Consumer" == vaulted.person_standing("c-1", as_of=TODAY).consumer.name

    def test_on_the_day_it_is_done_by_itself(self, vaulted: Kit) -> None:
        """
        By the night of that day, not by one before it.
        """
        kit = vaulted
        kit.try_erase("c-1", at=NOW)
        assert [] == kit.erase_due(at=datetime(2029, 10, 20, 18, tzinfo=UTC))
        kit.run_night(as_of=date(2029, 10, 21), at=datetime(2029, 10, 21, 18, tzinfo=UTC))
        assert Consumer("c-1") == kit.person_standing("c-1", as_of=TODAY).consumer
        assert [] == kit.erase_due(at=LATER)

    def test_an_open_dispute_and_an_open_account_forbid_it(self, kit: Kit) -> None:
        """
        Nobody can know until when, and the strongest ground comes first.
        """
        kit.register(consumer(), at=NOW)
        kit.open_account(account(), at=NOW)
        outcome = kit.try_erase("c-1", at=NOW)
        assert isinstance(outcome, RetentionHold)
        assert ("account a-1 is open and money is outstanding", None) == (outcome.basis, outcome.earliest)
        dispute = Hold(
            "h-1", person="c-1", kind=HoldKind.DISPUTE, starts_on=TODAY, account="a-1", reason="came broken", review_on=date(2026, 12, 1)
        )
        kit.hold(dispute, at=NOW)
        disputed = kit.try_erase("c-1", at=NOW)
        assert isinstance(disputed, RetentionHold)
        assert ("an open dispute", None) == (disputed.basis, disputed.earliest)

    def test_a_legal_hold_forbids_it_until_it_ends(self, vaulted: Kit) -> None:
        """
        With its basis and end; one that is lifted forbids nothing.
        """
        kit = vaulted
        hold = LegalHoldPlaced("lh-1", "c-1", "Doe v. Lender, 26-cv-1", NOW, ends_on=date(2032, 1, 1))
        kit.legal_hold(hold, at=NOW)
        assert hold == kit.legal_hold(hold, at=NOW)
        with pytest.raises(IdempotencyConflictError):
            kit.legal_hold(attrs.evolve(hold, ends_on=None), at=NOW)
        outcome = kit.try_erase("c-1", at=LATER)
        assert isinstance(outcome, RetentionHold)
        assert ("legal hold lh-1 (Doe v. Lender, 26-cv-1)", date(2032, 1, 2)) == (outcome.basis, outcome.earliest)

        lifted = kit.lift_legal_hold("c-1", "lh-1", on=date(2031, 1, 2), reason="dismissed", at=LATER)
        assert lifted == kit.lift_legal_hold("c-1", "lh-1", on=date(2031, 1, 2), reason="dismissed", at=LATER)
        assert isinstance(kit.try_erase("c-1", at=LATER), PersonErased)
        with pytest.raises(UnknownIdError):
            kit.lift_legal_hold("c-1", "lh-9", on=date(2031, 1, 2), reason="dismissed", at=LATER)


class TestRestoring:
    def test_an_older_backup_forgets_again(self, tmp_path: Path) -> None:
        """
        Keys outlive the book's backups: the data cannot be read, and the next night records the erasure anew.
        """
        url, settings = f"sqlite:///{tmp_path}/book.db", {"keys": str(tmp_path / "keys")}
        with Kit.open(url, actor="tests", settings=settings) as kit:
            settled(kit)
        shutil.copy(tmp_path / "book.db", tmp_path / "backup.db")
        with Kit.open(url, actor="tests", settings=settings) as kit:
            kit.erase("c-1", at=LATER)
        shutil.copy(tmp_path / "backup.db", tmp_path / "book.db")

        with Kit.open(url, actor="tests", settings=settings) as kit:
            assert Consumer("c-1") == kit.person_standing("c-1", as_of=TODAY).consumer
            assert ["restored"] == [done.basis for done in kit.erase_due(at=LATER)]
            assert [] == kit.erase_due(at=LATER)


class TestLooking:
    def test_every_look_is_recorded(self, vaulted: Kit) -> None:
        """
        Who, what and why, in a stream of its own.
        """
        secrets = vaulted.personal("c-1", at=NOW)
        assert {"name", "contacts/phone-1/value", "contacts/email-1/value"} == set(secrets)
        assert "+12125550123" == secrets["contacts/phone-1/value"].reveal("returning her call", "ann")

        with vaulted.store.unit("default") as unit:
            (read,) = unit.bodies("access/c-1")
        assert ("ann", "returning her call", ("contacts/phone-1/value",)) == (read.actor, read.reason, read.fields)  # type: ignore[attr-defined]

    def test_the_subject_gets_all_of_it(self, vaulted: Kit) -> None:
        """
        As plain values; the export is a look like others, and needs a reason.
        """
        held = json.loads(json.dumps(vaulted.subject_export("c-1", reason="request of 20 October", at=NOW), default=str))
        assert "Test Consumer" == held["person"]["name"]
        assert ["Spoke with Canary Sister."] == [note["text"] for note in held["accounts"]["a-1"]["notes"]]
        assert "payment-posted/1" in [event["type"] for event in held["accounts"]["a-1"]["events"]]
        again = vaulted.subject_export("c-1", reason="again", at=NOW)
        assert [["all"]] == [look["fields"] for look in again["looks"]]  # type: ignore[attr-defined]
        with pytest.raises(ValidationError, match="needs a reason"):
            vaulted.subject_export("c-1", reason=" ", at=NOW)


class TestMovingIn:
    def test_a_book_is_sealed_after_the_fact(self, tmp_path: Path) -> None:
        """
        And its keys are changed for everybody by one call.
        """
        url, settings = f"sqlite:///{tmp_path}/book.db", {"keys": str(tmp_path / "keys")}
        with Kit.open(url, actor="tests") as kit:
            settled(kit)
        assert b"Test Consumer" in raw(tmp_path)
        with Kit.open(url, actor="tests", settings=settings) as kit:
            assert 1 == kit.reseal()
            kit.store.scrub()  # type: ignore[attr-defined]
            assert "Test Consumer" == kit.person_standing("c-1", as_of=TODAY).consumer.name
            assert ["Spoke with Canary Sister."] == [stored.note.text for stored in kit.notes("a-1")]
        assert b"Test Consumer" not in raw(tmp_path)
        assert b"Canary" not in raw(tmp_path)

    def test_the_hosts_own_transaction_is_protected_too(self, vaulted: Kit, tmp_path: Path) -> None:
        """
        A bound kit seals as its kit does.
        """
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(tmp_path / "host.db")) as connection:
            connection.execute("BEGIN")
            vaulted.bind(connection).register(consumer(), at=NOW)
            connection.commit()
            (text,) = connection.execute("SELECT data FROM collectkit_people").fetchone()
        assert "Test Consumer" not in text


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("book.db*"))
