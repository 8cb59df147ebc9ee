"""The standing of a new account, of which nothing but its plan is known: what most of an import is, made without a fold."""

from __future__ import annotations

from datetime import date, timedelta
from operator import add
from typing import NamedTuple

from collectkit.account import Account
from collectkit.facts import plan_of
from collectkit.schedules import Plan
from collectkit.standing.standing import FOREVER, Standing

_ONE_DAY = timedelta(days=1)


def opening_standing(account: Account, as_of: date) -> Standing:
    """Return the standing of an account of which nothing but its plan is known, as `standing_of` does but faster."""
    plan = plan_of(account)
    opening = opening_of(plan, as_of)
    return Standing(
        account=account.id,
        person=account.consumer,
        as_of=as_of,
        currency=plan.currency,
        plan_kind=plan.kind,
        product=account.product,
        merchant=account.merchant,
        opened_on=plan.bought_on,
        total_minor=opening.total_minor,
        paid_minor=0,
        outstanding_minor=opening.total_minor,
        owed_minor=opening.owed_minor,
        past_due_minor=opening.past_due_minor,
        fee_minor=0,
        credit_minor=0,
        disputed_minor=0,
        fees_charged_minor=0,
        oldest_unpaid_due_on=opening.oldest_unpaid_due_on,
        next_due_on=opening.next_due_on,
        next_due_minor=opening.next_due_minor,
        last_due_on=plan.due_on[-1],
        last_paid_on=None,
        installments_total=len(plan.due_on),
        installments_paid=opening.paid,
        installments_past_due=opening.past_due,
        promise_due_on=None,
        promised_minor=0,
        promises_broken=0,
        holds=(),
        hold_until=None,
        handler=None,
        placed_on=None,
        closed_on=None,
        valid_through=opening.valid_through,
        contractual_since_on=opening.oldest_unpaid_due_on,
        operational_since_on=opening.oldest_unpaid_due_on,
    )


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
    """Return what *plan* means on a day on which nothing but the plan is known."""
    past_due = paid = late = next_due = total = 0
    oldest: date | None = None
    upcoming: date | None = None
    for day, minor in zip(plan.due_on, map(add, plan.principal, plan.interest) if plan.interest else plan.principal, strict=True):
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
