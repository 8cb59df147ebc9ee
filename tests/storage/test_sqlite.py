from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collectkit.errors import IntegrityBreachError, StoreUnavailableError
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import NEW, Store
from collectkit.storage.verify import verify_chain
from collectkit.testing.conformance import StoreConformance
from collectkit.testing.conformance._examples import TENANT, append, context, opened, paid, spend


class TestSqliteFile(StoreConformance):
    claims = frozenset({"threads", "reopen", "archive", "together", "some"})

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteStore]:
        store = SqliteStore(tmp_path / "book.db", synchronous="OFF")
        yield store
        store.close()

    def reopen(self, store: Store) -> Store:
        assert isinstance(store, SqliteStore)
        store.close()
        return SqliteStore(store.path)


class TestSqliteInMemory(StoreConformance):
    claims = frozenset({"threads", "archive", "together", "some"})

    @pytest.fixture
    def store(self) -> SqliteStore:
        return SqliteStore(":memory:")


class TestSqliteSettings:
    def test_every_commit_reaches_the_disk(self, tmp_path: Path) -> None:
        """
        WAL alone loses the last commits in a power cut; FULL (2) is what keeps them.
        """
        store = SqliteStore(tmp_path / "book.db")
        run = store._connection.execute

        assert ("wal",) == run("PRAGMA journal_mode").fetchone()
        assert (2,) == run("PRAGMA synchronous").fetchone()
        assert (1,) == run("PRAGMA foreign_keys").fetchone()

    @pytest.mark.parametrize(("synchronous", "warned"), [("FULL", False), ("NORMAL", True), ("OFF", True)])
    def test_less_than_full_is_warned_of(self, tmp_path: Path, caplog: pytest.LogCaptureFixture, synchronous: str, warned: bool) -> None:
        """
        The line names what may be lost.
        """
        SqliteStore(tmp_path / "book.db", synchronous=synchronous).close()

        assert warned == any("may be lost when the power fails" in record.getMessage() for record in caplog.records)

    def test_another_word_for_synchronous_is_refused(self, tmp_path: Path) -> None:
        """
        Nothing is opened, and no file is made.
        """
        with pytest.raises(StoreUnavailableError, match="FULL, NORMAL or OFF"):
            SqliteStore(tmp_path / "book.db", synchronous="EXTRA; DROP TABLE x")

        assert [] == list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        "statement", ["UPDATE collectkit_standings SET owed_minor = 'abc'", "UPDATE collectkit_budgets SET used = 0.5"]
    )
    def test_a_text_or_a_fraction_never_slips_into_a_number(self, statement: str) -> None:
        """
        Tables are STRICT, whoever writes to them.
        """
        from collectkit.testing.conformance._examples import standing

        store = SqliteStore(":memory:")
        with store.unit(TENANT) as unit:
            unit.save_standings([(standing(), None)])
            unit.spend([spend(0)])

        with pytest.raises(sqlite3.IntegrityError):
            store._connection.execute(statement)

    def test_a_budget_above_its_cap_is_refused_by_the_table(self) -> None:
        """
        The CHECK is the last line, for a statement that forgot the condition.
        """
        store = SqliteStore(":memory:")
        with store.unit(TENANT) as unit:
            unit.spend([spend(0, cap=1)])

        with pytest.raises(sqlite3.IntegrityError):
            store._connection.execute("UPDATE collectkit_budgets SET used = used + 1")


