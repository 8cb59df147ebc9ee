"""The reporting clock of lateness."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns."""
    run_step(7)
