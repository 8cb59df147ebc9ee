"""`collectkit doctor`: what a report of a fault should say about the installation and the book."""

from __future__ import annotations

import platform
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import attrs
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from collectkit.cli.options import FAILED, OK, AsJson, print_json
from collectkit.storage._schema import SCHEMA_VERSION, versions_in

EXTRAS: Final = ("cli", "templates", "columns", "calendars", "sql", "postgres", "contact", "vault", "http", "parquet", "otel")


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


def doctor_command(
    *, book: Annotated[Path | None, Parameter(help="A book to look at; it is not changed.")] = None, as_json: AsJson = False
) -> int:
    """Tell versions, which extras are installed, and whether a book can be read."""
    checks = [*_installation(), *(() if book is None else _looked_at(book))]
    well = all(check.well for check in checks)
    if as_json:
        print_json({"well": well, "checks": [attrs.asdict(check) for check in checks]})
    else:
        table = Table(show_header=False)
        for check in checks:
            table.add_row("ok" if check.well else "FAULT", check.what, check.found)
        Console().print(table)
    return OK if well else FAILED


def _installation() -> Iterator[Check]:
    yield Check("python", f"{platform.python_version()} on {platform.system()}")
    yield Check("collectkit", version("collectkit"))
    yield Check("tzdata", version("tzdata"))
    yield Check("sqlite", sqlite3.sqlite_version)
    yield _law()
    for extra in EXTRAS:
        yield Check(f"extra {extra}", ", ".join(map(_installed, packages_of(extra))))


def _law() -> Check:
    """Tell by when the bundled law must be reviewed; past that it still serves for the grace of a policy, then it is closed."""
    from collectkit.compliance import GRACE_DAYS, closes_on, shipped_rules

    dated = [(pack.review_by, pack.name) for pack in shipped_rules().packs if pack.review_by is not None]
    due, name = min(dated)
    closes = closes_on(due, GRACE_DAYS)
    return Check("law", f"{len(dated)} bundled packs; {name} to be reviewed by {due.isoformat()}, else closed from {closes.isoformat()}")


def packages_of(extra: str) -> list[str]:
    """Return the names of the packages that an extra brings, as the installed metadata say."""
    found = []
    for line in requires("collectkit") or ():
        name, _, marker = line.partition(";")
        if re.search(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]", marker):
            found.append(re.split(r"[^\w.-]", name.strip(), maxsplit=1)[0])
    return found


def _installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} absent"


def _looked_at(path: Path) -> Iterator[Check]:
    readable = _book(path)
    yield readable
    if readable.well:
        yield from _state(path)
        yield _beside(path, "heads.jsonl", "heads", "`collectkit seal --anchor FILE` puts them elsewhere", "none beside the book")
        yield _beside(path, "keys", "keys", "give them another disk and a backup of their own", "none beside the book")


def _beside(path: Path, ending: str, what: str, advice: str, none: str) -> Check:
    """Tell whether something lies beside the book that protects it only elsewhere."""
    file = path.with_name(f"{path.name}.{ending}")
    if not file.exists():
        return Check(what, none)
    readable_by_others = bool(file.stat().st_mode & 0o077) and what == "keys"
    note = "; others may read it" if readable_by_others else ""
    return Check(what, f"{file} lies beside the book: {advice}{note}", well=not readable_by_others)


def _state(path: Path) -> Iterator[Check]:
    """Tell what waits, what is in doubt and what was set aside, over all tenants."""
    questions = {
        "contacts planned": "SELECT count(*) FROM collectkit_dispatches WHERE state = 'planned'",
        "contacts in doubt": "SELECT count(*) FROM collectkit_dispatches WHERE state = 'unknown'",
        "accounts in quarantine": "SELECT count(*) FROM collectkit_quarantine",
        "last night": "SELECT coalesce(max(key), 'none') FROM collectkit_runs WHERE kind = 'night'",
        "heads made": "SELECT count(*) FROM collectkit_runs WHERE kind = 'seal'",
    }
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
        for what, question in questions.items():
            try:
                (found,) = connection.execute(question).fetchone()
            except sqlite3.Error as error:
                yield Check(what, f"cannot be told: {error}", well=False)
            else:
                yield Check(what, str(found))


def _book(path: Path) -> Check:
    """Read the schema version of a book without taking part in it."""
    if not path.is_file():
        return Check("book", f"{path} is not there", well=False)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            schema, min_writer = versions_in(connection)
    except sqlite3.Error as error:
        return Check("book", f"{path} cannot be read: {error}", well=False)
    if not schema:
        return Check("book", f"{path} is a database, and no book", well=False)
    if min_writer > SCHEMA_VERSION:
        found = f"{path} has schema {schema}, which takes no writes of schema {SCHEMA_VERSION}; use a newer release"
        return Check("book", found, well=False)
    return Check("book", f"{path} is readable, schema {schema}")
