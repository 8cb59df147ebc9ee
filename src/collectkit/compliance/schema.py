"""The JSON Schema of rule packs, made from what the readers of each kind ask for in the packs that ship."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any, Final

from collectkit.compliance.consent_period import Silent
from collectkit.compliance.kinds import KINDS
from collectkit.compliance.packs import SCHEMA_VERSION, SCOPE_KEYS, WEEK_STARTS, context_of
from collectkit.compliance.params import Table
from collectkit.compliance.rule import STATUSES
from collectkit.compliance.shipped import SHIPPED, shipped_calendars, shipped_limitations, shipped_text

_DAY: Final[Mapping[str, str]] = {"type": "string", "format": "date"}
_TEXT: Final[Mapping[str, str]] = {"type": "string"}
_TEXTS: Final[Mapping[str, object]] = {"type": "array", "items": {"type": "string"}}


def pack_schema() -> dict[str, object]:
    """
    Return the JSON Schema (draft 2020-12) of a rule pack, with the keys that each kind of rule reads.

    TOML's dates are written as texts in ISO 8601 there. The loader checks more: what hangs together, and what a value means.
    """
    rule = {
        "type": "object",
        "required": ["id", "citation", "title", "kind", "status", "source", "effective_from", "applies_to"],
        "properties": {
            **dict.fromkeys(("id", "citation", "title", "regulates", "source", "notes", "ambiguity"), _TEXT),
            "kind": {"enum": sorted(KINDS)},
            "status": {"enum": list(STATUSES)},
            **dict.fromkeys(("effective_from", "effective_to", "review_by"), _DAY),
            "interpretation": _TEXTS,
            "applies_to": {
                "type": "object",
                "required": list(SCOPE_KEYS),
                "properties": dict.fromkeys((*SCOPE_KEYS, "regions"), _TEXTS),
                "additionalProperties": False,
            },
            "params": {"type": "object"},
        },
        "additionalProperties": False,
        "allOf": [_for_kind(kind, keys) for kind, keys in sorted(_keys().items())],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule pack of collectkit",
        "type": "object",
        "required": ["schema_version", "meta", "rule"],
        "properties": {
            "schema_version": {"const": SCHEMA_VERSION},
            "meta": {
                "type": "object",
                "required": ["jurisdiction"],
                "properties": {
                    **dict.fromkeys(("jurisdiction", "name", "default_timezone", "holiday_calendar", "scope_note"), _TEXT),
                    "week_start": {"enum": list(WEEK_STARTS)},
                    "review_by": _DAY,
                },
                "additionalProperties": False,
            },
            "rule": {"type": "array", "items": rule},
        },
        "additionalProperties": False,
    }


def _for_kind(kind: str, keys: Mapping[str, object]) -> dict[str, object]:
    params = {"type": "object", "properties": dict(sorted(keys.items())), "additionalProperties": False}
    return {"if": {"properties": {"kind": {"const": kind}}}, "then": {"properties": {"params": params}}}


@lru_cache(maxsize=1)
def _keys() -> Mapping[str, Mapping[str, object]]:
    """Return the keys that the reader of each kind knows, with the form of the values that stand there; a silent kind takes any."""
    found: dict[str, dict[str, object]] = {}
    for name in SHIPPED:
        document: dict[str, Any] = tomllib.loads(shipped_text(name))
        context = context_of(document, name, calendars=shipped_calendars(), limitations=shipped_limitations())
        for rule in document["rule"]:
            params = Table(rule["params"], name)
            if isinstance(KINDS[rule["kind"]](params, context), Silent):
                continue
            keys = found.setdefault(rule["kind"], {})
            for key in params.known:
                form = _form(rule["params"].get(key))
                keys[key] = form or keys.get(key, {})
    return found


def _form(value: object) -> dict[str, object]:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int | float):
        return {"type": "number"}
    if isinstance(value, date | time | str):
        return {"type": "string"}
    return {"type": "array"} if isinstance(value, list) else {"type": "object"} if isinstance(value, dict) else {}
