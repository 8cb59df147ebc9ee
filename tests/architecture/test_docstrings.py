"""What a function about money or days must say beside its types: the source of its rule, and what each day means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

ROOMS = (
    "money.py",
    "calendars/",
    "ledger/",
    "schedules/",
    "delinquency/",
    "standing/",
    "portfolio/",
    "arrangements/",
    "holds/",
    "treatment/",
)
"""The rooms that say what is owed, how late it is, what was agreed about it and what comes next."""

_ABOUT = re.compile(r"\b(Money|date|Book|Plan)\b")
_ANOTHER = re.compile(r"\b[aA]s for `|`[\w.]+` (does|has)|units, rounding and days are those of `|see `", re.DOTALL)


def _public(trees: dict[str, ast.Module]) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the public functions of these rooms that take or return amounts, days or accounts."""
    for path, tree in trees.items():
        if not path.startswith(ROOMS) or any(part.startswith("_") and part != "__init__.py" for part in path.split("/")):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _is_about_what_is_owed(node):
                yield f"{path}: {node.name}", node


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _is_about_what_is_owed(node: ast.FunctionDef) -> bool:
    types = [one.annotation for one in _arguments(node)] + [node.returns]
    return any(one.arg.endswith("_minor") for one in _arguments(node)) or any(_ABOUT.search(ast.unparse(one)) for one in types if one)


class TestDocstrings:
    def test_each_names_the_source_of_its_rule(self, trees: dict[str, ast.Module]) -> None:
        """
        The law, the contract, the policy, or that it is a definition of this library.
        """
        found = dict(_public(trees))

        assert len(found) > 60
        assert [] == [name for name, node in found.items() if "Source:" not in (ast.get_docstring(node) or "")]

    def test_each_says_what_its_days_are(self, trees: dict[str, ast.Module]) -> None:
        """
        Every day that is passed is spoken of by its name, or the docstring points to one that does.
        """
        silent = []
        for name, node in _public(trees):
            told = ast.get_docstring(node) or ""
            for one in _arguments(node):
                is_day = one.annotation is not None and re.fullmatch(r"date( \| None)?", ast.unparse(one.annotation))
                if is_day and not re.search(rf"\*{one.arg}\*|\b{one.arg}:", told) and not _ANOTHER.search(told):
                    silent.append(f"{name}({one.arg})")

        assert [] == silent
