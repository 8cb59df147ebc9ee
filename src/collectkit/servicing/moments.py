"""When a contact is to be made where the person is: not before a time of day, and only on some weekdays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from collectkit.actions import Proposal
from collectkit.calendars.dates import zone

_DAYS = 9
"""Every weekday comes within so many local days, wherever the day begins."""


def wanted_moment(proposal: Proposal, zones: Sequence[str], at: datetime) -> datetime:
    """
    Return the first instant from *at* on at which a contact is wanted.

    With a time of day it is the next time that this hour comes on a wanted weekday, at the place where it comes last. Without one
    it is the first instant that falls on a wanted weekday at every place.

    Args:
        proposal: What is wanted.
        zones: Every IANA zone in which the person may be; with none there is no local time, and *at* is returned.
        at: The present instant; aware.

    >>> from datetime import UTC
    >>> from collectkit.actions import ActionKind
    >>> morning = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "sms", local_time="10:00", weekdays=(0, 1, 2, 3, 4))
    >>> wanted_moment(morning, ["America/New_York"], datetime(2026, 11, 27, 20, 0, tzinfo=UTC)).isoformat()
    '2026-11-30T10:00:00-05:00'
    """
    if not zones or not (proposal.local_time or proposal.weekdays):
        return at
    hour, days = time.fromisoformat(proposal.local_time or "00:00"), proposal.weekdays or tuple(range(7))
    if not proposal.local_time and _fits(at, zones, days):
        return at
    first = min(at.astimezone(zone(name)).date() for name in zones)
    for number in range(_DAYS):
        day = first + timedelta(days=number)
        moment = max(datetime.combine(day, hour, zone(name)) for name in zones)
        if moment >= at and day.weekday() in days and (proposal.local_time or _fits(moment, zones, days)):
            return moment
    return at  # no weekday suits all the places: the law alone decides


def _fits(moment: datetime, zones: Sequence[str], days: Sequence[int]) -> bool:
    return all(moment.astimezone(zone(name)).weekday() in days for name in zones)
