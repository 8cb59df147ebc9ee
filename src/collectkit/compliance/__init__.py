"""The gate of law: whether a proposed act may be done to a person now, why, and from when on.

Laws stand in packs as dated data (`packs/*.toml`); each kind of rule has one module that knows how to read and judge
it and holds no parameter of any law. Nothing here opens a file of a host or looks at a clock.

The library is no legal advice: every finding says how well its rule was checked.
"""

from __future__ import annotations

from collectkit.compliance.circumstances import Circumstances
from collectkit.compliance.explaining import explain
from collectkit.compliance.gate import NO_CONTACT_POINT, UNKNOWN_REGION, contact_spends, review
from collectkit.compliance.judging import Ruling, figures, rule_on
from collectkit.compliance.packs import Pack, load_pack
from collectkit.compliance.places import plausible_regions, plausible_zones
from collectkit.compliance.question import Question
from collectkit.compliance.rule import Rule, Terms
from collectkit.compliance.rulebook import Jurisdiction, RuleBook
from collectkit.compliance.shipped import shipped_calendars, shipped_limitations, shipped_pack, shipped_rules

__all__ = [
    "NO_CONTACT_POINT",
    "UNKNOWN_REGION",
    "Circumstances",
    "Jurisdiction",
    "Pack",
    "Question",
    "Rule",
    "RuleBook",
    "Ruling",
    "Terms",
    "contact_spends",
    "explain",
    "figures",
    "load_pack",
    "plausible_regions",
    "plausible_zones",
    "review",
    "rule_on",
    "shipped_calendars",
    "shipped_limitations",
    "shipped_pack",
    "shipped_rules",
]
