"""The conformance adapters translate words: they compute no amount, and reach the library through its front doors."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ADAPTERS = ("accounts", "account_steps", "account_checks", "fineract")
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.USub)
COMPUTING = {"sum", "round", "divmod", "abs", "pow", "divide", "eval", "exec"}


def faults(tree: ast.Module) -> list[str]:
    """Return what an adapter does that only the library may."""
    found = []
    for node in ast.walk(tree):
        last_item = isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
        if isinstance(node, ast.BinOp | ast.AugAssign | ast.UnaryOp) and isinstance(node.op, ARITHMETIC) and not last_item:
            found.append(f"line {node.lineno}: arithmetic")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COMPUTING:
            found.append(f"line {node.lineno}: {node.func.id}()")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("collectkit"):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            found += [f"line {node.lineno}: private {name}" for name in names if name.startswith("_")]
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            found.append(f"line {node.lineno}: private {node.attr}")
    return found


class TestAdapters:
    @pytest.mark.parametrize("name", ADAPTERS)
    def test_no_amount_is_computed(self, repository: Path, name: str) -> None:
        """
        A second engine beside the library would agree with the vectors whatever the library says.
        """
        file = repository / "tests" / "conformance" / f"{name}.py"

        assert [] == faults(ast.parse(file.read_text(encoding="utf-8")))

    @pytest.mark.parametrize("text", ["a - b", "x += 1", "-a", "sum(x)", "from collectkit.schedules._folding import fold", "course._plan"])
    def test_the_check_sees_what_it_should(self, text: str) -> None:
        """
        Each way to compute beside the library is found.
        """
        assert 1 == len(faults(ast.parse(text)))
