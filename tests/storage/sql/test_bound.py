from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from collectkit.errors import ConcurrencyConflictError, StoreUnavailableError
from collectkit.storage.bound import bind
from collectkit.storage.sql import SqlStore
from collectkit.storage.store import NEW, Store
from collectkit.testing.conformance import StoreConformance
from collectkit.testing.conformance._examples import TENANT, append, opened, paid


def dsn(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


class TestBoundToPsycopg(StoreConformance):
    claims = frozenset({"archive", "together", "some"})

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Store]:
        with psycopg.connect(dsn(postgres_url)) as connection:
            yield bind(connection)
            connection.rollback()


class Django:
    """What `django.db.connection` shows, with Django's own order of statements: autocommit, BEGIN, and savepoints inside."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._depth = 0

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """One `atomic()` block: the outermost is the transaction, each inner one a savepoint."""
        name, outermost = f"s{self._depth}", self._depth == 0
        self._begin() if outermost else self.connection.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self._end("rollback") if outermost else self.connection.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        self._depth -= 1
        self._end("commit") if outermost else self.connection.execute(f"RELEASE SAVEPOINT {name}")

    def _begin(self) -> None:
        if isinstance(self.connection, sqlite3.Connection):
            self.connection.execute("BEGIN")
        else:
            self.connection.autocommit = False

    def _end(self, how: str) -> None:
        getattr(self.connection, how)()
        if not isinstance(self.connection, sqlite3.Connection):
            self.connection.autocommit = True


@pytest.fixture(params=["sqlite", "postgresql"])
def django(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Django]:
    """A host's connection with a table and one committed order, as Django keeps it: in autocommit outside of blocks."""
    connection: Any
    if request.param == "sqlite":
        connection = sqlite3.connect(tmp_path / "host.db", isolation_level=None)
    else:
        connection = psycopg.connect(dsn(request.getfixturevalue("postgres_url")), autocommit=True, row_factory=dict_row)
    connection.execute("CREATE TABLE orders (id TEXT)")
    yield Django(connection)
    connection.close()


def count(django: Django, table: str) -> int:
    row = django.connection.execute(f"SELECT count(*) AS n FROM {table}").fetchone()
    return int(row["n"] if isinstance(row, dict) else row[0])


class TestAtomicBlocks:
    def test_what_is_recorded_stands_with_the_block(self, django: Django) -> None:
        """
        Order and event are committed together by the outermost block.
        """
        with django.atomic():
            django.connection.execute("INSERT INTO orders VALUES ('o-1')")
            with django.atomic():
                append(bind(django), "account/a-1", NEW, opened())

        with django.atomic(), bind(django).unit(TENANT) as unit:
            assert [opened()] == unit.bodies("account/a-1")
        assert 1 == count(django, "orders")

    def test_an_inner_block_falls_alone(self, django: Django) -> None:
        """
        The host catches its own error and goes on: what the inner block recorded is gone, the rest stands.
        """
        with django.atomic():
            append(bind(django), "account/a-1", NEW, opened())
            with pytest.raises(RuntimeError), django.atomic():
                append(bind(django), "account/a-1", 1, paid("p-1"))
                raise RuntimeError
            append(bind(django), "account/a-1", 1, paid("p-2"))

        with django.atomic(), bind(django).unit(TENANT) as unit:
            assert [opened(), paid("p-2")] == unit.bodies("account/a-1")

    def test_a_conflict_leaves_the_block_usable(self, django: Django) -> None:
        """
        A refused unit is rolled back to its savepoint, and the host's statements before and after it stand.
        """
        with django.atomic():
            append(bind(django), "account/a-1", NEW, opened())
            django.connection.execute("INSERT INTO orders VALUES ('o-1')")
            with pytest.raises(ConcurrencyConflictError):
                append(bind(django), "account/a-1", 7, paid("p-1"))
            django.connection.execute("INSERT INTO orders VALUES ('o-2')")

        assert 2 == count(django, "orders")

    def test_the_outermost_block_takes_everything_back(self, django: Django) -> None:
        """
        Tables that were made in it too.
        """
        with pytest.raises(RuntimeError), django.atomic():
            append(bind(django), "account/a-1", NEW, opened())
            raise RuntimeError

        assert 0 == count(django, "orders")
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
            count(django, "collectkit_events")


