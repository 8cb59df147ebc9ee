"""What several commands ask for in the same words, and how a book is opened from it.

Here, at the edge, the clock is read: every call below gets its instant and its business date as arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import attrs
from cyclopts import Parameter

from collectkit.errors import MissingExtraError, StoreUnavailableError

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
        book: The file of the book.
        policy: Name of a bundled policy, or the path of a TOML file.
        tenant: Whose book, where the file holds several.
        actor: Id of the principal who acts, written into every event: an id, never a name.
    """

    book: Annotated[Path, Parameter(help="The file of the book.")]
    policy: Annotated[str, Parameter(help="Name of a bundled policy, or the path of a TOML file.")] = "us-bnpl"
    tenant: Annotated[str, Parameter(help="Whose book, where the file holds several.")] = "default"
    actor: Annotated[str, Parameter(help="Id of the principal who acts, written into every event; never a name.")] = "command-line"


Book = Annotated[BookOptions, Parameter(name="*")]


def _aware(_: object, value: object) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"An instant has a zone, such as {value.isoformat()}Z.")


At = Annotated[
    datetime | None, Parameter(name="--at", validator=_aware, help="Instant of the command, such as 2026-10-20T18:00:00Z; by default now.")
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

    there = options.book.exists()
    if not there and not make and not in_memory:
        raise StoreUnavailableError(f"there is no book {str(options.book)!r}; `collectkit import` begins one; nothing was opened")
    url = IN_MEMORY if in_memory and not there else f"sqlite:///{options.book}"
    with Kit.open(url, policy=options.policy, actor=options.actor, tenant=options.tenant, settings=settings) as kit:
        yield kit


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
    print(json.dumps(content, indent=2, default=str, ensure_ascii=False))
