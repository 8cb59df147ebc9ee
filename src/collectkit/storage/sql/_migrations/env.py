"""Run by Alembic for each migration: on the connection that was given, or as text."""

from __future__ import annotations

from alembic import context

from collectkit.storage.sql._tables import METADATA
from collectkit.storage.sql.migrating import VERSION_TABLE

given = context.config.attributes
if context.is_offline_mode():
    context.configure(dialect_name=given["dialect"], version_table=VERSION_TABLE, target_metadata=METADATA)
    with context.begin_transaction():
        context.run_migrations()
else:
    # The transaction is the caller's: `transactional_ddl` off keeps Alembic from ending it.
    context.configure(connection=given["connection"], version_table=VERSION_TABLE, target_metadata=METADATA, transactional_ddl=False)
    context.run_migrations()
