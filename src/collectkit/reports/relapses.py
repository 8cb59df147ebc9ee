"""Relapses: how many of those who had caught up are late again soon after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from collectkit.delinquency import Stay
from collectkit.errors import ValidationError
from collectkit.reports.rates import Rate


def re_default_rate(histories: Iterable[Sequence[Stay]], *, within_days: int, through: date) -> Rate:
    """
    Return the accounts that were late again within some days after they had caught up, of those that caught up.

    Each account counts once, by the first time that it caught up. One that did so too late for the days to be over is left out, for
    nobody knows yet what becomes of it. The history does not tell by what an account caught up: by a payment, a waiver or a new plan.

    Args:
        histories: The stays of each account in its bands, as `collectkit.delinquency.bucket_history` tells them, through the same day.
        within_days: So many days after the first current day, inclusive; at least 1.
        through: The last day of the histories.

    Raises:
        ValidationError: Fewer than one day; nothing was computed.

    Source:
        Cured accounts that are delinquent again within n days, by cured accounts; field knowledge, without a page of its own.
    """
    if type(within_days) is not int or within_days < 1:
        raise ValidationError(f"a relapse comes within a whole number of days, at least 1, not {within_days!r}; nothing was computed")
    cured = relapsed = 0
    for stays in histories:
        caught_up = next((place for place, (one, then) in enumerate(pairwise(stays)) if one.days_last and not then.days_first), None)
        if caught_up is None or stays[caught_up + 1].first_on + timedelta(days=within_days) > through:
            continue
        cured += 1
        since, again = stays[caught_up + 1].first_on, next((one for one in stays[caught_up + 2 :] if one.days_first), None)
        relapsed += again is not None and (again.first_on - since).days <= within_days
    return Rate(relapsed, cured, "accounts", f"late again within {within_days} days of caught up", ("accounts whose days are not over",))
