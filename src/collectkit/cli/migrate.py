"""`collectkit migrate`: the tables of a book in a server, brought up on purpose or written down for an administrator."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from collectkit.cli.books import connected, engine_of, is_server, opens_as, shown
from collectkit.cli.options import OK, need
from collectkit.errors import StoreUnavailableError, ValidationError
from collectkit.storage._schema import SCHEMA_VERSION


def migrate_command(
    *,
    book: Annotated[str, Parameter(help="URL of the book, such as postgresql://user@host/database.")] = "",
    sql: Annotated[bool, Parameter(negative=(), help="Write the SQL to standard output and change nothing; needs no server.")] = False,
    since: Annotated[int, Parameter(help="With --sql: schema of the book as it is; 0 for none.")] = 0,
) -> int:
    """Make the tables of a book in a PostgreSQL server, or bring older ones up. A book in a file is brought up when it is opened."""
    need("sqlalchemy", "`collectkit migrate`", "sql")
    from sqlalchemy.exc import SQLAlchemyError

    from collectkit.storage.sql._faults import said
    from collectkit.storage.sql.migrating import migrate, migration_sql, versions_in

    if sql:
        print(migration_sql("postgresql", since=since), end="")
        return OK
    url = opens_as(book)
    if not is_server(url):
        raise ValidationError(f"{shown(url)} is not in a server; a file is brought up when it is opened; nothing was changed")
    engine = engine_of(url)
    try:
        with connected(engine, url) as connection, connection.begin():
            before, _ = versions_in(connection)
            migrate(connection)
    except SQLAlchemyError as error:
        raise StoreUnavailableError(f"the tables of {shown(url)} cannot be made: {said(error)}; nothing was changed") from error
    finally:
        engine.dispose()
    was = f"had schema {before}" if before else "was not there"
    print(f"the book at {shown(url)} {was} and has schema {max(before, SCHEMA_VERSION)}")
    return OK
