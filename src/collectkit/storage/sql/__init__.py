"""Books in PostgreSQL, and in SQLite through the same code: SQLAlchemy Core, with migrations by Alembic.

Needs the extra ``sql``, and ``postgres`` for PostgreSQL with psycopg.
"""

from __future__ import annotations

from collectkit.errors import MissingExtraError

try:
    import sqlalchemy as _sqlalchemy
except ImportError as error:
    raise MissingExtraError("a book behind SQLAlchemy", "sql") from error

from collectkit.storage.sql.migrating import migrate, migration_sql
from collectkit.storage.sql.store import SqlStore
from collectkit.storage.sql.unit import SqlUnit

__all__ = ["SqlStore", "SqlUnit", "migrate", "migration_sql"]

del _sqlalchemy
