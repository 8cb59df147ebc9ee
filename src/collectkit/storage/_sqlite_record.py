"""Streams, the chain and their readers in a SQLite book."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from collectkit.errors import ConcurrencyConflictError, IntegrityBreachError
from collectkit.events import GENESIS, Context, Envelope, Event, Receipt, chain
from collectkit.storage._appends import Append
from collectkit.storage._known import NOTHING_KNOWN, KnownStream, KnownStreams
from collectkit.storage._schema import ARCHIVE_WRITERS
from collectkit.storage._statements import ARCHIVE_EVENTS, DROP_COMMIT, SAVE_EVENT, SAVE_READER
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.serde import envelopes_of, read_event, write_context, write_event
from collectkit.storage.store import NEW, Behind, Record

_RECORDS: Final = """SELECT e.stream, e.version, e.type, c.context, e.body, e.digest
                     FROM collectkit_events e JOIN collectkit_commits c ON c.id = e.commit_id
                     WHERE e.tenant = ?1 AND e.stream = ?2"""
_ARCHIVED: Final = """SELECT stream, version, type, context, body, digest FROM collectkit_archived_events
                      WHERE tenant = ?1 AND stream = ?2"""
_HEAD: Final = "SELECT version, digest FROM collectkit_events WHERE tenant = ? AND stream = ? ORDER BY version DESC LIMIT 1"
# CROSS keeps the order: each stream that is wanted is looked up, and not each stream there is.
_HEADS: Final = """SELECT e.stream, e.version, e.digest FROM json_each(?2) AS wanted
                   CROSS JOIN collectkit_events AS e ON e.tenant = ?1 AND e.stream = wanted.value
                   AND e.version = (SELECT max(version) FROM collectkit_events WHERE tenant = ?1 AND stream = wanted.value)"""
_BODIES: Final = """SELECT version, type, body, digest FROM collectkit_events
                    WHERE tenant = ? AND stream = ? AND version >= ? ORDER BY version"""
_BODIES_OF: Final = """SELECT e.stream, e.version, e.type, e.body, e.digest FROM json_each(?2) AS wanted
                       CROSS JOIN collectkit_events AS e ON e.tenant = ?1 AND e.stream = wanted.key AND e.version >= wanted.value"""

_Row: TypeAlias = tuple[str, str, int, str, str, bytes, int | None]
"""As `SAVE_EVENT` has it."""


class RecordRows:
    """
    The part of a unit that keeps the record.

    Of a stream whose older events were archived the first and the last are where they were: the first keeps its name taken,
    the last is what goes on. What lies between is missed when the versions that are found do not add up, and only then looked for.
    """

    def __init__(self, connection: sqlite3.Connection, tenant: str, keeper: Keeper = PLAIN, known: KnownStreams | None = None) -> None:
        self._connection = connection
        self._keeper = keeper
        self._tenant = tenant
        self._known = KnownStreams() if known is None else known
        # Streams read in this transaction, which nobody else can have changed since, and their heads; dropped when appended to.
        self._read: dict[str, Sequence[Event]] = {}
        self._read_heads: dict[str, tuple[int, bytes]] = {}

    def _all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self._connection.execute(sql, (self._tenant, *values)).fetchall()

    def _one(self, sql: str, *values: object) -> tuple[object, ...] | None:
        row: tuple[object, ...] | None = self._connection.execute(sql, (self._tenant, *values)).fetchone()
        return row

    # The record

    def _head(self, stream: str) -> tuple[int, bytes]:
        return self._connection.execute(_HEAD, (self._tenant, stream)).fetchone() or (0, GENESIS)

    def version(self, stream: str) -> int:
        if stream not in self._read_heads:
            self._read_heads[stream] = self._head(stream)  # whoever asks for a version is about to write
        return self._read_heads[stream][0]

    def bodies(self, stream: str) -> list[Event]:
        held = self._read.get(stream)
        if held is None:
            known = self._known.find(self._tenant, stream)
            held = self._note(stream, known, self._all(_BODIES, stream, known.version))
        return list(held)

    def _note(self, stream: str, known: KnownStream, rows: Sequence[Sequence[Any]]) -> Sequence[Event]:
        """Keep and return the events of a stream, of which *rows* are those from the last on that was known before."""
        if known.bodies and (not rows or (rows[0][0], rows[0][3]) != (known.version, known.digest)):
            # What was known was taken back, or lies in the archive.
            known, rows = NOTHING_KNOWN, self._all(_BODIES, stream, 0)
        new = rows[1:] if known.bodies else rows
        held = [*known.bodies, *(read_event(type_, body) for _, type_, body, _ in new)] if new else known.bodies
        if rows:
            version, digest = rows[-1][0], rows[-1][3]
            self._read_heads[stream] = (version, digest)
            if version != len(held):
                held = [read_event(one.type, one.body) for one in self._with_archived(stream)]
            if new:
                self._known.keep(self._tenant, stream, KnownStream(version, digest, held))
        self._read[stream] = held
        return held

    def history(self, stream: str) -> list[Envelope]:
        return envelopes_of(self.records(stream))

    def records(self, stream: str, *, after: int = 0) -> list[Record]:
        sql = f"{_RECORDS} AND e.version > ?3 ORDER BY e.version"
        found = [Record(*row) for row in self._connection.execute(sql, (self._tenant, stream, after))]
        return found if not found or found[-1].version == after + len(found) else self._with_archived(stream, after)

    def _with_archived(self, stream: str, after: int = 0) -> list[Record]:
        """Return the events of a stream of which some lie in the archive."""
        sql = f"{_RECORDS} AND e.version > ?3 UNION ALL {_ARCHIVED} AND version > ?3 ORDER BY 2"
        return [Record(*row) for row in self._connection.execute(sql, (self._tenant, stream, after))]

    def archive(self, streams: Sequence[str]) -> dict[str, int]:
        """Move the events of *streams*, but the first and the last of each, out of the way; return how many of which."""
        self._connection.execute(ARCHIVE_WRITERS)
        moved = {}
        commits = set[int]()
        for stream in streams:
            where = (self._tenant, stream, self._head(stream)[0])
            self._connection.execute(
                f"{ARCHIVE_EVENTS} SELECT old.*, ?1 FROM ({_RECORDS} AND e.version BETWEEN 2 AND ?3 - 1) AS old", where
            )
            gone = "DELETE FROM collectkit_events WHERE tenant = ? AND stream = ? AND version BETWEEN 2 AND ? - 1 RETURNING commit_id"
            left = self._connection.execute(gone, where).fetchall()
            commits.update(commit for (commit,) in left)
            moved[stream] = len(left)
        # Their context went into the archive with them. The newest commit stays: what it wrote is the last of its streams.
        self._connection.executemany(DROP_COMMIT, [(commit,) for commit in sorted(commits)])
        return {stream: count for stream, count in moved.items() if count}

    def bodies_of(self, streams: Sequence[str]) -> dict[str, list[Event]]:
        wanted = {stream: self._known.find(self._tenant, stream) for stream in streams if stream not in self._read}
        since = json.dumps({stream: known.version for stream, known in wanted.items()})
        rows: dict[str, list[list[Any]]] = {}
        for stream, *row in self._connection.execute(_BODIES_OF, (self._tenant, since)) if wanted else ():
            rows.setdefault(stream, []).append(row)
        for stream, known in wanted.items():
            self._note(stream, known, sorted(rows.get(stream, ())))
        return {stream: list(held) for stream in streams if (held := self._read.get(stream))}

    def streams(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[str]:
        sql = """SELECT DISTINCT stream FROM collectkit_events WHERE tenant = ? AND stream > ? AND stream >= ? AND stream < ?
                 ORDER BY stream LIMIT ?"""
        return [str(row[0]) for row in self._all(sql, after, prefix, prefix + "\U0010ffff", limit)]

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        sql = """SELECT wanted.value, (SELECT max(version) FROM collectkit_events WHERE tenant = ?1 AND stream = wanted.value) AS found
                 FROM json_each(?2) AS wanted WHERE found IS NOT NULL"""
        return dict(self._connection.execute(sql, (self._tenant, json.dumps(list(streams)))).fetchall())

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        return [Receipt(stream, version, digest.hex()) for stream, (version, digest) in self._append(context, writes).items()]

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        self._append(context, writes)

    def lock(self, names: Sequence[str]) -> None:
        """Do nothing: a unit is a write transaction, and SQLite has one of them at a time."""

    def _append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> dict[str, tuple[int, bytes]]:
        """Append and return the heads of the streams."""
        if context.tenant != self._tenant:
            raise IntegrityBreachError(f"a commit of tenant '{context.tenant}' came to the book of '{self._tenant}'; nothing was written")
        head = write_context(context)
        head_bytes = head.encode()
        cursor = self._connection.execute("INSERT INTO collectkit_commits (tenant, context) VALUES (?, ?)", (self._tenant, head))
        commit = cursor.lastrowid
        tenant = self._tenant
        rows: list[_Row] = []
        heads = {}
        for stream, (expected, bodies) in writes.items():
            self._read.pop(stream, None)
            known = self._read_heads.pop(stream, None)
            # That a new stream is new is seen by the unique index; asking beforehand would cost an import a tenth.
            version, digest = (NEW, GENESIS) if expected == NEW and bodies else known or self._head(stream)
            if version != expected:
                raise ConcurrencyConflictError(stream, expected=expected, actual=version)
            added, heads[stream] = _linked(tenant, stream, (version, digest), bodies, head_bytes, commit)
            rows += added
        try:
            self._connection.executemany(SAVE_EVENT, rows)
        except sqlite3.IntegrityError as error:
            raise self._conflict(writes) from error
        self._read_heads.update(heads)
        return heads

    def _conflict(self, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> ConcurrencyConflictError:
        """Return the error for a stream that was not as new as expected; its first event may have been written just now."""
        for stream, (expected, bodies) in writes.items():
            (others,) = self._connection.execute(
                """SELECT count(*) FROM collectkit_events WHERE tenant = ? AND stream = ?
                   AND commit_id < (SELECT max(id) FROM collectkit_commits)""",
                (self._tenant, stream),
            ).fetchone()
            if expected == NEW and bodies and others:
                return ConcurrencyConflictError(stream, expected=NEW, actual=others)
        return ConcurrencyConflictError(next(iter(writes)), expected=NEW, actual=NEW)

    # Readers of the record

    def behind(self, reader: str, *, after: str = "", limit: int = 1000) -> list[Behind]:
        sql = """SELECT head.stream, coalesce(r.through, 0), head.version
                 FROM (SELECT stream, max(version) AS version FROM collectkit_events
                       WHERE tenant = ?1 AND stream > ?3 GROUP BY stream) AS head
                 LEFT JOIN collectkit_readers AS r ON r.tenant = ?1 AND r.reader = ?2 AND r.stream = head.stream
                 WHERE head.version > coalesce(r.through, 0) ORDER BY head.stream LIMIT ?4"""
        return [Behind(*row) for row in self._connection.execute(sql, (self._tenant, reader, after, limit))]

    def unread(self, reader: str) -> int:
        sql = """SELECT coalesce(sum(head.version - coalesce(r.through, 0)), 0)
                 FROM (SELECT stream, max(version) AS version FROM collectkit_events WHERE tenant = ?1 GROUP BY stream) AS head
                 LEFT JOIN collectkit_readers AS r ON r.tenant = ?1 AND r.reader = ?2 AND r.stream = head.stream"""
        (count,) = self._connection.execute(sql, (self._tenant, reader)).fetchone()
        return int(count)

    def advance(self, reader: str, through: Iterable[tuple[str, int]]) -> None:
        rows = ((self._tenant, reader, stream, version) for stream, version in through)
        self._connection.executemany(SAVE_READER, rows)


def _linked(
    tenant: str, stream: str, head: tuple[int, bytes], bodies: Sequence[Event], context: bytes, commit: int | None
) -> tuple[list[_Row], tuple[int, bytes]]:
    """Return the rows of events, each tied to the one before it, and the head to which they lead."""
    version, digest = head
    rows: list[_Row] = []
    for body in bodies:
        version += 1
        text = write_event(body)
        digest = chain(digest, stream, version, body.TYPE, context, text.encode())
        rows.append((tenant, stream, version, body.TYPE, text, digest, commit))
    return rows, (version, digest)


def append_all(connection: sqlite3.Connection, appends: Sequence[Append]) -> None:
    """Write what several callers append, in an open transaction: each a commit of its own, behind whatever stands."""
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM collectkit_commits").fetchone()
    heads = _heads_before(connection, appends)
    commits, rows = [], list[_Row]()
    for commit, one in enumerate(appends, last + 1):
        tenant, context = one.context.tenant, write_context(one.context)
        commits.append((commit, tenant, context))
        for stream, bodies in one.writes.items():
            place = tenant, stream
            added, (version, digest) = _linked(tenant, stream, heads.get(place, (0, GENESIS)), bodies, context.encode(), commit)
            rows += added
            heads[place] = version, digest
            one.receipts.append(Receipt(stream, version, digest.hex()))
    connection.executemany("INSERT INTO collectkit_commits (id, tenant, context) VALUES (?, ?, ?)", commits)
    connection.executemany(SAVE_EVENT, rows)


def _heads_before(connection: sqlite3.Connection, appends: Sequence[Append]) -> dict[tuple[str, str], tuple[int, bytes]]:
    """Return the heads of those streams that were begun, by tenant and stream."""
    wanted: dict[str, set[str]] = {}
    for one in appends:
        wanted.setdefault(one.context.tenant, set()).update(one.writes)
    return {
        (tenant, stream): (version, digest)
        for tenant, streams in wanted.items()
        for stream, version, digest in connection.execute(_HEADS, (tenant, json.dumps(list(streams))))
    }
