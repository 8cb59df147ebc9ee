"""One step of the schema inside an Alembic migration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from collectkit.storage._schema import STEPS, statements_for


def run_step(version: int) -> None:
    """Run the statements of one step, or write them down when Alembic writes text."""
    step = STEPS[version - 1]
    for statement in statements_for(step, op.get_context().dialect.name):
        # A colon is a parameter to SQLAlchemy, and a cast to PostgreSQL.
        op.execute(sa.text(statement.replace(":", r"\:")))
