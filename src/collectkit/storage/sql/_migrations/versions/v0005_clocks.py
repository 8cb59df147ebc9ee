"""The day of the charge-off, and the contractual and operational clocks of lateness."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns."""
    run_step(5)
