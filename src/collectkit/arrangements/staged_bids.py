"""A bid of several payments: what it counts for, and which payments on its days would be accepted.

It counts for the single payment that is worth as much by the terms of the offer function, so that nobody gains by bidding the same
worth in another shape, and one mechanism answers both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from collectkit.arrangements.offers import OfferPolicy, worth_of
from collectkit.arrangements.series import Item
from collectkit.money import Money

__all__ = ["below_debt", "counts_for", "enough_on", "faulty_days"]


def faulty_days(items: Sequence[Item], policy: OfferPolicy, *, on: date) -> str:
    """
    Return why payments on these days cannot be agreed, in words; empty when they can.

    Args:
        items: The payments, which must stand in the order of their days.
        policy: How many there may be, and how far ahead the last one may lie.
        on: The business date; a payment on it is not before it.

    Source:
        The policy's `OfferPolicy`; calendar days, the last of `days_max` inclusive.
    """
    if any(later.due_on <= item.due_on for item, later in pairwise(items)) or items[0].due_on < on:
        return f"payments stand in the order of their days, no two on one, from {on} on"
    if len(items) > policy.items_max or (items[-1].due_on - on).days > policy.days_max:
        return f"at most {policy.items_max} payments within {policy.days_max} days are allowed"
    return ""


def below_debt(items: Sequence[Item], debt: Money) -> tuple[Item, ...]:
    """
    Return the payments, or, when together they are the debt or more, as much less in proportion as leaves a settlement to make.

    Source:
        A definition of this library: a settlement asks at least one minor unit less than the debt; largest remainders.
    """
    if sum(item.amount.minor for item in items) < debt.minor:
        return tuple(items)
    return _scaled(items, debt.minor - 1)


def counts_for(debt: Money, items: Sequence[Item], policy: OfferPolicy, *, on: date, pay_on: date) -> int:
    """
    Return what payments count for as a bid: the greatest single payment on *pay_on* that is worth no more than they are together.

    Args:
        debt: What is owed.
        items: The payments, in the currency of the debt.
        policy: What each is worth: kept rates, the price of waiting, costs.
        on: The business date.
        pay_on: By when a single payment would be due.

    Returns:
        Minor units, rounded down; at least 1 and never more than the payments come to.

    Source:
        `collectkit.arrangements.offers.worth_of`.
    """
    value = _worth(debt, [(item.due_on, item.amount.minor) for item in items], policy, on)
    low, high = 1, max(1, sum(item.amount.minor for item in items))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _worth(debt, [(pay_on, middle)], policy, on) <= value else (low, middle - 1)
    return low


def enough_on(debt: Money, items: Sequence[Item], minor: int, policy: OfferPolicy, *, on: date, pay_on: date) -> tuple[Item, ...]:
    """
    Return payments on the same days and in the same proportion that count for *minor*; empty when none below the debt do.

    Args:
        debt: What is owed.
        items: The payments that were bid.
        minor: What they are to count for, in minor units.
        policy: As for `counts_for`.
        on: The business date.
        pay_on: By when a single payment would be due.

    Returns:
        The least that do, shared by largest remainders; each is at least one minor unit.

    Source:
        As for `counts_for`. Whole minor units, shared by largest remainders.
    """

    def enough(total: int) -> bool:
        return counts_for(debt, _scaled(items, total), policy, on=on, pay_on=pay_on) >= minor

    low, high = max(len(items), minor), debt.minor - 1
    if low > high or not enough(high):
        return ()
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return _scaled(items, low)


def _worth(debt: Money, items: Sequence[tuple[date, int]], policy: OfferPolicy, on: date) -> int:
    return worth_of(debt.minor, items, policy, on=on).value_minor


def _scaled(items: Sequence[Item], total: int) -> tuple[Item, ...]:
    """Share a total over the days of payments in their proportion; no payment is nothing."""
    each = Money(total - len(items), items[0].amount.currency).split_by([item.amount.minor for item in items])
    return tuple(Item(item.due_on, Money(part.minor + 1, part.currency)) for item, part in zip(items, each, strict=True))
