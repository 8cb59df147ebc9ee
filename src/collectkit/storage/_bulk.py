"""Writing many rows with few statements.

A statement of many rows costs SQLite a third less than as many statements, and while it runs another thread has the
interpreter to itself: an import reads on meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice

ROWS_MAX = 200
PARAMETERS_MAX = 30_000
"""Below the 32,766 that SQLite accepts in one statement."""


def insert_rows(connection: sqlite3.Connection, sql: str, rows: Iterable[Sequence[object]]) -> None:
    """
    Insert rows as `executemany` would.

    Args:
        connection: In a transaction, so that all rows or none stand.
        sql: An INSERT that ends with the marks of one row: ``VALUES (?, ?)``.
        rows: In their order.
    """
    size = min(ROWS_MAX, PARAMETERS_MAX // sql.count("?"))
    for some in _chunked(rows, size):
        if len(some) < size:
            connection.executemany(sql, some)
        else:
            connection.execute(_of_many(sql, size), tuple(chain.from_iterable(some)))


@lru_cache(maxsize=32)
def _of_many(sql: str, size: int) -> str:
    head, marks = sql.rsplit("VALUES ", 1)
    return f"{head}VALUES {', '.join([marks] * size)}"


def _chunked(rows: Iterable[Sequence[object]], size: int) -> Iterator[list[Sequence[object]]]:
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some
