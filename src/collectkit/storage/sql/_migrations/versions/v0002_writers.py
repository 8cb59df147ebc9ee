"""Which releases may write."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    run_step(2)
