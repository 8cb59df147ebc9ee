"""The life of placements: each with its state and its stage, read from what was recorded.

An account is with one handler at most. Its first handler outside of the house has it as *primary*; who has it after
that one failed, as *secondary*, then *tertiary*; a law firm has it as *legal*, whenever that is; and with nobody left
to try it lies in the *warehouse* until it is paid or sold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import Enum

import attrs

from collectkit.allocation.handlers import Handler, HandlerKind
from collectkit.identifiers import AccountId, HandlerId
from collectkit.placement import TRANSITIONS, AccountRecalled, Placement, PlacementMoved, PlacementState, ended_as


class Stage(Enum):
    """Where an account is on the way from our own people to a sale."""

    INTERNAL = "internal"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"
    WAREHOUSE = "warehouse"
    LEGAL = "legal"
    SOLD = "sold"


_OUTSIDE = (Stage.PRIMARY, Stage.SECONDARY, Stage.TERTIARY)


@attrs.frozen
class Held:
    """
    One placement with what became of it.

    Attributes:
        placement: The fact.
        state: How far it came.
        state_since: Since when.
        stage: Which placement of the account it was.
        ended_on: First day on which the handler no longer had it; None while it has.
        reason: Why it ended; empty while it has not.
    """

    placement: Placement
    state: PlacementState
    state_since: date
    stage: Stage
    ended_on: date | None = None
    reason: str = ""


def lifecycle(
    moves: Sequence[Placement | AccountRecalled], progress: Sequence[PlacementMoved], handlers: Mapping[HandlerId, Handler]
) -> tuple[Held, ...]:
    """
    Return every placement of one account in the order of the record.

    Args:
        moves: Placements and recalls, as recorded.
        progress: States that placements came into, as recorded; one that cannot follow is passed over.
        handlers: Who is known; an unknown one counts as outside of the house.
    """
    found: list[Held] = []
    failed: list[HandlerId] = []
    for move in moves:
        if isinstance(move, AccountRecalled):
            if found and found[-1].ended_on is None and found[-1].placement.handler == move.handler:
                found[-1] = _ended(found[-1], move.on, move.reason)
            continue
        if found and found[-1].ended_on is None:
            found[-1] = _ended(found[-1], move.since, "replaced")
        stage = _stage(handlers.get(move.handler), move.handler, failed)
        if stage in _OUTSIDE and move.handler not in failed:
            failed.append(move.handler)
        found.append(Held(move, PlacementState.PLACED, move.since, stage))
    return tuple(_advanced(held, progress) for held in found)


def _stage(handler: Handler | None, id: HandlerId, before: Sequence[HandlerId]) -> Stage:
    if handler is not None and not handler.kind.outside:
        return Stage.INTERNAL
    if handler is not None and handler.kind is HandlerKind.LAW_FIRM:
        return Stage.LEGAL
    # Who has it back has it at the stage at which it had it before.
    return _OUTSIDE[min(before.index(id) if id in before else len(before), len(_OUTSIDE) - 1)]


def _ended(held: Held, on: date, reason: str) -> Held:
    return attrs.evolve(held, state=ended_as(reason), state_since=on, ended_on=on, reason=reason)


def _advanced(held: Held, progress: Sequence[PlacementMoved]) -> Held:
    if held.ended_on is not None:
        return held
    for step in sorted(progress, key=lambda step: step.on):
        mine = step.handler == held.placement.handler and step.on >= held.placement.since
        if mine and step.to in TRANSITIONS[held.state]:
            held = attrs.evolve(held, state=step.to, state_since=step.on)
    return held


def stage_now(held: Sequence[Held], *, sold: bool = False) -> Stage:
    """Return the stage of an account by its placements; *sold* once it was closed as sold."""
    if sold or (held and held[-1].state is PlacementState.SOLD):
        return Stage.SOLD
    if not held:
        return Stage.INTERNAL
    last = held[-1]
    if last.ended_on is None or last.stage is Stage.INTERNAL:
        return last.stage
    return Stage.WAREHOUSE if last.stage is Stage.TERTIARY else last.stage


class Timer(Enum):
    """What a handler owes us by a day."""

    ACKNOWLEDGEMENT = "acknowledgement"
    FIRST_ACTIVITY = "first_activity"
    RECALL = "recall"
    """An account that was asked back must come back."""


@attrs.frozen
class Timers:
    """
    How many days a handler has for each; calendar days.

    Attributes:
        acknowledgement_days: From the placement to the acknowledgement.
        first_activity_days: From the placement to the first work.
        recall_days: From the request to the recall.
    """

    acknowledgement_days: int = 3
    first_activity_days: int = 7
    recall_days: int = 5


@attrs.frozen
class Overdue:
    """Something that a handler should have done: what, about which account, and by which day."""

    account: AccountId
    handler: HandlerId
    timer: Timer
    due_on: date


def overdue(held: Held, timers: Timers, on: date) -> Overdue | None:
    """Return what the handler of a placement is late with, or None; on the due day it is not late yet."""
    due = _due(held, timers)
    if due is None or held.ended_on is not None or on <= due[1]:
        return None
    return Overdue(held.placement.account, held.placement.handler, *due)


def _due(held: Held, timers: Timers) -> tuple[Timer, date] | None:
    since = held.placement.since
    match held.state:
        case PlacementState.PLACED:
            return Timer.ACKNOWLEDGEMENT, since + timedelta(days=timers.acknowledgement_days)
        case PlacementState.ACKNOWLEDGED:
            return Timer.FIRST_ACTIVITY, since + timedelta(days=timers.first_activity_days)
        case PlacementState.RECALL_REQUESTED:
            return Timer.RECALL, held.state_since + timedelta(days=timers.recall_days)
    return None
