"""The suspense account: money that came in and belongs to no account yet, and when it left again.

Money that names an unknown account, or is in another currency than the account, is neither refused nor forced upon
anybody: it lies here under its own id until somebody says whose it is, or gives it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

import attrs

from collectkit._checks import day, given
from collectkit.identifiers import EntryId
from collectkit.ledger.entries import Payment

__all__ = ["MoneyReleased", "MoneySuspended", "SuspenseAccount", "suspense_of"]


@attrs.frozen
class MoneySuspended:
    """
    Money came in that belongs to no account yet.

    Attributes:
        payment: What came in, with the account that it named, known or not.
        reason: Why it is here.
    """

    TYPE: ClassVar[str] = "money-suspended/1"

    payment: Payment
    reason: str = attrs.field(validator=given)


@attrs.frozen
class MoneyReleased:
    """
    Suspended money left: to an account, or back to whoever paid it.

    Attributes:
        payment: Id of what was suspended.
        on: The day.
        account: To which account; empty when it was given back.
        reason: Why.
    """

    TYPE: ClassVar[str] = "money-released/1"

    payment: EntryId = attrs.field(converter=EntryId)
    on: date = attrs.field(validator=day)
    account: str = ""
    reason: str = ""


@attrs.frozen
class SuspenseAccount:
    """
    Suspended money in one currency.

    Attributes:
        currency: ISO 4217 code.
        suspended: All that was ever suspended, in the order recorded.
        released: What of it left.
    """

    currency: str
    suspended: tuple[MoneySuspended, ...] = ()
    released: tuple[MoneyReleased, ...] = ()

    def open(self, as_of: date) -> tuple[MoneySuspended, ...]:
        """Return what lay here at the end of a day, oldest value date first."""
        gone = {one.payment for one in self.released if one.on <= as_of}
        held = [one for one in self.suspended if one.payment.value_on <= as_of and one.payment.id not in gone]
        return tuple(sorted(held, key=lambda one: (one.payment.value_on, one.payment.id)))

    def balance_minor(self, as_of: date) -> int:
        """Return the minor units that lay here at the end of a day."""
        return sum(one.payment.amount.minor for one in self.open(as_of))

    def given_back_minor(self, as_of: date) -> int:
        """Return the minor units that had been given back by the end of a day."""
        back = {one.payment for one in self.released if one.on <= as_of and not one.account}
        return sum(one.payment.amount.minor for one in self.suspended if one.payment.id in back)

    def older_than(self, days: int, as_of: date) -> tuple[MoneySuspended, ...]:
        """Return what has lain here for more than so many days."""
        return tuple(one for one in self.open(as_of) if (as_of - one.payment.value_on).days > days)

    def known(self, payment: str) -> MoneySuspended | None:
        """Return what was suspended under an id, released or not."""
        return next((one for one in self.suspended if one.payment.id == payment), None)

    def released_as(self, payment: str) -> MoneyReleased | None:
        """Return how suspended money left; None while it is here."""
        return next((one for one in self.released if one.payment == payment), None)


def suspense_of(currency: str, bodies: Iterable[object]) -> SuspenseAccount:
    """Fold the events of the suspense account's stream."""
    held = list(bodies)
    suspended = tuple(one for one in held if isinstance(one, MoneySuspended))
    return SuspenseAccount(currency, suspended, tuple(one for one in held if isinstance(one, MoneyReleased)))
