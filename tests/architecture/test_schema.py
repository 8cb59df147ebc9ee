"""What is stored has a place: a new column comes with a step of the schema, and a step with its migration."""

from __future__ import annotations

import re
from pathlib import Path

from collectkit.storage._rows import COLUMNS, column_type
from collectkit.storage._schema import STEPS


class TestSchema:
    def test_every_field_of_a_standing_has_its_column(self) -> None:
        """
        A field added to `Standing` needs a new step at the end of `STEPS` in `storage/_schema.py`:
        ``ALTER TABLE collectkit_standings ADD COLUMN name INTEGER NOT NULL DEFAULT 0``.
        """
        text = " ".join(
            " ".join(statement.split()) for step in STEPS for statement in step.statements if "collectkit_standings" in statement
        )

        assert [] == [name for name in COLUMNS if f" {name} {column_type(name)}" not in text]

    def test_steps_are_numbered_and_none_is_skipped(self) -> None:
        """
        The number of the last one is the number of the schema.
        """
        assert list(range(1, len(STEPS) + 1)) == [step.version for step in STEPS]

    def test_every_step_has_its_migration(self, repository: Path) -> None:
        """
        A step needs a module in `storage/sql/_migrations/versions`, which Alembic runs; copy the one before it.
        """
        folder = repository / "src/collectkit/storage/sql/_migrations/versions"
        texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("v*.py"))]

        assert [f"{step.version:04}" for step in STEPS] == [re.findall(r'^revision = "(\d+)"', text, re.MULTILINE)[0] for text in texts]
        assert [f"run_step({step.version})" for step in STEPS] == [re.findall(r"run_step\(\d+\)", text)[0] for text in texts]
