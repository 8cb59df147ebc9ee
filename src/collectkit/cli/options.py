"""What several commands ask for in the same words, and how a book is opened from it.

Here, at the edge, the clock is read: every call below gets its instant and its business date as arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import attrs
from cyclopts import Parameter

from collectkit.cli.books import is_there, opens_as, shown
from collectkit.errors import MissingExtraError, StoreUnavailableError, ValidationError

if TYPE_CHECKING:
    from collectkit.kit import Kit

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
REFUSED: Final = 3
REJECTED: Final = 4
INTERRUPTED: Final = 130

IN_MEMORY: Final = "sqlite://"


@attrs.frozen(kw_only=True)
class BookOptions:
    """
    Which book, under which policy, in whose name.

    Attributes:
        book: The file of the book, or the URL of one, such as ``postgresql://user@host/database``.
        policy: Name of a bundled policy, or the path of a TOML file.
        tenant: Whose book, where one store holds several.
        actor: Id of the principal who acts, written into every event: an id, never a name.
        keys: The file of the keys, where personal data is sealed; empty for none.
        plugins: Names of entry points, or ``installed`` for all that are installed.
    """

    book: Annotated[str, Parameter(help="The file of the book, or its URL, such as postgresql://user@host/database.")]
    policy: Annotated[str, Parameter(help="Name of a bundled policy, or the path of a TOML file.")] = "us-bnpl"
    tenant: Annotated[str, Parameter(help="Whose book, where one store holds several.")] = "default"
    actor: Annotated[str, Parameter(help="Id of the principal who acts, written into every event; never a name.")] = "command-line"
    keys: Annotated[str, Parameter(help="The file of the keys, where personal data is sealed.")] = ""
    plugins: Annotated[
        tuple[str, ...], Parameter(name="--plugin", negative=(), help="A plugin that a package brings, or `installed` for all of them.")
    ] = ()


Book = Annotated[BookOptions, Parameter(name="*")]


def aware_option(_: object, value: object) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"An instant has a zone, such as {value.isoformat()}Z.")


At = Annotated[
    datetime | None,
    Parameter(name="--at", validator=aware_option, help="Instant, such as 2026-10-20T18:00:00Z; by default now."),
]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Write the result as JSON.")]


def instant(at: datetime | None) -> datetime:
    """Return *at*, or what the clock says when it was not given."""
    return datetime.now(UTC) if at is None else at


@contextmanager
def opened(
    options: BookOptions, *, make: bool = False, in_memory: bool = False, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Kit]:
    """
    Open the kit of a command and close it afterwards.

    Args:
        options: Which book.
        make: Begin a new book when the file is not there; without it that is an error, so that a mistyped name makes no file.
        in_memory: Stand in for a book that is not there with one that ends with the command.
        settings: What plugins are told besides the URL.

    Raises:
        StoreUnavailableError: There is no such book, or it cannot be opened.
        PolicyError: The policy is not one.
    """
    from collectkit.kit import Kit

    url = opens_as(options.book)
    there = is_there(url)
    if not there and not make and not in_memory:
        raise StoreUnavailableError(f"there is no book {shown(url)}; `collectkit import` begins one; nothing was opened")
    told = {**settings, "keys": options.keys, **({} if make else {"migrate": "no"})}
    url = IN_MEMORY if in_memory and not there else url
    with Kit.open(url, policy=options.policy, actor=options.actor, tenant=options.tenant, plugins=options.plugins, settings=told) as kit:
        yield kit


@contextmanager
def written(path: Path, not_done: str) -> Iterator[None]:
    """
    Turn the system's no to writing *path* into a sentence that says what was not done.

    Raises:
        ValidationError: The file cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise ValidationError(f"{path} cannot be written: {error.strerror}; {not_done}") from error


def need(module: str, feature: str, extra: str) -> None:
    """
    Make sure that an optional dependency is installed before a command starts on its work.

    Raises:
        MissingExtraError: It is not.
    """
    if find_spec(module) is None:
        raise MissingExtraError(feature, extra)


def print_json(content: Mapping[str, object]) -> None:
    """Write *content* to standard output as one JSON object; days and instants in ISO 8601."""
    print(json.dumps(content, indent=2, default=_as_text, ensure_ascii=False))


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
