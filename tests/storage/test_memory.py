from __future__ import annotations

import pytest

from collectkit.storage.memory import MemoryStore
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import NEW, Store
from collectkit.testing.conformance import StoreConformance
from collectkit.testing.conformance._examples import TENANT, context, opened, paid


class TestMemoryStore(StoreConformance):
    claims = frozenset({"threads", "archive", "together", "some"})

    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestOneRecord:
    def test_the_same_events_have_the_same_digests_everywhere(self) -> None:
        """
        A book that moves from one store to another keeps its receipts.
        """

        def digests(store: Store) -> list[str]:
            with store.unit(TENANT) as unit:
                receipts = unit.append(context(), {"account/a-1": (NEW, [opened(), paid("p-1")]), "account/a-2": (NEW, [opened("a-2")])})
            return [receipt.digest for receipt in receipts]

        assert digests(MemoryStore()) == digests(SqliteStore(":memory:"))
