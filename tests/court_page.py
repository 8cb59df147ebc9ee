"""The table of docs/reference/court.md, which the tests of the code and those of its life both hold to."""

from __future__ import annotations

from pathlib import Path

_PAGE = Path(__file__).parents[1] / "docs" / "reference" / "court.md"


def rows() -> list[tuple[str, str, str]]:
    """Return the rows that begin with a state: the state, the step, and the state that it becomes."""
    lines = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    cells = ([cell.strip(" `") for cell in line.split("|")[1:4]] for line in lines)
    return [(before, step, after) for before, step, after in cells]
