"""The suite that every store must pass.

A plugin's test is one class::

    class TestMyStore(StoreConformance):
        claims = frozenset({"threads", "reopen"})

        @pytest.fixture
        def store(self, tmp_path):
            return MyStore(tmp_path / "book")

        def reopen(self, store):
            store.close()
            return MyStore(store.path)

A store that does not claim a capability has its law skipped aloud.
"""

from __future__ import annotations

from collectkit.person import Consumer
from collectkit.storage.store import NEW, Store
from collectkit.testing.conformance._budgets import BudgetLaws
from collectkit.testing.conformance._examples import DAY, NOON, TENANT, contact, context, opened, paid, spend, standing
from collectkit.testing.conformance._readers import ReaderLaws
from collectkit.testing.conformance._record import RecordLaws
from collectkit.testing.conformance._rows import RowLaws


class StoreConformance(RecordLaws, ReaderLaws, RowLaws, BudgetLaws):
    """
    One test a law; give it a fixture ``store`` that returns an empty store.

    Attributes:
        claims: Capabilities beyond one thread and one process: ``threads`` (claimed unless you say otherwise),
            ``reopen`` (what was written outlives the store object), ``archive`` (`collectkit.storage.store.Archives`) and
            ``together`` (`collectkit.storage.store.ReadsTogether`), ``some`` (`collectkit.storage.store.TellsOfSome`).
    """

    def reopen(self, store: Store) -> Store:
        """Close *store* and return another one on the same book; to be given by stores that claim ``reopen``."""
        raise NotImplementedError(f"{type(self).__name__} claims 'reopen' and does not say how")

    def test_what_was_written_outlives_the_store_object(self, store: Store) -> None:
        """
        A book that is closed and opened again is the same book.
        """
        self.needs("reopen")
        with store.unit(TENANT) as unit:
            unit.append(context(), {"account/a-1": (NEW, [opened(), paid("p-1")])})
            unit.save_people([(Consumer("c-1", "Ann"), 1)])
            unit.save_standings([(standing(), DAY)])
            unit.save_dispatches([contact("m-1")])
            unit.remember("payment", "p-1", bytes(32), "")
            unit.save_run("night", "2026-03-02", "done")
            assert unit.spend([spend(0, cap=1)]) is None

        reopened = self.reopen(store)
        with reopened.unit(TENANT) as unit:
            assert [opened(), paid("p-1")] == unit.bodies("account/a-1")
            assert Consumer("c-1", "Ann") == unit.person(Consumer("c-1").id)
            assert standing() == unit.standing(standing().account)
            assert [contact("m-1")] == unit.ready(NOON)
            assert unit.recall("payment", "p-1") is not None
            assert unit.run("night", "2026-03-02") == "done"
            assert spend(0, cap=1) == unit.spend([spend(0, cap=1)])
        reopened.close()
