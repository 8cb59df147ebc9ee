"""Allocation: who works which account, decided by ordered rules over what each handler can take and has room for."""

from __future__ import annotations

from collectkit.allocation.allocating import Allocation, allocate
from collectkit.allocation.availability import WEEKDAYS, Leave, Licence
from collectkit.allocation.capacity import Desks, loads_of, new_on
from collectkit.allocation.eligibility import NotEligible, WhyNot, eligible, objections
from collectkit.allocation.handlers import (
    AllocationPolicy,
    AllocationRule,
    AmountRange,
    Distribution,
    Handler,
    HandlerKind,
    WhenFull,
)
from collectkit.allocation.lifecycle import Held, Overdue, Stage, Timer, Timers, lifecycle, overdue, stage_now
from collectkit.allocation.net_back import Worth, net_back
from collectkit.allocation.paper import Balance, StratumShare, balance, stratum_of
from collectkit.allocation.performance import EarnedShare, EarnedShares, Performed, ShareRules, performance_shares
from collectkit.allocation.recalling import Recall, RecallReason, failed_before, recalls
from collectkit.allocation.registry import STRATEGIES, Performance, Returning
from collectkit.allocation.strategies import Desk, Request, Strategy, apportion
from collectkit.allocation.terms import RecallNotice, exempt, next_recall_on, recall_notice, scrub
from collectkit.allocation.trying import DryRun, Flow, MoreRoom, dry_run, what_if

__all__ = [
    "STRATEGIES",
    "WEEKDAYS",
    "Allocation",
    "AllocationPolicy",
    "AllocationRule",
    "AmountRange",
    "Balance",
    "Desk",
    "Desks",
    "Distribution",
    "DryRun",
    "EarnedShare",
    "EarnedShares",
    "Flow",
    "Handler",
    "HandlerKind",
    "Held",
    "Leave",
    "Licence",
    "MoreRoom",
    "NotEligible",
    "Overdue",
    "Performance",
    "Performed",
    "Recall",
    "RecallNotice",
    "RecallReason",
    "Request",
    "Returning",
    "ShareRules",
    "Stage",
    "Strategy",
    "StratumShare",
    "Timer",
    "Timers",
    "WhenFull",
    "WhyNot",
    "Worth",
    "allocate",
    "apportion",
    "balance",
    "dry_run",
    "eligible",
    "exempt",
    "failed_before",
    "lifecycle",
    "loads_of",
    "net_back",
    "new_on",
    "next_recall_on",
    "objections",
    "overdue",
    "performance_shares",
    "recall_notice",
    "recalls",
    "scrub",
    "stage_now",
    "stratum_of",
    "what_if",
]