class TestOpening:
    def test_a_newer_schema_is_refused(self, tmp_path: Path) -> None:
        """
        An older release does not write into what no longer takes its writes.
        """
        store = SqliteStore(tmp_path / "book.db")
        store._connection.execute("INSERT INTO collectkit_schema VALUES (99, 98)")
        store.close()

        with pytest.raises(StoreUnavailableError, match="schema 99, which only releases from schema 98 on may write"):
            SqliteStore(tmp_path / "book.db")

    @pytest.mark.parametrize("content", [b"certainly not a database, but long enough to look like a file" * 20, b"\x00" * 4096])
    def test_another_file_is_refused_and_left_alone(self, tmp_path: Path, content: bytes) -> None:
        """
        A wrong path does not cost anybody their file.
        """
        (tmp_path / "letter.txt").write_bytes(content)

        with pytest.raises(StoreUnavailableError, match="not a database"):
            SqliteStore(tmp_path / "letter.txt")

        assert content == (tmp_path / "letter.txt").read_bytes()

    def test_a_folder_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        """
        The message names the path.
        """
        with pytest.raises(StoreUnavailableError, match="nowhere"):
            SqliteStore(tmp_path / "nowhere" / "book.db")

    def test_a_place_without_a_log_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        As on a network share, where SQLite answers with another mode than it was asked for.
        """

        class Elsewhere(sqlite3.Connection):
            def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
                return super().execute(sql.replace("journal_mode=WAL", "journal_mode=DELETE"), *values)

        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, **named, factory=Elsewhere))
        with pytest.raises(StoreUnavailableError, match=r"network share.*nothing was recorded"):
            SqliteStore(tmp_path / "book.db")

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED HERE: this system cannot fork")
    @pytest.mark.filterwarnings("ignore:This process")
    def test_a_fork_opens_it_anew(self, tmp_path: Path) -> None:
        """
        Two processes with one connection would write over each other's pages.
        """
        store = SqliteStore(tmp_path / "book.db")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with store.unit(TENANT):
                    code = 2
            except StoreUnavailableError as error:
                code = 0 if "open it anew here; nothing was recorded" in str(error) else 3
            os._exit(code)
        assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        append(store, "account/a-1", NEW, opened())
        store.close()

    def test_a_half_made_book_is_not_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Tables are made in one transaction: after a fault in the middle the next try starts from nothing.
        """
        from collectkit.storage import _schema

        with monkeypatch.context() as patch:
            patch.setattr(_schema, "STEPS", (_schema.Step(1, 1, (*_schema.SCHEMA[:5], "CREATE RUBBISH")),))
            with pytest.raises(StoreUnavailableError):
                SqliteStore(tmp_path / "book.db")

        append(SqliteStore(tmp_path / "book.db"), "account/a-1", NEW, opened())

    def test_tables_stand_beside_those_of_a_host(self, tmp_path: Path) -> None:
        """
        A host's own tables may have any name, and its own schema number.
        """
        host = sqlite3.connect(tmp_path / "host.db")
        host.executescript("CREATE TABLE events (id); CREATE TABLE people (id); CREATE TABLE notes (id); PRAGMA user_version = 41")
        host.close()

        append(SqliteStore(tmp_path / "host.db"), "account/a-1", NEW, opened())


class TestFaults:
    def test_a_busy_book_is_unavailable_and_says_so(self, tmp_path: Path) -> None:
        """
        Whoever waits too long is told that nothing was recorded, and may try again.
        """
        first = SqliteStore(tmp_path / "book.db")
        second = SqliteStore(tmp_path / "book.db", busy_seconds=0.01)

        with first.unit(TENANT), pytest.raises(StoreUnavailableError, match="locked") as caught, second.unit(TENANT):
            pytest.fail("two units wrote at once")

        assert caught.value.retry_helps
        append(second, "account/a-1", NEW, opened())

    def test_a_full_disk_keeps_what_stood(self, tmp_path: Path) -> None:
        """
        A unit that does not fit is not acknowledged and leaves nothing.
        """
        store = SqliteStore(tmp_path / "book.db")
        append(store, "account/a-1", NEW, opened())
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count={pages}")

        with pytest.raises(StoreUnavailableError, match="full"), store.unit(TENANT) as unit:
            unit.append(context(), {"account/a-1": (1, [paid(f"p-{number}") for number in range(2000)])})

        with store.unit(TENANT) as unit:
            assert 1 == unit.version("account/a-1")

    def test_a_file_system_that_became_read_only(self, tmp_path: Path) -> None:
        """
        Nothing is acknowledged, and the same command succeeds once the book can be written again.
        """
        store = SqliteStore(tmp_path / "book.db")
        store._connection.execute("PRAGMA query_only=1")
        with pytest.raises(StoreUnavailableError, match="readonly database; nothing was recorded"):
            append(store, "account/a-1", NEW, opened())

        store._connection.execute("PRAGMA query_only=0")
        append(store, "account/a-1", NEW, opened())

    def test_a_fault_is_told_in_the_words_of_the_store_where_it_happens(self, tmp_path: Path) -> None:
        """
        Whoever goes over many records tells a book that cannot be used from a record that cannot be read, within unit and view.
        """
        store = SqliteStore(tmp_path / "book.db")
        store._connection.execute("DROP TABLE collectkit_events")
        for opened_as in (store.unit, store.view):
            with opened_as(TENANT) as unit, pytest.raises(StoreUnavailableError, match=r"book\.db' cannot be used: no such table"):
                unit.bodies("account/a-1")

    def test_rows_that_cannot_be_fetched_are_told_there_too(self) -> None:
        """
        The first row came; a later one does not, for the statement is broken off.
        """
        store = SqliteStore(":memory:")
        append(store, "account/a-1", NEW, opened(), *(paid(f"p-{number}") for number in range(500)))
        ticks = iter([*[0] * 30, 1])
        with store.unit(TENANT) as unit:
            store._connection.set_progress_handler(lambda: next(ticks, 0), 100)
            with pytest.raises(StoreUnavailableError, match="interrupted"):
                unit.records("account/a-1")
            store._connection.set_progress_handler(None, 0)

    def test_a_closed_book_is_unavailable(self) -> None:
        """
        Not a fault of the database module.
        """
        store = SqliteStore(":memory:")
        store.close()

        with pytest.raises(StoreUnavailableError), store.unit(TENANT):
            pytest.fail("a closed book was opened")

    def test_a_damaged_body_is_found(self, tmp_path: Path) -> None:
        """
        Every flip of a character in a stored event is unreadable or breaks the chain.
        """
        store = SqliteStore(tmp_path / "book.db", synchronous="OFF")
        append(store, "account/a-1", NEW, paid("p-1"), paid("p-2"))
        run = store._connection.execute
        (body,) = run("SELECT body FROM collectkit_events WHERE version = 1").fetchone()

        for index in range(len(body)):
            damaged = body[:index] + chr(ord(body[index]) ^ 1) + body[index + 1 :]
            run("UPDATE collectkit_events SET body = ? WHERE version = 1", (damaged,))
            assert not self._sound(store), damaged
        run("UPDATE collectkit_events SET body = ? WHERE version = 1", (body,))
        assert self._sound(store)

    @staticmethod
    def _sound(store: SqliteStore) -> bool:
        try:
            with store.unit(TENANT) as unit:
                return verify_chain(unit.history("account/a-1")) is None
        except (IntegrityBreachError, ValueError):
            return False


