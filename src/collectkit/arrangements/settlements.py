"""Settlements: less than what is owed, paid at once or in stages, and the rest given up when all of it came, never before.

The discount exists only in the event of fulfilment. Until then the whole debt stands, and a breach leaves it standing:
what was paid stays paid.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import ClassVar

import attrs

from collectkit._checks import aware, day, member, money
from collectkit.arrangements.payment_plans import PlanItem
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, ArrangementId, PersonId
from collectkit.ledger.movements import Credit, Undo
from collectkit.money import Money

__all__ = ["OnReversal", "SettlementTerms", "SettlementFulfilled", "SettlementOffered", "SettlementVoided"]

_WHOLE_BP = 10_000


class OnReversal(Enum):
    """What a settlement says of a payment that is taken back after it was fulfilled."""

    VOID = "void"
    """The discount lapses and the debt revives."""
    STAND = "stand"
    """The discount stands; the payment that is missing is owed."""


def _on_reversal(given: str | OnReversal) -> OnReversal:
    return member(OnReversal, given, "on_reversal is")


@attrs.frozen
class SettlementTerms:
    """
    The terms of a settlement, which never change.

    Attributes:
        id: The caller's own id.
        person: Who pays.
        account: What is settled.
        debt: What was owed, due or not, when it was offered.
        items: What is to be paid by when; less than the debt, in its currency.
        grace_days: Days after a due date on which money still counts.
        cure_days: For so many days a missed item can still be made good.
        on_reversal: What becomes of it when a payment is taken back after it was fulfilled.
        effects: What it stops while it is active, sorted.
        sources_excluded: Payments from these sources do not count.
        replaces: Id of the arrangement that it takes the place of.

    Raises:
        ValidationError: The items are none, out of order, in another currency, or not less than the debt and more than zero: a
            settlement of 0 % or of more than 100 % is none.
    """

    id: ArrangementId = attrs.field(converter=ArrangementId)
    person: PersonId = attrs.field(converter=PersonId)
    account: AccountId = attrs.field(converter=AccountId)
    debt: Money = attrs.field(validator=money)
    items: tuple[PlanItem, ...] = attrs.field(converter=tuple[PlanItem, ...])
    grace_days: int = 0
    cure_days: int = 0
    on_reversal: OnReversal = attrs.field(default=OnReversal.VOID, converter=_on_reversal)
    effects: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    sources_excluded: tuple[str, ...] = attrs.field(default=("refund", "goodwill"), converter=tuple[str, ...])
    replaces: ArrangementId | None = attrs.field(default=None, converter=attrs.converters.optional(ArrangementId))

    missed_max: ClassVar[int] = 1
    tolerance_minor: ClassVar[int] = 0

    def __attrs_post_init__(self) -> None:
        if any(later.due_on <= item.due_on for item, later in zip(self.items, self.items[1:], strict=False)) or not self.items:
            raise ValidationError("a settlement has items in the order of their days, no two on one; nothing was recorded")
        if any(item.amount.currency != self.debt.currency or item.minor_of(self.account) != item.amount.minor for item in self.items):
            raise ValidationError("the items of a settlement are in the currency of its account and go to it alone; nothing was recorded")
        if not 0 < self.total_minor < self.debt.minor:
            raise ValidationError(
                f"a settlement asks more than nothing and less than the debt, {self.debt}, got {self.total_minor} minor units; "
                "for all of it make a payment plan; nothing was recorded"
            )

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """Return the account, as for every arrangement."""
        return (self.account,)

    @property
    def total_minor(self) -> int:
        """Return all that is to be paid, in minor units."""
        return sum(item.amount.minor for item in self.items)

    @property
    def discount_minor(self) -> int:
        """Return what is given up when it is fulfilled and nothing else was paid, in minor units."""
        return self.debt.minor - self.total_minor

    @property
    def discount_bp(self) -> int:
        """Return the discount as a share of the debt, in basis points, rounded up."""
        return -(-self.discount_minor * _WHOLE_BP // self.debt.minor)

    def due_of(self, account: str) -> tuple[tuple[date, int], ...]:
        """Return day and minor units of each item."""
        return tuple((item.due_on, item.amount.minor) for item in self.items) if account == self.account else ()

    def closes_on(self, due_on: date) -> date:
        """Return the last day on which an item due on that day is paid in time."""
        return due_on + timedelta(days=min(self.grace_days, (date.max - due_on).days))


@attrs.frozen
class SettlementOffered:
    """
    A settlement was offered; it may be taken until it expires.

    Attributes:
        settlement: Its terms.
        at: When.
        expires_at: From then on it may not be taken any more.
        value_minor: What it is worth by the terms of the offer function, in minor units.
        continuing_minor: What going on without it is worth.
    """

    TYPE: ClassVar[str] = "settlement-offered/1"

    settlement: SettlementTerms
    at: datetime = attrs.field(validator=aware)
    expires_at: datetime = attrs.field(validator=aware)
    value_minor: int = 0
    continuing_minor: int = 0


@attrs.frozen
class SettlementFulfilled:
    """
    All of a settlement was paid in time: the rest of the debt is given up, by this event and by no other.

    Attributes:
        id: Which settlement.
        on: The day whose payment fulfilled it.
        credit: What is given up, as an entry of the account; None when nothing was left to give up.
    """

    TYPE: ClassVar[str] = "settlement-fulfilled/1"

    id: ArrangementId = attrs.field(converter=ArrangementId)
    on: date = attrs.field(validator=day)
    credit: Credit | None = None


@attrs.frozen
class SettlementVoided:
    """
    A payment was taken back after the settlement was fulfilled: the discount lapses, and the debt revives.

    Attributes:
        id: Which settlement.
        on: First day on which it is void.
        undo: The end of what was given up, as an entry of the account; None when nothing was.
    """

    TYPE: ClassVar[str] = "settlement-voided/1"

    id: ArrangementId = attrs.field(converter=ArrangementId)
    on: date = attrs.field(validator=day)
    undo: Undo | None = None
