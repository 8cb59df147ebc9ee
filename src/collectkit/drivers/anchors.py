"""Where heads of the record are kept, away from the book: whoever can rewrite the book must not be able to rewrite them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock

from collectkit.errors import IntegrityBreachError


class FileAnchor:
    """
    Heads as lines of a file; put it on another machine, under another account, or on a disk that is written once.

    Args:
        path: The file; made with the first head.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = Lock()

    def anchor(self, tenant: str, number: int, head: str) -> None:
        """
        Append one head, and have it on the disk before returning; the same head again changes nothing.

        Raises:
            IntegrityBreachError: The file holds another head of that number, or does not hold the one before it.
        """
        with self._lock:
            held = self._numbered(tenant)
            known = held.get(number)
            if known == head:
                return
            if known is not None:
                raise IntegrityBreachError(f"{self.path} holds another head {number}: the record was rewritten; nothing was anchored")
            if number != max(held, default=number - 1) + 1:
                raise IntegrityBreachError(
                    f"{self.path} ends with head {max(held)}, head {number} does not follow it; give the record another file; "
                    "nothing was anchored"
                )
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(head + "\n")
                file.flush()
                os.fsync(file.fileno())

    def heads(self, tenant: str) -> list[str]:
        """Return the heads of one book, oldest first; none when there is no file."""
        return [head for _, head in sorted(self._numbered(tenant).items())]

    def _numbered(self, tenant: str) -> dict[int, str]:
        if not self.path.exists():
            return {}
        found: dict[int, str] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                held = json.loads(line)
                if held["tenant"] == tenant:
                    found[held["number"]] = line
            except (ValueError, TypeError, KeyError) as error:
                raise IntegrityBreachError(f"{self.path} holds a line that is no head; nothing was anchored") from error
        return found
