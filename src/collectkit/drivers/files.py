"""An outbox in a folder: one JSON line a message, for tests, demos and hosts that send by other means."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver
from collectkit.drivers._overwriting import overwrite_lines

FILE = "outbox.jsonl"
TOGETHER: Final = Capabilities(batch=100)
"""What waits for the disk waits together."""

_OWNER_ONLY = 0o600
_TORN: Final = re.compile(rb'\{"id": "((?:[^"\\]|\\.)*)"')


class FileDriver:
    """
    Append each message to ``outbox.jsonl`` in *folder*.

    Messages that are handed over together are one write to a file opened for appending, synced to the disk before any of them
    counts as accepted, so threads and processes may share a folder. The file is readable by its owner only: it holds addresses
    and texts.

    Args:
        folder: Made when it does not exist.

    Raises:
        OSError: The folder cannot be made, or a line cannot be written.
    """

    capabilities: Final = TOGETHER

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder) / FILE
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()

    def hand_over(self, parcel: Parcel) -> HandOver:
        """Write one line with id, channel, to and text; its id is the reference."""
        (outcome,) = self.hand_over_all([parcel])
        return outcome

    def hand_over_all(self, parcels: Sequence[Parcel]) -> list[HandOver]:
        """Write a line for each, as `hand_over` does; when the disk took only a part, each of them is in doubt."""
        lines = b"".join(map(_line, parcels))
        with self._lock:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _OWNER_ONLY)
            try:
                whole = _after_torn(file) + lines
                if os.write(file, whole) < len(whole):
                    return [Doubtful("the outbox took only a part of what was written")] * len(parcels)
                os.fsync(file)
            finally:
                os.close(file)
        return [Accepted(reference=str(parcel.id)) for parcel in parcels]

    def forget(self, ids: Collection[str]) -> int:
        """Overwrite address and text of the messages of those ids where they lie, and return how many; others may go on appending."""
        with self._lock:
            return overwrite_lines(self.path, lambda line: _without_person(line, ids))


def _line(parcel: Parcel) -> bytes:
    text = parcel.body.decode("utf-8", errors="replace")
    row = {"id": str(parcel.id), "channel": parcel.channel, "to": parcel.to, "text": text}
    return (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", errors="backslashreplace")


def _after_torn(file: int) -> bytes:
    """Return what ends a line that a crash has left half written, so that it spoils no other; nothing after a whole one."""
    size = os.lseek(file, 0, os.SEEK_END)
    return b"" if size == 0 or os.pread(file, 1, size - 1) == b"\n" else b"\n"


def _without_person(line: bytes, ids: Collection[str]) -> bytes | None:
    """Return what a line becomes, of the same length; None when it stays as it is."""
    try:
        row = json.loads(line)
        if row["id"] not in ids or not (row["to"] or row["text"]):
            return None
    except (ValueError, TypeError, KeyError):
        torn = _TORN.match(line)  # half a line that a crash has left
        return b"" if torn is not None and torn[1].decode("utf-8", "replace") in ids else None
    return json.dumps({**row, "to": "", "text": ""}, ensure_ascii=False).encode("utf-8", errors="backslashreplace")
