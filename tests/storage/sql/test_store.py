from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectkit.storage.sql import SqlStore
from collectkit.storage.store import Store
from collectkit.testing.conformance import StoreConformance


class TestPostgres(StoreConformance):
    claims = frozenset({"threads", "reopen"})

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
    claims = frozenset({"threads", "reopen"})

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqlStore]:
        store = SqlStore(f"sqlite+pysqlite:///{tmp_path}/book.db")
        yield store
        store.close()

    def reopen(self, store: Store) -> Store:
        assert isinstance(store, SqlStore)
        store.close()
        return SqlStore(store.engine)


class TestSqliteInMemory(StoreConformance):
    @pytest.fixture
    def store(self) -> Iterator[SqlStore]:
        store = SqlStore("sqlite+pysqlite://")
        yield store
        store.close()
