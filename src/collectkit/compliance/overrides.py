"""What a host decides about shipped law: rules that counsel attests, and rules that are set aside with a reason.

A host adds or tightens by packs of its own. It loosens only by an override that names the rule, the reason and who
decided, and stands in every verdict it matters to. Both are bound to the text of the rule: when the rule changes, they
fall away, and somebody must look again.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import attrs

from collectkit.compliance.params import Table
from collectkit.errors import PackError

OWN: Final = "collectkit."
"""How the ids of the library's own rules begin."""


def rule_hash(table: Mapping[str, object]) -> str:
    """
    Return the first 16 hexadecimal digits of the SHA-256 of a rule as its pack states it.

    Remarks count too: counsel attests what counsel read. The order of keys does not matter.
    """
    text = json.dumps(table, sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _given(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise PackError(f"{attribute.name} must be given; nothing was decided")


@attrs.frozen
class Attestation:
    """
    Counsel has read a rule and stands for its parameters: its status counts as ``verified``.

    Attributes:
        rule: Id of the rule.
        hash: `rule_hash` of the text that was read; of any other text it says nothing.
        by: Who attests: an id or a firm.
        on: On which day.
        note: Where the opinion is kept.
    """

    rule: str = attrs.field(validator=_given)
    hash: str = attrs.field(validator=_given)
    by: str = attrs.field(validator=_given)
    on: date
    note: str = ""


@attrs.frozen
class Override:
    """
    A host sets a rule aside, on its own responsibility.

    Attributes:
        rule: Id of the rule.
        hash: `rule_hash` of the text that was weighed; for any other text the rule stands.
        reason: Why, in a sentence.
        by: Who decided: an id.
        on: On which day.
        until: Last day; None for no end.
    """

    rule: str = attrs.field(validator=_given)
    hash: str = attrs.field(validator=_given)
    reason: str = attrs.field(validator=_given)
    by: str = attrs.field(validator=_given)
    on: date
    until: date | None = None

    def stands(self, on: date) -> bool:
        """Whether it stands on a day."""
        return self.on <= on and (self.until is None or on <= self.until)

    def __str__(self) -> str:
        return f"{self.rule} set aside by {self.by} on {self.on.isoformat()}: {self.reason}"


def only_one_each(decisions: Iterable[Attestation | Override]) -> None:
    """
    Check that each rule is decided about once.

    Raises:
        PackError: A rule stands twice.
    """
    seen: set[str] = set()
    for decision in decisions:
        if decision.rule in seen:
            raise PackError(f"rule {decision.rule} is decided about twice; no rule book was made")
        seen.add(decision.rule)


@attrs.frozen
class Decisions:
    """
    What a host decided about the law that it was delivered.

    Attributes:
        attestations: Rules that counsel stands for.
        overrides: Rules that are set aside.

    Raises:
        PackError: A rule is decided about twice, or one of the library's own is set aside.
    """

    attestations: tuple[Attestation, ...] = attrs.field(default=(), converter=tuple[Attestation, ...])
    overrides: tuple[Override, ...] = attrs.field(default=(), converter=tuple[Override, ...])

    def __attrs_post_init__(self) -> None:
        only_one_each(self.attestations)
        only_one_each(self.overrides)
        for override in self.overrides:
            if override.rule.startswith(OWN):
                raise PackError(f"{override.rule} is the least that any host keeps and cannot be set aside; no rule book was made")


def read_decisions(text: str, name: str) -> Decisions:
    """
    Read decisions from the text of a TOML file with ``[[attestation]]`` and ``[[override]]`` tables.

    Raises:
        PackError: The text is no TOML, a key is unknown or missing, or a value is not allowed; names file, rule and key.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{name}: no TOML: {error}; nothing was loaded") from None
    top = Table(document, name)
    attestations = [_attestation(table, name) for table in _tables(top, "attestation")]
    overrides = [_override(table, name) for table in _tables(top, "override")]
    top.finish()
    return Decisions(attestations, overrides)


def _tables(top: Table, key: str) -> tuple[Table, ...]:
    return top.tables(key) if key in top else ()


def _attestation(table: Table, name: str) -> Attestation:
    table = table.renamed(f"{name}, attestation of {table.text('rule')}")
    found = Attestation(table.text("rule"), table.text("hash"), table.text("by"), table.day("on"), table.text("note", ""))
    table.finish()
    return found


def _override(table: Table, name: str) -> Override:
    table = table.renamed(f"{name}, override of {table.text('rule')}")
    until = table.day("until") if "until" in table else None
    found = Override(table.text("rule"), table.text("hash"), table.text("reason"), table.text("by"), table.day("on"), until)
    table.finish()
    return found
