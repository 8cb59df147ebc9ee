"""Every hook stands in the reference with its exact signature, and some test calls it by name."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

HOOKSPECS = "collectkit.plugins.hookspecs"


@pytest.fixture
def hooks(room: Callable[[str], Path]) -> dict[str, ast.FunctionDef]:
    """The hookspecs by name, as written."""
    tree = ast.parse(room(HOOKSPECS).read_text(encoding="utf-8"))
    found = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("collectkit_")}
    assert found
    return found


def signature(hook: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(hook.returns)}" if hook.returns else ""
    return f"{hook.name}({ast.unparse(hook.args)}){returns}"


class TestHooks:
    def test_each_is_in_the_reference_as_written(self, hooks: dict[str, ast.FunctionDef], repository: Path) -> None:
        """
        docs/reference/hooks.md holds the signature, however its lines are broken.
        """
        page = "".join((repository / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8").split())

        assert [] == [signature(hook) for hook in hooks.values() if "".join(signature(hook).split()) not in page]

    def test_each_says_what_it_is_for(self, hooks: dict[str, ast.FunctionDef]) -> None:
        """
        A hookspec is all that a plugin's author sees.
        """
        assert [] == [name for name, hook in hooks.items() if not ast.get_docstring(hook)]

    def test_each_is_tested_by_name(self, hooks: dict[str, ast.FunctionDef], repository: Path) -> None:
        """
        A hook that no test implements may never be called.
        """
        tests = "".join(file.read_text(encoding="utf-8") for file in (repository / "tests" / "plugins").rglob("test_*.py"))

        assert [] == [name for name in hooks if name not in tests]
