"""What each agreement can become, as tables: from a state, upon an event, to a state, with an effect.

The documentation prints these tables, and stateful tests hold the code to them: nothing moves in a way that stands in none.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from collectkit.holds import CASES, HoldKind
from collectkit.holds.cases import OPEN, settles

__all__ = ["ARRANGEMENT", "COMPLAINT", "DISPUTE", "EVIDENCE", "PROMISE", "REQUEST", "RETURN", "Transition", "reachable", "rendered"]


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


_JUDGED = ("kept", "partially_kept", "broken", "invalidated")

PROMISE: tuple[Transition, ...] = (
    Transition("", "made", "open", "what its kind stops waits until it is judged: reminders but its own, debits, placement, sale"),
    Transition("open", "paid, or a payment taken back", "open", "another amount counts for it"),
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
    *(
        Transition(
            before, "a payment of its days becomes known, is taken back, or is given back by the shop", after, "judged anew by a new event"
        )
        for before in _JUDGED
        for after in _JUDGED
        if before != after
    ),
    *(Transition(before, "an earlier item of its series turns out kept", "open", "its own days count again") for before in _JUDGED),
)
"""A promise to pay, as `collectkit.arrangements.judge_all` judges it day by day."""


_AGAIN = ("active", "completed", "breached", "invalidated")

ARRANGEMENT: tuple[Transition, ...] = (
    Transition("", "a plan is quoted, or a settlement offered", "quoted", "it holds until it expires"),
    Transition("", "relief is granted", "active", "its measures stop what they say on their days"),
    Transition("", "relief is granted from a later day on", "proposed", "nothing yet"),
    Transition("quoted", "nobody took it in time", "expired", "another may be offered"),
    Transition("quoted", "the person takes it", "proposed", "nothing yet"),
    Transition("quoted", "the person takes it, and it needs an approval", "pending_approval", "nothing until somebody else approves"),
    *(Transition(state, "somebody ends it", "cancelled", "nothing was agreed") for state in ("quoted", "proposed", "pending_approval")),
    Transition("proposed", "it starts", "active", "what it stops is stopped; open promises end; what it replaces is superseded"),
    Transition("pending_approval", "it starts under an approval", "active", "as above"),
    Transition("active", "all of it was paid, or the last measure is over", "completed", "treatment goes on by the account's dates"),
    Transition("active", "too much was missed for longer than it may be cured", "breached", "treatment goes on; what was paid stays paid"),
    Transition("active", "nothing is owed any more by other means", "invalidated", "nothing is left to agree on"),
    Transition("active", "somebody ends it", "cancelled", "treatment goes on; what was paid stays paid"),
    Transition("active", "another takes its place", "superseded", "the other is in force"),
    Transition("completed", "it was a settlement: the night gives the rest up", "fulfilled", "the rest is waived, by this event alone"),
    Transition("fulfilled", "a payment is taken back, and the terms say void", "breached", "the discount lapses and the debt revives"),
    *(
        Transition(before, "a payment becomes known, or is taken back", after, "judged anew")
        for before in _AGAIN
        for after in _AGAIN
        if before != after
    ),
    *(
        Transition(before, "a payment is taken back from before it ended", "cancelled", "judged anew")
        for before in ("completed", "breached")
    ),
    *(
        Transition(before, "a payment is taken back from before it ended", "superseded", "judged anew")
        for before in ("completed", "breached")
    ),
    *(
        Transition(before, "a payment from before it ended becomes known", "completed", "judged anew")
        for before in ("cancelled", "superseded")
    ),
    *(
        Transition(before, "a payment is taken back from before it ended", "breached", "judged anew")
        for before in ("cancelled", "superseded")
    ),
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
"""Insolvency, death, fraud or identity theft, and service in the forces: reported, then proved or lapsed."""
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
