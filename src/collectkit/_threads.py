"""Work on large columns shared out to threads: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

BYTES_PER_THREAD = 1 << 25
"""So many bytes to read or write are worth a thread of their own."""
THREADS_MAX = 8

Found = TypeVar("Found")


def share_out(work: Callable[[slice], Found], rows: int, row_bytes: int) -> list[Found]:
    """
    Do the work on all rows, in as many parts as there are processors and as the bytes are worth.

    Args:
        work: Does some rows, and touches no others.
        rows: How many there are.
        row_bytes: What is read and written of each.

    Returns:
        What the work returned, in the order of the rows; whole numbers among it add up to the same however many parts.
    """
    parts = max(1, min(os.cpu_count() or 1, THREADS_MAX, rows * row_bytes // BYTES_PER_THREAD))
    if parts == 1:
        return [work(slice(0, rows))]
    edges = [rows * number // parts for number in range(parts + 1)]
    with ThreadPoolExecutor(parts, "collectkit-columns") as pool:
        return list(pool.map(work, map(slice, edges[:-1], edges[1:])))
