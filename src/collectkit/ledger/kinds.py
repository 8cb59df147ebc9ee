"""The kinds of entries: their names, what each counts as, and their one order.

An account is the fold of its entries ordered by `order_key`, never by arrival. Same-day order is total: what comes in
comes before what is charged, because a payment of the day stops the charge of the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

import attrs

from collectkit.calendars.dates import epoch_micros
from collectkit.ledger.entries import Charge, Payment, Reversal, Waiver
from collectkit.ledger.movements import (
    CREDIT_KINDS,
    CashRefund,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Disbursement,
    PlanCharge,
    Reage,
    Reamortize,
    Reschedule,
    Undo,
    WriteOff,
)

Entry: TypeAlias = (
    Payment
    | Reversal
    | Charge
    | Waiver
    | Credit
    | CashRefund
    | Chargeback
    | CreditRefund
    | ChargeOff
    | WriteOff
    | Reage
    | Reamortize
    | Reschedule
    | Undo
    | Disbursement
    | PlanCharge
)
"""All that can be posted to an account."""


@attrs.frozen
class MovementType:
    """
    What a kind of entry counts as; every other room reads this and decides nothing of it anew.

    Attributes:
        name: For example ``merchant_refund``.
        counts_as_payment: It is money from or for the consumer, and stands in figures of what was paid.
        keeps_promise: It fulfils a promise to pay.
        earns_commission: A collector is paid for it.
        cures: It can end lateness.
        reportable: It stands as a payment or a change of status in reports to credit bureaus.
    """

    name: str
    counts_as_payment: bool = False
    keeps_promise: bool = False
    earns_commission: bool = False
    cures: bool = False
    reportable: bool = False


def _types() -> Mapping[str, MovementType]:
    kinds = (
        MovementType("payment", True, True, True, True, True),
        MovementType("recovery", True, True, True, False, True),
        MovementType("down_payment", True, False, False, True, True),
        MovementType("goodwill", cures=True),
        MovementType("merchant_refund", cures=True),
        MovementType("payout_refund", cures=True),
        MovementType("charge_adjustment", cures=True),
        MovementType("small_balance", cures=True),
        MovementType("waiver", cures=True),
        MovementType("reversal", reportable=True),
        MovementType("chargeback", reportable=True),
        MovementType("cash_refund", reportable=True),
        MovementType("credit_refund"),
        MovementType("charge"),
        MovementType("plan_charge"),
        MovementType("disbursement"),
        MovementType("charge_off", reportable=True),
        MovementType("write_off", reportable=True),
        MovementType("reage", cures=True, reportable=True),
        MovementType("reamortize", cures=True, reportable=True),
        MovementType("reschedule", cures=True, reportable=True),
        MovementType("undo"),
    )
    return MappingProxyType({kind.name: kind for kind in kinds})


MOVEMENT_TYPES: Mapping[str, MovementType] = _types()
"""Every kind by name. A recovery is a payment after a charge-off: it earns and is reported, and cures nothing."""

_NAMES: Mapping[type, str] = MappingProxyType(
    {
        Payment: "payment",
        Reversal: "reversal",
        Charge: "charge",
        Waiver: "waiver",
        CashRefund: "cash_refund",
        Chargeback: "chargeback",
        CreditRefund: "credit_refund",
        ChargeOff: "charge_off",
        WriteOff: "write_off",
        Reage: "reage",
        Reamortize: "reamortize",
        Reschedule: "reschedule",
        Undo: "undo",
        Disbursement: "disbursement",
        PlanCharge: "plan_charge",
    }
)


def kind_of(entry: Entry) -> str:
    """Return the name of an entry's kind; of a credit its own."""
    return entry.kind if isinstance(entry, Credit) else _NAMES[type(entry)]


def undone_by(undo: Undo, entry: Entry) -> bool:
    """Tell whether *undo* takes *entry* back: kind and id are the same. Whether it still counts itself is not asked."""
    return undo.entry == entry.id and undo.kind == kind_of(entry)


_RANK: Mapping[type, int] = MappingProxyType(
    {
        Disbursement: 0,
        Payment: 1,
        Credit: 2,
        Reversal: 3,
        Charge: 4,
        PlanCharge: 5,
        Waiver: 6,
        Chargeback: 7,
        CreditRefund: 8,
        CashRefund: 9,
        # A plan is changed with all the money of the day in it, as it was quoted.
        Reschedule: 10,
        Reage: 11,
        Reamortize: 12,
        ChargeOff: 13,
        WriteOff: 14,
        Undo: 15,
    }
)


def order_key(entry: Entry) -> tuple[date, int, int, str]:
    """
    Return the place of *entry* in the fold: value date, kind, instant at the source in microseconds (UTC), id.

    Of a day, payments and credits go before charges, these before refunds, and changes of the plan after all of them.

    Source:
        A rule of this library, so that any order of arrival gives one account.
    """
    at = getattr(entry, "source_at", None)
    return (entry.value_on, _RANK[type(entry)], epoch_micros(at) if at is not None else 0, entry.id)


RECEIPTS: tuple[str, ...] = ("payment", *CREDIT_KINDS)
"""Kinds that lower what is owed through the waterfall."""


@attrs.frozen
class Recorded:
    """
    An entry with the second of its two places in time: when it became known.

    Attributes:
        entry: The fact; its `value_on` is the day it counts from.
        on: Business date on which it was recorded.
        place: Its place among all that was recorded on the account; higher is later.
    """

    entry: Entry
    on: date
    place: int


OrderKey: TypeAlias = tuple[date, date, int] | tuple[date, int, int, str] | tuple[int, date, int]


def by_value_date(recorded: Recorded) -> OrderKey:
    """
    Order by `order_key`: what was recorded late counts as if it had been known in time.

    Source:
        A rule of this library, in force where a contract's `collectkit.schedules.PostingRules` name no other.
    """
    return order_key(recorded.entry)


def as_known(recorded: Recorded) -> OrderKey:
    """
    Order by value date, then by the day of recording.

    A charge stands where it was recorded or fell due, whichever is earlier, so that a payment made before a charge was
    recorded is never taken apart to pay it, unless the charge is backdated.

    Source:
        The host's choice in `collectkit.schedules.PostingRules`, to agree with a system that counts so. Days are business days.
    """
    entry, effective = recorded.entry, recorded.entry.value_on
    if isinstance(entry, Charge | PlanCharge):
        effective = min(recorded.on, entry.due_on or recorded.on)
    return (effective, recorded.on, recorded.place)


def charges_first(recorded: Recorded) -> OrderKey:
    """
    Order all charges before anything else, by due date, then what is waived of them, then the rest by value date and recording.

    Source:
        The host's choice in `collectkit.schedules.PostingRules`, to agree with a system that counts so. Days are business days.
    """
    entry = recorded.entry
    if isinstance(entry, Waiver):
        return (0, date.max, recorded.place)
    if isinstance(entry, Charge | PlanCharge):
        return (0, entry.due_on or date.min, recorded.place)
    return (1, entry.value_on, recorded.place)
