"""The reference by rooms: a page names its rooms, and every public module in them is documented.

`.. rooms:: money calendars` puts one section with an `automodule` for each public module of those rooms that
exists; a module added to a room appears by itself. `.. public-names::` lists what `import collectkit` offers;
`.. pages::` lists a chapter.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from docutils import nodes
from sphinx.directives.other import TocTree
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

SOURCE = Path(__file__).resolve().parents[2] / "src" / "collectkit"


def public_modules(room: str, source: Path = SOURCE) -> Iterator[str]:
    """Yield the full names of *room*'s public modules, the room itself first, then in the order of their names."""
    if (source / f"{room}.py").is_file():
        yield f"collectkit.{room}"
        return
    for file in sorted((source / room).rglob("*.py"), key=lambda file: file.with_suffix("").parts):
        parts = file.relative_to(source).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(part.startswith("_") for part in parts):
            yield ".".join(("collectkit", *parts))


class Rooms(SphinxDirective):
    """Document every public module of the named rooms; a room that does not exist yet says nothing."""

    required_arguments = 1
    optional_arguments = 40

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for room in self.arguments:
            for module in public_modules(room):
                short = module.removeprefix("collectkit.")
                lines += [short, "-" * len(short), "", f".. automodule:: {module}", ""]
        for path in sorted(SOURCE.rglob("*.py")):
            self.env.note_dependency(path)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


class Pages(TocTree):
    """A toctree of the pages beside this one; nothing while there are none, where Sphinx would warn."""

    def run(self) -> list[nodes.Node]:
        here = Path(self.env.doc2path(self.env.docname))
        beside = [page for page in here.parent.iterdir() if page.suffix in {".md", ".rst"} and page != here]
        return super().run() if beside else []


class PublicNames(SphinxDirective):
    """List each name of `collectkit.__all__` with the module that defines it and its first sentence."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        collectkit = importlib.import_module("collectkit")
        lines: list[str] = []
        for name in sorted(getattr(collectkit, "__all__", ())):
            thing = getattr(collectkit, name)
            home = thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", "")
            summary = (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
            lines += [f"``{name}`` (:py:mod:`{home}`)" if home.startswith("collectkit.") else f"``{name}``", f"   {summary}", ""]
        return self.parse_text_to_nodes("\n".join(lines)) if lines else []


def excuse_type_variable(_app: Sphinx, _env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement) -> nodes.TextElement | None:
    """Show a type variable in a signature as it is written: it has no entry of its own to lead to."""
    home, _, name = str(node.get("reftarget", "")).rpartition(".")
    if not home.startswith("collectkit.") or home not in sys.modules:
        return None
    return shown if isinstance(getattr(sys.modules[home], name, None), TypeVar | ParamSpec) else None


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("rooms", Rooms)
    app.add_directive("pages", Pages)
    app.add_directive("public-names", PublicNames)
    app.connect("missing-reference", excuse_type_variable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
