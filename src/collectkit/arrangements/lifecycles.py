"""What each agreement can become, as tables: from a state, upon an event, to a state, with an effect.

The documentation prints these tables, and stateful tests hold the code to them: nothing moves in a way that stands in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from collectkit.holds import CASES, HoldKind
from collectkit.holds.cases import OPEN, settles

__all__ = [
    "APPROVAL",
    "ARRANGEMENT",
    "COMPLAINT",
    "DISPUTE",
    "EVIDENCE",
    "HOLD",
    "NEGOTIATION",
    "PROMISE",
    "REQUEST",
    "RETURN",
    "SERIES",
    "Transition",
    "reachable",
    "rendered",
]


@attrs.frozen
class Transition:
    """
    One row of a lifecycle.

    Attributes:
        state: The state before; empty: there was none yet.
        event: What happens.
        to: The state after.
        effect: What it means for the account.
    """

    state: str
    event: str
    to: str
    effect: str = ""


def _each(states: Iterable[str], event: str, to: str, effect: str) -> tuple[Transition, ...]:
    """Return a row from each of the states to one."""
    return tuple(Transition(state, event, to, effect) for state in states)


def _among(states: Sequence[str], event: str, effect: str, *, further: Iterable[str] = ()) -> tuple[Transition, ...]:
    """Return a row from each of the states to each other of them, and to each further one."""
    to = (*further, *states)
    return tuple(Transition(before, event, after, effect) for before in states for after in to if before != after)


_JUDGED = ("kept", "partially_kept", "broken", "invalidated")

PROMISE: tuple[Transition, ...] = (
    Transition("", "made", "open", "what its kind stops waits until it is judged: reminders but its own, debits, placement, sale"),
    Transition("open", "paid, or a payment taken back", "open", "another amount counts for it"),
    Transition("open", "a hold that keeps promises is placed, lifted or extended", "open", "its last day moves by the days of the hold"),
    Transition("open", "its last day, grace included, is over: enough was paid", "kept", "treatment goes on by the account's dates"),
    Transition("open", "its last day is over: something was paid, and less than needed", "partially_kept", "treatment goes on"),
    Transition(
        "open", "its last day is over: nothing that counts was paid", "broken", "treatment goes on, and its step for broken promises fires"
    ),
    Transition(
        "open",
        "its last day is over: nothing was left to pay, and nothing was paid",
        "invalidated",
        "counted neither as kept nor as broken",
    ),
    Transition("open", "an earlier item of a series that breaks as a whole is missed", "broken", "treatment goes on"),
    Transition("open", "withdrawn", "cancelled", "treatment goes on; what was paid counts for the next promise"),
    Transition("open", "another takes its place", "superseded", "what was paid since the other was made counts for that one"),
    *_among(_JUDGED, "a payment of its days becomes known, is taken back, or is given back by the shop", "judged anew by a new event"),
    *_each(_JUDGED, "an earlier item of its series turns out kept", "open", "its own days count again"),
    *_each(_JUDGED, "a hold from before its last day becomes known", "open", "its last day is later; it is judged anew after it"),
)
"""A promise to pay, as `collectkit.arrangements.judge_all` judges it day by day."""


_SERIES_OVER = ("kept", "partially_kept", "broken", "cancelled", "superseded", "invalidated")

SERIES: tuple[Transition, ...] = (
    Transition("", "made", "open", "its items are open, each with its day"),
    Transition("open", "an item is judged, and another is open", "open", "what a missed one does to the rest is the rule of the series"),
    Transition("open", "its last item is judged: each that counts was kept", "kept", "treatment goes on"),
    Transition("open", "its last item is judged: something was paid", "partially_kept", "treatment goes on"),
    Transition("open", "its last item is judged: nothing that counts was paid", "broken", "treatment goes on"),
    Transition("open", "its last item is judged: nothing was left to pay, and none counts", "invalidated", "counted neither way"),
    Transition("open", "withdrawn before any item was judged", "cancelled", "treatment goes on"),
    Transition("open", "another takes its place before any item was judged", "superseded", "the tail is planned anew"),
    *_among(_SERIES_OVER, "an item is judged anew", "as its items add up now", further=["open"]),
)
"""Promises of several amounts by several days, as `collectkit.arrangements.series_states` adds their items up."""

NEGOTIATION: tuple[Transition, ...] = (
    Transition("", "begun", "open", "the standing offer is the target, or what an earlier negotiation had come to"),
    Transition("open", "a bid between floor and offer", "open", "the standing offer comes nearer by the published step"),
    Transition("open", "a bid below the floor", "open", "the standing offer stays, and says nothing about the floor"),
    Transition("open", "a bid of the standing offer or more, or as near as a counter-offer", "accepted", "the settlement is in force"),
    Transition("open", "too many bids, or probing", "locked_out", "no bid is heard for a while"),
    Transition("locked_out", "the lockout is over", "open", "the standing offer stands"),
    *_each(["open", "locked_out"], "another amount is owed", "stale", "begin anew, at no worse a share"),
    Transition("stale", "as much is owed again", "open", "as before"),
    Transition("stale", "as much is owed again", "locked_out", "as before"),
    *_each(["open", "locked_out", "stale"], "its time is over", "expired", "begin anew, at no worse a share"),
)
"""Bids of a customer, as `collectkit.arrangements.bidding` answers them."""

_GOES_ON = "work goes on by the dates that hold then, unless another hold stops it"

HOLD: tuple[Transition, ...] = (
    Transition("", "placed from today or an earlier day on", "in_force", "work stops as the matrix says, from its first day on"),
    Transition("", "placed from a later day on", "ahead", "nothing yet"),
    Transition("", "placed from an earlier day on, and its review is due already", "review_due", "as in force; somebody must decide"),
    Transition("", "placed for days that are over", "ended", "those days are computed anew"),
    Transition("ahead", "its first day comes", "in_force", "work stops as the matrix says"),
    Transition("ahead", "its first day comes, which is that of its review", "review_due", "as in force; somebody must decide"),
    Transition("in_force", "the day of its review comes", "review_due", "it stays in force; somebody must decide"),
    Transition("review_due", "extended to a later review or end", "in_force", "it goes on"),
    Transition("in_force", "extended to a review that is due", "review_due", "it goes on; somebody must decide"),
    *_each(["ahead", "in_force", "review_due"], "its last day is over", "ended", _GOES_ON),
    *_each(["ahead", "in_force", "review_due", "ended"], "lifted", "lifted", _GOES_ON),
)
"""A hold, as `collectkit.holds.hold_status` tells it."""

APPROVAL: tuple[Transition, ...] = (
    Transition("", "asked for", "requested", "nothing may be done yet"),
    Transition("requested", "a second person approves", "given", "exactly this act may be done once, until it expires"),
    Transition("given", "the act is done", "used", "spent in the same transaction"),
    Transition("given", "its time is over", "expired", "ask anew"),
    *_each(["requested", "given", "expired", "stale"], "declined", "declined", "ask anew under another id"),
    *_each(["requested", "given", "expired"], "what it is about changes", "stale", "ask anew"),
)
"""An approval, as `collectkit.approvals.Approval.status` tells it."""


_FROM_BEFORE = "a payment is taken back, or a hold becomes known, from before it ended"
_AGAIN = ("active", "completed", "breached", "invalidated")

ARRANGEMENT: tuple[Transition, ...] = (
    Transition("", "a plan is quoted, or a settlement offered", "quoted", "it holds until it expires"),
    Transition("", "relief is granted", "active", "its measures stop what they say on their days"),
    Transition("", "relief is granted from a later day on", "proposed", "nothing yet"),
    Transition("quoted", "nobody took it in time", "expired", "another may be offered"),
    Transition("quoted", "the person takes it", "proposed", "nothing yet"),
    Transition("quoted", "the person takes it, and it needs an approval", "pending_approval", "nothing until somebody else approves"),
    *_each(["quoted", "proposed", "pending_approval"], "somebody ends it", "cancelled", "nothing was agreed"),
    Transition("proposed", "it starts", "active", "what it stops is stopped; open promises end; what it replaces is superseded"),
    Transition("pending_approval", "it starts under an approval", "active", "as above"),
    Transition("active", "all of it was paid, or the last measure is over", "completed", "treatment goes on by the account's dates"),
    Transition("active", "too much was missed for longer than it may be cured", "breached", "treatment goes on; what was paid stays paid"),
    Transition("active", "nothing is owed any more by other means", "invalidated", "nothing is left to agree on"),
    Transition("active", "somebody ends it", "cancelled", "treatment goes on; what was paid stays paid"),
    Transition("active", "another takes its place", "superseded", "the other is in force"),
    Transition("completed", "it was a settlement: the night gives the rest up", "fulfilled", "the rest is waived, by this event alone"),
    Transition("fulfilled", "a payment is taken back, and the terms say void", "breached", "the discount lapses and the debt revives"),
    Transition("breached", "what was taken back of a settlement turns out to be there", "fulfilled", "the night gives the rest up again"),
    Transition("active", "a hold that keeps promises is placed, lifted or extended", "active", "each day moves by the days of the hold"),
    *_among(_AGAIN, "a payment becomes known, or is taken back, or a hold of its days becomes known", "judged anew"),
    *_each(["completed", "breached"], _FROM_BEFORE, "cancelled", "judged anew"),
    *_each(["completed", "breached"], _FROM_BEFORE, "superseded", "judged anew"),
    *_each(["cancelled", "superseded"], "a payment from before it ended becomes known", "completed", "judged anew"),
    *_each(["cancelled", "superseded"], _FROM_BEFORE, "breached", "judged anew"),
)
"""A payment plan, a settlement or relief, as `collectkit.arrangements.living.arrangement_states` tells it day by day."""

_HAPPENS = {
    "with_merchant": "the shop is asked",
    "under_review": "we look at it ourselves",
    "for_customer": "decided for the customer",
    "for_merchant": "decided for the shop",
    "split": "decided in part for each",
    "withdrawn": "the person withdraws it",
    "sent": "the goods are on their way",
    "received": "the shop has the goods",
    "lost": "the goods are lost",
    "refunded": "the shop gives the money back",
    "rejected": "it is turned down",
    "evidence_awaited": "a document is asked for",
    "confirmed": "the document is there",
    "lapsed": "no document came in time",
    "ended": "the proceeding ends",
    "granted": "relief is granted",
    "declined": "relief is declined",
    "upheld": "it was right",
}


def _case(kind: HoldKind) -> tuple[Transition, ...]:
    rows = [Transition("", "the hold is placed", OPEN, "work stops as the matrix says")]
    for state, following in CASES[kind].items():
        for to in following:
            rows.append(Transition(state, _HAPPENS[to], to, "the hold is lifted" if settles(kind, to) else "the hold goes on"))
    return tuple(rows)


DISPUTE = _case(HoldKind.DISPUTE)
"""A dispute of the whole or of a part."""
RETURN = _case(HoldKind.RETURN)
"""Goods on their way back."""
EVIDENCE = _case(HoldKind.INSOLVENCY)
"""Insolvency, death, minority, fraud or identity theft, and service in the forces: reported, then proved or lapsed."""
REQUEST = _case(HoldKind.HARDSHIP)
"""A request for relief."""
COMPLAINT = _case(HoldKind.COMPLAINT)


def reachable(rows: Iterable[Transition]) -> frozenset[tuple[str, str]]:
    """Return every step that the rows allow, as the states before and after."""
    return frozenset((row.state, row.to) for row in rows)


def rendered(rows: Iterable[Transition]) -> str:
    """Return the rows as a Markdown table; those that differ in their states alone share a row."""
    merged: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for row in rows:
        before, after = merged.setdefault((row.event, row.effect), ([], []))
        before.extend([row.state or "—"] if (row.state or "—") not in before else [])
        after.extend([row.to] if row.to not in after else [])
    lines = ["| state | event | becomes | effect |", "| --- | --- | --- | --- |"]
    for (event, effect), (before, after) in merged.items():
        lines.append(f"| {_states(before)} | {event} | {_states(after)} | {effect} |")
    return "\n".join(lines)


def _states(names: Iterable[str]) -> str:
    return ", ".join(name if name == "—" else f"`{name}`" for name in names)
