"""One dispatching process, to be killed: ``python crash_worker.py FOLDER WORKER``."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from collectkit import Kit
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver

NOW = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)


class Carrier:
    """Plays the outside world: one synced line for each call that was placed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def hand_over(self, parcel: Parcel) -> HandOver:
        line = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(line, f"{parcel.id}\n".encode())
            os.fsync(line)
        finally:
            os.close(line)
        return Accepted(parcel.id)


def opened(folder: Path) -> Kit:
    return Kit.open(f"sqlite:///{folder}/book.db", policy="us-bnpl", actor="crash", drivers={"phone": Carrier(folder / "carrier")})


def work(folder: Path, worker: str) -> None:
    kit = opened(folder)
    while True:
        kit.dispatch(at=NOW, worker=worker, limit=3)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2])
