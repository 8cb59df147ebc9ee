"""A rolling deployment: the book is migrated by the next release while workers of this one go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from collectkit.errors import StoreUnavailableError
from collectkit.storage._schema import SCHEMA_VERSION
from collectkit.storage.sql import SqlStore
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import Store
from collectkit.testing.conformance import StoreConformance

EXPANDED = (
    "ALTER TABLE collectkit_events ADD COLUMN region TEXT",
    "ALTER TABLE collectkit_standings ADD COLUMN risk BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE collectkit_dispatches ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1",
    "ALTER TABLE collectkit_people ADD COLUMN seen_at BIGINT",
    "CREATE TABLE collectkit_next (tenant TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (tenant, id))",
    "CREATE INDEX collectkit_next_by_risk ON collectkit_standings (tenant, risk)",
)
"""What the next release may add before it takes anything away."""


def expand(url: str, min_writer: int = SCHEMA_VERSION) -> None:
    """Migrate a book as the next release does: it adds, and notes which schemas may still write."""
    integer = "BIGINT" if url.startswith("postgresql") else "INTEGER"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in EXPANDED:
            connection.exec_driver_sql(statement.replace("BIGINT", integer))
        noted = f"INSERT INTO collectkit_schema (version, min_writer) VALUES ({SCHEMA_VERSION + 1}, {min_writer})"
        connection.exec_driver_sql(noted)
    engine.dispose()


class TestEmbeddedWriters(StoreConformance):
    claims = frozenset({"threads", "reopen", "archive", "together", "some"})

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteStore]:
        store = SqliteStore(tmp_path / "book.db", synchronous="OFF")
        expand(f"sqlite+pysqlite:///{tmp_path}/book.db")
        yield store
        store.close()

    def reopen(self, store: Store) -> Store:
        assert isinstance(store, SqliteStore)
        store.close()
        return SqliteStore(store.path)


class TestPostgresWriters(StoreConformance):
    claims = frozenset({"threads", "reopen", "archive", "together", "some"})

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[SqlStore]:
        store = SqlStore(postgres_url)
        expand(postgres_url)
        yield store
        store.close()

    def reopen(self, store: Store) -> Store:
        assert isinstance(store, SqlStore)
        store.close()
        return SqlStore(store.engine)


class TestContracted:
    def test_writers_that_are_too_old_are_told_so(self, tmp_path: Path) -> None:
        """
        Once the next release has taken something away, this one opens the book no more, and changes nothing.
        """
        SqliteStore(tmp_path / "book.db").close()
        expand(f"sqlite+pysqlite:///{tmp_path}/book.db", min_writer=SCHEMA_VERSION + 1)

        with pytest.raises(StoreUnavailableError, match="nothing was recorded"):
            SqliteStore(tmp_path / "book.db")
        with (
            pytest.raises(StoreUnavailableError, match="nothing was recorded"),
            closing(SqlStore(f"sqlite+pysqlite:///{tmp_path}/book.db")),
        ):
            pytest.fail("a contracted book was opened")
