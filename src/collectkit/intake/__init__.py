"""Intake: files of other systems, read row by row into consumers, accounts and payments, each row with a result.

CSV, JSON and JSON Lines are read, plain or as ``.gz``; a mapping says which column means what. There is no parser for
anything that can carry code: no pickle, no YAML, no XML, no archive.
"""

from __future__ import annotations

from collectkit.intake._paths import Paths
from collectkit.intake.delivery import Delivery
from collectkit.intake.drafts import Answerable, Draft
from collectkit.intake.loading import bundled_mappings, load_mapping, read_mapping
from collectkit.intake.mapping import Mapping
from collectkit.intake.quarantine import write_quarantine
from collectkit.intake.results import Control, ImportSummary, Rejection, RowStatus, SourceSummary
from collectkit.intake.scanning import Limits

__all__ = [
    "Answerable",
    "Control",
    "Delivery",
    "Draft",
    "ImportSummary",
    "Limits",
    "Mapping",
    "Paths",
    "Rejection",
    "RowStatus",
    "SourceSummary",
    "bundled_mappings",
    "load_mapping",
    "read_mapping",
    "write_quarantine",
]
