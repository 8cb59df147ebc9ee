"""No parameter of a law stands in Python: modules hold no rule's id, and no number that only a law could mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectkit.compliance.kinds import KINDS
from collectkit.compliance.shipped import SHIPPED, shipped_pack

IDS = frozenset(rule.id for name in SHIPPED for rule in shipped_pack(name).rules)
UNITS = frozenset({0, 1, 2, 7, 12, 23, 24, 31, 59, 60, 100, 3600})
"""Numbers of the calendar and the clock, and percent; two and less count and compare."""

OF_NO_LAW = {
    "_wording": "words of numbers",
    "judging": "rounds until it gives up",
    "overdue": "the grace of a host that does not say",
    "overrides": "digits of a hash",
    "packs": "digits of a hash",
    "places": "digits of a telephone prefix",
    "watch": "how long ahead to warn",
    "week": "measures of a picture",
}
"""Modules whose other numbers have a meaning of their own."""


def constants(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield what the code says, without its docstrings and the sizes of its caches."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg == "maxsize":
            left_out.update(id(inner) for inner in ast.walk(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lru_cache":
            left_out.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in left_out:
            yield node


def rules_named(text: str) -> set[str]:
    return {node.value for node in constants(ast.parse(text)) if isinstance(node.value, str) and node.value in IDS}


def numbers_meant(text: str) -> set[float]:
    found = {node.value for node in constants(ast.parse(text)) if isinstance(node.value, int | float) and not isinstance(node.value, bool)}
    return found - UNITS


def modules(repository: Path) -> list[Path]:
    return sorted((repository / "src" / "collectkit" / "compliance").glob("*.py"))


class TestLawIsData:
    def test_no_module_names_a_rule(self, repository: Path) -> None:
        """
        Whatever is special about one rule stands in its pack, in the whole library.
        """
        named = {str(file): rules_named(file.read_text(encoding="utf-8")) for file in (repository / "src").rglob("*.py")}

        assert {} == {file: ids for file, ids in named.items() if ids}

    def test_no_module_holds_a_number_of_a_law(self, repository: Path) -> None:
        """
        Days, caps, hours and amounts are read from packs; the modules know the calendar and the clock alone.
        """
        meant = {file.stem: numbers_meant(file.read_text(encoding="utf-8")) for file in modules(repository)}

        assert {} == {name: numbers for name, numbers in meant.items() if numbers and name not in OF_NO_LAW}

    def test_no_kind_of_rule_is_let_off(self) -> None:
        """
        The modules that may hold other numbers judge nothing.
        """
        assert set() == {reader.__module__.rpartition(".")[2] for reader in KINDS.values()} & set(OF_NO_LAW)

    @pytest.mark.parametrize("line", ['if rule.id == "us.regf.14b.7in7":\n    pass', 'HOURS = {"us.tcpa.hours": 8}'])
    def test_a_rule_that_is_named_is_found(self, line: str) -> None:
        """
        Else the test above would prove nothing.
        """
        assert rules_named(line)
        assert not rules_named('"""About us.regf.14b.7in7."""')

    @pytest.mark.parametrize("line", ["cap = 8", "WAIT = timedelta(days=14)", "RATE = 0.25", "def judge(self, most=3): ..."])
    def test_a_number_that_is_meant_is_found(self, line: str) -> None:
        """
        Wherever it stands.
        """
        assert numbers_meant(line)
        assert not numbers_meant("from functools import lru_cache\n@lru_cache(maxsize=4096)\ndef f(): return 24 * 3600")
