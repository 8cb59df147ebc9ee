"""Text: a message to a person, and amounts as a person reads them."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping

from collectkit.channels.filling import filler
from collectkit.money import format_money

__all__ = ["format_money", "render"]


def render(template: str) -> Callable[[Mapping[str, object]], str]:
    """Compile a text whose variables stand in single braces."""
    pieces = list(string.Formatter().parse(template))
    source = "".join(text + (f"{{{{ {name} }}}}" if name is not None else "") for text, name, *_ in pieces)
    fill = filler(source, {name for _, name, *_ in pieces if name is not None})
    assert fill is not None, "the script's template is plain"
    return fill