class TestProcesses:
    def test_two_connections_never_decide_on_the_same_version(self, tmp_path: Path) -> None:
        """
        Two stores on one file, eight threads on each: every read and write in one unit is one step.
        """
        stores = [SqliteStore(tmp_path / "book.db", synchronous="OFF") for _ in range(2)]
        append(stores[0], "account/a-1", NEW, opened())

        def work(name: int) -> None:
            for number in range(5):
                with stores[name % 2].unit(TENANT) as unit:
                    unit.append(context(), {"account/a-1": (unit.version("account/a-1"), [paid(f"p-{name}-{number}")])})

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))

        with stores[0].unit(TENANT) as unit:
            assert 1 + 16 * 5 == unit.version("account/a-1")
            assert verify_chain(unit.history("account/a-1")) is None

    def test_a_cap_holds_over_many_threads_and_connections(self, tmp_path: Path) -> None:
        """
        Sixteen threads race for seven places, and exactly seven get one.
        """
        stores = [SqliteStore(tmp_path / "book.db", synchronous="OFF") for _ in range(4)]
        given: list[int] = []

        def work(name: int) -> None:
            with stores[name % 4].unit(TENANT) as unit:
                if unit.spend([spend(0, cap=7)]) is None:
                    given.append(name)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))

        assert 7 == len(given)


class TestLargeBooks:
    def test_asking_for_commands_does_not_read_all_others(self, tmp_path: Path) -> None:
        """
        Twenty times as many commands in the scope, and as many steps as before, or a chunk of an import takes ever longer.
        """
        store = SqliteStore(tmp_path / "book.db", synchronous="OFF")
        steps, ticks = [], list[None]()
        for first, last in ((0, 500), (500, 10_000)):
            with store.unit(TENANT) as unit:
                unit.remember_all("payment", [(f"p-{number:05}", b"print", "") for number in range(first, last)])
                ticks.clear()
                unit._connection.set_progress_handler(lambda: ticks.append(None), 10)
                assert 200 == len(unit.recalled("payment", [f"p-{number:05}" for number in range(200)]))
                unit._connection.set_progress_handler(None, 0)
            steps.append(len(ticks))
        store.close()

        assert steps[1] < 2 * steps[0]


class TestDamage:
    @pytest.mark.parametrize("opened_by", ["unit", "view"])
    def test_a_damaged_file_is_told_in_the_words_of_the_store(self, tmp_path: Path, opened_by: str) -> None:
        """
        Whoever reads on meets no error of SQLite's, and learns that nothing was recorded.
        """
        path = tmp_path / "book.db"
        store = SqliteStore(path)
        append(store, "account/a-1", NEW, opened(), *(paid(f"p-{number}") for number in range(500)))
        assert store.scrub()
        store.close()
        held = path.read_bytes()
        path.write_bytes(held[: len(held) // 2] + b"\xff" * (len(held) // 2))

        store = SqliteStore(path)
        with pytest.raises(StoreUnavailableError, match=r"malformed; nothing was recorded"), getattr(store, opened_by)(TENANT) as unit:
            unit.bodies("account/a-1")
            unit.standings()
        store.close()
