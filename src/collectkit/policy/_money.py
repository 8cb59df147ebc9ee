"""The tables about money: waterfall, buckets, late fees, promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collectkit.arrangements.promises import EVIDENCE, Order, PromiseKind, PromisePolicy
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.delinquency import BNPL, Buckets
from collectkit.holds import Effect
from collectkit.ledger import COMPONENTS, RECEIPTS
from collectkit.policy._kinds import Amount, Calendar, Day, Flag, Several, Text, Whole
from collectkit.policy._shapes import Key, Many, Shape
from collectkit.schedules import INSTALLMENT_FIRST, REFUND_ORDERS, ChangePolicy, LateFeePolicy, PostingRules, SmallBalances, Waterfall
from collectkit.schedules.charges import Band, FeeCaps, FeeTax, Tier
from collectkit.schedules.choosing import STATUSES, WaterfallRule
from collectkit.schedules.due_date_change import DueDatePolicy
from collectkit.schedules.waterfall import PHASES, Future, Slot, Style

AGREED = ("payment_plan", "settlement", "hardship")
_SLOTS = tuple(f"{phase}.{component}" for phase in PHASES for component in COMPONENTS)


def _waterfall(order: Sequence[str] = (), by: Style = "installment", future: Future = "next") -> Waterfall:
    return Waterfall([Slot.of(text) for text in order] or INSTALLMENT_FIRST.order, by, future)


def _posting(
    order: Sequence[str] = (),
    by: Style = "installment",
    future: Future = "next",
    rule: Sequence[WaterfallRule] = (),
    **credits: str,
) -> Waterfall | PostingRules:
    waterfall = _waterfall(order, by, future)
    if not credits and not rule:
        return waterfall
    return PostingRules(waterfall=waterfall, by_kind={kind: REFUND_ORDERS[name] for kind, name in credits.items()}, chosen=tuple(rule))


def _rule(order: Sequence[str] = (), by: Style = "installment", future: Future = "next", **asked: Any) -> WaterfallRule:
    return WaterfallRule(waterfall=_waterfall(order, by, future), **asked)


_ORDER = (
    Key("by", Text(("installment", "component")), "Oldest installment first, or one component after the other over all of them."),
    Key(
        "order",
        Several(Text(_SLOTS)),
        "All fifteen slots, each once, or the twelve without tax; without it the natural order of `by`.",
    ),
    Key("future", Text(("next", "last", "reamortize")), "Which installments money in advance is for."),
)

_WATERFALL_RULE = Shape(
    _rule,
    (
        *_ORDER,
        Key("status", Text(STATUSES), "For accounts of this status."),
        Key("jurisdiction", Text(), "For contracts under this law, such as 'DE' or 'US-NY'."),
        Key("arrangement", Text(AGREED), "While such an arrangement is in force."),
        Key("receipt", Text(RECEIPTS), "For this kind of receipt."),
        Key("mandatory", Flag(), "The law leaves no choice: this goes before every other rule."),
        Key("from_on", Day(), "First value date it is for."),
        Key("until_on", Day(), "Last value date it is for."),
        Key("source", Text(), "The clause it comes from."),
    ),
    "A waterfall for some contracts; what is not named is not asked for.",
)

WATERFALL = Shape(
    _posting,
    (
        *_ORDER,
        Key("merchant_refund", Text(tuple(REFUND_ORDERS)), "How a shop's refund is put against the plan; without it as a payment."),
        Key("payout_refund", Text(tuple(REFUND_ORDERS)), "The same for the refund of a payout."),
        Key("goodwill", Text(tuple(REFUND_ORDERS)), "The same for what is given away."),
        Key("rule", Many(_WATERFALL_RULE), "Waterfalls for some contracts, chosen by dated facts of the contract."),
    ),
    "In which order a payment settles what is owed.",
)

PLAN_CHANGES = Shape(
    ChangePolicy,
    (
        Key("count_max", Whole(), "How many changes one plan may see in all; without it any number."),
        Key("gap_days_min", Whole(), "Days between two changes."),
        Key("settled_min", Whole(), "Installments that must have been settled before the first change."),
        Key("reage_12_months_max", Whole(), "How many re-ageings twelve months may see; without it any number."),
        Key("reage_5_years_max", Whole(), "The same for five years."),
        Key("reage_age_months_min", Whole(), "Months from the purchase until a plan may be re-aged."),
        Key("reage_good_payments_min", Whole(), "Regular payments, or as much in fewer, that must come before a re-ageing."),
        Key("good_payment_days", Whole(1), "In how many days they must have come."),
    ),
    "How often a plan may be re-aged, re-amortised or rescheduled.",
)


def _buckets(starts: Sequence[int] = BNPL.starts) -> Buckets:
    return Buckets(tuple(starts))


BUCKETS = Shape(
    _buckets,
    (Key("starts", Several(Whole(1)), "First day past due of each band after `current`, rising.", required=True),),
    "Bands of days past due for reports.",
)

_TIER = Shape(
    Tier,
    (
        Key("after_days", Whole(), "Days after the first fee; 0 for the first."),
        Key("amount", Amount(), "Flat fee, such as '8.00 USD'."),
        Key("percent_bp", Whole(0, 10_000), "Share of what `of` names, in basis points. With an amount, the lower counts."),
        Key("of", Text(("unpaid", "installment", "order")), "What a share is taken of: what is unpaid of the installment, or the whole."),
    ),
    "One step of the fee.",
)

_CAPS = Shape(
    FeeCaps,
    (
        Key("per_installment", Amount(), "Most in fees for one installment."),
        Key("per_installment_bp", Whole(), "The same as a share of the installment, in basis points."),
        Key("count_per_installment", Whole(), "How many fees one installment may bear."),
        Key("per_order", Amount(), "Most in fees for one order."),
        Key("per_order_bp", Whole(), "The same as a share of the order, in basis points."),
        Key("count_per_order", Whole(), "How many fees one order may bear."),
        Key("per_person_12m", Amount(), "Most in fees for one person in twelve months, over all orders."),
        Key("person_period", Text(("rolling", "contract_years")), "Which twelve months: up to the day, or from the first contract on."),
    ),
    "What late fees never exceed; where two limits apply, the lower counts.",
)


_BAND = Shape(
    Band,
    (
        Key("below", Amount(), "Orders of less than this.", required=True),
        Key("tier", Many(_TIER), "Their steps.", argument="tiers"),
        Key("caps", _CAPS, "Their limits."),
    ),
    "What small orders follow instead.",
)

_FEE_TAX = Shape(
    FeeTax,
    (
        Key("rate_bp", Whole(1, 10_000), "The rate, in basis points.", required=True),
        Key("prices", Text(("with_tax", "without_tax")), "Whether it is in the amounts and shares of the fees, or comes on top."),
        Key("source", Text(), "The law that says so."),
    ),
    "The tax that fees bear; limits hold for fee and tax together.",
)

LATE_FEES = Shape(
    LateFeePolicy,
    (
        Key("grace_days", Whole(), "Days past due without a fee."),
        Key("due", Text(("with_installment", "next_due", "own_line")), "When the fee falls due."),
        Key("tier", Many(_TIER), "The steps of the fee, in the order of their days.", required=True, argument="tiers"),
        Key("caps", _CAPS, "What late fees never exceed."),
        Key("trigger", Text(("due_date", "retries_ended")), "What is waited for besides the grace: the last try to collect."),
        Key("repeat_every_days", Whole(), "After the last step a fee like it, again after so many days; 0 for never."),
        Key("band", Many(_BAND), "What small orders follow instead, smallest first.", argument="bands"),
        Key("bought_from", Day(), "Only purchases on this day or later bear fees."),
        Key("returned", Text(("given_up", "kept")), "What becomes of a fee on goods that are returned later."),
        Key("tax", _FEE_TAX, "The tax that the fees bear."),
    ),
    "When lateness costs money. Without this table it never does.",
)


SMALL_BALANCES = Shape(
    SmallBalances,
    (
        Key("close_up_to", Amount(), "A balance of at most this is given up when nothing more is due to come."),
        Key("close_share_bp", Whole(0, 10_000), "The same as a share of the order, in basis points."),
        Key("combine", Text(("max", "min")), "Which of both limits counts: the larger or the smaller."),
        Key("close_from", Amount(), "A balance below this is left alone even then."),
        Key("contact_from", Amount(), "Nobody is contacted about less than this."),
        Key("reason", Text(), "What the giving up says."),
    ),
    "What is done about little. Without this table nothing is too little.",
)


DUE_DATES = Shape(
    DueDatePolicy,
    (
        Key("kinds", Several(Text()), "Plans whose dates may be moved; without it all."),
        Key("days_max", Whole(), "How many days later at most."),
        Key("per_order_max", Whole(), "How often on one order."),
        Key("per_person_month_max", Whole(), "How often by one person in a calendar month."),
        Key("ask_hours_before", Whole(), "How many hours before the due date begins it must be asked for."),
        Key("moves", Text(("rest", "one")), "Whether later installments move along."),
        Key("free_per_person_month", Whole(), "How many changes of a person in a calendar month cost nothing."),
        Key("fee", Amount(), "What each further one costs."),
        Key("overdue_allowed", Flag(), "Whether it may be asked while something is late."),
        Key("term_days_max", Whole(), "Legal maximum term, in days from the purchase."),
        Key("fee_tax", _FEE_TAX, "The tax that the fee bears."),
    ),
    "When a due date may be moved.",
)


_KIND = Shape(
    PromiseKind,
    (
        Key("name", Text(), "Its name.", required=True),
        Key("effects", Several(Text(tuple(effect.value for effect in Effect))), "What it stops until it is judged."),
        Key("soft", Flag(), "Said without weight, and counted apart."),
        Key("evidence_required", Several(Text(EVIDENCE)), "What must be known of how it was made."),
    ),
    "A kind of promise.",
    label="name",
)


def promises(calendars: Mapping[str, HolidayCalendar]) -> Shape:
    """Return the shape of the promise policy; it may name one of *calendars*."""
    return Shape(
        PromisePolicy,
        (
            Key("grace_days", Whole(), "Days after the due date on which money still counts."),
            Key("threshold_bp", Whole(1, 10_000), "Share of the amount that must be paid, in basis points."),
            Key("tolerance_minor", Whole(), "Minor units that may be missing."),
            Key("horizon_days_max", Whole(), "How far ahead the due date may lie."),
            Key("open_max", Whole(1), "How many promises of one account may be open at once."),
            Key("minimum_minor", Whole(), "Least amount in minor units, unless less is outstanding."),
            Key("minimum_past_due_bp", Whole(0, 10_000), "Least share of what is past due, in basis points."),
            Key("broken_max", Whole(), "With so many broken promises no further one is taken."),
            Key("partial", Flag(), "Whether a promise paid in part is told apart from a broken one."),
            Key("sources_excluded", Several(Text()), "Payments from these sources do not count."),
            Key("business_days", Calendar(calendars), "Calendar in whose business days the grace is counted."),
            Key("open_max_person", Whole(1), "How many promises of one person may be open at once, over all accounts."),
            Key("broken_months", Whole(1), "Count only promises broken in the last so many months."),
            Key("order", Text(tuple(order.value for order in Order)), "Which promise money counts for first."),
            Key("kind", Many(_KIND), "The kinds that may be made; without it, `firm` and `soft`.", argument="kinds"),
            Key("reasons", Several(Text()), "Codes that may say why the person is late; without it, any."),
            Key("items_max", Whole(1), "How many items a series may have."),
            Key("series_days_max", Whole(), "How far ahead the last item of a series may lie."),
        ),
        "What may be promised and when a promise counts as kept.",
    )
