"""What already happened that a hold would have stopped, and how it is undone.

A hold may start in the past: somebody died in March, and we hear of it in May. What is computed follows by itself; what
was done must be taken back, and this is the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum

import attrs

from collectkit.court import CourtEvent, CourtStep, suits_of
from collectkit.holds.hold import Hold, HoldLifted, lifts
from collectkit.holds.matrix import EFFECTS, Effect, HoldKind
from collectkit.ledger import Charge, Entry, Payment, Waiver
from collectkit.placement import AccountRecalled, Placement
from collectkit.schedules import counting, without_returns

_AGAINST_THE_PERSON = frozenset({CourtStep.FILED, CourtStep.OFFICER_INSTRUCTED})
"""Steps in court that are ours."""

_DOUBTFUL = frozenset({HoldKind.INSOLVENCY, HoldKind.DECEASED, HoldKind.FRAUD, HoldKind.MINOR})
"""Kinds under which money that came in since may belong to others, or may have to be given back."""


class Undo(Enum):
    """How something is taken back."""

    WAIVE = "waive"
    """Give the charge up."""
    RECALL = "recall"
    """Take the account back from whoever holds it."""
    REVIEW_PAYMENT = "review_payment"
    """Somebody decides whether the payment goes back."""
    CORRECT_REPORT = "correct_report"
    """Tell the bureau."""
    WITHDRAW = "withdraw"
    """Withdraw the suit, or call the officer back."""


@attrs.frozen
class Retraction:
    """
    One thing to take back.

    Attributes:
        undo: How.
        subject: Id of the charge, the payment or the referral to court, or of the handler.
        on: When it happened.
        minor: How much, in minor units; 0 where no money is.
        hold: Kind of the hold that would have stopped it.
    """

    undo: Undo
    subject: str
    on: date
    minor: int
    hold: HoldKind

    def __str__(self) -> str:
        return f"{self.undo.value} {self.subject} of {self.on}: stopped by the hold {self.hold.value}"


def retractions(
    hold: Hold,
    entries: Iterable[Entry] = (),
    moves: Sequence[Placement | AccountRecalled] = (),
    *,
    known_on: date,
    lifted: Iterable[HoldLifted] = (),
    reported_on: Iterable[date] = (),
    court: Iterable[CourtEvent] = (),
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> tuple[Retraction, ...]:
    """
    Return what happened to an account from a hold's first day through the day on which it became known.

    Args:
        hold: The hold.
        entries: All entries of the account; what was waived, undone or taken back by *known_on* is left out.
        moves: Placements and recalls, in the order in which they were recorded.
        known_on: Day on which the hold was placed.
        lifted: Holds lifted.
        reported_on: Days on which the account was reported to a bureau.
        court: What was recorded of its referrals to court; of one that is over nothing is left to withdraw.
        effects: What each kind of hold stops.

    Returns:
        By day, then by what it is. Empty for a hold that starts when it becomes known.

    Source:
        The table of `collectkit.holds.EFFECTS`, or the policy's own. Calendar days, first and last of a hold inclusive; whole minor
        units.
    """
    stopped, until = effects[hold.kind], min(known_on, hold.last_on(lifts(lifted)) or known_on)
    # What was taken back meanwhile needs no undoing, and of a payment only what is there.
    known = counting(without_returns([entry for entry in entries if entry.value_on <= known_on], known_on))

    def during(day: date) -> bool:
        return hold.starts_on <= day <= until

    found: list[Retraction] = []
    if Effect.FEES in stopped:
        given_up: dict[str, int] = {}
        for entry in known:
            if isinstance(entry, Waiver):
                given_up[entry.charge] = given_up.get(entry.charge, 0) + entry.amount.minor
        for entry in known:
            if isinstance(entry, Charge) and during(entry.value_on):
                left = entry.amount.minor - given_up.get(entry.id, 0)
                if left > 0:
                    found.append(Retraction(Undo.WAIVE, entry.id, entry.value_on, left, hold.kind))
    if hold.kind in _DOUBTFUL:
        found += [
            Retraction(Undo.REVIEW_PAYMENT, entry.id, entry.value_on, entry.amount.minor, hold.kind)
            for entry in known
            if isinstance(entry, Payment) and during(entry.value_on)
        ]
    held = _held(moves)
    if held is not None and (Effect.RECALL in stopped or (Effect.PLACEMENT in stopped and during(held.since))):
        found.append(Retraction(Undo.RECALL, held.handler, held.since, 0, hold.kind))
    if Effect.REPORTING in stopped:
        found += [Retraction(Undo.CORRECT_REPORT, "bureau", day, 0, hold.kind) for day in reported_on if during(day)]
    if Effect.LEGAL in stopped:
        found += [
            Retraction(Undo.WITHDRAW, suit.referral.id, fact.on, 0, hold.kind)
            for suit in suits_of(court)
            if not suit.state.ended
            for fact in suit.facts
            if fact.step in _AGAINST_THE_PERSON and during(fact.on)
        ]
    return tuple(sorted(found, key=lambda one: (one.on, one.undo.value, one.subject)))


def _held(moves: Sequence[Placement | AccountRecalled]) -> Placement | None:
    """Return the placement that is in force after all moves."""
    held: Placement | None = None
    for move in moves:
        if isinstance(move, Placement):
            held = move
        elif held is not None and held.handler == move.handler:
            held = None
    return held
