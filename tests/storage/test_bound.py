from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectkit.errors import StoreUnavailableError
from collectkit.storage.bound import BoundStore, bind
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import NEW
from collectkit.testing.conformance import StoreConformance
from collectkit.testing.conformance._examples import TENANT, append, opened, paid


class TestBoundStore(StoreConformance):
    claims = frozenset({"archive", "together", "some"})

    @pytest.fixture
    def store(self) -> Iterator[BoundStore]:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        yield BoundStore(connection)
        connection.close()


@pytest.fixture(params=["", "DEFERRED", "IMMEDIATE", None])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A host's connection in each of the driver's transaction modes, with a table and one committed order."""
    connection = sqlite3.connect(tmp_path / "host.db", isolation_level=request.param)
    connection.execute("CREATE TABLE orders (id TEXT)")
    connection.execute("INSERT INTO orders VALUES ('before')")
    connection.commit()
    yield connection
    connection.close()


def orders(connection: sqlite3.Connection) -> list[str]:
    return [id for (id,) in connection.execute("SELECT id FROM orders ORDER BY rowid")]


class TestHostTransaction:
    def test_a_rollback_of_the_host_leaves_nothing(self, host: sqlite3.Connection, tmp_path: Path) -> None:
        """
        Neither events nor tables.
        """
        append(BoundStore(host), "account/a-1", NEW, opened())
        host.execute("INSERT INTO orders VALUES ('o-1')")
        host.rollback()

        assert ["before"] == orders(host)
        assert [("orders",)] == host.execute("SELECT name FROM sqlite_master").fetchall()

    def test_a_commit_of_the_host_keeps_everything(self, host: sqlite3.Connection, tmp_path: Path) -> None:
        """
        What was written is read by an ordinary store afterwards, together with the host's rows, and not before.
        """
        append(BoundStore(host), "account/a-1", NEW, opened())
        host.execute("INSERT INTO orders VALUES ('o-1')")
        with sqlite3.connect(tmp_path / "host.db") as other:
            assert [("orders",)] == other.execute("SELECT name FROM sqlite_master").fetchall()
        other.close()
        host.commit()

        assert ["before", "o-1"] == orders(host)
        with SqliteStore(tmp_path / "host.db").unit(TENANT) as unit:
            assert [opened()] == unit.bodies("account/a-1")

    def test_an_error_in_a_unit_leaves_the_hosts_work_alone(self, host: sqlite3.Connection) -> None:
        """
        The host's rows and the unit before stand; those of the failed unit are gone.
        """
        host.execute("BEGIN") if host.isolation_level is None else None
        host.execute("INSERT INTO orders VALUES ('o-1')")
        store = BoundStore(host)
        append(store, "account/a-1", NEW, opened())
        with pytest.raises(RuntimeError), store.unit(TENANT) as unit:
            unit.save_run("night", "2026-03-02", "half done")
            raise RuntimeError
        append(store, "account/a-1", 1, paid("p-1"))
        host.commit()

        with store.unit(TENANT) as unit:
            assert (2, None) == (unit.version("account/a-1"), unit.run("night", "2026-03-02"))
        assert ["before", "o-1"] == orders(host)

    def test_the_hosts_rows_keep_their_form(self, host: sqlite3.Connection) -> None:
        """
        A row factory of the host changes nothing here and is there again afterwards.
        """
        host.row_factory = lambda cursor, row: {"whole": row}
        append(BoundStore(host), "account/a-1", NEW, opened())

        assert {"whole": ("before",)} == host.execute("SELECT id FROM orders").fetchone()

    def test_a_locked_database_is_unavailable(self, host: sqlite3.Connection, tmp_path: Path) -> None:
        """
        Another writer is waited for as long as the host's connection does, and then the unit says so.
        """
        BoundStore(host)
        host.commit()
        host.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(tmp_path / "host.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailableError, match="locked"):
            append(BoundStore(host), "account/a-1", NEW, opened())
        other.close()


class Wrapped:
    """What SQLAlchemy's connection shows of the driver's."""

    def __init__(self, driver_connection: object, begun: bool = True) -> None:
        self.driver_connection = driver_connection
        self.connection = self
        self._begun = begun

    def in_transaction(self) -> bool:
        return self._begun


class TestWhoseConnection:
    def test_a_wrapper_is_looked_through(self, host: sqlite3.Connection) -> None:
        """
        The transaction is that of the wrapper.
        """
        append(bind(Wrapped(host)), "account/a-1", NEW, opened())
        assert host.in_transaction

    def test_a_wrapper_without_transaction_is_refused(self, host: sqlite3.Connection) -> None:
        """
        Its commit would commit nothing.
        """
        with pytest.raises(StoreUnavailableError, match="begun no transaction"):
            bind(Wrapped(host, begun=False))

    def test_another_database_is_refused(self) -> None:
        """
        The message says which connections fit.
        """
        with pytest.raises(StoreUnavailableError, match="sqlite3, psycopg, SQLAlchemy or Django, got Wrapped"):
            bind(Wrapped("a connection to something else"))

    def test_closing_leaves_the_connection_open(self, host: sqlite3.Connection) -> None:
        """
        It is the host's.
        """
        BoundStore(host).close()
        assert ["before"] == orders(host)
