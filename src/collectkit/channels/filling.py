"""Texts with variables and ``if``, each made into one Python function that says what Liquid says of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, TypeAlias

__all__ = ["filler"]

Fill: TypeAlias = Callable[[Mapping[str, object]], str]

_PIECE: Final = re.compile(r"\{\{\s*(?P<print>[A-Za-z_]\w*)\s*\}\}|\{%\s*(?:if\s+(?P<ask>[A-Za-z_]\w*)|(?P<word>else|endif))\s*%\}")
_DEPTH_MAX: Final = 20
_GIVEN: Final = "given"


class _NotPlainError(Exception):
    """The text holds more than is made into a function here."""


def filler(source: str, variables: Collection[str]) -> Fill | None:
    """
    Make the function that fills a text in; None when it holds more than variables and ``if`` of one variable.

    Args:
        source: Liquid, such as ``Hello {{ name }}{% if merchant %}, about {{ merchant }}{% endif %}``.
        variables: Names that may stand in it.

    The function takes what is known, without what is empty, as ``if`` asks whether a name is there at all. It raises
    KeyError when one that is to be printed is not. Values are never read as templates.

    >>> fill = filler("Hello {{ name }}{% if merchant %}, about {{ merchant }}{% endif %}.", ["name", "merchant"])
    >>> fill({"name": "Ana"}), fill({"name": "Ana", "merchant": "{{ name }}"})
    ('Hello Ana.', 'Hello Ana, about {{ name }}.')
    """
    try:
        text, _, ended = _text(_pieces(source, frozenset(variables)), 0)
    except _NotPlainError:
        return None
    if ended:
        return None
    # The function is put together as a tree, never as text: nothing in a template can become code.
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg(_GIVEN)], kwonlyargs=[], kw_defaults=[], defaults=[])
    function = ast.Assign([ast.Name("fill", ast.Store())], ast.Lambda(arguments, text))
    made: dict[str, Fill] = {}
    exec(compile(ast.fix_missing_locations(ast.Module([function], [])), "<template>", "exec"), {"__builtins__": {}}, made)
    return made["fill"]


def _pieces(source: str, variables: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the kind and the content of each piece: ``text``, ``print``, ``ask``, ``word``."""
    end = 0
    for found in _PIECE.finditer(source):
        if found.start() > end:
            yield "text", _literal(source[end : found.start()])
        end = found.end()
        assert found.lastgroup is not None
        content = found[found.lastgroup]
        if found.lastgroup != "word" and content not in variables:
            raise _NotPlainError
        yield found.lastgroup, content
    if end < len(source):
        yield "text", _literal(source[end:])


def _literal(text: str) -> str:
    # A brace before another opens something in Liquid; what, is left to it.
    if "{{" in text or "{%" in text or text.endswith("{"):
        raise _NotPlainError
    return text


def _text(pieces: Iterator[tuple[str, str]], depth: int) -> tuple[ast.JoinedStr, bool, str]:
    """Return the text up to the word that ends it, whether it is blank, and that word."""
    if depth > _DEPTH_MAX:
        raise _NotPlainError
    parts: list[ast.expr] = []
    blank = True
    for kind, content in pieces:
        if kind == "text":
            parts.append(ast.Constant(content))
            blank = blank and content.isspace()
        elif kind == "print":
            parts.append(_formatted(ast.Subscript(_known(), ast.Constant(content), ast.Load())))
            blank = False
        elif kind == "ask":
            then, then_blank, word = _text(pieces, depth + 1)
            other, other_blank = ast.JoinedStr([]), True
            if word == "else":
                other, other_blank, word = _text(pieces, depth + 1)
            if word != "endif":
                raise _NotPlainError
            # Of a choice between blanks Liquid prints nothing, not even the blanks.
            if not (then_blank and other_blank):
                asked = ast.Compare(ast.Constant(content), [ast.In()], [_known()])
                parts.append(_formatted(ast.IfExp(asked, then, other)))
                blank = False
        else:
            return ast.JoinedStr(parts), blank, content
    return ast.JoinedStr(parts), blank, ""


def _known() -> ast.Name:
    return ast.Name(_GIVEN, ast.Load())


def _formatted(value: ast.expr) -> ast.FormattedValue:
    return ast.FormattedValue(value, conversion=-1)
