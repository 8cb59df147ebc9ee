"""The table of commands and permissions, made from the class of a kit: `.. commands::`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import law  # noqa: F401  # puts the sources on the path
from sphinx.util.docutils import SphinxDirective

from collectkit import Kit

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


class Commands(SphinxDirective):
    """Tabulate every command with the actions under which it is asked for, and those that take two people."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(command_lines()))


def command_lines() -> Iterator[str]:
    """Yield the reStructuredText of the table."""
    yield from (".. list-table::", "   :header-rows: 1", "")
    yield from _row(("command", "asked for as", "takes two people"))
    for row in Kit.commands():
        yield from _row((f"``{row.method}``", _words(row.actions), _words(row.two_people) or "—"))


def _row(cells: Sequence[str]) -> Iterator[str]:
    for place, cell in enumerate(cells):
        yield f"   {'* -' if not place else '  -'} {cell}"


def _words(names: Sequence[str]) -> str:
    return ", ".join(f"``{name}``" for name in names)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
