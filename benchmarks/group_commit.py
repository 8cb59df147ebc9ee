"""What one flush of the disk for many is worth: the same appends by one caller, each a commit of its own, and by many at once.

Every caller goes on when its event is on disk. The sides take turns on books of their own in one folder, so that they meet
the same disk; beside them the same number of bare rows in a table of SQLite's, by one caller.

    python benchmarks/group_commit.py [appends] [--callers N] [--rounds N] [--folder PATH]
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from collectkit import Money, Payment
from collectkit.events import Context
from collectkit.ledger import PaymentPosted
from collectkit.storage.appending import append_behind
from collectkit.storage.serde import write_event
from collectkit.storage.sqlite import SqliteStore

CONTEXT = Context("benchmark", "benchmark", datetime(2026, 10, 20, 18, tzinfo=UTC), "append", policy="us-bnpl@1")


def _posted(number: int) -> PaymentPosted:
    return PaymentPosted(Payment(f"p-{number}", f"a-{number % 5_000}", Money(100, "USD"), date(2026, 9, 1)))


def appended(path: Path, count: int, callers: int) -> None:
    """Append events to the streams of five thousand accounts, by so many callers at once."""
    with closing(SqliteStore(path)) as store:

        def work(first: int) -> None:
            for number in range(first, count, callers):
                append_behind(store, CONTEXT, {f"account/a-{number % 5_000}": [_posted(number)]})

        with ThreadPoolExecutor(callers) as pool:
            list(pool.map(work, range(callers)))


def bare(path: Path, count: int) -> None:
    """Insert the same bodies as rows of a plain table, one a commit."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, account TEXT, body TEXT)")
        for number in range(count):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO events VALUES (?, ?, ?)", (number, f"a-{number % 5_000}", write_event(_posted(number))))
            connection.execute("COMMIT")


def rate(step: Callable[[Path, int], None], count: int, folder: str | None) -> float:
    """Return how many a second."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        begun = perf_counter()
        step(Path(place) / "book.db", count)
        return count / (perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("appends", type=int, nargs="?", default=6_400)
    parser.add_argument("--callers", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", help="on the disk that is meant; the system's own for temporary files otherwise")
    given = parser.parse_args()
    sides: dict[str, tuple[Callable[[Path, int], None], int]] = {
        "bare rows, one a commit": (bare, given.appends // 4),
        "one caller, one event a commit": (lambda path, count: appended(path, count, 1), given.appends // 4),
        f"{given.callers} callers": (lambda path, count: appended(path, count, given.callers), given.appends),
    }
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(given.rounds):
        for name, (step, count) in sides.items():
            rates[name].append(rate(step, count, given.folder))
    (plain, alone, many) = (rates[name] for name in sides)
    for name, found in rates.items():
        print(f"{name:<32} {median(found):8,.0f} a second  ({min(found):,.0f} to {max(found):,.0f})")
    print(f"{'many to one, same store':<32} {median(b / a for a, b in zip(alone, many, strict=True)):8.1f} times")
    print(f"{'many to bare rows':<32} {median(b / a for a, b in zip(plain, many, strict=True)):8.1f} times")


if __name__ == "__main__":
    main()
