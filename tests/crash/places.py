"""Where the books of a run lie, and how each process opens the one it works on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg

from collectkit.storage.sql.store import SqlStore, engine_for
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import Store

from ..postgres import schema_in, server

Opens = Callable[[], Store]
"""Opens the book; what it opens is never carried over a fork."""

_numbers = count()


class Place(Protocol):
    """A kind of store."""

    def book(self, folder: Path) -> Any:
        """Make an empty book and give what opens it, for as long as the block lasts."""

    def kill_server(self) -> None:
        """Kill the server with everything it runs, and start it again."""


class InFiles:
    """Embedded books."""

    @contextmanager
    def book(self, folder: Path) -> Iterator[Opens]:
        yield lambda: SqliteStore(folder / "book.db")

    def kill_server(self) -> None:
        raise SystemExit("an embedded book has no server that could be killed")


class InPostgres:
    """Books in schemas of one server, with every commit on its disk."""

    def __init__(self, running: Any) -> None:
        self._running = running

    @contextmanager
    def book(self, folder: Path) -> Iterator[Opens]:
        with schema_in(self._running, f"run_{next(_numbers)}") as url:
            # One engine for all: what it has compiled is inherited by every fork, its connections are not.
            engine = engine_for(url)

            def opens() -> Store:
                engine.dispose(close=False)
                return SqlStore(engine)

            yield opens
            engine.dispose()

    def kill_server(self) -> None:
        note = Path(self._running.pgdata) / "postmaster.pid"
        postmaster = int(note.read_text().split()[0])
        backends = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _parent(entry) == postmaster]
        for pid in (postmaster, *backends):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}").exists() and _parent(Path(f"/proc/{pid}")) != -1 for pid in (postmaster, *backends)):
            time.sleep(0.01)
        for left in (note, *note.parent.glob(".s.PGSQL.*")):
            left.unlink()  # where nobody reaps a zombie, its notes make it look alive
        self._running.ensure_postgres_running()
        while True:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self._running.get_uri()).close()
                return
            time.sleep(0.05)


def _parent(process: Path) -> int:
    """Return the parent of a process; -1 when it is gone or a zombie."""
    try:
        state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return -1
    return -1 if state == "Z" else int(parent)


@contextmanager
def place(kind: str) -> Iterator[Place]:
    """Give the place of that name for as long as the block lasts."""
    if kind == "sqlite":
        yield InFiles()
        return
    with server("deadlock_timeout = '100ms'", "max_connections = 100") as running:
        yield InPostgres(running)
