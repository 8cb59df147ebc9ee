"""Making the tables of a book and bringing older ones up, with Alembic, beside a host's own migrations.

Alembic keeps its note in ``collectkit_version`` and needs no ini file. The steps themselves are those of every SQL
store, so a file that the embedded store made can be opened here and the other way round.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from collectkit.errors import StoreUnavailableError
from collectkit.storage._schema import SCHEMA_VERSION, check_writer

VERSION_TABLE: Final = "collectkit_version"
_LOCK: Final = 7_203_110_001
"""Any number that nobody else locks: two processes that open a new book must not both make it."""


def migrate(connection: sa.Connection, *, change: bool = True) -> None:
    """
    Make the tables when they are not there, and bring older ones up, inside the transaction that is open.

    Args:
        connection: With a transaction; it is neither committed nor rolled back here.
        change: False to look only.

    Raises:
        StoreUnavailableError: A newer release wrote the book and does not take what this one writes; or *change* is
            False and the book is not there or older.
    """
    version, min_writer = versions_in(connection)
    check_writer(version, min_writer)
    if version >= SCHEMA_VERSION:
        return
    if not change:
        found = (
            f"the book has schema {version} and this release writes {SCHEMA_VERSION}" if version else "there is no book in this database"
        )
        raise StoreUnavailableError(
            f"{found}; run `collectkit migrate`, or give your database administrator what `collectkit migrate --sql` writes; "
            "nothing was changed"
        )
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        version, _ = versions_in(connection)  # somebody else may have been faster
    config = _config()
    config.attributes["connection"] = connection
    if version and not sa.inspect(connection).has_table(VERSION_TABLE):
        command.stamp(config, _revision(version))  # the embedded store made it
    command.upgrade(config, "head")


def migration_sql(dialect: str = "postgresql", *, since: int = 0) -> str:
    """
    Return the migrations as SQL text, for an administrator who lets no program change tables.

    Args:
        dialect: ``postgresql`` or ``sqlite``.
        since: Schema of the book as it is; 0 for none.

    Raises:
        StoreUnavailableError: There is no such dialect or schema.
    """
    if dialect not in ("postgresql", "sqlite"):
        raise StoreUnavailableError(f"dialect is postgresql or sqlite, got {dialect!r}; nothing was written")
    if not 0 <= since <= SCHEMA_VERSION:
        raise StoreUnavailableError(f"since is a schema from 0 to {SCHEMA_VERSION}, got {since!r}; nothing was written")
    out = io.StringIO()
    config = _config()
    config.output_buffer = out
    config.attributes["dialect"] = dialect
    command.upgrade(config, f"{_revision(since)}:head" if since else "head", sql=True)
    return out.getvalue()


def versions_in(connection: sa.Connection) -> tuple[int, int]:
    """Return the schema of a book and the oldest one whose writers it takes; zeros when there is no book."""
    there = {column["name"] for column in _columns(connection)}
    if not there:
        return 0, 0
    least = "max(min_writer)" if "min_writer" in there else "1"
    version, min_writer = connection.execute(sa.text(f"SELECT max(version), {least} FROM collectkit_schema")).one()
    return int(version), int(min_writer)


def _columns(connection: sa.Connection) -> list[sa.engine.interfaces.ReflectedColumn]:
    inspector = sa.inspect(connection)
    return inspector.get_columns("collectkit_schema") if inspector.has_table("collectkit_schema") else []


def _revision(version: int) -> str:
    return f"{version:04}"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("_migrations")))
    config.set_main_option("path_separator", "os")
    return config
