"""What a plan alone means on a day: how a new account stands on which nothing was posted.

An import computes it for each of its rows, so it stands here by itself, below everything that an account may become.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from operator import add
from typing import NamedTuple

from collectkit.account import Account
from collectkit.errors import IntegrityBreachError
from collectkit.schedules.plan import Plan

FOREVER = date(9999, 12, 31)
"""`valid_through` of an account that time alone never changes again."""

_ONE_DAY = timedelta(days=1)


def plan_of(account: Account) -> Plan:
    """
    Return the plan of an account.

    Raises:
        IntegrityBreachError: The account holds something else in its place.

    Source:
        What is recorded.
    """
    plan = account.plan
    if not isinstance(plan, Plan):
        raise IntegrityBreachError(f"account '{account.id}' holds a {type(plan).__name__} where its plan should be; nothing was computed")
    return plan


class Opening(NamedTuple):
    """
    What a plan alone means on a day: the fields of a `Standing` that are not the same for every new account.

    A named tuple, since an import makes one for each of its rows.
    """

    total_minor: int
    owed_minor: int
    past_due_minor: int
    oldest_unpaid_due_on: date | None
    next_due_on: date | None
    next_due_minor: int
    paid: int
    past_due: int
    valid_through: date


def opening_of(plan: Plan, as_of: date) -> Opening:
    """
    Return what *plan* means *as_of* a day on which nothing but the plan is known.

    Source:
        The contract, in whole minor units. Due on the day itself is owed and not late; calendar days in the account's time
        zone.
    """
    past_due = paid = late = next_due = total = 0
    oldest: date | None = None
    upcoming: date | None = None
    amounts: Iterable[int] = map(add, plan.principal, plan.interest) if plan.interest else plan.principal
    if plan.tax:
        amounts = map(add, amounts, plan.tax)
    for day, minor in zip(plan.due_on, amounts, strict=True):
        total += minor
        if not minor:
            paid += 1
        elif day < as_of:
            past_due += minor
            late += 1
            oldest = oldest or day
        elif upcoming is None or day == upcoming:
            upcoming = day
            next_due += minor
    unchanged = FOREVER if upcoming is None else upcoming - _ONE_DAY if upcoming > as_of else as_of
    if as_of < plan.bought_on <= unchanged:
        unchanged = plan.bought_on - _ONE_DAY
    owed = past_due + next_due if upcoming == as_of else past_due
    return Opening(total, owed, past_due, oldest, upcoming, next_due, paid, late, unchanged)
