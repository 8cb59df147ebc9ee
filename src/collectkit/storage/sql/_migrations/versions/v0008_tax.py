"""What is outstanding in tax."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    run_step(8)
