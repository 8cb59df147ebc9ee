"""The clocks of lateness as dates, which a standing can hold: an age is wrong tomorrow, a date is not.

A clock that can be stopped is told by two dates: since when it would have run had it never stopped, and since when it stands still.
These are the three clocks of `collectkit.delinquency.lateness` without grace or materiality.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from collectkit.arrangements.hardship import MEASURE_EFFECTS, Hardship
from collectkit.arrangements.living import ArrangementState
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.delinquency.clocks import as_agreed
from collectkit.holds import EFFECTS, Effect, Hold, HoldKind, HoldLifted, stopped
from collectkit.schedules import Book

__all__ = ["ClockDates", "clock_dates", "clock_stops"]

_ONE_DAY = timedelta(days=1)


class ClockDates(NamedTuple):
    """
    What the clocks of an account show on a day.

    Attributes:
        contractual_since_on: Due date of the oldest due that is late by the contract as agreed; None when nothing is.
        operational_since_on: Due date of the oldest that is late by the plan as it stands, later by the days of all stops that are over.
        stopped_on: First day of the stop in force that counts; None when the clock runs or nothing is late.
        reporting_since_on: `contractual_since_on`, later by the days of all stops of reporting that are over.
        reporting_stopped_on: First day of the stop of reporting in force that counts; None when the clock runs or nothing is late.
    """

    contractual_since_on: date | None
    operational_since_on: date | None
    stopped_on: date | None
    reporting_since_on: date | None
    reporting_stopped_on: date | None


def clock_stops(
    holds: Iterable[Hold],
    lifted: Iterable[HoldLifted],
    arranged: Iterable[ArrangementState] = (),
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
    effect: Effect = Effect.CLOCK,
) -> Spans:
    """
    Return the days on which a clock stood still: the union over holds and relief, so that none counts twice.

    Args:
        holds: Of the account and of its person, ended or not.
        lifted: Those that were lifted.
        arranged: What was agreed; relief stops the clock on the days of its measures that do, as long as it was in force.
        effects: What each kind of hold stops.
        effect: ``Effect.CLOCK`` for the operational clock, ``Effect.REPORTING`` for the reporting one.

    Returns:
        Calendar days in the account's time zone; first and last day of a hold or a measure are inclusive, the day of a lifting is not.

    Source:
        The tables of `collectkit.holds.EFFECTS` and `collectkit.arrangements.hardship.MEASURE_EFFECTS`.
    """
    held = tuple(holds)
    spans = stopped(held, lifted, effect, effects) if held else NO_DAYS
    relief = [span for state in arranged for span in _relief(state, effect)]
    return spans | Spans.of(relief) if relief else spans


def _relief(state: ArrangementState, effect: Effect) -> Iterable[tuple[date, date]]:
    terms, one = state.arrangement.terms, state.arrangement
    if not isinstance(terms, Hardship) or one.started_on is None:
        return
    for measure in terms.measures:
        if effect not in MEASURE_EFFECTS[measure.kind]:
            continue
        after = measure.ends_on + _ONE_DAY if one.ended is None else min(measure.ends_on + _ONE_DAY, one.ended.on)
        first = max(measure.starts_on, one.started_on)
        if first < after:
            yield first, after


def clock_dates(book: Book, late_since: date | None, stops: Spans, unreported: Spans = NO_DAYS) -> ClockDates:
    """
    Tell the clocks of an account as dates.

    Args:
        book: The account on the day.
        late_since: Due date of its oldest due that is unpaid and fell due before the day; None when nothing is late.
        stops: Days on which the operational clock stood still.
        unreported: Days on which the reporting clock stood still.

    Source:
        `collectkit.delinquency.lateness`, whose days follow from these dates; calendar days in the account's time zone.
    """
    agreed = as_agreed(book)
    contractual = late_since
    if agreed is not book:
        oldest = agreed.balances().oldest_unpaid_due_on
        contractual = oldest if oldest is not None and oldest < book.as_of else None
    return ClockDates(contractual, *_with_stops(late_since, stops, book.as_of), *_with_stops(contractual, unreported, book.as_of))


def _with_stops(late_since: date | None, stops: Spans, as_of: date) -> tuple[date | None, date | None]:
    """Return since when a clock would have run had it never stopped, and since when it stands still."""
    if late_since is None or not stops:
        return late_since, None
    now = next((start for start, end in stops if start <= as_of < end), None)
    if now is None:
        return late_since + timedelta(days=stops.days_within(late_since, as_of)), None
    since = max(now, late_since)
    return late_since + timedelta(days=stops.days_within(late_since, since)), since
