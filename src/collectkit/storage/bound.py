"""A store inside the host's own transaction: what the kit writes stands or falls with what the host writes.

Each unit is a savepoint on the host's connection. It is released on success and rolled back on failure, so that an
error leaves the host's earlier work as it was; nothing is ever committed here. Nothing is sent from here either,
for what the host may still roll back must not reach a person.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from collectkit.errors import StoreUnavailableError
from collectkit.storage._group import ViewOver
from collectkit.storage._schema import prepare
from collectkit.storage._sqlite_faults import told_as
from collectkit.storage._sqlite_unit import SqliteUnit
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.store import Store

_SAVEPOINT = "collectkit_unit"


class BoundStore:
    """
    The book in a database that the host has opened, inside the transaction that the host commits.

    Missing tables are made in that same transaction. Without an open transaction one is begun, as the driver
    itself would do before the host's first write; the host's commit or rollback ends it.

    Args:
        connection: A `sqlite3.Connection`, or an object around one. It is used by one thread at a time.

    Raises:
        StoreUnavailableError: There is no sqlite3 connection behind it, or its tables are newer.
    """

    def __init__(self, connection: object) -> None:
        driver = _driver_connection(connection)
        if not isinstance(driver, sqlite3.Connection):
            raise _unfit(connection)
        self._connection = driver
        self._keeper: Keeper = PLAIN
        self._open = False
        with self._savepoint():
            prepare(self._connection)

    @contextmanager
    def unit(self, tenant: str) -> Iterator[SqliteUnit]:
        """Open a savepoint; leaving the block releases it, an exception rolls back to it."""
        with self._savepoint():
            yield SqliteUnit(self._connection, tenant, self._keeper, fault=_unusable)

    @contextmanager
    def view(self, tenant: str) -> Iterator[SqliteUnit]:
        """Open a savepoint of which nothing is kept."""
        with suppress(ViewOver), self.unit(tenant) as unit:
            yield unit
            raise ViewOver

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        if self._open:
            raise StoreUnavailableError("a unit is already open on this connection; leave it before opening another; nothing was recorded")
        held = self._connection
        factories = held.row_factory, held.text_factory
        self._begin()
        self._open = True
        held.row_factory, held.text_factory = None, str  # the host's may give rows of another kind
        try:
            with told_as(_unusable):
                yield
                held.execute(f"RELEASE {_SAVEPOINT}")
        except BaseException:
            self._roll_back()
            raise
        finally:
            held.row_factory, held.text_factory = factories
            self._open = False

    def _begin(self) -> None:
        try:
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN")  # else the savepoint would be a transaction, and its release a commit
            self._connection.execute(f"SAVEPOINT {_SAVEPOINT}")
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"the host's connection cannot be used: {error}; nothing was recorded") from error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite itself ends the whole transaction after some faults
            self._connection.execute(f"ROLLBACK TO {_SAVEPOINT}")
            self._connection.execute(f"RELEASE {_SAVEPOINT}")

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._keeper = keeper

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


def _unusable(error: sqlite3.Error) -> StoreUnavailableError:
    return StoreUnavailableError(f"the host's database cannot be used: {error}; nothing of this unit was recorded")


def bind(connection: object) -> Store:
    """
    Return the store inside the host's transaction on *connection*.

    Args:
        connection: A connection of `sqlite3` or psycopg, one of SQLAlchemy or a session of it with a transaction, or Django's
            ``django.db.connection`` inside ``atomic()``.

    Raises:
        StoreUnavailableError: There is no such connection behind it, or it has no transaction; nothing was recorded.
    """
    begun = getattr(connection, "in_transaction", None)
    if callable(begun) and not begun():
        raise StoreUnavailableError("the connection has begun no transaction; use `with engine.begin() as tx`; nothing was recorded")
    if _module(connection) == "sqlalchemy":
        return _bound_sqlalchemy(connection)
    driver = _driver_connection(connection)
    if isinstance(driver, sqlite3.Connection):
        return BoundStore(driver)
    if _module(driver) == "psycopg":
        return _bound_sql(driver)
    raise _unfit(connection)


def _bound_sqlalchemy(given: object) -> Store:
    """Return the store on a connection of SQLAlchemy, or on that of an ORM session, which is in the session's transaction."""
    import sqlalchemy as sa
    from sqlalchemy.orm import Session, scoped_session

    connection = given.connection() if isinstance(given, Session | scoped_session) else given
    if not isinstance(connection, sa.Connection):
        raise _unfit(given)
    if connection.dialect.name == "postgresql":
        return _bound_sql(connection)
    driver = _driver_connection(connection)
    if not isinstance(driver, sqlite3.Connection):
        raise _unfit(given)
    return BoundStore(driver)


def _bound_sql(connection: object) -> Store:
    from collectkit.storage.sql.bound import BoundSqlStore

    return BoundSqlStore(connection)


def _module(thing: object) -> str:
    return type(thing).__module__.partition(".")[0]


def _driver_connection(given: object) -> object:
    """Return the driver's connection behind *given*: itself, Django's wrapper's, or SQLAlchemy's."""
    candidate = given
    for name in ("connection", "driver_connection"):
        if isinstance(candidate, sqlite3.Connection) or _module(candidate) == "psycopg":
            break
        candidate = getattr(candidate, name, candidate)
    return candidate


def _unfit(given: object) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"a book is bound to a connection of sqlite3, psycopg, SQLAlchemy or Django, got {type(given).__name__}; nothing was recorded"
    )
