"""Allocation: who works which account, decided by ordered rules over what each handler can take and has room for."""

from __future__ import annotations

from collectkit.allocation.allocating import Allocation, allocate
from collectkit.allocation.availability import WEEKDAYS, Leave, Licence, Shift
from collectkit.allocation.capacity import Carried, Desks, Weight, carried_of, loads_of, new_on
from collectkit.allocation.eligibility import PASSING, ROOM, NotEligible, WhyNot, eligible, objections
from collectkit.allocation.handlers import AmountRange, Handler, HandlerKind
from collectkit.allocation.lifecycle import Held, Overdue, Stage, Timer, Timers, lifecycle, overdue, stage_now
from collectkit.allocation.net_back import Worth, net_back
from collectkit.allocation.paper import Balance, StratumShare, balance, stratum_of
from collectkit.allocation.performance import EarnedShare, EarnedShares, Performed, ShareRules, performance_shares
from collectkit.allocation.policies import AllocationPolicy, AllocationRule, Distribution, WhenFull, WorkUnits
from collectkit.allocation.queues import EvenQueues, QueueLine, QueueMove, Staying, even_queues
from collectkit.allocation.recalling import Recall, RecallReason, Spared, at_law, failed_before, recalls, spared
from collectkit.allocation.registry import STRATEGIES, Performance, Returning
from collectkit.allocation.rooms import Desk, Request, Rooms
from collectkit.allocation.strategies import Strategy, apportion
from collectkit.allocation.terms import (
    RecallNotice,
    exempt,
    keeps_out_of_court,
    next_recall_on,
    next_turn_on,
    recall_notice,
    scrub,
    scrub_for_court,
)
from collectkit.allocation.trying import DryRun, Flow, MoreRoom, dry_run, what_if

__all__ = [
    "PASSING",
    "ROOM",
    "STRATEGIES",
    "WEEKDAYS",
    "Allocation",
    "AllocationPolicy",
    "AllocationRule",
    "AmountRange",
    "Balance",
    "Carried",
    "Desk",
    "Desks",
    "Distribution",
    "DryRun",
    "EarnedShare",
    "EarnedShares",
    "EvenQueues",
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
    "QueueLine",
    "QueueMove",
    "Recall",
    "RecallNotice",
    "RecallReason",
    "Request",
    "Returning",
    "Rooms",
    "ShareRules",
    "Shift",
    "Spared",
    "Stage",
    "Staying",
    "Strategy",
    "StratumShare",
    "Timer",
    "Timers",
    "Weight",
    "WhenFull",
    "WhyNot",
    "WorkUnits",
    "Worth",
    "allocate",
    "at_law",
    "apportion",
    "balance",
    "carried_of",
    "dry_run",
    "eligible",
    "even_queues",
    "exempt",
    "failed_before",
    "keeps_out_of_court",
    "lifecycle",
    "loads_of",
    "net_back",
    "new_on",
    "next_recall_on",
    "next_turn_on",
    "objections",
    "overdue",
    "performance_shares",
    "recall_notice",
    "recalls",
    "scrub",
    "scrub_for_court",
    "spared",
    "stage_now",
    "stratum_of",
    "what_if",
]
