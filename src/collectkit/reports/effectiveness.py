"""Effectiveness of collection: how much of what could be collected in a period no longer waits at its end.

Two measures carry that name. One looks at what was late or fell due, the other (CEI) at all receivables. Neither is
cash collected over something: both compare balances, so that early payments and credits cannot make them exceed one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import attrs

from collectkit.errors import ValidationError
from collectkit.reports.ageing import Ageing
from collectkit.reports.cash import Cash
from collectkit.reports.rates import Dataset, Rate

_ONE_DAY = timedelta(days=1)


@attrs.frozen
class EffectivenessLine:
    """
    One period in one currency, in minor units.

    Attributes:
        currency: ISO 4217 code.
        after: Day of the opening balance, the last one before the period.
        through: Last day of the period, day of the closing balance.
        opening_minor: At the opening: past due, or for the CEI all receivables.
        added_minor: What fell due, or for the CEI was sold, in the period.
        closing_minor: At the end: past due, or for the CEI all receivables.
        uncollectable_minor: Of what was opened and added, what nobody had to pay yet: receivables that are not late for the CEI, else 0.
        rate: Collected of what could be collected.
    """

    currency: str
    after: date
    through: date
    opening_minor: int
    added_minor: int
    closing_minor: int
    uncollectable_minor: int
    rate: Rate


@attrs.frozen
class Effectiveness(Dataset):
    """
    Effectiveness by period.

    Attributes:
        definition: The formula in words.
        lines: By currency and period.
    """

    definition: str
    lines: tuple[EffectivenessLine, ...]


PAST_DUE = "(opening past due + fell due - closing past due) / (opening past due + fell due)"
INDEX = "(opening receivables + sold - closing receivables) / (opening receivables + sold - closing receivables not late)"


def past_due_effectiveness(snapshots: Sequence[Ageing], due: Cash) -> Effectiveness:
    """
    Measure how much of what was or became late was settled.

    Args:
        snapshots: Ageings in order of their days; each period lies between two of them.
        due: What fell due, from `collectkit.reports.cash.fell_due` of the same accounts. A due of the closing day is
            not late on it and belongs to the next period.

    Raises:
        ValidationError: A snapshot has no day, or the days do not rise.
    """

    def line(currency: str, first: Ageing, last: Ageing, after: date, through: date) -> EffectivenessLine:
        opening, closing = first.past_due_minor(currency), last.past_due_minor(currency)
        added = due.total(currency, first=after, last=through - _ONE_DAY)
        rate = Rate(opening + added - closing, opening + added, "minor", "settled of past due and fallen due")
        return EffectivenessLine(currency, after, through, opening, added, closing, 0, rate)

    return Effectiveness(PAST_DUE, _lines(snapshots, line))


def collection_effectiveness_index(snapshots: Sequence[Ageing], sales: Cash) -> Effectiveness:
    """
    Measure the collection effectiveness index (CEI), as a share of one.

    Args:
        snapshots: Ageings in order of their days; each period lies between two of them.
        sales: What was sold, from `collectkit.reports.cash.sold` of the same accounts.

    Raises:
        ValidationError: A snapshot has no day, or the days do not rise.
    """

    def line(currency: str, first: Ageing, last: Ageing, after: date, through: date) -> EffectivenessLine:
        opening, closing = first.outstanding_minor(currency), last.outstanding_minor(currency)
        added, not_late = sales.total(currency, first=after + _ONE_DAY, last=through), last.not_late_minor(currency)
        rate = Rate(opening + added - closing, opening + added - not_late, "minor", "collection effectiveness index")
        return EffectivenessLine(currency, after, through, opening, added, closing, not_late, rate)

    return Effectiveness(INDEX, _lines(snapshots, line))


def _lines(
    snapshots: Sequence[Ageing], line: Callable[[str, Ageing, Ageing, date, date], EffectivenessLine]
) -> tuple[EffectivenessLine, ...]:
    made: list[EffectivenessLine] = []
    for first, last in pairwise(snapshots):
        if first.as_of is None or last.as_of is None or first.as_of >= last.as_of:
            raise ValidationError(f"periods lie between snapshots of rising days, got {first.as_of} and {last.as_of}; nothing was computed")
        made += [line(currency, first, last, first.as_of, last.as_of) for currency in sorted({*first.currencies, *last.currencies})]
    return tuple(sorted(made, key=lambda one: (one.currency, one.through)))
