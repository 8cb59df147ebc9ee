"""Where messages go that no driver takes: files beside the book, never the network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Final

import attrs

from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import Driver, Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.drivers.guarded import guarded_all
from collectkit.errors import ValidationError

WORK_LISTS: Final = {"phone": "calls.csv", "prerecorded_call": "calls.csv", "in_person": "visits.csv"}
"""What a dialer or a person takes up, and on which list; all else is a message."""


class Outbox:
    """
    The driver of every channel that has none.

    The folder is made with the first message, so that opening a book to read it leaves nothing behind.

    Args:
        folder: Where messages are kept in ``outbox.jsonl``, calls in ``calls.csv`` and visits in ``visits.csv``; None keeps
            all of them in `parcels`, for a book in memory.
    """

    capabilities: Final = Capabilities(batch=100)

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.parcels: list[Parcel] = []
        self._drivers: dict[str, Driver] = {}
        self._lock = Lock()

    def hand_over(self, parcel: Parcel) -> HandOver:
        """Write the message down; its id is the reference."""
        (outcome,) = self.hand_over_all([parcel])
        return outcome

    def hand_over_all(self, parcels: Sequence[Parcel]) -> list[HandOver]:
        """Write messages down together, so that they wait for the disk together; calls and visits one by one."""
        if self.folder is None:
            self.parcels += parcels
            return [Accepted(reference=str(parcel.id)) for parcel in parcels]
        outcomes: list[HandOver] = []
        for name, held in groupby(parcels, key=lambda parcel: WORK_LISTS.get(parcel.channel, "")):
            outcomes += guarded_all(self._opened(self.folder, name), list(held))
        return outcomes

    def forget(self, ids: Collection[str]) -> None:
        """Overwrite address and text of the messages of those ids; a list that somebody took up is not reached."""
        self.parcels = [attrs.evolve(one, to="", body=b"", headers=()) if one.id in ids else one for one in self.parcels]
        if self.folder is None:
            return
        from collectkit.drivers.dialer import DialerDriver
        from collectkit.drivers.files import FILE, FileDriver

        if (self.folder / FILE).exists():
            FileDriver(self.folder).forget(ids)
        for name in set(WORK_LISTS.values()):
            if (self.folder / name).exists():
                DialerDriver(self.folder / name).forget(ids)

    def _opened(self, folder: Path, name: str) -> Driver:
        """Return the driver of a work list, or that of messages."""
        from collectkit.drivers.dialer import DialerDriver
        from collectkit.drivers.files import FileDriver

        with self._lock:
            if name not in self._drivers:
                self._drivers[name] = DialerDriver(folder / name) if name else FileDriver(folder)
            return self._drivers[name]


def heads_beside(url: str) -> str:
    """Return where the heads of the book at *url* go when nobody says where: beside a file; empty for everything else."""
    return _beside(url, "heads.jsonl")


def keys_beside(url: str) -> str:
    """Return where keys are begun when something is erased and nobody keeps keys: beside a file; empty for everything else."""
    return _beside(url, "keys")


def _beside(url: str, ending: str) -> str:
    scheme, _, rest = url.partition("://")
    path = rest.removeprefix("/")
    return f"{path}.{ending}" if scheme == "sqlite" and path else ""


def outbox_at(folder: str, url: str) -> Outbox:
    """
    Return the outbox in *folder*; without one that of the book at *url*: beside a file, memory for everything else.

    Raises:
        ValidationError: Something that is no folder lies there: each message would fail and be in doubt.
    """
    scheme, _, rest = url.partition("://")
    path = rest.removeprefix("/")
    where = Path(folder) if folder else Path(path).parent / "outbox" if scheme == "sqlite" and path else None
    if where is not None and where.exists() and not where.is_dir():
        raise ValidationError(f"the outbox {str(where)!r} is no folder; nothing was opened")
    return Outbox(where)
