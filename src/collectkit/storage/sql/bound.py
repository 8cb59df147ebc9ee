"""A book in PostgreSQL inside the host's own transaction.

Each unit is a savepoint on the host's connection, as in `collectkit.storage.bound`. Nothing is committed or rolled back
beyond the savepoint, no session setting is changed, and the rows that a unit holds are held until the host ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from collectkit.errors import StoreUnavailableError
from collectkit.storage._group import ViewOver
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.sql._faults import fault
from collectkit.storage.sql.migrating import migrate
from collectkit.storage.sql.unit import SqlUnit


class BoundSqlStore:
    """
    The book in a PostgreSQL database that the host has opened, inside the transaction that the host commits.

    Missing tables are made in that same transaction.

    Args:
        connection: A SQLAlchemy connection with a transaction (``with engine.begin() as tx``), or a psycopg one. It is
            used by one thread at a time.

    Raises:
        StoreUnavailableError: It has no transaction, or the tables are newer and do not take what this release writes.
    """

    def __init__(self, connection: object) -> None:
        self._connection = connection if isinstance(connection, sa.Connection) else _around(connection)
        self._keeper: Keeper = PLAIN
        self._open = False
        with self._savepoint():
            migrate(self._connection)

    @contextmanager
    def unit(self, tenant: str) -> Iterator[SqlUnit]:
        """Open a savepoint; leaving the block releases it, an exception rolls back to it."""
        with self._savepoint():
            yield SqlUnit(self._connection, tenant, self._keeper)

    @contextmanager
    def view(self, tenant: str) -> Iterator[SqlUnit]:
        """Open a savepoint of which nothing is kept."""
        with suppress(ViewOver), self._savepoint():
            yield SqlUnit(self._connection, tenant, self._keeper, deciding=False)
            raise ViewOver

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        if self._open:
            raise StoreUnavailableError("a unit is already open on this connection; leave it before opening another; nothing was recorded")
        try:
            savepoint = self._connection.begin_nested()
        except SQLAlchemyError as error:
            raise StoreUnavailableError(f"the host's connection cannot be used: {error}; nothing was recorded") from error
        self._open = True
        try:
            yield
            savepoint.commit()
        except DBAPIError as error:
            _roll_back(savepoint)
            raise fault(error) from error
        except BaseException:
            _roll_back(savepoint)
            raise
        finally:
            self._open = False

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._keeper = keeper

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


def _roll_back(savepoint: sa.NestedTransaction) -> None:
    with suppress(SQLAlchemyError):  # a connection that is gone has nothing left to roll back
        savepoint.rollback()


class _Hosts:
    """A host's psycopg connection as SQLAlchemy may see it: it can be used and not ended."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def commit(self) -> None:
        """Leave it to the host."""

    def rollback(self) -> None:
        """Leave it to the host."""

    def close(self) -> None:
        """Leave it to the host."""

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        """Return a cursor whose rows are tuples, whatever the host's are."""
        from psycopg.rows import tuple_row

        return self._connection.cursor(*arguments, **{**options, "row_factory": tuple_row})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _around(connection: Any) -> sa.Connection:
    """Return a SQLAlchemy connection around a psycopg one that is inside a transaction, or begins one with its first statement."""
    from psycopg.pq import TransactionStatus

    if connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
        raise StoreUnavailableError(
            "the connection has begun no transaction; use `with connection.transaction()` or `atomic()`; nothing was recorded"
        )
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: _Hosts(connection),
        poolclass=StaticPool,
        pool_reset_on_return=None,
        use_native_hstore=False,
    )
    return engine.connect()
