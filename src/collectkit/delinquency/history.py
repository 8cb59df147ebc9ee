"""The history of lateness: each stay in a band, worked out from the ledger, so that it is right after a late fact.

Between two days on which anything changes, lateness grows by one a day while its clock runs; so the days on which an account
enters a band are computed and not looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import attrs

from collectkit.calendars.periods import require_period
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.delinquency.buckets import Buckets
from collectkit.delinquency.clocks import ClockRules, Lateness, read_clock
from collectkit.errors import PolicyError
from collectkit.ledger import Entry
from collectkit.schedules import INSTALLMENT_FIRST, Plan, PostingRules, Waterfall, replay

_ONE_DAY = timedelta(days=1)
_OPERATIONAL = ClockRules(stops=True)


@attrs.frozen
class Stay:
    """
    An unbroken stay in one band.

    Attributes:
        bucket: Name of the band.
        first_on: First day.
        last_on: Last day, both inclusive; the last stay ends on the day asked about.
        days_first: Days late on the first day.
        days_last: Days late on the last.
        past_due_minor: What was late on the first day, minor units.
    """

    bucket: str
    first_on: date
    last_on: date
    days_first: int
    days_last: int
    past_due_minor: int

    @property
    def length(self) -> int:
        """Return how many days it lasted."""
        return (self.last_on - self.first_on).days + 1


def bucket_history(
    plan: Plan,
    entries: Iterable[Entry],
    buckets: Buckets,
    *,
    through: date,
    rules: ClockRules = _OPERATIONAL,
    stops: Spans = NO_DAYS,
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST,
) -> tuple[Stay, ...]:
    """
    Return every stay in a band from the purchase on, in order and without a gap.

    Args:
        plan: The contract.
        entries: All that was ever posted, in any order.
        buckets: The bands.
        through: Last day asked about, inclusive.
        rules: Of the clock.
        stops: Days on which it stood still.
        waterfall: How money was applied.

    Returns:
        Stays in calendar days of the account's time zone, first and last inclusive; amounts are minor units.

    Source:
        `collectkit.delinquency.read_clock` on each day, by all that is known now.
    """
    held = tuple(entries)
    stays: list[Stay] = []
    for first, last in _stretches(plan, held, stops, through, waterfall):
        shown = read_clock(replay(plan, held, as_of=first, waterfall=waterfall), rules, stops)
        for stay in _within(shown, first, last, buckets, rules, stops if rules.stops else NO_DAYS):
            if stays and stays[-1].bucket == stay.bucket:
                stays[-1] = attrs.evolve(stays[-1], last_on=stay.last_on, days_last=stay.days_last)
            else:
                stays.append(stay)
    return tuple(stays)


def _stretches(
    plan: Plan, entries: Sequence[Entry], stops: Spans, through: date, waterfall: Waterfall | PostingRules
) -> Iterator[tuple[date, date]]:
    """Yield stretches of days in which nothing changes but the date."""
    final = replay(plan, entries, as_of=through, waterfall=waterfall)
    days = {plan.bought_on, *(entry.value_on for entry in entries), *(day + _ONE_DAY for day in (*plan.due_on, *final.due_on))}
    days |= {day + shift for start, end in stops for day in (start, end) if day < through for shift in (timedelta(), _ONE_DAY)}
    # An entry that moves due dates is itself such a day; the dates it made stand in the final book.
    ranked = sorted(day for day in days if plan.bought_on <= day <= through)
    for first, then in zip(ranked, [*ranked[1:], through + _ONE_DAY], strict=True):
        yield first, then - _ONE_DAY


def _within(shown: Lateness, first: date, last: date, buckets: Buckets, rules: ClockRules, stops: Spans) -> Iterator[Stay]:
    """Yield the stays of a stretch: lateness grows a day at a time while the clock runs."""
    if shown.since_on is None:
        yield Stay(buckets.of(0), first, last, 0, 0, 0)
        return
    since = shown.since_on

    def days(on: date) -> int:
        return max(0, (on - since).days - stops.days_within(since, on) - rules.grace_days)

    begins = first
    while begins <= last:
        index = buckets.index(days(begins))
        ends = last
        if index < len(buckets.starts):
            # The day before the first on which the next band is reached.
            reached = _reached(since, buckets.starts[index] + rules.grace_days, stops)
            ends = min(last, reached - _ONE_DAY)
        yield Stay(buckets.names[index], begins, ends, days(begins), days(ends), shown.past_due_minor)
        begins = ends + _ONE_DAY


def _reached(since: date, count: int, stops: Spans) -> date:
    """Return the first day on which *count* days have gone by that the clock counted."""
    on = stops.later(since, count)
    # `later` also steps out of a stop that begins on the very day; the clock showed the days already then.
    while on > since and (on - _ONE_DAY - since).days - stops.days_within(since, on - _ONE_DAY) >= count:
        on -= _ONE_DAY
    return on


def times_entered(stays: Sequence[Stay], buckets: Buckets, bucket: str, *, first: date, last: date) -> int:
    """
    Tell how often an account got as late as *bucket* or later from *first* to *last*, both inclusive: each time it came there anew.

    An account that was that late already on *first* did so once.

    Raises:
        PolicyError: There is no such band.
        TimeError: *last* is before *first*.

    Source:
        A count of this library, of what `bucket_history` found.
    """
    if bucket not in buckets.names:
        raise PolicyError(f"{bucket!r} is no band; there are {', '.join(buckets.names)}; nothing was counted")
    require_period(first, last, "nothing was counted")
    least, times, above = buckets.names.index(bucket), 0, False
    for stay in stays:
        if stay.first_on > last:
            break
        late = buckets.names.index(stay.bucket) >= least
        if stay.last_on >= first:
            times += late and not above
            above = late
    return times


def worst(stays: Iterable[Stay]) -> int:
    """Return the most days late at any time, by the clock of the history, in whole days; 0 when never."""
    return max((max(stay.days_first, stay.days_last) for stay in stays), default=0)


def days_in(stays: Iterable[Stay], bucket: str, *, first: date, last: date) -> int:
    """
    Return how many calendar days from *first* to *last*, both inclusive, were spent in a band; 0 for one that is not there.

    Raises:
        TimeError: *last* is before *first*.

    Source:
        The stays; days are calendar days in the account's time zone.
    """
    require_period(first, last, "nothing was counted")
    held = (stay for stay in stays if stay.bucket == bucket)
    return sum(max(0, (min(stay.last_on, last) - max(stay.first_on, first)).days + 1) for stay in held)
