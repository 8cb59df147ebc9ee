from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from collectkit import errors
from collectkit.errors import CollectkitError

CLASSES = [held for held in vars(errors).values() if isinstance(held, type) and issubclass(held, CollectkitError)]


def caught(tree: ast.Module) -> Iterator[ast.ExceptHandler]:
    """Yield every place at which an error of any kind is caught by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.name and node.type is not None:
            kinds = {kind.id for kind in ast.walk(node.type) if isinstance(kind, ast.Name)}
            if kinds & {"Exception", "BaseException"}:
                yield node


def quotes(handler: ast.ExceptHandler) -> bool:
    """Tell whether a text is made of the error itself, which says more than its type."""
    made = [node.value for node in ast.walk(handler) if isinstance(node, ast.FormattedValue)]
    made += [
        one
        for node in ast.walk(handler)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("str", "repr")
        for one in node.args
    ]
    return any(isinstance(one, ast.Name) and one.id == handler.name for one in made)


AT_ASSEMBLY = {"plugins/guard.py", "plugins/manager.py"}
"""While a kit is put together there is no personal data yet, and whoever wrote the plugin reads the message."""


class TestErrors:
    def test_each_has_a_code_of_its_own(self) -> None:
        """
        Stable and in small letters, so that a host can match it.
        """
        codes = Counter(held.__dict__.get("code") for held in CLASSES)

        assert {} == {code: count for code, count in codes.items() if count > 1 or code is None}
        assert [] == [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+)*", str(code))]

    @pytest.mark.parametrize("kind", CLASSES)
    def test_each_says_what_it_is_and_whether_to_try_again(self, kind: type[CollectkitError]) -> None:
        """
        By its docstring and by `retry_helps`.
        """
        assert (kind.__doc__ or "").strip().endswith((".", ":"))
        assert isinstance(kind.retry_helps, bool)

    def test_no_message_quotes_an_error_of_somebody_elses_code(self, trees: dict[str, ast.Module]) -> None:
        """
        P20: no personal data. The text of an error that may be anybody's may hold some; its type and place are told instead.
        """
        found = {file for file, tree in trees.items() for handler in caught(tree) if quotes(handler)}

        assert AT_ASSEMBLY == found

    @pytest.mark.parametrize(
        ("text", "expected"), [("f'it said {error}'", True), ("str(error)", True), ("f'{type(error).__name__}'", False)]
    )
    def test_the_check_sees_what_it_should(self, text: str, expected: bool) -> None:
        """
        A check that finds nothing anywhere proves nothing.
        """
        (handler,) = caught(ast.parse(f"try: pass\nexcept Exception as error: raise StoreError({text})"))
        assert expected is quotes(handler)
