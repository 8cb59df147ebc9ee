"""The embedded store: one SQLite file, WAL, every commit on disk before it is acknowledged.

Several threads share one connection under a lock; several processes share the file, each write transaction
opened with BEGIN IMMEDIATE so that nobody decides on what somebody else is about to change.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collectkit.errors import OutcomeUnknownError, StoreUnavailableError
from collectkit.storage._schema import prepare
from collectkit.storage._sqlite_unit import SqliteUnit
from collectkit.storage.keeper import PLAIN, Keeper

BUSY_SECONDS = 30.0


class SqliteStore:
    """
    A book in one SQLite file.

    Args:
        path: The file; made when it is not there. ``":memory:"`` is a book that ends with the process.
        synchronous: ``FULL`` survives power loss. ``NORMAL`` and ``OFF`` may lose the last commits then and are
            meant for bulk work that can be repeated.
        busy_seconds: How long to wait for another process that is writing.

    Raises:
        StoreUnavailableError: The file cannot be opened, is no database, or was written by a newer release.
    """

    def __init__(self, path: str | Path, *, synchronous: str = "FULL", busy_seconds: float = BUSY_SECONDS) -> None:
        if synchronous not in ("FULL", "NORMAL", "OFF"):
            raise StoreUnavailableError(f"synchronous is FULL, NORMAL or OFF, got {synchronous!r}; nothing was opened")
        self.path = str(path)
        self._keeper: Keeper = PLAIN
        self._lock = threading.RLock()
        self._open = False
        try:
            self._connection = sqlite3.connect(self.path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._unavailable("cannot be opened", error) from error
        try:
            self._prepare(synchronous)
        except sqlite3.Error as error:
            self._connection.close()
            raise self._unavailable("cannot be opened", error) from error
        except StoreUnavailableError:
            self._connection.close()
            raise

    def _prepare(self, synchronous: str) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode=WAL")
        run(f"PRAGMA synchronous={synchronous}")
        run("PRAGMA foreign_keys=ON")
        run("PRAGMA cache_size=-65536")
        # Pages that an import changes again and again go into the file once and not after each chunk.
        run("PRAGMA wal_autocheckpoint=8000")
        run("BEGIN IMMEDIATE")
        prepare(self._connection)
        run("COMMIT")

    @contextmanager
    def unit(self, tenant: str) -> Iterator[SqliteUnit]:
        """Open a transaction; leaving the block commits, an exception rolls back."""
        with self._lock:
            self._begin()
            try:
                yield SqliteUnit(self._connection, tenant, self._keeper)
            except sqlite3.OperationalError as error:  # the disk is full, the file is gone or cannot be read
                self._roll_back()
                raise self._unavailable("cannot be used", error) from error
            except BaseException:
                self._roll_back()
                raise
            else:
                self._commit()
            finally:
                self._open = False

    def _begin(self) -> None:
        if self._open:
            raise StoreUnavailableError("a unit is already open in this thread; leave it before opening another; nothing was recorded")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise self._unavailable("is busy or gone", error) from error
        self._open = True

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite itself rolls back after some faults
            self._connection.execute("ROLLBACK")

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._roll_back()
                raise StoreUnavailableError(f"the commit was refused: {error}; nothing was recorded") from error
            raise OutcomeUnknownError(f"the commit was not answered: {error}; send the same command again") from error

    def _unavailable(self, what: str, error: sqlite3.Error) -> StoreUnavailableError:
        return StoreUnavailableError(f"the book {self.path!r} {what}: {error}; nothing was recorded")

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._keeper = keeper

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
