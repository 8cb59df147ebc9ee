"""Laws of reading the record as it lies, and of what a keeper makes of personal data."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from collectkit.errors import StoreError
from collectkit.events import GENESIS, chain
from collectkit.identifiers import AccountId, PersonId
from collectkit.notes import Note
from collectkit.person import Consumer
from collectkit.storage.keeper import PLAIN
from collectkit.storage.serde import read_context, read_event
from collectkit.storage.store import NEW, Behind, Store, StoredNote
from collectkit.testing.conformance._examples import NOON, TENANT, append, context, opened, paid


class ReverseKeeper:
    """A keeper that is easy to tell from none: every text backwards, with the tenant before it."""

    def write_people(self, tenant: str, consumers: Sequence[Consumer]) -> list[str]:
        """Return each person's JSON backwards."""
        return [tenant + text[::-1] for text in PLAIN.write_people(tenant, consumers)]

    def read_person(self, tenant: str, text: str) -> Consumer:
        """Return the person."""
        return PLAIN.read_person(tenant, text.removeprefix(tenant)[::-1])

    def write_note(self, tenant: str, note: Note) -> str:
        """Return the note's JSON backwards."""
        return tenant + PLAIN.write_note(tenant, note)[::-1]

    def read_note(self, tenant: str, text: str) -> Note:
        """Return the note."""
        return PLAIN.read_note(tenant, text.removeprefix(tenant)[::-1])


class ReaderLaws:
    """What every store promises to those who read the record, and to a keeper of personal data."""

    def test_a_record_is_what_its_digest_covers(self, store: Store) -> None:
        """
        Type, context and body come as they are stored, and the chain can be computed from them alone.
        """
        append(store, "account/a-1", NEW, opened(), paid("p-1"), paid("p-2"))

        with store.unit(TENANT) as unit:
            records = unit.records("account/a-1")
            later = unit.records("account/a-1", after=2)
        previous = GENESIS
        for version, record in enumerate(records, start=1):
            previous = chain(previous, "account/a-1", version, record.type, record.context.encode(), record.body.encode())
            assert (("account/a-1", version), previous) == ((record.stream, record.version), record.digest)
        assert [opened(), paid("p-1"), paid("p-2")] == [read_event(record.type, record.body) for record in records]
        assert {context()} == {read_context(record.context) for record in records}
        assert records[2:] == later

    def test_a_view_reads_and_keeps_nothing(self, store: Store) -> None:
        """
        It sees what was committed; what is written in it is refused or undone.
        """
        append(store, "account/a-1", NEW, opened(), paid("p-1"))
        with store.view(TENANT) as view:
            assert [opened(), paid("p-1")] == view.bodies("account/a-1")
            assert {"account/a-1": [opened(), paid("p-1")]} == view.bodies_of(["account/a-1", "account/a-2"])
        with suppress(StoreError), store.view(TENANT) as view:
            view.save_run("night", "2026-03-02", "from a view")

        with store.unit(TENANT) as unit:
            assert unit.run("night", "2026-03-02") is None

    def test_histories_come_in_bulk(self, store: Store) -> None:
        """
        Each in its order, and streams that are not there are left out.
        """
        append(store, "account/a-2", NEW, opened("a-2"), paid("p-2", account="a-2"))
        append(store, "account/a-1", NEW, opened(), paid("p-1"))

        with store.unit(TENANT) as unit:
            wanted = {"account/a-1": [opened(), paid("p-1")], "account/a-2": [opened("a-2"), paid("p-2", account="a-2")]}
            assert wanted == unit.bodies_of(["account/a-2", "account/a-1", "account/a-3"])

    def test_a_reader_is_behind_what_it_has_not_read(self, store: Store) -> None:
        """
        Each reader on its own, in pages by name, and no longer once it has read to the end.
        """
        for name in ("account/b", "account/a", "person/a"):
            append(store, name, NEW, opened(), paid(name))

        with store.unit(TENANT) as unit:
            assert (unit.unread("one"), unit.unread("two")) == (6, 6)
            assert [Behind(name, 0, 2) for name in ("account/a", "account/b", "person/a")] == unit.behind("one")
            unit.advance("one", [("account/a", 2), ("person/a", 1)])
        with store.unit(TENANT) as unit:
            assert [Behind("account/b", 0, 2), Behind("person/a", 1, 2)] == unit.behind("one")
            assert [Behind("person/a", 1, 2)] == unit.behind("one", after="account/b")
            assert [Behind("account/b", 0, 2)] == unit.behind("one", limit=1)
            assert len(unit.behind("two")) == 3
            assert (unit.unread("one"), unit.unread("two")) == (3, 6)
        with store.unit("other") as unit:
            assert unit.behind("one") == []
            assert unit.unread("one") == 0

    def test_an_event_of_a_stream_read_before_is_not_skipped(self, store: Store) -> None:
        """
        Versions are compared, so that what was committed late, and what comes later, is seen.
        """
        append(store, "account/b", NEW, opened())
        with store.unit(TENANT) as unit:
            unit.advance("one", [("account/b", 1)])
        append(store, "account/a", NEW, opened())
        append(store, "account/b", 1, paid("p-1"))

        with store.unit(TENANT) as unit:
            assert [Behind("account/a", 0, 1), Behind("account/b", 1, 2)] == unit.behind("one")

    def test_people_are_listed_by_id_in_pages(self, store: Store) -> None:
        """
        Of one tenant only.
        """
        with store.unit(TENANT) as unit:
            unit.save_people([(Consumer(id, f"Name {id}"), 1) for id in ("c-2", "c-1", "c-3")])
        with store.unit("other") as unit:
            unit.save_people([(Consumer("c-9"), 1)])

        with store.unit(TENANT) as unit:
            assert [Consumer(id, f"Name {id}") for id in ("c-1", "c-2", "c-3")] == unit.people()
            assert [Consumer("c-2", "Name c-2")] == unit.people(after="c-1", limit=1)

    def test_a_keeper_writes_and_reads_all_personal_data(self, store: Store) -> None:
        """
        What a keeper wrote, only that keeper can read: people one by one and in pages, and the texts of notes.
        """
        person, note = Consumer("c-1", "Ann Example"), StoredNote(Note("n-1", "a-1", "She called."), NOON, "ann")
        store.protect(ReverseKeeper())
        with store.unit(TENANT) as unit:
            unit.save_people([(person, 1)])
            unit.save_note(note)
        with store.unit(TENANT) as unit:
            assert (person, [person]) == (unit.person(PersonId("c-1")), unit.people())
            assert [note] == unit.notes(AccountId("a-1"))
            assert unit.person_revision(PersonId("c-1")) == 1

        store.protect(PLAIN)
        with store.unit(TENANT) as unit:
            for read in (lambda: unit.person(PersonId("c-1")), unit.people, lambda: unit.notes(AccountId("a-1"))):
                assert _fails(read)


def _fails(read: object) -> bool:
    """Tell whether a text of another keeper is refused."""
    from collectkit.errors import IntegrityBreachError

    try:
        read()  # type: ignore[operator]
    except IntegrityBreachError:
        return True
    return False
