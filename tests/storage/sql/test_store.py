from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from collectkit.errors import StoreUnavailableError
from collectkit.storage.sql import SqlStore
from collectkit.storage.store import NEW, Store
from collectkit.testing.conformance import StoreConformance
from collectkit.testing.conformance._examples import TENANT, append, context, opened, paid


class TestPostgres(StoreConformance):
    claims = frozenset({"threads", "reopen", "archive", "together", "some"})

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[SqlStore]:
        store = SqlStore(postgres_url)
        yield store
        store.close()

    def reopen(self, store: Store) -> Store:
        assert isinstance(store, SqlStore)
        store.close()
        return SqlStore(store.engine)


class TestSqliteFile(StoreConformance):
    claims = frozenset({"threads", "reopen", "archive", "together", "some"})

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqlStore]:
        store = SqlStore(f"sqlite+pysqlite:///{tmp_path}/book.db")
        yield store
        store.close()

    def reopen(self, store: Store) -> Store:
        assert isinstance(store, SqlStore)
        store.close()
        return SqlStore(store.engine)


class TestOpening:
    @pytest.mark.parametrize(
        ("url", "said"), [("oracle://db", "PostgreSQL or SQLite, not in oracle"), ("rubbish", "no database that is known")]
    )
    def test_another_database_is_refused(self, url: str, said: str) -> None:
        """
        The sentence shows no more of the URL than its scheme: the rest may hold a password.
        """
        with pytest.raises(StoreUnavailableError, match=said):
            SqlStore(url)

    def test_a_server_that_is_not_there_is_unavailable(self, tmp_path: Path) -> None:
        """
        Nothing was recorded, and the password is not told.
        """
        with pytest.raises(StoreUnavailableError, match="nothing was recorded") as caught:
            SqlStore(f"postgresql+psycopg://app:hunter2@/db?host={tmp_path}")
        assert "hunter2" not in str(caught.value)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED HERE: this system cannot fork")
    @pytest.mark.filterwarnings("ignore:This process")
    def test_a_fork_has_connections_of_its_own(self, postgres_url: str) -> None:
        """
        As with a web server that loads the host before it forks; both go on writing.
        """
        store = SqlStore(postgres_url)
        append(store, "account/a-1", NEW, opened())
        child = os.fork()
        if child == 0:
            try:
                _add(store, "p-1")
            except BaseException:
                os._exit(1)
            os._exit(0)
        assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        _add(store, "p-2")

        with store.view(TENANT) as view:
            assert [opened(), paid("p-1"), paid("p-2")] == view.bodies("account/a-1")
        store.close()

    def test_a_unit_in_a_book_in_memory_takes_its_turn(self) -> None:
        """
        Its threads share one connection.
        """
        store = SqlStore("sqlite+pysqlite://")
        append(store, "account/a-1", NEW, opened())
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: _add(store, f"p-{number}"), range(16)))

        with store.view(TENANT) as view:
            assert 17 == view.version("account/a-1")
        store.close()


class TestFaults:
    def test_a_fault_is_told_in_the_words_of_the_store_where_it_happens(self, tmp_path: Path) -> None:
        """
        Whoever goes over many records tells a book that cannot be used from a record that cannot be read, within the unit.
        """
        store = SqlStore(f"sqlite+pysqlite:///{tmp_path}/book.db")
        with closing(sqlite3.connect(tmp_path / "book.db")) as other:
            other.execute("DROP TABLE collectkit_events")
        with store.view(TENANT) as view, pytest.raises(StoreUnavailableError, match="the book cannot be used: no such table"):
            view.bodies("account/a-1")
        store.close()


def _add(store: SqlStore, id: str) -> None:
    with store.unit(TENANT) as unit:
        unit.append(context(), {"account/a-1": (unit.version("account/a-1"), [paid(id)])})
