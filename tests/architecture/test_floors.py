"""The floors: held by lint-imports, drawn in the documentation, and both say the same."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

# Floors 9 and up may reach outside; the rest are pure.
OUTSIDE = ("policy", "storage", "drivers", "plugins", "intake", "kit", "_kit", "demo", "cli", "web", "testing", "__main__")
FORBIDDEN_BELOW = ("urllib.request", "http.client", "http.server", "sqlite3", "socket", "smtplib", "subprocess", "logging")


@pytest.fixture(scope="module")
def contract(repository: Path) -> list[list[str]]:
    """The public rooms of each layer, top to bottom."""
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    floors = next(one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "floors")
    layers = [re.findall(r"\w+", layer) for layer in floors["layers"]]
    return [rooms for layer in layers if (rooms := [room for room in layer if not room.startswith("_")])]


@pytest.fixture(scope="module")
def drawing(repository: Path) -> list[list[str]]:
    """The rooms of each layer of the drawing, top to bottom; an arrow parts two layers of one floor."""
    page = (repository / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    found = re.search(r"^```text\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    assert found is not None, "the page has no drawing"
    floors = [re.split(r" {2,}", re.sub(r"^ *\d* +", "", line))[0] for line in found[1].splitlines()]
    return [re.findall(r"\w+", layer) for floor in floors for layer in floor.split("→")]


class TestFloors:
    def test_the_contracts_hold(self, repository: Path) -> None:
        """
        No room imports from a floor above, and every room has a floor.
        """
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout + done.stderr

    def test_every_folder_of_modules_is_a_package(self, source: Path) -> None:
        """
        Without an `__init__.py` the contracts would not see a room at all.
        """
        folders = {file.parent for file in source.rglob("*.py")}

        assert [] == [folder.name for folder in sorted(folders) if not (folder / "__init__.py").is_file()]

    def test_the_drawing_is_the_contract(self, contract: list[list[str]], drawing: list[list[str]]) -> None:
        """
        Readers and lint-imports look at the same house.
        """
        assert contract == drawing

    def test_pure_rooms_reach_nothing_outside(self, trees: dict[str, ast.Module]) -> None:
        """
        The contract sees packages only; this sees `urllib.request` and calls of `open` and `print` too.
        """
        pure = {name: tree for name, tree in trees.items() if not name.removesuffix(".py").startswith(OUTSIDE)}
        found = {name: [use for node in ast.walk(tree) if (use := reach(node))] for name, tree in pure.items()}

        assert {} == {name: uses for name, uses in found.items() if uses}


def reach(node: ast.AST) -> str:
    """Name what *node* reaches outside the process, or nothing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input"}:
        return f"line {node.lineno}: {node.func.id}()"
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    hits = [name for name in names if any(name == banned or name.startswith(f"{banned}.") for banned in FORBIDDEN_BELOW)]
    return ", ".join(hits)
