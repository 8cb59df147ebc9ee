"""How a store finds the next contacts: in the order of an index, however many have the same time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectkit.storage.sql import SqlStore
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import Unit
from collectkit.testing.conformance._examples import HOUR, NOON, TENANT, contact

WAITING = 3_000

TAKEN: dict[str, Callable[[Unit], object]] = {
    "ready": lambda unit: unit.ready(NOON, limit=10),
    "lost": lambda unit: unit.lost(NOON + 100 * HOUR, limit=10),
}


def plan(unit: Unit) -> None:
    """Plan many contacts for the same instant, as a night does."""
    unit.save_dispatches(contact(f"m-{number:05}", person=f"c-{number}") for number in range(WAITING))


class TestOrder:
    @pytest.mark.parametrize("taken", TAKEN)
    def test_sqlite_sorts_nothing(self, tmp_path: Path, taken: str) -> None:
        """
        Not even among those of the same time.
        """
        store, said = SqliteStore(tmp_path / "book.db"), list[str]()
        with store.unit(TENANT) as unit:
            plan(unit)
            store._connection.set_trace_callback(said.append)
            TAKEN[taken](unit)
            store._connection.set_trace_callback(None)
            (asked,) = said
            steps = [step for *_, step in store._connection.execute(f"EXPLAIN QUERY PLAN {asked}")]
        store.close()

        assert any("USING INDEX" in step for step in steps)
        assert [] == [step for step in steps if "TEMP B-TREE" in step]

    @pytest.mark.parametrize("taken", TAKEN)
    def test_postgresql_sorts_nothing(self, postgres_url: str, taken: str) -> None:
        """
        A claim of ten sorted all that were waiting, and so did the next.
        """
        store, said = SqlStore(postgres_url), list[tuple[str, Any]]()
        with store.unit(TENANT) as unit:
            plan(unit)
        sa.event.listen(store.engine, "before_cursor_execute", lambda _c, _k, text, given, *_: said.append((text, given)))
        with store.unit(TENANT) as unit:
            TAKEN[taken](unit)
        text, given = next((text, given) for text, given in said if "ORDER BY" in text)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE collectkit_dispatches")
            connection.exec_driver_sql("SET enable_seqscan = off")
            steps = [step for (step,) in connection.exec_driver_sql(f"EXPLAIN {text}", given)]
        store.close()

        assert any("Index Scan" in step for step in steps), steps
        assert [] == [step for step in steps if "Sort" in step]
