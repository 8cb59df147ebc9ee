"""The law in the reference: `.. law-pack:: us-ny` documents every rule of a bundled pack, `.. limitations::` the states' years.

The text is made from the packs, so a page cannot lag behind them, and a pack that cannot be read fails the build.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from collectkit.compliance import Pack, Rule, shipped_limitations, shipped_pack

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

ANYONE = ["any"]


class LawPack(SphinxDirective):
    """Document a pack: who it is for, and each rule with its paragraph, status, dates, scope, parameters and doubts."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(pack_lines(self.arguments[0])), allow_section_headings=True)


class Limitations(SphinxDirective):
    """Tabulate the periods of limitation by state."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(limitation_lines()))


def pack_lines(name: str) -> Iterator[str]:
    """Yield the reStructuredText of a pack's page."""
    pack = shipped_pack(name)
    yield f"Jurisdiction ``{pack.jurisdiction}``; {len(pack.rules)} rules; text version ``{pack.version}``{_review(pack)}."
    yield ""
    for rule in pack.rules:
        yield from rule_lines(rule)


def _review(pack: Pack) -> str:
    return "" if pack.review_by is None else f"; to be reviewed by {pack.review_by.isoformat()}"


def rule_lines(rule: Rule) -> Iterator[str]:
    """Yield the section of one rule."""
    stated = rule.stated
    yield from (rule.id, "-" * len(rule.id), "")
    yield f"{plain(rule.title)}. *{plain(str(stated.get('regulates', '')))}*"
    yield ""
    ends = f" to {rule.effective_to.isoformat()}" if rule.effective_to else ""
    fields = {
        "Citation": plain(rule.citation),
        "Status": rule.status,
        "In force": f"from {rule.effective_from.isoformat()}{ends}",
        "Kind": f"``{rule.kind}``",
        "Applies to": scope_of(stated.get("applies_to", {})),
        "Parameters": "; ".join(f"``{key}`` = ``{value}``" for key, value in mapping(stated.get("params")).items()) or "none",
        "Source": plain(rule.source),
        "Doubts": plain(rule.ambiguity),
        "Remarks": plain(rule.notes),
        "Text hash": f"``{rule.hash}``",
    }
    for field, value in fields.items():
        if value:
            yield f":{field}: {value}"
    yield ""


def scope_of(scope: Any) -> str:
    """Return whom and what a rule reaches; what reaches all is left out."""
    named = {key: value for key, value in mapping(scope).items() if value not in (ANYONE, [])}
    return "; ".join(f"{key}: {', '.join(value)}" for key, value in named.items()) or "everyone and everything"


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def plain(text: str) -> str:
    """Return text that reStructuredText takes as it stands."""
    return "".join(f"\\{sign}" if sign in "\\*`|_" else sign for sign in text)


def limitation_lines() -> Iterator[str]:
    """Yield the table of the states' periods of limitation."""
    yield from (".. list-table::", "   :header-rows: 1", "")
    rows = [("State", "Written contract", "Open account", "Revived by payment", "Citation", "Status", "Remarks")]
    for years in shipped_limitations().values():
        revived = "yes" if years.revived_by_payment else "no"
        rows.append(
            (years.state, f"{years.written} years", f"{years.open} years", revived, plain(years.citation), years.status, plain(years.note))
        )
    for row in rows:
        for place, cell in enumerate(row):
            yield f"   {'* -' if place == 0 else '  -'} {cell}"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("law-pack", LawPack)
    app.add_directive("limitations", Limitations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
