"""Taking texts out of files to which others go on appending: overwritten where they lie, with lines of the same length."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def overwrite_lines(path: Path, change: Callable[[bytes], bytes | None]) -> int:
    """
    Overwrite lines of a file in place, on the disk before this returns.

    No line moves, so whoever appends or reads meanwhile is not disturbed, and nothing of the old text stays in the file.

    Args:
        path: The file; one that is not there has no lines.
        change: What a line becomes, without its end and never longer than it was, filled up with spaces; None when it stays as it is.

    Returns:
        How many lines were changed.
    """
    try:
        lines = path.open("rb")
    except FileNotFoundError:
        return 0
    count = place = 0
    with lines, path.open("r+b", buffering=0) as out:
        for line in lines:
            text = line.rstrip(b"\r\n")
            changed = change(text)
            if changed is not None:
                out.seek(place)
                out.write(changed.ljust(len(text)))
                count += 1
            place += len(line)
        os.fsync(out.fileno())
    return count
