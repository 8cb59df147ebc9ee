from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from collectkit.errors import StoreUnavailableError
from collectkit.storage._schema import SCHEMA_VERSION, STEPS, statements_for
from collectkit.storage.sql import SqlStore, migrate, migration_sql
from collectkit.storage.sql._tables import METADATA
from collectkit.storage.sqlite import SqliteStore
from collectkit.testing.conformance._examples import TENANT, append, opened, paid


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite+pysqlite:///{tmp_path}/book.db"


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """The same database without a store."""
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def make(engine: sa.Engine, through: int) -> None:
    """Make a book as the release of that schema did, without Alembic."""
    with engine.begin() as connection:
        for step in STEPS[:through]:
            for statement in statements_for(step, engine.dialect.name):
                connection.exec_driver_sql(statement)


def tables(engine: sa.Engine) -> set[str]:
    return {name for name in sa.inspect(engine).get_table_names() if name.startswith("collectkit_")}


class TestMigrating:
    def test_tables_are_those_that_the_store_uses(self, url: str, engine: sa.Engine) -> None:
        """
        Alembic finds no difference between the migrated database and what the statements are written for.
        """
        SqlStore(url).close()
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": "collectkit_version", "include_object": _named})
            differences = compare_metadata(context, METADATA)

        # SQLite calls a row number nullable that never is.
        assert [] == [one for one in differences if not (url.startswith("sqlite") and "modify_nullable" in str(one))]

    def test_an_older_book_is_brought_up(self, url: str, engine: sa.Engine) -> None:
        """
        From every schema there was, made without Alembic, to this one.
        """
        for version in range(1, SCHEMA_VERSION):
            make(engine, version)
            store = SqlStore(url)
            append(store, "account/a-1", 0, opened())
            with engine.begin() as connection:
                assert (SCHEMA_VERSION, f"{SCHEMA_VERSION:04}") == connection.execute(
                    sa.text("SELECT (SELECT max(version) FROM collectkit_schema), (SELECT version_num FROM collectkit_version)")
                ).one()
                _drop_all(connection)
            store.close()

    def test_opening_again_changes_nothing(self, url: str, engine: sa.Engine) -> None:
        """
        A book that is up to date is only looked at.
        """
        SqlStore(url).close()
        before = tables(engine)
        with engine.connect() as connection:
            migrate(connection, change=False)

        assert before == tables(engine)

    def test_a_newer_book_that_takes_these_writes_is_opened(self, url: str, engine: sa.Engine) -> None:
        """
        An expanding step of a later release does not lock this one out.
        """
        SqlStore(url).close()
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO collectkit_schema (version, min_writer) VALUES (99, 2)"))

        with closing(SqlStore(url)) as store:
            append(store, "account/a-1", 0, opened())

    def test_a_newer_book_that_does_not_is_refused(self, url: str, engine: sa.Engine) -> None:
        """
        The sentence names both numbers, and nothing is changed.
        """
        SqlStore(url).close()
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO collectkit_schema (version, min_writer) VALUES (99, 98)"))

        with pytest.raises(StoreUnavailableError, match="only releases from schema 98 on may write"):
            SqlStore(url)

    def test_without_leave_to_change_a_missing_book_is_refused(self, url: str, engine: sa.Engine) -> None:
        """
        The sentence says how it is made, and no table is.
        """
        with pytest.raises(StoreUnavailableError, match="collectkit migrate --sql"):
            SqlStore(url, migrate_tables=False)

        assert set() == tables(engine)

    def test_the_host_keeps_its_own_migrations(self, url: str, engine: sa.Engine) -> None:
        """
        A host's note of its version is neither read nor written.
        """
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            connection.execute(sa.text("INSERT INTO alembic_version VALUES ('host-7')"))
        SqlStore(url).close()

        with engine.connect() as connection:
            assert ["host-7"] == connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()

    def test_the_text_for_an_administrator_makes_the_same_tables(self, url: str, engine: sa.Engine) -> None:
        """
        Run by hand, it makes a book that needs nothing more.
        """
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            text = migration_sql(engine.dialect.name)
            raw.executescript(text) if engine.dialect.name == "sqlite" else raw.execute(text)
            connection.commit()
        with closing(SqlStore(url, migrate_tables=False)) as store:
            append(store, "account/a-1", 0, opened())

    def test_a_fault_in_the_middle_leaves_no_half_made_book(self, url: str, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        All steps stand or fall together, and the next try starts from nothing.
        """
        from collectkit.storage.sql import stepping

        broken = attrs.evolve(STEPS[-1], statements=("CREATE RUBBISH",))
        with monkeypatch.context() as patch:
            patch.setattr(stepping, "STEPS", (*STEPS[:-1], broken))
            with pytest.raises(StoreUnavailableError):
                SqlStore(url)

        assert set() == tables(engine)
        with closing(SqlStore(url)) as store:
            append(store, "account/a-1", 0, opened())


class TestOneFile:
    def test_a_file_of_the_embedded_store_is_opened_and_back(self, tmp_path: Path) -> None:
        """
        Both write one and the same book, in turn.
        """
        embedded = SqliteStore(tmp_path / "book.db")
        append(embedded, "account/a-1", 0, opened())
        behind = SqlStore(f"sqlite+pysqlite:///{tmp_path}/book.db")
        append(behind, "account/a-1", 1, paid("p-1"))
        behind.close()
        append(embedded, "account/a-1", 2, paid("p-2"))

        with embedded.unit(TENANT) as unit:
            assert [opened(), paid("p-1"), paid("p-2")] == unit.bodies("account/a-1")
        embedded.close()

    def test_an_older_file_is_brought_up_in_place(self, tmp_path: Path) -> None:
        """
        The embedded store needs no Alembic for it, and what was recorded stands.
        """
        with closing(sqlite3.connect(tmp_path / "book.db", isolation_level=None)) as connection:
            for statement in statements_for(STEPS[0], "sqlite"):
                connection.execute(statement)
        with closing(SqliteStore(tmp_path / "book.db")) as store:
            append(store, "account/a-1", 0, opened())

        with closing(SqliteStore(tmp_path / "book.db")) as store, store.unit(TENANT) as unit:
            assert [opened()] == unit.bodies("account/a-1")


class TestText:
    def test_only_what_an_older_book_lacks(self) -> None:
        """
        From schema 1 on, the first tables are not made again.
        """
        text = migration_sql("postgresql", since=1)

        assert "min_writer" in text
        assert "CREATE TABLE collectkit_events" not in text

    @pytest.mark.parametrize(("dialect", "since"), [("oracle", 0), ("sqlite", -1), ("sqlite", 999)])
    def test_what_cannot_be_written_is_refused(self, dialect: str, since: int) -> None:
        """
        Another database and a schema that never was.
        """
        with pytest.raises(StoreUnavailableError, match="nothing was written"):
            migration_sql(dialect, since=since)


def _named(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Compare tables and columns of the book; indexes are the steps' own business."""
    return kind == "column" or (kind == "table" and str(name).startswith("collectkit_") and name != "collectkit_version")


def _drop_all(connection: sa.Connection) -> None:
    for name in sa.inspect(connection).get_table_names():
        cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
        connection.execute(sa.text(f"DROP TABLE {name}{cascade}"))
