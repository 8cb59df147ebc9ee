"""The tables about payment plans, settlements and holds: what each kind stops, and how long one may last unlooked at."""

from __future__ import annotations

from collectkit.arrangements.negotiation import BiddingPolicy
from collectkit.arrangements.offers import Authority, Continuing, OfferPolicy
from collectkit.arrangements.payment_plans import PlanPolicy
from collectkit.arrangements.settlements import OnReversal
from collectkit.holds import Effect, HoldKind, HoldPolicy
from collectkit.policy._kinds import Several, Text, Whole
from collectkit.policy._shapes import Key, Many, Shape

_EFFECTS = tuple(effect.value for effect in Effect)


def _rows(**rows: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return rows


_MATRIX = Shape(
    _rows,
    tuple(Key(kind.value, Several(Text(_EFFECTS)), f"What a hold of kind {kind.value} stops; an empty list: none.") for kind in HoldKind),
    "What each kind of hold stops; a kind that is not named keeps its row.",
)

PAYMENT_PLANS = Shape(
    PlanPolicy,
    (
        Key("minimum_minor", Whole(), "Least amount of one payment in minor units, unless there is one alone."),
        Key("items_max", Whole(1), "How many payments there may be."),
        Key("days_max", Whole(), "How far ahead the last one may lie."),
        Key("down_payment_bp", Whole(0, 10_000), "Least share that the first payment is of the whole, in basis points."),
        Key("every", Several(Whole(0, 366)), "How often payments may be due, in days; 0 for a month."),
        Key("affordable_bp", Whole(0, 10_000), "Share of what is left after expenses that may be asked for, in basis points."),
        Key("quote_days", Whole(1), "How long a quote holds."),
        Key("grace_days", Whole(), "Days after the due date on which a payment is still in time."),
        Key("tolerance_minor", Whole(), "Minor units that may be missing."),
        Key("missed_max", Whole(1), "So many missed payments at once are a breach."),
        Key("cure_days", Whole(), "For so many days they can still be made good before the plan is over."),
        Key("effects", Several(Text(_EFFECTS)), "What a plan stops while it is active."),
        Key("sources_excluded", Several(Text()), "Payments from these sources do not count."),
    ),
    "Which payment plans may be agreed, and when one is breached.",
)

_CONTINUING = Shape(
    Continuing,
    (
        Key("collected_bp", Whole(0, 10_000), "Share of the debt that is expected to be collected, in basis points."),
        Key("commission_bp", Whole(0, 10_000), "Share of that which collectors keep."),
        Key("cost_minor", Whole(), "What it costs besides, in minor units."),
        Key("days", Whole(), "When that money comes on average."),
    ),
    "What going on without a settlement brings.",
)


_AUTHORITY = Shape(
    Authority,
    (
        Key("role", Text(), "Of whoever offers.", required=True),
        Key("discount_bp", Whole(0, 10_000), "Greatest discount of one settlement, in basis points of the debt.", required=True),
        Key("conceded_minor", Whole(), "All that may be conceded to one person in twelve months, in minor units.", required=True),
    ),
    "What a role may give up alone.",
)


def _step(from_day: int, share_bp: int) -> tuple[int, int]:
    return (from_day, share_bp)


_FLOOR = Shape(
    _step,
    (
        Key("from_day", Whole(), "So many days after the negotiation began, 0 for the first.", required=True),
        Key("share_bp", Whole(1, 10_000), "Least share of the debt that is accepted from then on, in basis points.", required=True),
    ),
    "A step of the floor, which falls with time by published steps alone.",
)

BIDDING = Shape(
    BiddingPolicy,
    (
        Key("floor", Many(_FLOOR), "Least share of the debt that is ever accepted, by the days since it began.", argument="floor_bp"),
        Key("target_bp", Whole(1, 10_000), "Share of the debt that is accepted at once, in basis points."),
        Key("steps_bp", Several(Whole(0, 10_000)), "By how much of the way to the target a counter-offer exceeds the bid, by round."),
        Key("rounds_max", Whole(1), "How many bids there may be."),
        Key("probing_bids", Whole(1), "So many bids in a row that hardly differ end it for a while."),
        Key("probing_bp", Whole(0, 10_000), "How little such bids differ, in basis points of the debt."),
        Key("lockout_days", Whole(1), "For so long nobody bids again."),
        Key("days", Whole(1), "For so long a negotiation is open."),
        Key("pay_days", Whole(1), "So many days after its acceptance a bid is to be paid."),
    ),
    "How bids of customers are answered without a human. Without this table there is no bidding.",
)

SETTLEMENTS = Shape(
    OfferPolicy,
    (
        Key("floor_bp", Whole(1, 10_000), "Least share of the debt that is asked, in basis points; less needs an approval."),
        Key("target_bp", Whole(1, 10_000), "Share that is asked first."),
        Key("items_max", Whole(1), "In how many stages it may be paid."),
        Key("days_max", Whole(), "How far ahead the last stage may lie."),
        Key("offer_days", Whole(1), "How long an offer holds."),
        Key("kept_bp", Several(Whole(0, 10_000)), "Share of such payments that is expected to come, stage by stage."),
        Key("yearly_bp", Whole(), "What waiting costs, in basis points a year."),
        Key("cost_minor", Whole(), "What taking one payment costs, in minor units."),
        Key("grace_days", Whole(), "Days after a due date on which money still counts."),
        Key("cure_days", Whole(), "For so many days a missed stage can still be made good."),
        Key("on_reversal", Text(tuple(way.value for way in OnReversal)), "What a payment taken back after it was fulfilled does."),
        Key("effects", Several(Text(_EFFECTS)), "What a settlement stops while it is active."),
        Key("continuing", _CONTINUING, _CONTINUING.about),
        Key("authority", Many(_AUTHORITY), "What each role may give up alone; without it, whatever else is allowed here."),
    ),
    "Which settlements may be offered, and when one is breached.",
)

HOLDS = Shape(
    HoldPolicy,
    (
        Key("effects", _MATRIX, _MATRIX.about),
        Key("review_days_max", Whole(1), "A hold ends, or is reviewed, at most so many days after its start."),
        Key("extensions_max", Whole(), "How often a hold may be extended."),
    ),
    "What stops work. Without this table the shipped matrix holds.",
)