class TestWhoseTransaction:
    def test_psycopg_without_a_transaction_is_refused(self, postgres_url: str) -> None:
        """
        In autocommit a savepoint would stand alone.
        """
        with psycopg.connect(dsn(postgres_url), autocommit=True) as connection:
            with pytest.raises(StoreUnavailableError, match="begun no transaction"):
                bind(connection)
            with connection.transaction():
                append(bind(connection), "account/a-1", NEW, opened())
            assert TransactionStatus.IDLE == connection.info.transaction_status

    def test_nothing_is_ended_but_by_the_host(self, postgres_url: str) -> None:
        """
        After many units the transaction is the same, and others see nothing of it.
        """
        with psycopg.connect(dsn(postgres_url)) as connection:
            first = connection.execute("SELECT pg_current_xact_id()::text").fetchone()
            store = bind(connection)
            for number in range(3):
                append(store, f"account/a-{number}", NEW, opened(f"a-{number}"))
            store.close()
            assert first == connection.execute("SELECT pg_current_xact_id()::text").fetchone()
            with psycopg.connect(dsn(postgres_url)) as other:
                assert (None,) == other.execute("SELECT to_regclass('collectkit_events')").fetchone()
            connection.commit()

        with closing(SqlStore(postgres_url)) as store, store.unit(TENANT) as unit:
            assert ["account/a-0", "account/a-1", "account/a-2"] == unit.streams("account/")


class TestSqlAlchemy:
    def test_a_unit_is_a_savepoint_of_the_hosts_transaction(self, postgres_url: str) -> None:
        """
        A failed one leaves the host's rows and the unit before it; the host's commit keeps both, its rollback neither.
        """
        engine = sa.create_engine(postgres_url)
        with engine.begin() as tx:
            tx.execute(sa.text("CREATE TABLE orders (id TEXT)"))
            append(bind(tx), "account/a-1", NEW, opened())
            with pytest.raises(ConcurrencyConflictError):
                append(bind(tx), "account/a-1", NEW, opened())
            tx.execute(sa.text("INSERT INTO orders VALUES ('o-1')"))
        with pytest.raises(RuntimeError), engine.begin() as tx:
            append(bind(tx), "account/a-1", 1, paid("p-1"))
            raise RuntimeError

        with engine.begin() as tx, bind(tx).unit(TENANT) as unit:
            assert [opened()] == unit.bodies("account/a-1")
            assert 1 == tx.execute(sa.text("SELECT count(*) FROM orders")).scalar_one()
        engine.dispose()


class TestPooler:
    def test_nothing_is_left_in_the_session(self, postgres_url: str) -> None:
        """
        After units of every kind the server session has no prepared statement, no setting of its own and no lock.
        """
        engine = sa.create_engine(postgres_url, poolclass=sa.pool.StaticPool, connect_args={"prepare_threshold": None})
        store = SqlStore(engine)
        with engine.connect() as connection:
            fresh = connection.exec_driver_sql("SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name").all()
        for number in range(12):
            append(store, f"account/a-{number}", NEW, opened(f"a-{number}"))
            with store.unit(TENANT) as unit:
                unit.lock(["run/night", f"account/a-{number}"])
            with store.view(TENANT) as view:
                view.streams("")

        with engine.connect() as connection:
            run = connection.exec_driver_sql
            assert [] == run("SELECT statement FROM pg_prepared_statements").all()
            assert fresh == run("SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name").all()
            assert [] == run("SELECT locktype FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'").all()
        engine.dispose()

    def test_every_unit_may_have_another_session(self, postgres_url: str) -> None:
        """
        As behind a pooler in transaction mode: each transaction on a connection of its own.
        """
        engine = sa.create_engine(postgres_url, poolclass=sa.pool.NullPool, connect_args={"prepare_threshold": None})
        store = SqlStore(engine)
        append(store, "account/a-1", NEW, opened())
        append(store, "account/a-1", 1, paid("p-1"))

        with store.view(TENANT) as view:
            assert [opened(), paid("p-1")] == view.bodies("account/a-1")
        engine.dispose()
