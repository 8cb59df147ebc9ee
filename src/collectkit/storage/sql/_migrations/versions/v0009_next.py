"""The order in which contacts are taken."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the indexes that have the id, and drop those without it."""
    run_step(9)
