"""The events that record what else happened to the money of an account; the facts themselves stand in `movements`."""

from __future__ import annotations

from typing import ClassVar

import attrs

from collectkit.ledger.entries import Application
from collectkit.ledger.movements import (
    CashRefund,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Reage,
    Reamortize,
    Reschedule,
    Undo,
    WriteOff,
)


@attrs.frozen
class CreditPosted:
    """
    A credit that is no payment was put on the book.

    Attributes:
        credit: The fact.
        believed: How it was applied by what was known then; replay derives it anew and ignores this.
        unapplied: What was left of it then, in minor units.
    """

    TYPE: ClassVar[str] = "credit-posted/1"

    credit: Credit
    believed: tuple[Application, ...] = ()
    unapplied: int = 0


@attrs.frozen
class CashRefunded:
    """Paid money was given back in cash."""

    TYPE: ClassVar[str] = "cash-refunded/1"

    refund: CashRefund


@attrs.frozen
class ChargebackPosted:
    """The payer's bank took a payment back."""

    TYPE: ClassVar[str] = "chargeback-posted/1"

    chargeback: Chargeback


@attrs.frozen
class CreditRefunded:
    """Credit of the account was paid out."""

    TYPE: ClassVar[str] = "credit-refunded/1"

    refund: CreditRefund


@attrs.frozen
class AccountChargedOff:
    """The books gave the account up; what is owed stays owed."""

    TYPE: ClassVar[str] = "account-charged-off/1"

    charge_off: ChargeOff


@attrs.frozen
class AccountWrittenOff:
    """What was outstanding is asked for no more."""

    TYPE: ClassVar[str] = "account-written-off/1"

    write_off: WriteOff


@attrs.frozen
class PlanReaged:
    """The outstanding principal was put on new installments."""

    TYPE: ClassVar[str] = "plan-reaged/1"

    reage: Reage


@attrs.frozen
class PlanReamortized:
    """What was past due was spread over the installments to come."""

    TYPE: ClassVar[str] = "plan-reamortized/1"

    reamortize: Reamortize


@attrs.frozen
class PlanRescheduled:
    """Due dates were moved, or installments added."""

    TYPE: ClassVar[str] = "plan-rescheduled/1"

    reschedule: Reschedule


@attrs.frozen
class EntryUndone:
    """An entry was taken back as if it had never been made."""

    TYPE: ClassVar[str] = "entry-undone/1"

    undo: Undo
