"""Schedules: the plan, how money is put against it, late fees, and the fold of it all."""

from collectkit.schedules._folding.booked import Booked, ChargeState
from collectkit.schedules._folding.counting import counting, standing_returns, standing_reversals, without_returns
from collectkit.schedules.book import Book, Due
from collectkit.schedules.change_limits import ChangePolicy, ChangeUse
from collectkit.schedules.charges import FeeCaps, FeeReason, FeeRefused, FeeTax, LateFeePolicy, LateFeeRefused, Tier, late_fees, next_fee_on
from collectkit.schedules.choosing import ContractFact, WaterfallRule, chosen
from collectkit.schedules.difference import Difference, Move, difference
from collectkit.schedules.explaining import BalanceTable, PaymentTable, balance_table, payment_table
from collectkit.schedules.fee_limits import OtherFees
from collectkit.schedules.fee_rests import unfinished_fees
from collectkit.schedules.fee_review import FeeCorrection, review_fees
from collectkit.schedules.moving import AlreadyMoved, Moved, Movement, MovementReason, Moving, Quote, move, quote
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
    enter_payment,
    post_payment,
    reverse_payment,
    waive_charge,
)
from collectkit.schedules.queue import PaymentQueue, queue
from collectkit.schedules.reconciling import DayOfLedger, Reconciliation, reconcile
from collectkit.schedules.replay import post, replay
from collectkit.schedules.rules import PostingRules
from collectkit.schedules.sharing import Candidate, Share, candidate_of, share_payment
from collectkit.schedules.tolerances import SmallBalances, Tolerance, close_small, small_taken_back, worth_contact
from collectkit.schedules.waterfall import COMPONENT_FIRST, INSTALLMENT_FIRST, REFUND_ORDERS, Dues, Slot, Split, Waterfall, split

__all__ = [
    "COMPONENT_FIRST",
    "INSTALLMENT_FIRST",
    "REFUND_ORDERS",
    "AlreadyAssessed",
    "AlreadyMoved",
    "AlreadyPosted",
    "AlreadyReversed",
    "AlreadyWaived",
    "Assessing",
    "BalanceTable",
    "Book",
    "Booked",
    "Candidate",
    "ChangePolicy",
    "ChangeUse",
    "ChargeReason",
    "ChargeState",
    "ContractFact",
    "DayOfLedger",
    "Difference",
    "Due",
    "Dues",
    "FeeCaps",
    "FeeCorrection",
    "FeeReason",
    "FeeRefused",
    "FeeTax",
    "Installment",
    "LateFeePolicy",
    "LateFeeRefused",
    "Move",
    "Moved",
    "Movement",
    "MovementReason",
    "Moving",
    "OtherFees",
    "PaymentQueue",
    "PaymentTable",
    "Plan",
    "Posting",
    "PostingReason",
    "PostingRules",
    "Quote",
    "Reconciliation",
    "ReversalReason",
    "Reversing",
    "Share",
    "Slot",
    "SmallBalances",
    "Split",
    "Tier",
    "Tolerance",
    "WaiverReason",
    "Waiving",
    "Waterfall",
    "WaterfallRule",
    "assess_charge",
    "balance_table",
    "candidate_of",
    "chosen",
    "close_small",
    "counting",
    "difference",
    "enter_payment",
    "late_fees",
    "move",
    "next_fee_on",
    "payment_table",
    "post",
    "post_payment",
    "queue",
    "quote",
    "reconcile",
    "replay",
    "reverse_payment",
    "review_fees",
    "share_payment",
    "small_taken_back",
    "split",
    "standing_returns",
    "standing_reversals",
    "unfinished_fees",
    "waive_charge",
    "without_returns",
    "worth_contact",
]
