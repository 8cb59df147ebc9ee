"""The table about holds: what each kind stops, and how long one may last unlooked at."""

from __future__ import annotations

from collectkit.holds import Effect, HoldKind, HoldPolicy
from collectkit.policy._kinds import Several, Text, Whole
from collectkit.policy._shapes import Key, Shape

_EFFECTS = tuple(effect.value for effect in Effect)


def _rows(**rows: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return rows


_MATRIX = Shape(
    _rows,
    tuple(Key(kind.value, Several(Text(_EFFECTS)), f"What a hold of kind {kind.value} stops; an empty list: none.") for kind in HoldKind),
    "What each kind of hold stops; a kind that is not named keeps its row.",
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
