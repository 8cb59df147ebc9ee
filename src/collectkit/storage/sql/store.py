"""A book in PostgreSQL or SQLite behind a SQLAlchemy engine.

**What a pooler may do.** Every setting ends with its transaction, no advisory lock outlives one, and psycopg prepares
nothing on the server: the store works behind PgBouncer in transaction mode.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from collectkit.errors import ContendedError, MissingExtraError, StoreUnavailableError
from collectkit.events import Context, Event, Receipt
from collectkit.storage._appends import Append, Appends
from collectkit.storage.appending import WAITS_MAX
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.sql._faults import commit_fault, fault, said
from collectkit.storage.sql.migrating import migrate
from collectkit.storage.sql.unit import SqlUnit

BUSY_SECONDS: Final = 30.0


class SqlStore:
    """
    A book in an SQL database.

    Args:
        url: Of SQLAlchemy, such as ``postgresql+psycopg://user@host/db`` or ``sqlite+pysqlite:///book.db``; or an engine
            that the host keeps, which then owns pool and connection settings.
        migrate_tables: Make missing tables and bring older ones up; without it a book that is not there or is too old is refused.

    Raises:
        StoreUnavailableError: The database cannot be reached, or the book was written by a newer release.
        MissingExtraError: The driver is not installed.
    """

    def __init__(self, url: str | sa.Engine, *, migrate_tables: bool = True) -> None:
        self._own = not isinstance(url, sa.Engine)
        self.engine = url if isinstance(url, sa.Engine) else engine_for(url)
        if self.engine.dialect.name not in ("postgresql", "sqlite"):
            raise _elsewhere(self.engine.dialect.name)
        self._keeper: Keeper = PLAIN
        self._pid = os.getpid()
        self._local = threading.local()
        self._appends: dict[str, Appends] = {}
        # Threads that share one connection, which a book in memory is, take turns.
        self._turn = threading.RLock() if isinstance(self.engine.pool, StaticPool) else None
        try:
            with self.engine.begin() as connection:
                migrate(connection, change=migrate_tables)
        except SQLAlchemyError as error:
            self.close()
            raise StoreUnavailableError(f"the book cannot be opened: {said(error)}; nothing was recorded") from error
        except StoreUnavailableError:
            self.close()
            raise

    @contextmanager
    def unit(self, tenant: str) -> Iterator[SqlUnit]:
        """Open a transaction; leaving the block commits, an exception rolls back."""
        with self._transaction(deciding=True) as connection:
            yield SqlUnit(connection, tenant, self._keeper)

    @contextmanager
    def view(self, tenant: str) -> Iterator[SqlUnit]:
        """Open a transaction that reads one state of the book, holds nobody up, and cannot write."""
        with self._transaction(deciding=False) as connection:
            yield SqlUnit(connection, tenant, self._keeper, deciding=False)

    def append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
        """Append events behind whatever stands, committed with what other threads append to the same book meanwhile."""
        self._need_no_unit()
        self._part_from_parent()
        if context.tenant not in self._appends:
            self._appends.setdefault(context.tenant, Appends(partial(self._write_appends, context.tenant)))
        return self._appends[context.tenant].make(Append(context, writes))

    def _write_appends(self, tenant: str, take: Callable[[], Sequence[Append]]) -> None:
        taken: Sequence[Append] | None = None
        for attempt in range(1, WAITS_MAX + 1):
            try:
                with self.unit(tenant) as unit:
                    taken = take() if taken is None else taken
                    unit.append_all(taken)
            except ContendedError:
                if attempt == WAITS_MAX:
                    raise
            else:
                return

    def _need_no_unit(self) -> None:
        if getattr(self._local, "open", False):
            raise StoreUnavailableError("a unit is already open in this thread; leave it before opening another; nothing was recorded")

    @contextmanager
    def _transaction(self, *, deciding: bool) -> Iterator[sa.Connection]:
        self._need_no_unit()
        self._local.open = True
        if self._turn:
            self._turn.acquire()
        try:
            with self._connected() as connection:
                yield from self._inside(connection, deciding)
        finally:
            if self._turn:
                self._turn.release()
            self._local.open = False

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        self._part_from_parent()
        try:
            connection = self.engine.connect()
        except SQLAlchemyError as error:
            raise StoreUnavailableError(f"the book cannot be reached: {said(error)}; nothing was recorded") from error
        try:
            yield connection
        finally:
            connection.close()

    def _part_from_parent(self) -> None:
        """In a fork of the process that opened it, leave that process its connections, which stay open there, and what waits there."""
        if os.getpid() != self._pid:
            self._pid, self._appends = os.getpid(), {}
            self.engine.dispose(close=False)

    def _inside(self, connection: sa.Connection, deciding: bool) -> Iterator[sa.Connection]:
        try:
            begin(connection, deciding=deciding)
            yield connection
        except DBAPIError as error:
            connection.rollback()
            raise fault(error) from error
        except BaseException:
            connection.rollback()
            raise
        try:
            connection.commit() if deciding else connection.rollback()
        except DBAPIError as error:
            raise commit_fault(error) from error

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._keeper = keeper

    def close(self) -> None:
        """Close the connections; a host's own engine is left as it is."""
        if self._own:
            self.engine.dispose()


def engine_for(url: str) -> sa.Engine:
    """Return an engine for a book, with the settings that its promises need."""
    try:
        parsed = sa.make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):  # as psql and most hosts write it
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("postgresql", "sqlite"):
            raise _elsewhere(parsed.get_backend_name())
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(parsed)
        # Prepared statements live in one server session, and a pooler gives the next transaction another one.
        arguments = {"prepare_threshold": None}
        engine = sa.create_engine(parsed, connect_args=arguments, pool_pre_ping=True, isolation_level="READ COMMITTED")
        sa.event.listen(engine, "connect", send_arrays_binary)
        return engine
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnavailableError(f"{_scheme(url)!r} is no database that is known here: {error}; nothing was opened") from error
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"a book at {_scheme(url)}://", "postgres") from error


def send_arrays_binary(connection: object, _: object = None) -> None:
    """Have a psycopg connection send arrays in binary: as text, every quotation mark of a stored body is escaped by a pattern."""
    from psycopg.types.array import ListBinaryDumper

    connection.adapters.register_dumper(list, ListBinaryDumper)  # type: ignore[attr-defined]


def _elsewhere(name: str) -> StoreUnavailableError:
    return StoreUnavailableError(f"a book lies in PostgreSQL or SQLite, not in {name}; plugins bring other stores; nothing was opened")


def _scheme(url: str) -> str:
    """Return what may be shown of a URL: the rest may hold a password."""
    return url.partition("://")[0]


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    in_memory = url.database in (None, "", ":memory:")
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = (
        sa.create_engine(url, connect_args=arguments, poolclass=StaticPool) if in_memory else sa.create_engine(url, connect_args=arguments)
    )

    @sa.event.listens_for(engine, "connect")
    def settings(connection: object, _: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # the store says itself when a transaction begins
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        views = connection.get_execution_options().get("collectkit_view", False)
        connection.exec_driver_sql("BEGIN" if views else "BEGIN IMMEDIATE")

    return engine


def begin(connection: sa.Connection, *, deciding: bool) -> None:
    """Begin a transaction on a connection of a store's engine."""
    if not deciding:
        connection.execution_options(collectkit_view=True)
    connection.begin()
    if not deciding and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
