"""Arrangements: what is agreed after things went wrong."""

from __future__ import annotations

from collectkit.arrangements.judging import judge, judge_all
from collectkit.arrangements.promises import (
    AlreadyMade,
    Promise,
    PromiseCancelled,
    PromiseJudged,
    PromiseMade,
    PromisePolicy,
    PromiseReason,
    PromiseRefused,
    PromiseState,
    PromiseVerdict,
    make_promise,
)

__all__ = [
    "AlreadyMade",
    "Promise",
    "PromiseCancelled",
    "PromiseJudged",
    "PromiseMade",
    "PromisePolicy",
    "PromiseReason",
    "PromiseRefused",
    "PromiseState",
    "PromiseVerdict",
    "judge",
    "judge_all",
    "make_promise",
]
