"""Streams, the chain and commands in SQL tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from collectkit.errors import ConcurrencyConflictError, ContendedError, IdempotencyConflictError, IntegrityBreachError
from collectkit.events import GENESIS, Context, Envelope, Event, Receipt, chain
from collectkit.storage._appends import Append
from collectkit.storage._schema import ARCHIVE_WRITERS
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.serde import envelopes_of, read_event, write_context, write_event
from collectkit.storage.sql._session import Session, pages
from collectkit.storage.sql._tables import ARCHIVED, COMMANDS, COMMITS, EVENTS, READERS
from collectkit.storage.store import Behind, Record, Remembered

_FEW = 8
"""So many streams are asked for one by one."""

Writes = Mapping[str, tuple[int, Sequence[Event]]]


class RecordRows(Session):
    """The part of a unit that keeps the record."""

    def __init__(self, connection: sa.Connection, tenant: str, keeper: Keeper = PLAIN, *, deciding: bool = True) -> None:
        super().__init__(connection, tenant, keeper, deciding=deciding)
        # What was read of streams that nobody else can append to meanwhile.
        self._head_of: dict[str, tuple[int, bytes]] = {}
        self._bodies: dict[str, list[Event]] = {}

    def version(self, stream: str) -> int:
        self._hold_streams([stream])
        return self._head(stream)[0]

    def _head(self, stream: str) -> tuple[int, bytes]:
        """Return version and digest of the last event of one stream."""
        known = self._head_of.get(stream)
        if known is not None:
            return known
        which = sa.select(EVENTS.c.version, EVENTS.c.digest).where(self._mine(EVENTS), EVENTS.c.stream == stream)
        row = self._one(which.order_by(EVENTS.c.version.desc()).limit(1))
        head = (0, GENESIS) if row is None else (row.version, bytes(row.digest))
        self._same_as_before(stream, head[0])
        if self._is_held(stream):
            self._head_of[stream] = head
        return head

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        self._hold_streams(streams)
        return {stream: version for stream, (version, _) in self._heads(streams).items()}

    def _heads(self, streams: Iterable[str]) -> dict[str, tuple[int, bytes]]:
        """Return version and digest of the last event of those streams that have one."""
        names = list(streams)
        if len(names) <= _FEW:
            return {name: head for name in names if (head := self._head(name))[0]}
        heads: dict[str, tuple[int, bytes]] = {}
        for page in pages(names):
            last = (
                sa.select(EVENTS.c.stream, sa.func.max(EVENTS.c.version).label("version"))
                .where(self._mine(EVENTS), self._among(EVENTS.c.stream, page))
                .group_by(EVENTS.c.stream)
                .subquery()
            )
            found = sa.select(EVENTS.c.stream, EVENTS.c.version, EVENTS.c.digest).join_from(
                last, EVENTS, sa.and_(self._mine(EVENTS), EVENTS.c.stream == last.c.stream, EVENTS.c.version == last.c.version)
            )
            heads.update({stream: (version, bytes(digest)) for stream, version, digest in self._run(found)})
        for stream in self._unheld.keys() & heads.keys():
            self._same_as_before(stream, heads[stream][0])
        return heads

    def bodies(self, stream: str) -> list[Event]:
        self._hold_streams([stream])
        known = self._bodies.get(stream)
        if known is None:
            which = sa.select(EVENTS.c.version, EVENTS.c.type, EVENTS.c.body).where(self._mine(EVENTS), EVENTS.c.stream == stream)
            rows = self._run(which.order_by(EVENTS.c.version)).all()
            if rows and rows[-1].version != len(rows):
                rows = self._with_archived(stream)
            known = [read_event(row.type, row.body) for row in rows]
            self._same_as_before(stream, len(known))
            if self._is_held(stream):
                self._bodies[stream] = known
        return list(known)

    def history(self, stream: str) -> list[Envelope]:
        self._hold_streams([stream])
        return envelopes_of(self.records(stream))

    def bodies_of(self, streams: Sequence[str]) -> dict[str, list[Event]]:
        self._hold_streams(streams)
        found: dict[str, list[Event]] = {}
        for page in pages(streams):
            statement = (
                sa.select(EVENTS.c.stream, EVENTS.c.version, EVENTS.c.type, EVENTS.c.body)
                .where(self._mine(EVENTS), self._among(EVENTS.c.stream, page))
                .order_by(EVENTS.c.stream, EVENTS.c.version)
            )
            ends: dict[str, int] = {}
            for stream, version, type_, body in self._run(statement):
                found.setdefault(stream, []).append(read_event(type_, body))
                ends[stream] = version
            for stream in [name for name, version in ends.items() if version != len(found[name])]:
                found[stream] = [read_event(one.type, one.body) for one in self._with_archived(stream)]
        for stream in self._unheld.keys() & found.keys():
            self._same_as_before(stream, len(found[stream]))
        return found

    def records(self, stream: str, *, after: int = 0) -> list[Record]:
        rows = self._run(self._recorded(stream, after).order_by(EVENTS.c.version))
        found = [_record(row) for row in rows]
        return found if not found or found[-1].version == after + len(found) else self._with_archived(stream, after)

    def _recorded(self, stream: str, after: int, before: int | None = None) -> sa.Select[Any]:
        held = EVENTS.c
        statement = (
            sa.select(held.stream, held.version, held.type, COMMITS.c.context, held.body, held.digest)
            .join_from(EVENTS, COMMITS, COMMITS.c.id == held.commit_id)
            .where(self._mine(EVENTS), held.stream == stream, held.version > after)
        )
        return statement if before is None else statement.where(held.version < before)

    def _with_archived(self, stream: str, after: int = 0) -> list[Record]:
        """Return the events of a stream of which some lie in the archive."""
        held = ARCHIVED.c
        archived = sa.select(held.stream, held.version, held.type, held.context, held.body, held.digest).where(
            self._mine(ARCHIVED), held.stream == stream, held.version > after
        )
        rows = self._run(sa.union_all(self._recorded(stream, after), archived).order_by("version"))
        return [_record(row) for row in rows]

    def archive(self, streams: Sequence[str]) -> dict[str, int]:
        """Move the events of *streams*, but the first and the last of each, out of the way; return how many of which."""
        self._hold_streams(streams)
        self._run(sa.text(ARCHIVE_WRITERS))
        moved = {}
        commits = set[int]()
        for stream in streams:
            last, _ = self._head(stream)
            between = self._recorded(stream, 1, last).add_columns(sa.literal(self._tenant))
            names = ("stream", "version", "type", "context", "body", "digest", "tenant")
            self._run(sa.insert(ARCHIVED).from_select(names, between))
            gone = sa.delete(EVENTS).where(self._mine(EVENTS), EVENTS.c.stream == stream, EVENTS.c.version.between(2, last - 1))
            left = self._run(gone.returning(EVENTS.c.commit_id)).scalars().all()
            commits.update(left)
            moved[stream] = len(left)
        self._drop_commits(commits)
        return {stream: count for stream, count in moved.items() if count}

    def _drop_commits(self, commits: Iterable[int]) -> None:
        """
        Take away those commits that no event names any more; their context went into the archive with the events.

        Each is locked first: of two units that move the last events of one commit, the second sees what the first has left.
        """
        named = sa.select(EVENTS.c.commit_id).where(EVENTS.c.commit_id == COMMITS.c.id).exists()
        for page in pages(sorted(commits)):
            which = COMMITS.c.id.in_(page)
            if self._locks:
                self._run(sa.select(COMMITS.c.id).where(which).order_by(COMMITS.c.id).with_for_update())
            self._run(sa.delete(COMMITS).where(which, ~named))

    def streams(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[str]:
        name = EVENTS.c.stream
        statement = (
            sa.select(name)
            .distinct()
            .where(self._mine(EVENTS), name > after, name >= prefix, name < prefix + "\U0010ffff")
            .order_by(name)
            .limit(limit)
        )
        return list(self._run(statement).scalars())

    def append(self, context: Context, writes: Writes) -> list[Receipt]:
        return [Receipt(stream, version, digest.hex()) for stream, (version, digest) in self._append(context, writes).items()]

    def load(self, context: Context, writes: Writes) -> None:
        self._append(context, writes)

    def _append(self, context: Context, writes: Writes) -> dict[str, tuple[int, bytes]]:
        """Append and return the heads of the streams."""
        if context.tenant != self._tenant:
            raise IntegrityBreachError(f"a commit of tenant '{context.tenant}' came to the book of '{self._tenant}'; nothing was written")
        self.command = context.command
        self._hold_streams(writes)
        before = self._heads(writes)
        for stream, (expected, _) in writes.items():
            actual = before.get(stream, (0, GENESIS))[0]
            if actual != expected:
                raise ConcurrencyConflictError(stream, expected=expected, actual=actual)
        head = write_context(context)
        commit = self._run(sa.insert(COMMITS).returning(COMMITS.c.id), {"tenant": self._tenant, "context": head}).scalar_one()
        rows, heads = self._chained(writes, before, head.encode(), commit)
        self._write_events(rows, writes)
        for stream, reached in heads.items():
            self._bodies.pop(stream, None)
            self._head_of.pop(stream, None)
            if self._is_held(stream):
                self._head_of[stream] = reached
        return heads

    def append_all(self, appends: Sequence[Append]) -> None:
        """
        Append what several callers want behind whatever stands, each a commit of its own.

        Raises:
            ContendedError: Somebody who holds no streams wrote to one of them meanwhile; nothing may be kept.
        """
        streams = list(dict.fromkeys(stream for one in appends for stream in one.writes))
        self._hold_streams(streams)
        heads = self._heads(streams)
        contexts = [write_context(one.context) for one in appends]
        inserted = sa.insert(COMMITS).returning(COMMITS.c.id, sort_by_parameter_order=True)
        commits = self._run(inserted, [{"tenant": self._tenant, "context": context} for context in contexts]).scalars().all()
        rows: list[dict[str, object]] = []
        for one, context, commit in zip(appends, contexts, commits, strict=True):
            added, reached = self._chained({stream: (0, bodies) for stream, bodies in one.writes.items()}, heads, context.encode(), commit)
            rows += added
            heads |= reached
            one.receipts = [Receipt(stream, version, digest.hex()) for stream, (version, digest) in reached.items()]
        if self._write_new(EVENTS, rows, ["tenant", "stream", "version"]) != len(rows):
            raise ContendedError("others wrote to the same streams just now; nothing was recorded")

    def _chained(
        self, writes: Writes, before: Mapping[str, tuple[int, bytes]], context: bytes, commit: int
    ) -> tuple[list[dict[str, object]], dict[str, tuple[int, bytes]]]:
        """Return the rows of all events, each tied to the one before it, and the heads that they lead to."""
        rows: list[dict[str, object]] = []
        heads = {}
        for stream, (_, bodies) in writes.items():
            version, digest = before.get(stream, (0, GENESIS))
            for body in bodies:
                version += 1
                text = write_event(body)
                digest = chain(digest, stream, version, body.TYPE, context, text.encode())
                rows.append(
                    {
                        "tenant": self._tenant,
                        "stream": stream,
                        "version": version,
                        "type": body.TYPE,
                        "body": text,
                        "digest": digest,
                        "commit_id": commit,
                    }
                )
            heads[stream] = (version, digest)
        return rows, heads

    def _write_events(self, rows: Sequence[Mapping[str, object]], writes: Writes) -> None:
        """Write events; a version that somebody else wrote meanwhile is not written, and that is a conflict."""
        written = self._write_new(EVENTS, rows, ["tenant", "stream", "version"])
        if written != len(rows):
            self._head_of.clear()
            now = self._heads(writes)
            for stream, (expected, bodies) in writes.items():
                actual = now.get(stream, (0, GENESIS))[0]
                if actual != expected + len(bodies):
                    raise ConcurrencyConflictError(stream, expected=expected, actual=actual)
            stream, (expected, bodies) = next(iter(writes.items()))
            raise ConcurrencyConflictError(stream, expected=expected, actual=expected + len(bodies))

    # Readers of the record

    def behind(self, reader: str, *, after: str = "", limit: int = 1000) -> list[Behind]:
        head, through, read = self._heads_beside(reader)
        statement = (
            sa.select(head.c.stream, through, head.c.version)
            .outerjoin_from(head, READERS, read)
            .where(head.c.stream > after, head.c.version > through)
            .order_by(head.c.stream)
            .limit(limit)
        )
        return [Behind(*row) for row in self._run(statement)]

    def unread(self, reader: str) -> int:
        head, through, read = self._heads_beside(reader)
        statement = sa.select(sa.func.coalesce(sa.func.sum(head.c.version - through), 0)).outerjoin_from(head, READERS, read)
        return int(self._run(statement).scalar_one())

    def _heads_beside(self, reader: str) -> tuple[sa.Subquery, sa.ColumnElement[int], sa.ColumnElement[bool]]:
        """Return the versions of all streams, how far *reader* has read one, and what joins the two."""
        # Versions of streams are compared, not an order of commits: what a sequence numbered early may be committed late.
        head = (
            sa.select(EVENTS.c.stream, sa.func.max(EVENTS.c.version).label("version"))
            .where(self._mine(EVENTS))
            .group_by(EVENTS.c.stream)
            .subquery()
        )
        read = sa.and_(READERS.c.tenant == self._tenant, READERS.c.reader == reader, READERS.c.stream == head.c.stream)
        return head, sa.func.coalesce(READERS.c.through, 0), read

    def advance(self, reader: str, through: Iterable[tuple[str, int]]) -> None:
        rows = ({"tenant": self._tenant, "reader": reader, "stream": stream, "through": version} for stream, version in through)
        self._upsert(READERS, rows)

    # Idempotency

    def recall(self, scope: str, key: str) -> Remembered | None:
        return self.recalled(scope, [key]).get(key)

    def recalled(self, scope: str, keys: Sequence[str]) -> dict[str, Remembered]:
        found: dict[str, Remembered] = {}
        for page in pages(keys):
            statement = sa.select(COMMANDS.c.key, COMMANDS.c.fingerprint, COMMANDS.c.answer).where(
                self._mine(COMMANDS), COMMANDS.c.scope == scope, self._among(COMMANDS.c.key, page)
            )
            found.update({key: Remembered(bytes(print_), answer) for key, print_, answer in self._run(statement)})
        self._new.update((scope, key) for key in keys if key not in found)
        return found

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: str) -> None:
        self.remember_all(scope, [(key, fingerprint, answer)])

    def remember_all(self, scope: str, answers: Iterable[tuple[str, bytes, str]]) -> None:
        rows = [
            {"tenant": self._tenant, "scope": scope, "key": key, "fingerprint": print_, "answer": answer} for key, print_, answer in answers
        ]
        if self._write_new(COMMANDS, rows, ["tenant", "scope", "key"]) != len(rows):
            if all((scope, row["key"]) in self._new for row in rows):
                raise ContendedError(f"a command of scope {scope!r} was remembered by somebody else just now; nothing was recorded")
            raise IdempotencyConflictError(f"a command of scope {scope!r} is remembered already; nothing of this unit may be kept")


def _record(row: sa.Row[Any]) -> Record:
    return Record(row.stream, row.version, row.type, row.context, row.body, bytes(row.digest))
