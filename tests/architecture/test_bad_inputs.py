"""Every row of the page of bad inputs names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_ROW = re.compile(r"^\| (\d+) \|.*\| (.+) \|$")
_TEST = re.compile(r"`([^`]+\.py)::(test_\w+)`")

PORTAL = {97, 98}
"""About a portal, which is not there yet; each other row is held by a test."""


class TestPage:
    def test_each_row_is_held_by_a_test(self, repository: Path) -> None:
        """
        Numbered from 1 to 105, each with at least one test that exists in the file that it names.
        """
        page = (repository / "docs" / "reference" / "bad-inputs.md").read_text(encoding="utf-8")
        rows = [found for line in page.splitlines() if (found := _ROW.match(line))]
        named = {int(row[1]): _TEST.findall(row[2]) for row in rows}

        assert list(range(1, 106)) == [int(row[1]) for row in rows]
        assert PORTAL == {number for number, tests in named.items() if not tests}
        assert [] == [(file, name) for tests in named.values() for file, name in tests if name not in _tests_in(repository / file)]


def _tests_in(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)}
