"""The embedded store: one SQLite file, WAL, every commit on disk before it is acknowledged.

Several threads share one connection, one at a time, and what waits behind each other is committed together; views
read beside them. Several processes share the file, each write transaction opened with BEGIN IMMEDIATE so that nobody
decides on what somebody else is about to change.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from collectkit.errors import StoreUnavailableError
from collectkit.events import Context, Event, Receipt
from collectkit.storage._appends import Append, Appends
from collectkit.storage._group import CommitGroup, ViewOver
from collectkit.storage._known import KnownStreams
from collectkit.storage._schema import prepare
from collectkit.storage._sqlite_faults import told_as
from collectkit.storage._sqlite_record import append_all
from collectkit.storage._sqlite_unit import SqliteUnit
from collectkit.storage.keeper import PLAIN, Keeper

BUSY_SECONDS = 30.0
_LOGGER: Final = logging.getLogger("collectkit")


class SqliteStore:
    """
    A book in one SQLite file.

    Args:
        path: The file; made when it is not there. ``":memory:"`` is a book that ends with the process.
        synchronous: ``FULL`` survives power loss. ``NORMAL`` and ``OFF`` may lose the last commits then, are logged as a
            warning, and are meant for bulk work that can be repeated.
        busy_seconds: How long to wait for another process that is writing.

    Raises:
        StoreUnavailableError: The file cannot be opened, is no database, lies where SQLite cannot keep its log, such as on a
            network share, or was written by a newer release.
    """

    def __init__(self, path: str | Path, *, synchronous: str = "FULL", busy_seconds: float = BUSY_SECONDS) -> None:
        if synchronous not in ("FULL", "NORMAL", "OFF"):
            raise StoreUnavailableError(f"synchronous is FULL, NORMAL or OFF, got {synchronous!r}; nothing was opened")
        self.path = str(path)
        self._pid = os.getpid()
        if synchronous != "FULL" and self.path != ":memory:":
            lost = "the last commits" if synchronous == "NORMAL" else "commits, and the whole file,"
            _LOGGER.warning("a book is opened with synchronous=%s: %s may be lost when the power fails", synchronous, lost)
        self._keeper: Keeper = PLAIN
        self._known = KnownStreams()
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        try:
            self._connection = self._connect(synchronous=synchronous)
        except sqlite3.Error as error:
            raise self._unavailable("cannot be opened", error) from error
        self._group = CommitGroup(self._connection, self.path)
        self._appends = Appends(self._write_appends)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            raise self._unavailable("cannot be opened", error) from error
        except StoreUnavailableError:
            self._connection.close()
            raise

    def _connect(self, **pragmas: str) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False)
        try:
            # What is overwritten is overwritten with zeros: an erased person must not linger in free pages.
            # Pages that an import changes again and again go into the file once and not after each chunk.
            given = {
                "journal_mode": "WAL",
                "foreign_keys": "ON",
                "cache_size": "-65536",
                "wal_autocheckpoint": "8000",
                "secure_delete": "ON",
            }
            for name, value in (given | pragmas).items():
                connection.execute(f"PRAGMA {name}={value}")
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        if mode != "wal" and self.path != ":memory:":
            connection.close()
            raise StoreUnavailableError(
                f"the book {self.path!r} cannot have a write-ahead log (it has {mode!r}): it may lie on a network share, where SQLite's "
                "locks do not hold; put it on a disk of this machine, or use PostgreSQL; nothing was recorded"
            )
        return connection

    def _prepare(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        prepare(self._connection)
        self._connection.execute("COMMIT")

    @contextmanager
    def unit(self, tenant: str) -> Iterator[SqliteUnit]:
        """
        Open a transaction; leaving the block commits, an exception rolls back.

        Units of several threads that wait for each other are committed together, and each returns when the commit is on disk.
        """
        with self._alone_in_thread(), self._group.member():
            yield SqliteUnit(self._connection, tenant, self._keeper, self._known, fault=self._unusable)

    @contextmanager
    def view(self, tenant: str) -> Iterator[SqliteUnit]:
        """Open a transaction that only reads: one state of the book, beside whoever is writing."""
        if self.path == ":memory:":  # which has no second connection
            with suppress(ViewOver), self.unit(tenant) as unit:
                yield unit
                raise ViewOver
            return
        with self._alone_in_thread(), self._reading, told_as(self._unusable):
            reader = self._reader = self._reader or self._connect(synchronous="FULL", query_only="ON")
            reader.execute("BEGIN")
            try:
                yield SqliteUnit(reader, tenant, self._keeper, self._known, fault=self._unusable)
            finally:
                reader.execute("ROLLBACK")

    def append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
        """Append events behind whatever stands, committed with what other threads append meanwhile."""
        with self._alone_in_thread():
            return self._appends.make(Append(context, writes))

    def _write_appends(self, take: Callable[[], Sequence[Append]]) -> None:
        with self._group.member(), told_as(self._unusable):
            append_all(self._connection, take())

    @contextmanager
    def _alone_in_thread(self) -> Iterator[None]:
        if os.getpid() != self._pid:
            # Two processes with one connection write over each other's pages (sqlite.org/howtocorrupt.html, section 2.6).
            raise StoreUnavailableError(
                f"the book {self.path!r} was opened before this process was forked; open it anew here; nothing was recorded"
            )
        if getattr(self._local, "open", False):
            raise StoreUnavailableError("a unit is already open in this thread; leave it before opening another; nothing was recorded")
        self._local.open = True
        try:
            yield
        finally:
            self._local.open = False

    def _unusable(self, error: sqlite3.Error) -> StoreUnavailableError:
        return self._unavailable("cannot be used", error)

    def _unavailable(self, what: str, error: sqlite3.Error) -> StoreUnavailableError:
        return StoreUnavailableError(f"the book {self.path!r} {what}: {error}; nothing was recorded")

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._keeper = keeper

    def scrub(self) -> bool:
        """
        Move what was written into the file and cut off the log, so that older versions of rows are gone from the disk.

        Returns:
            False when somebody is reading or writing meanwhile; the next one that comes alone does it.
        """
        if self.path == ":memory:":
            return True
        with closing(sqlite3.connect(self.path, timeout=self._busy_seconds, isolation_level=None)) as connection:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        """Close the file."""
        with self._group.turn(), self._reading:
            self._connection.close()
            if self._reader is not None:
                self._reader.close()
