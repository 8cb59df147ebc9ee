"""Relief: measures with dates, put together so that no two of them contradict each other.

A measure that decides what is paid stands alone on its days; measures that stop something add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from itertools import combinations
from types import MappingProxyType
from typing import ClassVar

import attrs

from collectkit._checks import day, given, member, money
from collectkit.errors import ValidationError
from collectkit.holds import Effect
from collectkit.identifiers import ArrangementId, PersonId
from collectkit.money import Money

__all__ = ["MEASURE_EFFECTS", "Hardship", "HardshipGranted", "Measure", "MeasureKind"]


class MeasureKind(Enum):
    """What relief does on its days."""

    HOLIDAY = "holiday"
    """Nothing is to be paid."""
    REDUCED = "reduced"
    """A stated amount is to be paid by the measure's last day, and no more is asked for."""
    FEE_STOP = "fee_stop"
    INTEREST_STOP = "interest_stop"
    NO_DEBITS = "no_debits"
    """Nothing is taken from a stored card or account."""
    DEBT_ADVICE = "debt_advice"
    """The person was sent to debt advice and is left in peace meanwhile."""


_PEACE = (Effect.CONTACT_LIMITED, Effect.FEES, Effect.RETRY, Effect.PLACEMENT, Effect.SALE)
MEASURE_EFFECTS: Mapping[MeasureKind, frozenset[Effect]] = MappingProxyType(
    {
        MeasureKind.HOLIDAY: frozenset({*_PEACE, Effect.PROMISE, Effect.CLOCK}),
        MeasureKind.REDUCED: frozenset(_PEACE),
        MeasureKind.FEE_STOP: frozenset({Effect.FEES}),
        MeasureKind.INTEREST_STOP: frozenset({Effect.INTEREST}),
        MeasureKind.NO_DEBITS: frozenset({Effect.RETRY}),
        MeasureKind.DEBT_ADVICE: frozenset({Effect.CONTACT_LIMITED, Effect.PROMISE, Effect.PLACEMENT, Effect.SALE}),
    }
)
"""What each measure stops, in the words of holds."""

_DECIDES = frozenset({MeasureKind.HOLIDAY, MeasureKind.REDUCED})


def _measure_kind(given: str | MeasureKind) -> MeasureKind:
    return member(MeasureKind, given, "a measure is")


@attrs.frozen
class Measure:
    """
    One measure of a relief.

    Attributes:
        kind: What it does; its text is taken too.
        starts_on: First day, inclusive.
        ends_on: Last day, inclusive: relief never lasts by being forgotten.
        amount: For ``reduced`` alone: what is to be paid by the last day.
    """

    kind: MeasureKind = attrs.field(converter=_measure_kind)
    starts_on: date = attrs.field(validator=day)
    ends_on: date = attrs.field(validator=day)
    amount: Money | None = attrs.field(default=None, validator=attrs.validators.optional(money))

    def __attrs_post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise ValidationError(f"a measure that starts on {self.starts_on} cannot end on {self.ends_on}; nothing was recorded")
        if (self.kind is MeasureKind.REDUCED) != (self.amount is not None):
            raise ValidationError("a reduced payment says how much, and no other measure does; nothing was recorded")
        if self.amount is not None and self.amount.minor <= 0:
            raise ValidationError(f"a reduced payment is more than zero, got {self.amount}; use holiday for none; nothing was recorded")

    def covers(self, on: date) -> bool:
        """Tell whether it is in force on that day."""
        return self.starts_on <= on <= self.ends_on


@attrs.frozen
class Hardship:
    """
    Relief that was granted.

    Attributes:
        id: The caller's own id.
        person: To whom.
        measures: What is done, each with its days; those that decide what is paid never overlap.
        review_on: Day on which somebody looks at it again, at the latest the day after the last measure.
        reason: Why; mandatory, without personal data.
        evidence: Reference to what proves it.
        replaces: Id of the arrangement that it takes the place of.

    Raises:
        ValidationError: No measure, two that contradict each other, or a review that comes too late.
    """

    id: ArrangementId = attrs.field(converter=ArrangementId)
    person: PersonId = attrs.field(converter=PersonId)
    measures: tuple[Measure, ...] = attrs.field(converter=tuple[Measure, ...])
    review_on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=given)
    evidence: str = ""
    replaces: ArrangementId | None = attrs.field(default=None, converter=attrs.converters.optional(ArrangementId))

    def __attrs_post_init__(self) -> None:
        if not self.measures:
            raise ValidationError("relief has at least one measure; nothing was recorded")
        for one, other in combinations(self.measures, 2):
            together = one.starts_on <= other.ends_on and other.starts_on <= one.ends_on
            if together and (one.kind is other.kind or {one.kind, other.kind} <= _DECIDES):
                raise ValidationError(
                    f"{one.kind.value} from {one.starts_on} and {other.kind.value} from {other.starts_on} contradict each other: "
                    "on each day one measure decides what is paid, and no measure stands twice; nothing was recorded"
                )
        if (self.review_on - self.ends_on).days > 1:
            raise ValidationError(
                f"relief that ends on {self.ends_on} is reviewed by the day after, not on {self.review_on}; nothing was recorded"
            )

    @property
    def starts_on(self) -> date:
        """Return the first day of any measure."""
        return min(measure.starts_on for measure in self.measures)

    @property
    def ends_on(self) -> date:
        """Return the last day of any measure."""
        return max(measure.ends_on for measure in self.measures)

    def effects_on(self, on: date, table: Mapping[MeasureKind, frozenset[Effect]] = MEASURE_EFFECTS) -> frozenset[Effect]:
        """Return all that is stopped on that day: the union over the measures in force."""
        return frozenset[Effect]().union(*(table[measure.kind] for measure in self.measures if measure.covers(on)))

    def days(self) -> Iterable[date]:
        """Yield the first day of each measure and the last."""
        for measure in self.measures:
            yield measure.starts_on
            yield measure.ends_on


@attrs.frozen
class HardshipGranted:
    """Relief was granted; it is in force from its first measure on."""

    TYPE: ClassVar[str] = "hardship-granted/1"

    hardship: Hardship
    on: date = attrs.field(validator=day)
