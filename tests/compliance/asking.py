"""Questions in the words of the packs, for the tests of each kind of rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collectkit.actions import Outcome
from collectkit.compliance import Question, Ruling, figures, load_pack, rule_on, shipped_calendars, shipped_pack
from collectkit.compliance.packs import Pack

HEAD = """
schema_version = 1
[meta]
jurisdiction = "XX"
default_timezone = "{zone}"
holiday_calendar = "{calendar}"
[[rule]]
id = "xx.rule"
citation = "Art. 1"
title = "A rule"
kind = "{kind}"
status = "verified"
source = "test"
effective_from = 2020-01-01
[rule.applies_to]
party = ["any"]
actions = ["any"]
channels = ["any"]
products = ["any"]
stage = ["any"]
recipients = ["any"]
[rule.params]
"""


def pack_of(kind: str, params: str, *, zone: str = "UTC", calendar: str = "US-FED") -> Pack:
    """Return a pack of one rule."""
    return load_pack(HEAD.format(kind=kind, zone=zone, calendar=calendar) + params, "xx", calendars=shipped_calendars())


def asked(at: str, action: str = "contact", **facts: Any) -> Question:
    """Return a question of which every fact is given, unless it says otherwise."""
    given = {"zones": ("UTC",), "debts": ("D1",), "person": "P1", "unknown": Outcome.ALLOW, **facts}
    return Question(action, datetime.fromisoformat(at), **given)


def ruled(pack: Pack | str, at: str, action: str = "contact", **facts: Any) -> Ruling:
    """Return what a pack, or a shipped one by name, says."""
    return rule_on(asked(at, action, **facts), [shipped_pack(pack) if isinstance(pack, str) else pack])


def told(pack: Pack | str, at: str, action: str, **facts: Any) -> dict[str, object]:
    """Return the figures that a pack tells."""
    return dict(figures(asked(at, action, **facts), [shipped_pack(pack) if isinstance(pack, str) else pack]))


def word(ruling: Ruling) -> str:
    return ruling.outcome.value
