"""Periods that a caller asks about: two days, both inclusive, or two instants."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from collectkit.calendars.dates import require_aware, require_day
from collectkit.errors import TimeError


def require_period(first: date, last: date, not_done: str = "nothing was computed") -> None:
    """
    Check that a period ends no earlier than it begins: one that does holds nothing, and would be told as if nothing had happened in it.

    Args:
        first: Its first day, or the instant from which on it lasts.
        last: Its last day, inclusive, or the instant at which it is over.
        not_done: What did not happen.

    Raises:
        TimeError: It ends before it begins, one of both is no day and no instant with a zone, or one is a day and one an instant.

    Source:
        A rule of this library: an empty answer to a question that was turned around is believed.

    >>> require_period(date(2026, 10, 1), date(2026, 10, 1))
    """
    if isinstance(first, datetime):
        require_aware(first, not_done)
        require_aware(cast("datetime", last), not_done)
    else:
        require_day(first, "the first day of a period", not_done)
        require_day(last, "the last day of a period", not_done)
    if last < first:
        ends = "it is over no earlier than it begins" if isinstance(first, datetime) else "its last day is its first one or a later one"
        raise TimeError(f"a period from {first.isoformat()} to {last.isoformat()} ends before it begins; {ends}; {not_done}")
