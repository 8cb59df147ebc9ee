"""What `collectkit doctor` finds out about a book, in a file or a server, without taking part in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import attrs

from collectkit.cli.books import connected, engine_of, file_of, is_server, opens_as, schema_at, shown
from collectkit.errors import CollectkitError
from collectkit.storage._schema import SCHEMA_VERSION, versions_in

if TYPE_CHECKING:
    import sqlalchemy as sa

_QUESTIONS: Final = {
    "contacts planned": "SELECT count(*) FROM collectkit_dispatches WHERE state = 'planned'",
    "contacts in doubt": "SELECT count(*) FROM collectkit_dispatches WHERE state = 'unknown'",
    "accounts in quarantine": "SELECT count(*) FROM collectkit_quarantine",
    "last night": "SELECT coalesce(max(key), 'none') FROM collectkit_runs WHERE kind = 'night'",
    "heads made": "SELECT count(*) FROM collectkit_runs WHERE kind = 'seal'",
}
"""Of all tenants together."""

SHARES: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs", "fuse.glusterfs"})
"""Kinds of file systems that lie on another machine."""


@attrs.frozen
class Check:
    """
    One thing that was looked at.

    Attributes:
        what: Its name.
        found: What was found.
        well: False when a command will fail because of it.
    """

    what: str
    found: str
    well: bool = True


def looked_at(book: str) -> Iterator[Check]:
    """Tell whether a book can be read, what waits in it, and what lies beside it."""
    url = opens_as(book)
    file = file_of(url)
    if file is not None:
        yield from _file(file)
    elif is_server(url):
        yield from _server(url)
    else:
        yield Check("book", f"{shown(url)} is opened by a plugin, and not looked at here")


def _file(path: Path) -> Iterator[Check]:
    if not path.is_file():
        yield Check("book", f"{path} is not there", well=False)
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            readable = _readable(str(path), versions_in(connection))
            yield readable
            if readable.well:
                yield _log_of(connection)
                yield _place_of(path)
                yield from _state(lambda question: connection.execute(question).fetchone()[0], sqlite3.Error)
    except sqlite3.Error as error:
        yield Check("book", f"{path} cannot be read: {error}", well=False)
        return
    if readable.well:
        yield _beside(path, "heads.jsonl", "heads", "`collectkit seal --anchor FILE` puts them elsewhere")
        yield _beside(path, "keys", "keys", "give them another disk and a backup of their own")


def _log_of(connection: sqlite3.Connection) -> Check:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return Check("write-ahead log", "on" if mode == "wal" else f"{mode!r}; a book has one", well=mode == "wal")


def _place_of(path: Path) -> Check:
    """Tell whether the file lies on a disk of this machine, as far as the system says."""
    try:
        kind = kind_of_place(path.resolve(), Path("/proc/mounts").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return Check("place", "cannot be told on this system")
    if kind in SHARES:
        return Check("place", f"a network share ({kind}), where SQLite's locks do not hold; use a disk of this machine", well=False)
    return Check("place", f"a disk of this machine ({kind or 'unknown'})")


def kind_of_place(path: Path, mounts: str) -> str:
    r"""
    Return the kind of file system that a path lies on, from the system's table of mounts; empty when it does not say.

    >>> kind_of_place(Path("/srv/books/book.db"), "a / ext4 rw 0 0\nb:/x /srv/books nfs4 rw 0 0")
    'nfs4'
    """
    found = ("", "")
    for line in mounts.splitlines():
        _, place, kind, *_ = [*line.split(), "", "", ""]
        place = place.replace("\\040", " ")
        if place and path.is_relative_to(place) and len(place) >= len(found[0]):
            found = (place, kind)
    return found[1]


def _server(url: str) -> Iterator[Check]:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        readable = _readable(shown(url), schema_at(url))
        yield readable
        if not readable.well:
            return
        engine = engine_of(url)
        try:
            with connected(engine, url) as connection:
                yield from _state(lambda question: _answer(connection, question), SQLAlchemyError)
        finally:
            engine.dispose()
    except CollectkitError as error:
        yield Check("book", str(error), well=False)


def _answer(connection: sa.Connection, question: str) -> object:
    found: object = connection.exec_driver_sql(question).scalar()
    return found


def _readable(name: str, versions: tuple[int, int]) -> Check:
    schema, min_writer = versions
    if not schema:
        return Check("book", f"{name} is a database, and no book", well=False)
    if min_writer > SCHEMA_VERSION:
        found = f"{name} has schema {schema}, which takes no writes of schema {SCHEMA_VERSION}; use a newer release"
        return Check("book", found, well=False)
    behind = "" if schema >= SCHEMA_VERSION else f"; `collectkit migrate` brings it to {SCHEMA_VERSION}"
    return Check("book", f"{name} is readable, schema {schema}{behind}")


def _state(ask: Callable[[str], object], fault: type[Exception]) -> Iterator[Check]:
    """Tell what waits, what is in doubt and what was set aside."""
    for what, question in _QUESTIONS.items():
        try:
            found = ask(question)
        except fault as error:
            yield Check(what, f"cannot be told: {str(error).splitlines()[0]}", well=False)
        else:
            yield Check(what, str(found))


def _beside(path: Path, ending: str, what: str, advice: str) -> Check:
    """Tell whether something lies beside the book that protects it only elsewhere."""
    file = path.with_name(f"{path.name}.{ending}")
    if not file.exists():
        return Check(what, "none beside the book")
    readable_by_others = bool(file.stat().st_mode & 0o077) and what == "keys"
    note = "; others may read it" if readable_by_others else ""
    return Check(what, f"{file} lies beside the book: {advice}{note}", well=not readable_by_others)
