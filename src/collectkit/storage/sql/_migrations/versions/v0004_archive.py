"""A place for the older events of accounts that are closed."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    run_step(4)
