"""The row of a new account's standing, made without the standing: all that an import needs of the table of standings."""

from __future__ import annotations

from datetime import date
from typing import Final

from collectkit.account import Account
from collectkit.schedules.opening import opening_of, plan_of

TOTAL: Final = 8
"""Where in the row the total of the plan lies."""


def _day(value: date | None) -> int | None:
    return None if value is None else value.toordinal()


def opening_row(account: Account, as_of: date) -> tuple[object, ...]:
    """
    Return the row of `opening_standing` without the standing: an import writes one for each new account.

    Ids are plain texts in it: a database driver asks of every other class how it is to be written.
    """
    plan = plan_of(account)
    total, owed, past_due, oldest, upcoming, next_due, paid, late, unchanged = opening_of(plan, as_of)
    return (
        str(account.id),
        str(account.consumer),
        as_of.toordinal(),
        plan.currency,
        plan.kind,
        account.product,
        account.merchant,
        plan.bought_on.toordinal(),
        total,
        0,  # paid
        total,
        owed,
        past_due,
        0,  # fees in it, credit, disputed, fees charged
        0,
        0,
        0,
        _day(oldest),
        _day(upcoming),
        next_due,
        plan.due_on[-1].toordinal(),
        None,  # last payment
        len(plan.due_on),
        paid,
        late,
        None,  # promise
        0,
        0,
        "",  # holds
        None,
        None,  # handler
        None,
        None,  # closed
        unchanged.toordinal(),
        "",  # agreed, paused
        "",
        None,  # charged off
        _day(oldest),  # by the contract, by the operational clock, by the reporting clock
        _day(oldest),
        None,
        _day(oldest),
        None,
        sum(plan.tax),
    )
