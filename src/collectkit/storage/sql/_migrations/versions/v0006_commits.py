"""An index by which archiving finds the commits that no event names any more."""

from __future__ import annotations

from collectkit.storage.sql.stepping import run_step

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the index."""
    run_step(6)
