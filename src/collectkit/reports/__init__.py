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
    "ageing",
    "agencies",
    "batches",
    "charge_off_vintages",
    "charge_offs",
    "coaching",
    "collected",
    "collection_effectiveness_index",
    "contacts",
    "count_interval",
    "cures",
    "effective_size",
    "ever_past_due",
    "fell_due",
    "holds",
    "largest",
    "lateness",
    "moves",
    "past_due_effectiveness",
    "placed_accounts",
    "placements",
    "pooled",
    "productivity",
    "promises",
    "promises_by",
    "render",
    "rolls",
    "rolls_between",
    "score_interval",
    "sold",
    "stops",
]
