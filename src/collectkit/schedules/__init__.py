"""Schedules: the plan, how money is put against it, late fees, and the fold of it all."""

from collectkit.schedules._booked import Booked, ChargeState
from collectkit.schedules.book import Book, Due
from collectkit.schedules.charges import FeeCaps, FeeReason, FeeRefused, LateFeePolicy, Tier, late_fees, next_fee_on
from collectkit.schedules.plan import Installment, Plan
from collectkit.schedules.posting import (
    AlreadyAssessed,
    AlreadyPosted,
    AlreadyReversed,
    AlreadyWaived,
    Assessing,
    ChargeReason,
    Posting,
    PostingReason,
    ReversalReason,
    Reversing,
    WaiverReason,
    Waiving,
    assess_charge,
    post_payment,
    reverse_payment,
    waive_charge,
)
from collectkit.schedules.replay import Difference, Move, difference, post, replay
from collectkit.schedules.rules import PostingRules
from collectkit.schedules.waterfall import COMPONENT_FIRST, INSTALLMENT_FIRST, Dues, Slot, Split, Waterfall, split

__all__ = [
    "COMPONENT_FIRST",
    "INSTALLMENT_FIRST",
    "AlreadyAssessed",
    "AlreadyPosted",
    "AlreadyReversed",
    "AlreadyWaived",
    "Assessing",
    "Book",
    "Booked",
    "ChargeReason",
    "ChargeState",
    "Difference",
    "Due",
    "Dues",
    "FeeCaps",
    "FeeReason",
    "FeeRefused",
    "Installment",
    "LateFeePolicy",
    "Move",
    "Plan",
    "Posting",
    "PostingReason",
    "PostingRules",
    "ReversalReason",
    "Reversing",
    "Slot",
    "Split",
    "Tier",
    "WaiverReason",
    "Waiving",
    "Waterfall",
    "assess_charge",
    "difference",
    "late_fees",
    "next_fee_on",
    "post",
    "post_payment",
    "replay",
    "reverse_payment",
    "split",
    "waive_charge",
]
