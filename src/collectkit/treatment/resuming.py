"""What becomes of a treatment that stood still: whether it goes on by its dates, where it was, anew, or not at all.

Each cause has a rule: a kind of hold, a promise, a payment plan, a settlement, relief. What stands still while a cause lasts is
not decided here; these rules say what the days of a cause that is over mean for the steps of the same lateness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from typing import Final

import attrs

from collectkit._checks import day
from collectkit.calendars.spans import NEVER, NO_DAYS, Spans
from collectkit.errors import PolicyError
from collectkit.holds import HoldKind

AGREEMENTS: Final = ("promise", "payment_plan", "settlement", "hardship_relief")
"""Causes that are agreements; every kind of hold is a cause too."""


CAUSES: Final = (*AGREEMENTS, *(kind.value for kind in HoldKind))


class Resume(Enum):
    """How a treatment goes on."""

    RE_ENTER = "re_enter"
    """By the days past due of the operational clock: days on which the cause stopped it do not count, all others do. Of the reminders
    that came due only the last fires. The usual rule."""
    BY_DATES = "by_dates"
    """By the due dates alone, also when the cause stopped the clock."""
    CONTINUE = "continue"
    """Where it was: what had not come due comes so many days later as the cause lasted."""
    RESTART = "restart"
    """Anew: its days count from the last day of the cause. Fees, freezes, cuts and placements that were done are not done again."""
    SKIP = "skip"
    """By its dates, and what came due meanwhile never fires, fees and freezes included."""
    EXIT = "exit"
    """Not at all for this lateness: nothing that was not due before the cause fires until another due date is missed."""


@attrs.frozen
class Interruption:
    """
    Days on which a treatment stood still, now over.

    Attributes:
        cause: One of `CAUSES`.
        starts_on: First day.
        ends_on: Last day.
    """

    cause: str
    starts_on: date = attrs.field(validator=day)
    ends_on: date = attrs.field(validator=day)


def check_resume(rules: Mapping[str, Resume]) -> None:
    """
    Check that rules are for causes that there are.

    Raises:
        PolicyError: One is not.
    """
    for cause in rules:
        if cause not in CAUSES:
            raise PolicyError(f"a treatment stands still for {', '.join(CAUSES)}, not for {cause!r}; nothing was loaded")


@attrs.frozen
class Resumed:
    """
    Where a step stands after what stood in its way.

    Attributes:
        cycle: The day it is counted from, which a restart moves.
        starts_on: Day on which it is due for the first time.
    """

    cycle: date
    starts_on: date


def resumed(
    cycle: date,
    starts_on: date,
    since: date,
    over: Iterable[Interruption],
    rules: Mapping[str, Resume],
    *,
    restarts: bool,
    stops: Spans = NO_DAYS,
) -> Resumed | None:
    """
    Return when a step is due after interruptions, or None when it is not due in this lateness at all.

    Args:
        cycle: The due date that its days count from.
        starts_on: Its day, had nothing been.
        since: The day from which it waits: interruptions count only after it.
        over: What is over, in any order.
        rules: The rule for each cause; a cause without one re-enters.
        restarts: Whether a restart moves it; it does not for what must not be done twice.
        stops: Days on which a cause that re-enters stopped the operational clock: they are no days past due. A stop whose end is not
            known keeps back what it came before.

    Source:
        The policy's `Resume` rules. Calendar days; the first and the last day of an interruption are inclusive.

    >>> from datetime import date
    >>> hold = Interruption("dispute", date(2026, 9, 20), date(2026, 9, 29))
    >>> resumed(date(2026, 9, 15), date(2026, 9, 22), date(2026, 9, 15), [hold], {"dispute": Resume.CONTINUE}, restarts=True).starts_on
    datetime.date(2026, 10, 2)
    """
    one = timedelta(days=1)
    counts_on = stops.put_off(starts_on, cycle) if since == cycle else starts_on
    if counts_on == NEVER:
        return None
    place, counted = Resumed(cycle, counts_on), since
    for interruption in sorted(over, key=lambda one: (one.starts_on, -one.ends_on.toordinal())):
        first, last = max(interruption.starts_on, counted + one), interruption.ends_on
        if last < first:
            continue
        match rules.get(interruption.cause, Resume.RE_ENTER):
            case Resume.CONTINUE if place.starts_on >= first:
                lasted = (last - first).days + 1 - stops.days_within(first, last + one)
                place = Resumed(place.cycle, place.starts_on + timedelta(days=lasted))
                counted = last
            case Resume.RESTART if restarts:
                place = Resumed(last, last + (starts_on - cycle))
                counted = last
            case Resume.SKIP if first <= place.starts_on <= last:
                return None
            case Resume.EXIT if place.starts_on >= first:
                return None
            case _:
                pass
    return place


def merged(found: Iterable[Interruption]) -> tuple[Interruption, ...]:
    """Return interruptions in their order, those of one cause that touch or overlap as one."""
    return tuple(_merged(sorted(found, key=lambda one: (one.cause, one.starts_on, one.ends_on))))


def _merged(found: Iterable[Interruption]) -> Iterator[Interruption]:
    held: Interruption | None = None
    for one in found:
        if held is not None and one.cause == held.cause and one.starts_on <= held.ends_on + timedelta(days=1):
            held = attrs.evolve(held, ends_on=max(held.ends_on, one.ends_on))
            continue
        if held is not None:
            yield held
        held = one
    if held is not None:
        yield held
