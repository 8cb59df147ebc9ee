"""Writers of earlier releases against a book of this one: their own SQL, as it was, and not our idea of it.

The statements below are those of the first release (schema 1, before standings said what is agreed). They are never edited: a
rolling deployment has such writers beside ours, and a step of the schema that breaks one of them breaks it here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from collectkit.errors import ConcurrencyConflictError
from collectkit.events import GENESIS, chain
from collectkit.person import Consumer
from collectkit.storage._rows import COLUMNS, to_row
from collectkit.storage.serde import write_context, write_event
from collectkit.storage.sql import SqlStore
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import Store
from collectkit.storage.verify import verify_chain
from collectkit.testing.conformance._examples import DAY, NOON, TENANT, append, contact, context, opened, paid, standing

FIRST_STANDING: Final = (
    "account, person, as_of, currency, plan_kind, product, merchant, opened_on, total_minor, paid_minor, outstanding_minor, owed_minor, "
    "past_due_minor, fee_minor, credit_minor, disputed_minor, fees_charged_minor, oldest_unpaid_due_on, next_due_on, next_due_minor, "
    "last_due_on, last_paid_on, installments_total, installments_paid, installments_past_due, promise_due_on, promised_minor, "
    "promises_broken, holds, hold_until, handler, placed_on, closed_on, valid_through"
)
_MARKS: Final = ", ".join("?" * 36)
SAVE_COMMIT: Final = "INSERT INTO collectkit_commits (tenant, context) VALUES (?, ?) RETURNING id"
SAVE_EVENT: Final = "INSERT INTO collectkit_events (tenant, stream, version, type, body, digest, commit_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
SAVE_STANDING: Final = f"INSERT INTO collectkit_standings (tenant, work_on, {FIRST_STANDING}) VALUES ({_MARKS})"
SAVE_PERSON: Final = "INSERT INTO collectkit_people (tenant, person, revision, data) VALUES (?, ?, ?, ?)"
SAVE_COMMAND: Final = "INSERT INTO collectkit_commands (tenant, scope, key, fingerprint, answer) VALUES (?, ?, ?, ?, ?)"
SAVE_RUN: Final = "INSERT INTO collectkit_runs (tenant, kind, key, summary) VALUES (?, ?, ?, ?)"
SAVE_BUDGET: Final = "INSERT INTO collectkit_budgets (tenant, subject, rule, cap, used, days, version) VALUES (?, ?, ?, ?, ?, ?, 1)"
SPEND: Final = (
    "UPDATE collectkit_budgets SET used = used + 1, version = version + 1 WHERE tenant = ? AND subject = ? AND rule = ? AND used < cap"
)
SAVE_DISPATCH: Final = """INSERT INTO collectkit_dispatches (tenant, id, state, person, not_before, lease_until, data)
                          VALUES (?, ?, ?, ?, ?, ?, ?)"""
HEAD: Final = "SELECT version, digest FROM collectkit_events WHERE tenant = ? AND stream = ? ORDER BY version DESC LIMIT 1"
BODIES: Final = "SELECT type, body FROM collectkit_events WHERE tenant = ? AND stream = ? ORDER BY version"
STANDING: Final = f"SELECT {FIRST_STANDING} FROM collectkit_standings WHERE tenant = ? AND account = ?"
LEAST: Final = "SELECT max(version), max(min_writer) FROM collectkit_schema"

Run = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Run]]:
    """A store of this release, and a connection on which an old writer runs its statements, each committed at once."""
    if request.param == "sqlite":
        store: Store = SqliteStore(tmp_path / "book.db")
        with closing(sqlite3.connect(tmp_path / "book.db", isolation_level=None)) as old:
            yield store, lambda sql, values: old.execute(sql, values).fetchall()
        store.close()
        return
    url = str(request.getfixturevalue("postgres_url"))
    store = SqlStore(url)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:

        def run(sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
            cursor = connection.execute(sql.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

        yield store, run
    store.close()


def old_append(run: Run, stream: str, *bodies: Any) -> None:
    """Append as the first release did: read the head, chain, write the commit and its events."""
    version, digest = next(iter(run(HEAD, (TENANT, stream))), (0, GENESIS))
    head = write_context(context())
    ((commit,),) = run(SAVE_COMMIT, (TENANT, head))
    for body in bodies:
        version, text = version + 1, write_event(body)
        digest = chain(bytes(digest), stream, version, body.TYPE, head.encode(), text.encode())
        run(SAVE_EVENT, (TENANT, stream, version, body.TYPE, text, digest, commit))


class TestOldWriters:
    def test_the_book_still_takes_them(self, both: tuple[Store, Run]) -> None:
        """
        Until something is archived, the oldest writer is the first.
        """
        _, run = both
        ((version, least),) = run(LEAST, ())
        assert version >= 4
        assert least == 1

    def test_both_write_one_chain_in_turns(self, both: tuple[Store, Run]) -> None:
        """
        Each reads what the other wrote, and nothing is lost or doubled.
        """
        store, run = both
        old_append(run, "account/a-1", opened())
        append(store, "account/a-1", 1, paid("p-1"))
        old_append(run, "account/a-1", paid("p-2"), paid("p-3"))
        append(store, "account/a-1", 4, paid("p-4"))

        with store.unit(TENANT) as unit:
            history = unit.history("account/a-1")
        assert [opened(), paid("p-1"), paid("p-2"), paid("p-3"), paid("p-4")] == [envelope.body for envelope in history]
        assert verify_chain(history) is None
        assert [(one.body.TYPE, write_event(one.body)) for one in history] == run(BODIES, (TENANT, "account/a-1"))

    def test_who_is_slower_has_the_conflict(self, both: tuple[Store, Run]) -> None:
        """
        An old writer that was faster is not overwritten, and one that was slower does not overwrite.
        """
        store, run = both
        append(store, "account/a-1", 0, opened())
        old_append(run, "account/a-1", paid("p-1"))
        with pytest.raises(ConcurrencyConflictError):
            append(store, "account/a-1", 1, paid("p-2"))
        ((commit,),) = run(SAVE_COMMIT, (TENANT, write_context(context())))
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
            run(SAVE_EVENT, (TENANT, "account/a-1", 2, "x/1", "{}", bytes(32), commit))

    def test_their_rows_are_read_and_ours_by_them(self, both: tuple[Store, Run]) -> None:
        """
        What an old writer does not know of a standing is empty; what it knows it reads from ours.
        """
        store, run = both
        row = dict(zip(COLUMNS, to_row(standing()), strict=True))
        first = [row[name.strip()] for name in FIRST_STANDING.split(",")]
        run(SAVE_STANDING, (TENANT, DAY.toordinal(), *first))
        run(SAVE_PERSON, (TENANT, "c-1", 1, '{"id":"c-1","name":"Ann"}'))
        run(SAVE_COMMAND, (TENANT, "payment", "p-1", bytes(32), "done"))
        run(SAVE_RUN, (TENANT, "night", "2026-03-02", "done"))
        with store.unit(TENANT) as unit:
            assert standing() == unit.standing(standing().account)
            assert [(standing().person, (standing().account,))] == unit.work(DAY)
            remembered = unit.recall("payment", "p-1")
            assert remembered is not None
            assert ("done", "done") == (remembered.answer, unit.run("night", "2026-03-02"))
            unit.save_people([(Consumer("c-2", "Bo"), 1)])
            unit.save_standings([(standing("a-2", person="c-2"), DAY)])

        theirs = dict(zip(COLUMNS, to_row(standing("a-2", person="c-2")), strict=True))
        assert [tuple(theirs[name.strip()] for name in FIRST_STANDING.split(","))] == run(STANDING, (TENANT, "a-2"))

    def test_budgets_hold_whoever_spends(self, both: tuple[Store, Run]) -> None:
        """
        The row's own check keeps an old writer from what ours has spent.
        """
        store, run = both
        run(SAVE_BUDGET, (TENANT, "person/c-1", "cap", 2, 1, json.dumps([DAY.toordinal()])))
        from collectkit.testing.conformance._examples import spend

        with store.unit(TENANT) as unit:
            assert unit.spend([spend(0, cap=2)]) is None
        run(SPEND, (TENANT, "person/c-1", "cap"))
        with store.unit(TENANT) as unit:
            assert spend(0, cap=2) == unit.spend([spend(0, cap=2)])
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.CheckViolation)):
            run("UPDATE collectkit_budgets SET used = cap + 1 WHERE tenant = ?", (TENANT,))

    def test_contacts_of_theirs_are_handed_over(self, both: tuple[Store, Run]) -> None:
        """
        What an old night planned is ready for a new worker.
        """
        store, run = both
        from collectkit.calendars.dates import epoch_micros
        from collectkit.servicing.dispatch import Dispatch
        from collectkit.storage.codec import codec_for

        planned = contact("m-1")
        run(SAVE_PERSON, (TENANT, "c-1", 1, '{"id":"c-1"}'))
        data = codec_for(Dispatch).write(planned)
        run(SAVE_DISPATCH, (TENANT, "m-1", "planned", "c-1", epoch_micros(NOON), None, data))
        with store.unit(TENANT) as unit:
            assert [planned] == unit.ready(NOON)
