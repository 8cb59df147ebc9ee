"""The tables about who works: handlers and allocation rules."""

from __future__ import annotations

from collectkit.allocation import WEEKDAYS, AllocationRule, AmountRange, Distribution, Handler, HandlerKind, WhenFull, WorkUnits
from collectkit.money import Money
from collectkit.policy._kinds import Amount, Clause, Day, Flag, Several, Text, Whole, Zone
from collectkit.policy._shapes import Key, Many, Shape
from collectkit.segments import Segment


def _range(least: Money | None = None, most: Money | None = None) -> AmountRange:
    given = [amount for amount in (least, most) if amount is not None]
    if not given or len({amount.currency for amount in given}) > 1:
        raise ValueError("needs `least`, `most` or both, in one currency")
    return AmountRange(given[0].currency, least.minor if least is not None else 0, most.minor if most is not None else None)


_AMOUNTS = Shape(
    _range,
    (
        Key("least", Amount(), "Smallest outstanding amount, inclusive."),
        Key("most", Amount(), "Largest outstanding amount, inclusive; without it there is no limit."),
    ),
    "Outstanding amounts in one currency.",
)

HANDLER = Shape(
    Handler,
    (
        Key("id", Text(), "Your own id.", required=True),
        Key("name", Text(), "As people know it.", required=True),
        Key("kind", Text(tuple(kind.value for kind in HandlerKind)), "What sort of collector it is.", required=True),
        Key(
            "party", Text(("first_party", "third_party")), "In whose name it collects; agencies are third parties unless you say otherwise."
        ),
        Key("languages", Several(Text()), "ISO 639 codes it can speak, such as 'en'; empty for any."),
        Key("regions", Several(Text()), "ISO 3166 codes where it works; 'US' covers 'US-NY'; empty for any."),
        Key("products", Several(Text()), "Product codes it takes; empty for any."),
        Key(
            "licences",
            Several(Text()),
            "Regions for which a third party holds a licence, 'US-NY' or 'US-NY until 2026-12-31'; without one it gets nothing.",
        ),
        Key("segments", Several(Text()), "Names of the segments it takes; empty for any."),
        Key("capacity", Whole(), "Most open accounts at any time."),
        Key(
            "outstanding_most",
            Several(Amount()),
            "Most that may be outstanding on its accounts when it is given another, one amount for each currency.",
        ),
        Key("units_most", Whole(), "Most units of work at any time, as `work` counts them."),
        Key("max_new_per_day", Whole(), "Most accounts it may be given on one day."),
        Key("days_past_due_least", Whole(), "Fewest days past due it takes, inclusive."),
        Key("days_past_due_most", Whole(), "Most days past due it takes, inclusive."),
        Key("amounts", Many(_AMOUNTS), "Outstanding amounts it takes, one range for each currency; empty for any."),
        Key("active_from", Day(), "First day on which it works."),
        Key("active_to", Day(), "Last day on which it works."),
        Key("winding_down_from", Day(), "First day on which it is on recall and is given nothing new."),
        Key("leave", Several(Text()), "Days off, such as '2026-11-02 to 2026-11-13'."),
        Key("weekdays", Several(Text(WEEKDAYS)), "Days of the week on which new accounts come in; empty for all."),
        Key("shifts", Several(Text()), "When it works, such as 'mon-fri 09:00-17:30' in its zone; empty for always."),
        Key("zone", Zone(), "Time zone of its shifts; UTC when it is not given."),
        Key("term_days", Whole(), "After so many days it gives an account back, unless something is agreed about it."),
        Key("inactivity_days", Whole(), "After so many days without a payment too."),
        Key("notice_days", Whole(), "So many days before, it is told."),
        Key("waits_for_suits", Flag(), "Whether both wait while a suit about the account is in court; they do unless you say otherwise."),
        Key("yield_bp", Whole(0, 10_000), "What it is expected to collect, in basis points of the outstanding amount."),
        Key("fee_bp", Whole(0, 10_000), "Its commission, in basis points of what it collects."),
        Key("cost_minor", Whole(), "What an account costs with it besides, in minor units."),
    ),
    "A team, call center, field agent or agency, and what it can take.",
    label="id",
)


WORK = Shape(
    WorkUnits,
    (
        Key("units", Whole(1), "How many units of work such an account is.", required=True),
        Key("when", Clause(), "Which accounts; without it, every one."),
    ),
    "How much work an account is: the first that holds counts, and one unit where none does.",
)

SEGMENT = Shape(
    Segment,
    (
        Key("name", Text(), "Unique.", required=True),
        Key("when", Clause(), "Which accounts.", required=True),
    ),
    "A named group of accounts that handlers may take; an account is in the first that holds.",
    label="name",
)


def allocation(strategies: tuple[str, ...]) -> Shape:
    """Return the shape of an allocation rule; *strategies* are the names that plugins bring, the built-in ones among them or not."""
    known = tuple(dict.fromkeys([*(distribution.value for distribution in Distribution), *strategies]))
    return Shape(
        AllocationRule,
        (
            Key("name", Text(), "Unique.", required=True),
            Key("handlers", Several(Text()), "Ids of handlers in order of preference.", required=True),
            Key("when", Clause(), "Which accounts; without it, every one."),
            Key("distribution", Text(known, extensible=True), "How the accounts are shared."),
            Key(
                "shares_bp",
                Several(Whole(0, 10_000)),
                "The share of each handler in basis points, 10,000 in all; 'weighted' and 'champion' need them.",
            ),
            Key("when_full", Text(tuple(full.value for full in WhenFull)), "What happens to an account that finds no room."),
        ),
        "Which handlers share the accounts that meet a condition. The first rule that takes an account decides.",
        label="name",
    )
