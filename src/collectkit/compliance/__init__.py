"""The gate of law: whether a proposed act may be done to a person now, why, and from when on.

Laws stand in packs as dated data (`packs/*.toml`); each kind of rule has one module that knows how to read and judge
it and holds no parameter of any law. Nothing here opens a file of a host or looks at a clock.

The library is no legal advice: every finding says how well its rule was checked.
"""

from __future__ import annotations

from collectkit.compliance.circumstances import Circumstances
from collectkit.compliance.comparing import PackDifference, compare_packs
from collectkit.compliance.explaining import explain
from collectkit.compliance.gate import (
    NO_CONTACT_POINT,
    UNKNOWN_REGION,
    contact_proposal,
    contact_spends,
    review,
    review_again,
    shared_spends,
)
from collectkit.compliance.judging import Ruling, figures, rule_on
from collectkit.compliance.overdue import GRACE_DAYS, REVIEW_OVERDUE, closes_on
from collectkit.compliance.overrides import Attestation, Decisions, Override, read_decisions
from collectkit.compliance.packs import Pack, load_pack, read_calendars, read_limitations
from collectkit.compliance.places import plausible_regions, plausible_zones
from collectkit.compliance.question import Question
from collectkit.compliance.recording import judged_of, question_of_record
from collectkit.compliance.replaying import PastAct, Rechecked, Replayed, recheck
from collectkit.compliance.rule import Rule, Terms
from collectkit.compliance.rulebook import Jurisdiction, RuleBook
from collectkit.compliance.schema import pack_schema
from collectkit.compliance.shipped import shipped_calendars, shipped_limitations, shipped_pack, shipped_rules
from collectkit.compliance.watch import LawWarning, law_warnings
from collectkit.compliance.week import Stretch, Week, lawful_week, week_svg, week_text

__all__ = [
    "GRACE_DAYS",
    "NO_CONTACT_POINT",
    "REVIEW_OVERDUE",
    "UNKNOWN_REGION",
    "Attestation",
    "Circumstances",
    "Decisions",
    "Jurisdiction",
    "LawWarning",
    "Override",
    "Pack",
    "PackDifference",
    "PastAct",
    "Question",
    "Rechecked",
    "Replayed",
    "Rule",
    "RuleBook",
    "Ruling",
    "Stretch",
    "Terms",
    "Week",
    "closes_on",
    "compare_packs",
    "contact_proposal",
    "contact_spends",
    "explain",
    "figures",
    "judged_of",
    "law_warnings",
    "lawful_week",
    "load_pack",
    "pack_schema",
    "plausible_regions",
    "plausible_zones",
    "question_of_record",
    "read_calendars",
    "read_decisions",
    "read_limitations",
    "recheck",
    "review",
    "review_again",
    "rule_on",
    "shared_spends",
    "shipped_calendars",
    "shipped_limitations",
    "shipped_pack",
    "shipped_rules",
    "week_svg",
    "week_text",
]
