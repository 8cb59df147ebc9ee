from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from collectkit import Kit
from collectkit.errors import UnknownIdError

from .conftest import NOW, TODAY, account, consumer


def order(connection: sqlite3.Connection, id: str) -> None:
    """What the host writes in the same transaction."""
    connection.execute("CREATE TABLE IF NOT EXISTS orders (id TEXT)")
    connection.execute("INSERT INTO orders VALUES (?)", (id,))


class TestBind:
    def test_the_account_stands_with_the_hosts_commit(self, kit: Kit, tmp_path: Path) -> None:
        """
        One transaction holds the order and the account.
        """
        connection = sqlite3.connect(tmp_path / "host.db")
        bound = kit.bind(connection)
        order(connection, "o-1")
        bound.register(consumer(), at=NOW)
        bound.open_account(account(), at=NOW)
        connection.commit()
        connection.rollback()

        assert 49 == kit.bind(connection).standing("a-1", as_of=TODAY).days_past_due
        connection.close()

    def test_the_account_falls_with_the_hosts_rollback(self, kit: Kit, tmp_path: Path) -> None:
        """
        Nothing remains of what the host gave up.
        """
        connection = sqlite3.connect(tmp_path / "host.db")
        bound = kit.bind(connection)
        connection.commit()
        order(connection, "o-1")
        bound.register(consumer(), at=NOW)
        bound.open_account(account(), at=NOW)
        connection.rollback()

        with pytest.raises(UnknownIdError):
            kit.bind(connection).standing("a-1", as_of=TODAY)
        connection.close()

    def test_nothing_is_handed_over_from_inside(self, kit: Kit) -> None:
        """
        What may still be rolled back must not reach a person.
        """
        connection = sqlite3.connect(":memory:")
        bound = kit.bind(connection)

        assert not hasattr(bound, "dispatch")
        assert not hasattr(bound, "run_night")
        connection.close()
