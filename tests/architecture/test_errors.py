from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator

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


SAYS_WHAT_DID_NOT_HAPPEN = re.compile(
    r"\bnothing\b|\bno \w+ (?:\w+ |of it )?(?:was|were|is)\b|\b(?:was|were|is|are|be|counts as) not\b|\b(?:not_done|NOT_RECORDED)\b"
    r"|\b(?:stand|stay)s?\b|same command again|may have been|is unchanged"
)
SAY_IT_THEMSELVES = {"ConcurrencyConflictError", "MissingExtraError", "RefusedError"}
"""Classes that make the whole sentence: of a version, of a package, of a refusal (which has its own `not_done`)."""

OPAQUE = {
    ("_kit/import_wire.py", "IntakeError"): "the sentence of the process that reads the files, given on as it came",
    ("_kit/cleansing.py", "PluginFaultError"): "the sentence of the person that could not be made, given on as it came",
    ("_kit/nights.py", "RunHeldError"): "a refusal is printed, which says what was not done",
    ("_kit/privacy.py", "RetentionHoldError"): "the words of a `RetentionHold`, which say that nothing was erased",
    ("channels/templates.py", "TemplateError"): "`Template` adds which one was not loaded",
}
"""Sentences that are not to be read from the place that raises them."""


def texts_of(node: ast.AST) -> str:
    """Return all text within an expression; of what is filled in, the name."""
    found = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            found.append(inner.value)
        if isinstance(inner, ast.Name | ast.Attribute):
            found.append(inner.id if isinstance(inner, ast.Name) else inner.attr)
    return " ".join(found)


def made(tree: ast.Module, kinds: Collection[str]) -> Iterator[tuple[str, int, str]]:
    """
    Yield the class of each error that is made, its line and its sentence.

    Names are followed to where they are set, and functions to what they return.
    """
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    constants = {
        target.id: texts_of(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    within = {inner: function for function in functions.values() for inner in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
            sentence = texts_of(node.args[0])
            names = {inner.id for inner in ast.walk(node.args[0]) if isinstance(inner, ast.Name)}
            for inner in ast.walk(within.get(node, tree)):
                if isinstance(inner, ast.Assign) and any(isinstance(one, ast.Name) and one.id in names for one in inner.targets):
                    sentence += " " + texts_of(inner.value)
            sentence += "".join(f" {constants[name]}" for name in names if name in constants)
            sentence += "".join(f" {texts_of(functions[name])}" for name in names if name in functions)
            yield node.func.id, node.lineno, sentence


class TestErrors:
    def test_each_says_what_did_not_happen(self, trees: dict[str, ast.Module]) -> None:
        """
        P20: whoever reads it must know whether anything was recorded, sent or loaded; every place that makes an error is looked at.
        """
        kinds = {kind.__name__ for kind in CLASSES} - SAY_IT_THEMSELVES
        silent = [
            f"{file}:{line} {kind}"
            for file, tree in trees.items()
            for kind, line, sentence in made(tree, kinds)
            if not SAYS_WHAT_DID_NOT_HAPPEN.search(sentence) and (file, kind) not in OPAQUE
        ]

        assert [] == silent

    @pytest.mark.parametrize(
        ("code", "silent"),
        [
            ("raise StoreError('it is gone')", True),
            ("raise StoreError('it is gone; nothing was recorded')", False),
            ("text = f'{x} is gone; nothing was read'\nraise StoreError(text)", False),
            ("def f(not_done):\n    raise StoreError(f'gone; {not_done}')", False),
            ("def said():\n    return 'gone'\nraise StoreError(said())", True),
        ],
    )
    def test_the_check_of_sentences_sees_them(self, code: str, silent: bool) -> None:
        """
        Wherever the words stand.
        """
        ((_, _, sentence),) = made(ast.parse(code), {"StoreError"})
        assert silent is (SAYS_WHAT_DID_NOT_HAPPEN.search(sentence) is None)

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
