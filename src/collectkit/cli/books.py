"""Where a book lies, as it is written on the command line: the path of a file, or the URL of a database.

A URL may hold a password. Nothing that is shown of it holds more than a scheme, a host and a name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from collectkit.errors import StoreUnavailableError, ValidationError

if TYPE_CHECKING:
    import sqlalchemy as sa

FILES: Final = ("sqlite", "sqlite+pysqlite")
SERVERS: Final = ("postgresql", "postgres", "postgresql+psycopg")


def opens_as(book: str) -> str:
    """
    Return the URL of a book; what has no scheme is a file.

    Raises:
        ValidationError: There is nothing that could be a book, or one that ends with the command.
    """
    scheme, mark, rest = book.partition("://")
    if not book.strip():
        raise ValidationError("--book is a file or a URL such as postgresql://user@host/database, got nothing; nothing was opened")
    if not mark:
        return f"sqlite:///{book}"
    if scheme == "memory" or (scheme in FILES and not rest.strip("/")):
        raise ValidationError(f"a book at {book} ends with the command; name a file or a server; nothing was opened")
    return book


def file_of(url: str) -> Path | None:
    """Return the file of a book in one, or None when it lies elsewhere."""
    scheme, _, rest = url.partition("://")
    return Path(rest.removeprefix("/")) if scheme in FILES else None


def is_server(url: str) -> bool:
    """Tell whether the book lies in a PostgreSQL server."""
    return url.partition("://")[0] in SERVERS


def shown(url: str) -> str:
    """
    Return what may be shown of the place of a book: no user, no password, no options.

    >>> shown("postgresql://app:hunter2@db.internal/collections?sslpassword=x")
    "'postgresql://db.internal/collections'"
    """
    file = file_of(url)
    if file is not None:
        return repr(str(file))
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return repr(f"{parts.scheme}://{host}{parts.path}")


def is_there(url: str) -> bool:
    """
    Tell whether there is a book, without making one; what only a plugin opens is taken to be there.

    Raises:
        StoreUnavailableError: The server does not answer.
        MissingExtraError: The extra ``postgres`` is not installed.
    """
    file = file_of(url)
    if file is not None:
        return file.exists()
    return not is_server(url) or schema_at(url)[0] > 0


def schema_at(url: str) -> tuple[int, int]:
    """
    Return the schema of a book in a server and the oldest one whose writers it takes; zeros when there is none.

    Raises:
        StoreUnavailableError: The server does not answer.
        MissingExtraError: The extra ``postgres`` is not installed.
    """
    from collectkit.storage.sql.migrating import versions_in

    engine = engine_of(url)
    try:
        with connected(engine, url) as connection:
            return versions_in(connection)
    finally:
        engine.dispose()


def engine_of(url: str) -> sa.Engine:
    """Return an engine of the server at *url*."""
    from collectkit.storage.sql.store import engine_for

    return engine_for(url)


def connected(engine: sa.Engine, url: str) -> sa.Connection:
    """
    Return a connection to a server.

    Raises:
        StoreUnavailableError: It does not answer; the driver's sentence is passed on, without the URL.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from collectkit.storage.sql._faults import said

    try:
        return engine.connect()
    except SQLAlchemyError as error:
        raise StoreUnavailableError(f"the server of {shown(url)} cannot be reached: {said(error)}; nothing was opened") from error
