"""What is agreed about an account, and what that stops."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    run_step(3)
