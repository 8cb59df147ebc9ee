"""Holds and stops: the accounts on which work stops, and the people who asked that contact cease."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.calendars.dates import local_date
from collectkit.calendars.periods import require_period
from collectkit.person import PersonFacts
from collectkit.portfolio import Portfolio
from collectkit.reports._sums import currencies, grouped_count, grouped_sum
from collectkit.reports.ageing import day_of
from collectkit.reports.rates import Dataset


@attrs.frozen
class HoldLine:
    """
    The accounts under one kind of hold in one currency, in minor units.

    Attributes:
        kind: ``dispute``, ``hardship`` …; an account under two kinds counts with both.
        currency: ISO 4217 code.
        accounts: How many.
        outstanding_minor: What remains to be paid on them.
        disputed_minor: What of it is under a dispute.
    """

    kind: str
    currency: str
    accounts: int
    outstanding_minor: int
    disputed_minor: int


@attrs.frozen
class Holds(Dataset):
    """
    Holds in force.

    Attributes:
        as_of: The day; None without accounts.
        lines: By currency and kind.
    """

    as_of: date | None
    lines: tuple[HoldLine, ...]


def holds(portfolio: Portfolio) -> Holds:
    """
    Count the accounts under each kind of hold.

    Raises:
        ValidationError: The accounts were read on several days.
    """
    lines: Counter[tuple[str, str, str]] = Counter()
    for currency, held in currencies(portfolio):
        texts, codes = held.holds.values, held.holds.codes
        size = len(texts)
        sums = {
            "accounts": grouped_count(codes, size),
            "outstanding_minor": grouped_sum(codes, held.outstanding_minor, size),
            "disputed_minor": grouped_sum(codes, held.disputed_minor, size),
        }
        for place, text in enumerate(texts):
            for kind in filter(None, text.split(",")):
                for name, figures in sums.items():
                    lines[currency, kind, name] += figures[place]
    found = sorted({(currency, kind) for currency, kind, _ in lines if lines[currency, kind, "accounts"]})
    names = ("accounts", "outstanding_minor", "disputed_minor")
    made = (HoldLine(kind, currency, *(lines[currency, kind, name] for name in names)) for currency, kind in found)
    return Holds(day_of(portfolio), tuple(made))


@attrs.frozen
class StopLine:
    """
    People who asked that contact cease, by what they asked.

    Attributes:
        reason: ``opt_out``, ``cease`` or ``refuses_to_pay``.
        channel: Which channel; ``all`` when every one is meant.
        people: How many people asked by the last day.
        asked_in_period: How many of them for the first time in the period.
    """

    reason: str
    channel: str
    people: int
    asked_in_period: int


@attrs.frozen
class Stops(Dataset):
    """
    Requests to cease.

    Attributes:
        first: First day of the period, inclusive.
        last: Last day of the period, inclusive.
        lines: By reason and channel.
    """

    first: date
    last: date
    lines: tuple[StopLine, ...]


def stops(people: Iterable[PersonFacts], *, first: date, last: date, zone: str) -> Stops:
    """
    Count the people who asked that contact cease.

    Args:
        people: Everybody.
        first: First day of the period, inclusive.
        last: Last day of the period, inclusive; later requests are left out.
        zone: IANA zone in which days are counted.

    Raises:
        TimeError: The last day is before the first.
    """
    require_period(first, last, "nothing was counted")
    asked: dict[tuple[str, str], list[date]] = {}
    for person in people:
        earliest: dict[tuple[str, str], date] = {}
        for stop in person.stops:
            day = local_date(stop.at, zone)
            for channel in stop.channels or ("all",):
                key = (stop.reason, channel)
                earliest[key] = min(day, earliest.get(key, day))
        for key, day in earliest.items():
            if day <= last:
                asked.setdefault(key, []).append(day)
    lines = (StopLine(*key, len(days), sum(day >= first for day in days)) for key, days in sorted(asked.items()))
    return Stops(first, last, tuple(lines))
