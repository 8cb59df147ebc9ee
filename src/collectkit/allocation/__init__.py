"""Allocation: who works which account, decided by ordered rules over what each handler can take and has room for."""

from __future__ import annotations

from collectkit.allocation.allocating import Allocation, allocate
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
from collectkit.allocation.recalling import Recall, RecallReason, recalls
from collectkit.allocation.strategies import STRATEGIES, Desk, Request, Strategy, apportion

__all__ = [
    "STRATEGIES",
    "Allocation",
    "AllocationPolicy",
    "AllocationRule",
    "AmountRange",
    "Desk",
    "Desks",
    "Distribution",
    "Handler",
    "HandlerKind",
    "NotEligible",
    "Recall",
    "RecallReason",
    "Request",
    "Strategy",
    "WhenFull",
    "WhyNot",
    "allocate",
    "apportion",
    "eligible",
    "loads_of",
    "new_on",
    "objections",
    "recalls",
]
