"""Arrangements: what is agreed after things went wrong."""

from __future__ import annotations

from collectkit.arrangements.judging import judge, judge_all
from collectkit.arrangements.promises import (
    FIRM,
    SOFT,
    Evidence,
    OnMissed,
    Order,
    PaymentNamed,
    Promise,
    PromiseCancelled,
    PromiseJudged,
    PromiseKind,
    PromiseMade,
    PromisePolicy,
    PromiseState,
    PromiseVerdict,
)
from collectkit.arrangements.promising import AlreadyMade, PromiseReason, PromiseRefused, Promising, Situation, make_promise
from collectkit.arrangements.quality import Credit, Quality, credit, quality
from collectkit.arrangements.series import (
    Item,
    PromiseSeries,
    PromiseSeriesMade,
    SeriesMaking,
    SeriesRefused,
    SeriesState,
    make_series,
    series_states,
)

__all__ = [
    "FIRM",
    "SOFT",
    "AlreadyMade",
    "Credit",
    "Evidence",
    "Item",
    "OnMissed",
    "Order",
    "PaymentNamed",
    "Promise",
    "PromiseCancelled",
    "PromiseJudged",
    "PromiseKind",
    "PromiseMade",
    "PromisePolicy",
    "PromiseReason",
    "PromiseRefused",
    "PromiseSeries",
    "PromiseSeriesMade",
    "PromiseState",
    "PromiseVerdict",
    "Promising",
    "Quality",
    "SeriesMaking",
    "SeriesRefused",
    "SeriesState",
    "Situation",
    "credit",
    "judge",
    "judge_all",
    "make_promise",
    "make_series",
    "quality",
    "series_states",
]
