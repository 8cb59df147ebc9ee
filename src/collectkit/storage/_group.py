"""Committing what waits behind each other together: one flush of the disk for many callers.

A commit waits for the disk, and whoever is next waits for the commit. So a unit that ends while others are waiting
leaves the transaction open, and each of them becomes a savepoint in it; the last one commits for all, and only then
does any of them return. A caller alone commits at once, as if there were no group.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from collectkit.errors import OutcomeUnknownError, StoreError, StoreUnavailableError

MEMBERS_MAX: Final = 256
"""So many units share a commit at most, so that other processes come to write too."""

_LOOK_SECONDS: Final = 0.25


class ViewOver(Exception):
    """Raised at the end of a view, so that whatever was written in it is put back."""


class _Shared:
    """One transaction and those who wait for its commit."""

    def __init__(self) -> None:
        self.members = 0
        self.over = threading.Event()
        self.fault: StoreError | None = None


class CommitGroup:
    """
    Gives threads their turns on one connection and commits for them.

    Args:
        connection: In autocommit mode; transactions are begun and ended here.
        path: Of the book, for messages.
    """

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self._gate = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._shared: _Shared | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other thread uses the connection."""
        with self._counting:
            self._waiting += 1
        try:
            self._gate.acquire()
        finally:
            with self._counting:
                self._waiting -= 1
        try:
            yield
        finally:
            self._gate.release()

    @contextmanager
    def member(self) -> Iterator[None]:
        """
        Open a transaction; leaving the block commits and returns when the commit stands, an exception rolls back.

        Raises:
            StoreUnavailableError: The book is busy or gone, or the commit was refused; nothing was recorded.
            OutcomeUnknownError: The commit was not answered.
        """
        with self.turn():
            shared = self._join()
            try:
                yield
                if shared.members > 1:
                    self._connection.execute("RELEASE collectkit_member")
            except BaseException:
                self._leave(shared)
                raise
            if not self._waiting or shared.members >= MEMBERS_MAX:
                self._commit(shared)
        self._await(shared)

    def _join(self) -> _Shared:
        try:
            if self._shared is None:
                self._connection.execute("BEGIN IMMEDIATE")
                self._shared = _Shared()
            else:
                self._connection.execute("SAVEPOINT collectkit_member")
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"the book {self._path!r} is busy or gone: {error}; nothing was recorded") from error
        self._shared.members += 1
        return self._shared

    def _leave(self, shared: _Shared) -> None:
        """Take back what one member wrote, and let the others go on."""
        alone = shared.members == 1
        shared.members -= 1
        if not self._connection.in_transaction:  # SQLite itself rolls back after some faults, and the others with it
            self._end(shared, StoreUnavailableError(f"the book {self._path!r} gave up the transaction; nothing was recorded"))
        elif alone:
            self._connection.execute("ROLLBACK")
            self._end(shared)
        else:
            self._connection.execute("ROLLBACK TO collectkit_member")
            self._connection.execute("RELEASE collectkit_member")
            if not self._waiting:
                self._commit(shared)

    def _commit(self, shared: _Shared) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
                self._end(shared, StoreUnavailableError(f"the commit was refused: {error}; nothing was recorded"))
            else:
                self._end(shared, OutcomeUnknownError(f"the commit was not answered: {error}; send the same command again"))
        else:
            self._end(shared)

    def _end(self, shared: _Shared, fault: StoreError | None = None) -> None:
        self._shared = None
        shared.fault = fault
        shared.over.set()

    def _await(self, shared: _Shared) -> None:
        """Return when the commit stands; whoever was to commit may have been interrupted, then this thread does."""
        while not shared.over.wait(_LOOK_SECONDS):
            with self.turn():
                if self._shared is shared and not self._waiting:
                    self._commit(shared)
        if shared.fault is not None:
            raise type(shared.fault)(str(shared.fault)) from shared.fault
