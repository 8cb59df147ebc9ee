"""Keys in a local file: the key provider for hosts that have none of their own.

The file protects the book's backups and whoever finds a copy of the book; it does not protect against somebody who can read
both. Give it another disk, other permissions and a backup of its own with a shorter life, or write a `KeyProvider` for
the key service you have.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from collectkit.errors import StoreUnavailableError

_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS keys (
  tenant TEXT NOT NULL, owner TEXT NOT NULL, generation INTEGER NOT NULL, key BLOB NOT NULL CHECK (length(key) = 32),
  PRIMARY KEY (tenant, owner, generation)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS destroyed (
  tenant TEXT NOT NULL, owner TEXT NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY (tenant, owner)) STRICT, WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS peppers (tenant TEXT PRIMARY KEY, pepper BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS generations (tenant TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)
_CACHE_MAX: Final = 50_000


class LocalKeys:
    """
    Keys in one file, readable by its owner only.

    Args:
        path: The file; made when it is not there. ``":memory:"`` are keys that end with the process.

    Raises:
        StoreUnavailableError: The file cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self._lock = threading.RLock()
        self._known: dict[tuple[str, str, str], bytes] = {}
        self._newest: dict[tuple[str, str], tuple[str, bytes]] = {}
        if self.path != ":memory:":
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self._open()

    def _open(self) -> None:
        try:
            self._held = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            # A destroyed key is overwritten with zeros, and no log keeps it.
            for statement in ("PRAGMA secure_delete=ON", "PRAGMA journal_mode=DELETE", "PRAGMA synchronous=FULL", *_SCHEMA):
                self._held.execute(statement)
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"the keys {self.path!r} cannot be opened: {error}; nothing was recorded") from error
        self._pid = os.getpid()

    @property
    def _connection(self) -> sqlite3.Connection:
        """The connection of this process; a fork gets one of its own."""
        if os.getpid() != self._pid and self.path != ":memory:":
            self._open()
        return self._held

    def keys(self, tenant: str, owners: Sequence[str]) -> Mapping[str, tuple[str, bytes]]:
        """Return the newest key of each owner with its id, made where there is none; on the disk before this returns."""
        with self._lock:
            wanted = dict.fromkeys(owners)
            missing = [owner for owner in wanted if (tenant, owner) not in self._newest]
            if missing:
                self._find_or_make(tenant, missing)
            return {owner: self._newest[tenant, owner] for owner in wanted}

    def _find_or_make(self, tenant: str, owners: Sequence[str]) -> None:
        """Note the newest key of each owner: of the present generation, and after an erasure of a later one than was destroyed."""
        if len(self._newest) > _CACHE_MAX:
            self._newest.clear()
            self._known.clear()
        with self._transaction():
            present = self._generation(tenant)
            for owner in owners:
                (least,) = self._connection.execute(
                    "SELECT max(?3, coalesce(max(generation) + 1, 0)) FROM destroyed WHERE tenant = ?1 AND owner = ?2",
                    (tenant, owner, present),
                ).fetchone()
                found = self._connection.execute(
                    "SELECT generation, key FROM keys WHERE tenant = ? AND owner = ? AND generation >= ? ORDER BY generation DESC",
                    (tenant, owner, least),
                ).fetchone()
                if found is None:
                    found = (least, os.urandom(32))
                    self._connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?)", (tenant, owner, *found))
                self._newest[tenant, owner] = (str(found[0]), found[1])

    def key(self, tenant: str, owner: str, key_id: str) -> bytes | None:
        """Return one key, or None when it was destroyed or never was."""
        with self._lock:
            known = self._known.get((tenant, owner, key_id))
            if known is not None:
                return known
            row = self._connection.execute(
                "SELECT key FROM keys WHERE tenant = ? AND owner = ? AND generation = ?", (tenant, owner, int(key_id))
            ).fetchone()
            if row is None:
                return None
            self._known[tenant, owner, key_id] = row[0]
            key: bytes = row[0]
            return key

    def destroy(self, tenant: str, owners: Sequence[str]) -> None:
        """Destroy every key of the owners for good; one they get later is another one."""
        with self._lock:
            with self._transaction():
                for owner in owners:
                    self._connection.execute(
                        """INSERT INTO destroyed SELECT ?1, ?2, coalesce(max(generation), 0) FROM keys WHERE tenant = ?1 AND owner = ?2
                           ON CONFLICT DO UPDATE SET generation = max(generation, excluded.generation)""",
                        (tenant, owner),
                    )
                    self._connection.execute("DELETE FROM keys WHERE tenant = ? AND owner = ?", (tenant, owner))
            self._forget(tenant)

    def _forget(self, tenant: str) -> None:
        self._known = {place: key for place, key in self._known.items() if place[0] != tenant}
        self._newest = {place: held for place, held in self._newest.items() if place[0] != tenant}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def destroyed(self, tenant: str) -> list[str]:
        """Return the owners whose keys were destroyed and who got no new one, sorted."""
        with self._lock:
            rows = self._connection.execute(
                """SELECT owner FROM destroyed WHERE tenant = ?1 AND NOT EXISTS
                   (SELECT 1 FROM keys WHERE keys.tenant = ?1 AND keys.owner = destroyed.owner) ORDER BY owner""",
                (tenant,),
            ).fetchall()
            return [str(owner) for (owner,) in rows]

    def pepper(self, tenant: str) -> bytes:
        """Return the secret under which contact points are hashed."""
        with self._lock:
            self._connection.execute("INSERT OR IGNORE INTO peppers VALUES (?, ?)", (tenant, os.urandom(32)))
            (pepper,) = self._connection.execute("SELECT pepper FROM peppers WHERE tenant = ?", (tenant,)).fetchone()
            return bytes(pepper)

    def rotate(self, tenant: str) -> str:
        """Have every owner get a new key at their next change, and return its id; `Kit.reseal` changes everybody at once."""
        with self._lock:
            generation = self._generation(tenant) + 1
            self._connection.execute("INSERT OR REPLACE INTO generations VALUES (?, ?)", (tenant, generation))
            self._forget(tenant)
            return str(generation)

    def retire(self, tenant: str) -> int:
        """Destroy the keys of earlier generations of owners who have a newer one, and return how many; after `Kit.reseal`."""
        with self._lock:
            cursor = self._connection.execute(
                """DELETE FROM keys WHERE tenant = ?1 AND EXISTS (SELECT 1 FROM keys AS newer
                   WHERE newer.tenant = ?1 AND newer.owner = keys.owner AND newer.generation > keys.generation)""",
                (tenant,),
            )
            self._forget(tenant)
            return cursor.rowcount

    def _generation(self, tenant: str) -> int:
        row = self._connection.execute("SELECT generation FROM generations WHERE tenant = ?", (tenant,)).fetchone()
        return int(row[0]) if row else 1

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
