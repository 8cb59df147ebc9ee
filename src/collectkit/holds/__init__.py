"""Holds: facts that stop work, the matrix of what each of them stops, and the cases behind them.

A hold never ends by being forgotten: it has a last day or a day on which somebody must look at it again. Several
holds together stop whatever any of them stops; when one is lifted, the others are asked again.
"""

from __future__ import annotations

from collectkit.holds.adjusting import Adjustments, channel_fits, template_for
from collectkit.holds.cases import (
    CASES,
    CaseMoved,
    CaseMoving,
    CaseReason,
    CaseStep,
    Consequence,
    case_state,
    move_case,
    settles,
)
from collectkit.holds.hold import (
    AlreadyLifted,
    AlreadyPlaced,
    Hold,
    HoldExtended,
    HoldExtending,
    HoldLifted,
    HoldLifting,
    HoldPlaced,
    HoldPlacing,
    HoldReason,
    HoldStatus,
    adjustments_on,
    extend_hold,
    extended,
    hold_status,
    in_force,
    lift_hold,
    lifts,
    place_hold,
)
from collectkit.holds.matrix import DISPUTES, EFFECTS, Citation, Effect, HoldKind, HoldPolicy, blocked, cited
from collectkit.holds.recorded import adjustments_in, holds_in, kinds_in_force, placed_in
from collectkit.holds.retracting import Retraction, Undo, retractions
from collectkit.holds.scrubbing import Scrub, ScrubHit, hold_of
from collectkit.holds.stopping import stopped

__all__ = [
    "CASES",
    "DISPUTES",
    "EFFECTS",
    "Adjustments",
    "AlreadyLifted",
    "AlreadyPlaced",
    "CaseMoved",
    "CaseMoving",
    "CaseReason",
    "CaseStep",
    "Citation",
    "Consequence",
    "Effect",
    "Hold",
    "HoldExtended",
    "HoldExtending",
    "HoldKind",
    "HoldLifted",
    "HoldLifting",
    "HoldPlaced",
    "HoldPlacing",
    "HoldPolicy",
    "HoldReason",
    "HoldStatus",
    "Retraction",
    "Scrub",
    "ScrubHit",
    "Undo",
    "adjustments_in",
    "adjustments_on",
    "blocked",
    "case_state",
    "channel_fits",
    "cited",
    "extend_hold",
    "extended",
    "hold_of",
    "holds_in",
    "hold_status",
    "in_force",
    "kinds_in_force",
    "placed_in",
    "lift_hold",
    "lifts",
    "move_case",
    "place_hold",
    "retractions",
    "settles",
    "stopped",
    "template_for",
]
