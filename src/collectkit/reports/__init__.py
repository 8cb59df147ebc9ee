"""Reports: one measure each, as typed results with rows; datasets, not pictures.

Every measure is exact. A rate carries what stands above and below its line, what that counts, and what was left out.
"""

from __future__ import annotations

from collectkit.reports.ageing import Ageing, AgeingLine, People, PersonLine, ageing, ever_past_due, largest
from collectkit.reports.agencies import Agencies, AgencyLine, Placed, agencies
from collectkit.reports.attribution import Attribution, CreditRule
from collectkit.reports.batches import Batches, BatchLine, Movement, batches, placed_accounts
from collectkit.reports.cash import Cash, CashLine, collected, fell_due, sold
from collectkit.reports.chargeoffs import ChargedOff, ChargeOffLine, ChargeOffs, VintageLine, Vintages, charge_off_vintages, charge_offs
from collectkit.reports.coaching import COACHING, Coaching, CoachingFlag, CoachingRule, Pace, Side, coaching
from collectkit.reports.contact_formulas import (
    broken_rate,
    contact_coverage,
    contact_intensity,
    deliverability,
    kept_rate,
    kept_rate_by_amount,
    penetration,
    promise_rate,
    promise_rate_of_conversations,
    right_party_penetration,
    right_party_rate,
    right_party_rate_of_connects,
    saturation,
    self_cure_rate,
)
from collectkit.reports.contacts import ContactLine, Contacts, RefusalLine, contacts
from collectkit.reports.cures import CureLine, Cures, cures
from collectkit.reports.dashboard import NightlyReport, render
from collectkit.reports.effectiveness import Effectiveness, EffectivenessLine, collection_effectiveness_index, past_due_effectiveness
from collectkit.reports.holds import HoldLine, Holds, StopLine, Stops, holds, stops
from collectkit.reports.intervals import Interval, count_interval, effective_size, score_interval
from collectkit.reports.lateness import DayCounts, Lateness, LatenessLine, Settlement, lateness
from collectkit.reports.moves import MoveLine, Moves, moves
from collectkit.reports.placements import PlacementLine, Placements, placements
from collectkit.reports.productivity import Measure, Productivity, ProductivityLine, WorkTime, productivity
from collectkit.reports.promises import PromiseGroup, PromiseLine, Promises, promises, promises_by
from collectkit.reports.rates import Dataset, Rate
from collectkit.reports.recovery_formulas import (
    accounts_per_collector,
    cost_per_located,
    cost_to_collect,
    liquidation_rate,
    liquidation_rate_of_new,
    net_back,
    net_back_rate,
    net_charge_off_rate,
    recovery_per_collector,
    recovery_rate,
    revenue_per_collector,
    scorecard,
    skip_tracing_lift,
    skip_tracing_yield,
)
from collectkit.reports.relapses import re_default_rate
from collectkit.reports.rolls import RollLine, Rolls, pooled, rolls, rolls_between
from collectkit.reports.work import JudgedContact, WorkPart

__all__ = [
    "Ageing",
    "AgeingLine",
    "Agencies",
    "AgencyLine",
    "Attribution",
    "BatchLine",
    "Batches",
    "COACHING",
    "Cash",
    "CashLine",
    "ChargeOffLine",
    "ChargeOffs",
    "ChargedOff",
    "Coaching",
    "CoachingFlag",
    "CoachingRule",
    "ContactLine",
    "Contacts",
    "CreditRule",
    "CureLine",
    "Cures",
    "Dataset",
    "DayCounts",
    "Effectiveness",
    "EffectivenessLine",
    "HoldLine",
    "Holds",
    "Interval",
    "JudgedContact",
    "Lateness",
    "LatenessLine",
    "Measure",
    "MoveLine",
    "Movement",
    "Moves",
    "NightlyReport",
    "Pace",
    "People",
    "PersonLine",
    "Placed",
    "PlacementLine",
    "Placements",
    "Productivity",
    "ProductivityLine",
    "PromiseGroup",
    "PromiseLine",
    "Promises",
    "Rate",
    "RefusalLine",
    "RollLine",
    "Rolls",
    "Settlement",
    "Side",
    "StopLine",
    "Stops",
    "VintageLine",
    "Vintages",
    "WorkPart",
    "WorkTime",
    "accounts_per_collector",
    "ageing",
    "agencies",
    "batches",
    "broken_rate",
    "charge_off_vintages",
    "charge_offs",
    "coaching",
    "collected",
    "collection_effectiveness_index",
    "contact_coverage",
    "contact_intensity",
    "contacts",
    "cost_per_located",
    "cost_to_collect",
    "count_interval",
    "cures",
    "deliverability",
    "effective_size",
    "ever_past_due",
    "fell_due",
    "holds",
    "kept_rate",
    "kept_rate_by_amount",
    "largest",
    "lateness",
    "liquidation_rate",
    "liquidation_rate_of_new",
    "moves",
    "net_back",
    "net_back_rate",
    "net_charge_off_rate",
    "past_due_effectiveness",
    "penetration",
    "placed_accounts",
    "placements",
    "pooled",
    "productivity",
    "promise_rate",
    "promise_rate_of_conversations",
    "promises",
    "promises_by",
    "re_default_rate",
    "recovery_per_collector",
    "recovery_rate",
    "render",
    "revenue_per_collector",
    "right_party_penetration",
    "right_party_rate",
    "right_party_rate_of_connects",
    "rolls",
    "rolls_between",
    "saturation",
    "score_interval",
    "scorecard",
    "self_cure_rate",
    "skip_tracing_lift",
    "skip_tracing_yield",
    "sold",
    "stops",
]
