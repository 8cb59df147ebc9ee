"""Acts: what would be done, whether it may be, the permission to do it, and what is recorded of it.

The types stand here so that deciders which never call each other can name them.
"""

from __future__ import annotations

from collectkit.actions.host import DEBITS, FAILED, HOST_ACTS, ActPermitted, ActResult, ActSettled, HostAct, HostActRecord, host_acts
from collectkit.actions.judged import ActJudged, ActRefused, BudgetUse, Judged
from collectkit.actions.permission import FIRST_PARTIES, ActionKind, Finding, Outcome, Permit, Proposal, Spend, Verdict
from collectkit.actions.steps import PURCHASING, STEP, PurchasingDecided, StepTaken

__all__ = [
    "ActJudged",
    "ActPermitted",
    "ActRefused",
    "ActResult",
    "ActSettled",
    "ActionKind",
    "BudgetUse",
    "DEBITS",
    "FAILED",
    "FIRST_PARTIES",
    "Finding",
    "HOST_ACTS",
    "HostAct",
    "HostActRecord",
    "Judged",
    "Outcome",
    "Permit",
    "Proposal",
    "PURCHASING",
    "PurchasingDecided",
    "STEP",
    "Spend",
    "StepTaken",
    "Verdict",
    "host_acts",
]
