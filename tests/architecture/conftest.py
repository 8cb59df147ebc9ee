"""What the architecture tests read: the sources as text and syntax trees, never as imported modules."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def source(repository: Path) -> Path:
    """The package's folder."""
    return repository / "src" / "collectkit"


@pytest.fixture(scope="session")
def trees(source: Path) -> dict[str, ast.Module]:
    """Each module's syntax tree by its path relative to the package, with forward slashes."""
    return {file.relative_to(source).as_posix(): ast.parse(file.read_text(encoding="utf-8"), str(file)) for file in _modules(source)}


def _modules(source: Path) -> Iterator[Path]:
    yield from sorted(source.rglob("*.py"))


@pytest.fixture(scope="session")
def room() -> Callable[[str], Path]:
    """Return a module's file; a test of a room that nobody has built yet is skipped, and becomes live with it."""

    def find(name: str) -> Path:
        parent = name.rpartition(".")[0]
        exists = importlib.util.find_spec(parent) is not None
        spec = importlib.util.find_spec(name) if exists else None
        if spec is None or spec.origin is None:
            pytest.skip(f"NOT TESTED HERE: {name} does not exist yet")
        return Path(spec.origin)

    return find
