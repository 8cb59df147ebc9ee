"""`collectkit doctor`: what a report of a fault should say about the installation and the book."""

from __future__ import annotations

import platform
import re
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Annotated, Final

import attrs
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from collectkit.cli.looking import Check, looked_at
from collectkit.cli.options import FAILED, OK, AsJson, print_json

EXTRAS: Final = ("cli", "templates", "columns", "calendars", "sql", "postgres", "contact", "vault", "http", "parquet", "otel")


def doctor_command(
    *, book: Annotated[str | None, Parameter(help="A book to look at, a file or a URL; it is not changed.")] = None, as_json: AsJson = False
) -> int:
    """Tell versions, which extras are installed, and whether a book can be read."""
    checks = [*_installation(), *(() if book is None else looked_at(book))]
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
