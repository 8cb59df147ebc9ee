"""The book as it was first released."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    run_step(1)
