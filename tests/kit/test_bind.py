from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from collectkit import Kit, Note
from collectkit.errors import StoreUnavailableError, UnknownIdError
from collectkit.kit import BoundKit

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
        with pytest.raises(AttributeError, match="no attribute 'run_night': a bound kit records and reads"):
            bound.run_night  # type: ignore[attr-defined]  # noqa: B018
        with pytest.raises(AttributeError, match=r"'BoundKit' object has no attribute 'run_nigth'$"):
            bound.run_nigth  # type: ignore[attr-defined]  # noqa: B018
        connection.close()

    @pytest.mark.parametrize("kind", ["sqlite", "postgres"])
    def test_a_session_of_sqlalchemy_is_its_transaction(self, kit: Kit, kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """
        What is recorded stands with the session's commit and falls with its rollback; outside of one it is refused.
        """
        import sqlalchemy as sa
        from sqlalchemy.orm import Session

        url = f"sqlite:///{tmp_path / 'host.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
        engine = sa.create_engine(url)
        try:
            with Session(engine) as session, pytest.raises(StoreUnavailableError, match="begun no transaction"):
                kit.bind(session)
            with Session(engine) as session, session.begin():
                kit.bind(session).register(consumer("c-1"), at=NOW)
            with Session(engine) as session, session.begin():
                kit.bind(session).register(consumer("c-2"), at=NOW)
                session.rollback()
            with engine.begin() as tx:
                assert "c-1" == kit.bind(tx).person_standing("c-1", as_of=TODAY).facts.person
                with pytest.raises(UnknownIdError):
                    kit.bind(tx).person_standing("c-2", as_of=TODAY)
            with pytest.raises(StoreUnavailableError, match="got Engine"):
                kit.bind(engine)
        finally:
            engine.dispose()

    def test_personal_data_goes_through_the_vault_in_postgresql(self, tmp_path: Path, postgres_url: str) -> None:
        """
        A kit with keys seals what it writes in the host's database too, on a connection of psycopg and on one of SQLAlchemy.
        """
        import psycopg
        import sqlalchemy as sa

        with Kit.open("memory://", actor="tests", settings={"keys": str(tmp_path / "keys")}) as kit:
            with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
                live(kit.bind(connection))
            engine = sa.create_engine(postgres_url)
            with engine.begin() as tx:
                assert ("Test Consumer", TEXT) == read(kit.bind(tx))
                rows = [*tx.exec_driver_sql("SELECT data FROM collectkit_people"), *tx.exec_driver_sql("SELECT data FROM collectkit_notes")]
            engine.dispose()
        assert 2 == len(rows)
        assert all(secret not in str(rows) for secret in ("Test Consumer", "2125550123", "c1@example.com", TEXT))


TEXT = "called her sister"


def live(kit: BoundKit) -> None:
    """Write a person, an account and a note."""
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    kit.note(Note("n-1", account="a-1", text=TEXT), at=NOW)


def read(kit: BoundKit) -> tuple[str, str]:
    """Read the person's name and the note."""
    (held,) = kit.notes("a-1")
    return kit.person_standing("c-1", as_of=TODAY).consumer.name, held.note.text
