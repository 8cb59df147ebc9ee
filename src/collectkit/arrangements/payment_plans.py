"""Payment plans: what is paid when, over one or several accounts, and what each item means for each account.

A plan is a way of paying what is owed; it changes neither what is owed nor when it fell due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

import attrs

from collectkit._checks import aware, day, money, whole
from collectkit.errors import PolicyError, ValidationError
from collectkit.holds import Effect
from collectkit.holds.matrix import effects_named
from collectkit.identifiers import AccountId, ArrangementId, PersonId
from collectkit.money import Money

__all__ = ["Debt", "PaymentPlan", "PlanItem", "PlanPolicy", "PlanQuoted", "Share", "share_out"]

_WHOLE_BP = 10_000


@attrs.frozen
class Debt:
    """
    One account that a plan covers.

    Attributes:
        account: Which.
        minor: How much of it the plan is about, in minor units; more than zero.
        since: Due date of the oldest part, by which accounts are served in order.
    """

    account: AccountId = attrs.field(converter=AccountId)
    minor: int
    since: date = attrs.field(validator=day)


@attrs.frozen
class Share:
    """
    What one item means for one account.

    Attributes:
        account: Which.
        minor: How much of the item goes to it.
    """

    account: AccountId = attrs.field(converter=AccountId)
    minor: int


@attrs.frozen
class PlanItem:
    """
    One payment of a plan.

    Attributes:
        due_on: Last day on which paying is in time.
        amount: More than zero.
        shares: The split back to accounts; together the amount.
    """

    due_on: date = attrs.field(validator=day)
    amount: Money = attrs.field(validator=money)
    shares: tuple[Share, ...] = attrs.field(converter=tuple[Share, ...])

    def __attrs_post_init__(self) -> None:
        if self.amount.minor <= 0 or any(share.minor <= 0 for share in self.shares):
            raise ValidationError(f"an item of a plan and each share of it are more than zero, got {self.amount}; nothing was recorded")
        if sum(share.minor for share in self.shares) != self.amount.minor:
            raise ValidationError(f"the shares of an item are together its amount, {self.amount}; nothing was recorded")

    def minor_of(self, account: str) -> int:
        """Return what the item means for one account, in minor units."""
        return sum(share.minor for share in self.shares if share.account == account)


@attrs.frozen
class PlanPolicy:
    """
    Which payment plans may be agreed, and when one is breached.

    Attributes:
        minimum_minor: Least amount of one payment, unless there is one alone.
        items_max: How many payments there may be.
        days_max: How far ahead the last one may lie.
        down_payment_bp: Least share that the first payment is of the whole, in basis points.
        every: How often payments may be due, in days: 7, 14 or 28; a month is 0 and keeps the day of the month.
        affordable_bp: Share of what is left of an income after expenses that may be asked for, in basis points.
        quote_days: How long a quote holds.
        grace_days: Days after the due date on which a payment is still in time.
        tolerance_minor: Minor units that may be missing.
        missed_max: So many missed payments at once are a breach.
        cure_days: For so many days they can still be made good before the plan is over.
        effects: What a plan stops while it is active, in the words of holds.
        sources_excluded: Payments from these sources do not count: the consumer did not make them.

    Raises:
        PolicyError: A number is negative or too large.
    """

    minimum_minor: int = attrs.field(default=500, validator=whole)
    items_max: int = attrs.field(default=12, validator=whole)
    days_max: int = attrs.field(default=365, validator=whole)
    down_payment_bp: int = attrs.field(default=0, validator=whole)
    every: tuple[int, ...] = attrs.field(default=(14, 0, 7), converter=tuple[int, ...])
    affordable_bp: int = attrs.field(default=5_000, validator=whole)
    quote_days: int = attrs.field(default=7, validator=whole)
    grace_days: int = attrs.field(default=3, validator=whole)
    tolerance_minor: int = attrs.field(default=0, validator=whole)
    missed_max: int = attrs.field(default=1, validator=whole)
    cure_days: int = attrs.field(default=7, validator=whole)
    effects: frozenset[Effect] = attrs.field(
        default=(Effect.CONTACT_LIMITED, Effect.FEES, Effect.PLACEMENT, Effect.SALE), converter=effects_named
    )
    sources_excluded: tuple[str, ...] = attrs.field(default=("refund", "goodwill"), converter=tuple[str, ...])

    def __attrs_post_init__(self) -> None:
        if not self.every or any(type(days) is not int or not 0 <= days <= 366 for days in self.every):
            raise PolicyError(f"every names numbers of days up to 366, 0 for a month, got {self.every}; nothing was loaded")
        if self.down_payment_bp > _WHOLE_BP or self.affordable_bp > _WHOLE_BP or not self.missed_max or not self.items_max:
            raise PolicyError("shares go up to 10,000 basis points, missed_max and items_max start at 1; nothing was loaded")


@attrs.frozen
class PaymentPlan:
    """
    What is paid when, as it was quoted: the terms, which never change.

    Attributes:
        id: The caller's own id; another plan has another one.
        person: Who pays.
        items: In the order of their days, no two on one day, in one currency.
        every: How often, in days; 0 for monthly.
        grace_days, tolerance_minor, missed_max, cure_days: When it is breached, as the policy had it when it was quoted.
        effects: What it stops while it is active, sorted.
        sources_excluded: Payments from these sources do not count.
        replaces: Id of the arrangement that it takes the place of.

    Raises:
        ValidationError: No item, items out of order or in several currencies.
    """

    id: ArrangementId = attrs.field(converter=ArrangementId)
    person: PersonId = attrs.field(converter=PersonId)
    items: tuple[PlanItem, ...] = attrs.field(converter=tuple[PlanItem, ...])
    every: int = 0
    grace_days: int = 3
    tolerance_minor: int = 0
    missed_max: int = 1
    cure_days: int = 7
    effects: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    sources_excluded: tuple[str, ...] = attrs.field(default=("refund", "goodwill"), converter=tuple[str, ...])
    replaces: ArrangementId | None = attrs.field(default=None, converter=attrs.converters.optional(ArrangementId))

    def __attrs_post_init__(self) -> None:
        if not self.items:
            raise ValidationError("a payment plan has at least one item; nothing was recorded")
        if any(later.due_on <= item.due_on for item, later in zip(self.items, self.items[1:], strict=False)):
            raise ValidationError("the items of a plan stand in the order of their days, no two on one; nothing was recorded")
        if len({item.amount.currency for item in self.items}) > 1:
            raise ValidationError("a payment plan is in one currency; nothing was recorded")

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """Return the accounts that it covers, sorted."""
        return tuple(sorted({share.account for item in self.items for share in item.shares}))

    @property
    def currency(self) -> str:
        """Return its currency."""
        return self.items[0].amount.currency

    @property
    def total_minor(self) -> int:
        """Return all that is paid by it, in minor units."""
        return sum(item.amount.minor for item in self.items)

    def due_of(self, account: str) -> tuple[tuple[date, int], ...]:
        """Return day and minor units of what one account gets, items that mean nothing for it left out."""
        rows = ((item.due_on, item.minor_of(account)) for item in self.items)
        return tuple(row for row in rows if row[1])

    def closes_on(self, due_on: date) -> date:
        """Return the last day on which an item due on that day is paid in time."""
        return due_on + timedelta(days=min(self.grace_days, (date.max - due_on).days))


@attrs.frozen
class PlanQuoted:
    """
    A payment plan was quoted; it may be taken until it expires.

    Attributes:
        plan: Its terms.
        at: When.
        expires_at: From then on it may not be taken any more.
        because: Which limit made it as long as it is; empty when nobody asked.
    """

    TYPE: ClassVar[str] = "plan-quoted/1"

    plan: PaymentPlan
    at: datetime = attrs.field(validator=aware)
    expires_at: datetime = attrs.field(validator=aware)
    because: str = ""


def share_out(debts: Iterable[Debt], payments: Sequence[tuple[date, Money]]) -> tuple[PlanItem, ...]:
    """
    Split payments back to accounts: the oldest debt first, each minor unit to exactly one.

    Args:
        debts: What is to be paid; together as much as the payments.
        payments: Day and amount of each, in order.

    Raises:
        ValidationError: The payments are together more or less than the debts.

    Source:
        A definition of this library. Whole minor units, nothing is rounded; the older debt is the one past due since the earlier day.
    """
    queue = sorted(debts, key=lambda debt: (debt.since, debt.account))
    left = [debt.minor for debt in queue]
    if sum(amount.minor for _, amount in payments) != sum(left):
        raise ValidationError("the payments of a plan are together what its accounts owe; nothing was recorded")
    items = []
    for due_on, amount in payments:
        rest, shares = amount.minor, []
        for place, debt in enumerate(queue):
            used = min(rest, left[place])
            if used:
                left[place] -= used
                rest -= used
                shares.append(Share(debt.account, used))
        items.append(PlanItem(due_on, amount, tuple(shares)))
    return tuple(items)
