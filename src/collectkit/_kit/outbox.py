"""Where messages go that no driver takes: files beside the book, never the network."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver

if TYPE_CHECKING:
    from collectkit.drivers.files import FileDriver


class Outbox:
    """
    The driver of every channel that has none.

    The folder is made with the first message, so that opening a book to read it leaves nothing behind.

    Args:
        folder: Where the file ``outbox.jsonl`` is kept; None keeps the messages in `parcels`, for a book in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.parcels: list[Parcel] = []
        self._file: FileDriver | None = None
        self._lock = Lock()

    def hand_over(self, parcel: Parcel) -> HandOver:
        """Write the message down; its id is the reference."""
        if self.folder is None:
            self.parcels.append(parcel)
            return Accepted(reference=str(parcel.id))
        return self._opened(self.folder).hand_over(parcel)

    def _opened(self, folder: Path) -> FileDriver:
        from collectkit.drivers.files import FileDriver

        with self._lock:
            if self._file is None:
                self._file = FileDriver(folder)
            return self._file


def outbox_beside(url: str) -> Outbox:
    """Return the outbox of the book at *url*: the folder ``outbox`` beside a file, memory for everything else."""
    scheme, _, rest = url.partition("://")
    path = rest.removeprefix("/")
    return Outbox(Path(path).parent / "outbox" if scheme == "sqlite" and path else None)
