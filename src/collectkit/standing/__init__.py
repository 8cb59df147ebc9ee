"""One account on one date: what is owed, how late it is, what was promised, who holds it."""

from __future__ import annotations

from collectkit.schedules.opening import FOREVER
from collectkit.standing.building import standing_of
from collectkit.standing.opening import opening_standing
from collectkit.standing.standing import Standing

__all__ = ["FOREVER", "Standing", "opening_standing", "standing_of"]
