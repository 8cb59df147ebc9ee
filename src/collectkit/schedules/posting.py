"""Deciding what a movement that has arrived does to an account: payments, reversals, charges, waivers.

Each decision returns the event to record, the news that it is recorded already, or a refusal. The same id with the
same content is a retry and changes nothing; with other content it is refused without a word about the first.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import attrs

from collectkit.identifiers import EntryId
from collectkit.ledger import (
    Charge,
    ChargeAssessed,
    ChargeWaived,
    Payment,
    PaymentPosted,
    PaymentReversed,
    Reversal,
    Waiver,
)
from collectkit.refusals import Refusal
from collectkit.schedules._folding.counting import standing_reversals
from collectkit.schedules.book import Book
from collectkit.schedules.replay import post


class PostingReason(Enum):
    """Why a payment was refused."""

    ID_REUSED = "id_reused"
    """The id belongs to another payment."""
    CURRENCY_DIFFERS = "currency_differs"
    """The account is in another currency; nothing is converted silently."""


class ReversalReason(Enum):
    """Why a reversal was refused."""

    ID_REUSED = "id_reused"
    """The id belongs to another reversal."""


class ChargeReason(Enum):
    """Why a charge was refused, in order of precedence."""

    ID_REUSED = "id_reused"
    """The id belongs to another charge."""
    CURRENCY_DIFFERS = "currency_differs"
    """The account is in another currency."""
    INSTALLMENT_UNKNOWN = "installment_unknown"
    """The plan has no installment of that number."""
    RESERVED = "reserved"
    """Under such ids, and with the step that asks for them, late fees and fees of moved due dates are charged."""
    CLOSED = "closed"
    """Nothing more is asked of the account."""
    NOT_TODAY = "not_today"
    """A charge is dated on the business day on which it is decided: caps of the law are asked for that day."""
    HELD = "held"
    """A hold stops fees, or an arrangement does."""
    FORBIDDEN = "forbidden"
    """A rule of law stands against it."""


class WaiverReason(Enum):
    """Why a waiver was refused."""

    ID_REUSED = "id_reused"
    """The id belongs to another waiver."""
    CURRENCY_DIFFERS = "currency_differs"
    """The account is in another currency."""
    CHARGE_UNKNOWN = "charge_unknown"
    """No charge of that id was assessed by then."""
    ABOVE_UNPAID = "above_unpaid"
    """More would be given up than is still unpaid of the charge; what was paid is reversed or refunded instead."""


@attrs.frozen
class AlreadyPosted:
    """The payment is on the book; nothing was changed."""

    payment: EntryId


@attrs.frozen
class AlreadyReversed:
    """The payment is taken back already, by this reversal or another; nothing was changed."""

    payment: EntryId


@attrs.frozen
class AlreadyAssessed:
    """The charge is on the book; nothing was changed."""

    charge: EntryId


@attrs.frozen
class AlreadyWaived:
    """The waiver is on the book; nothing was changed."""

    waiver: EntryId


Posting: TypeAlias = PaymentPosted | AlreadyPosted | Refusal[PostingReason]
Reversing: TypeAlias = PaymentReversed | AlreadyReversed | Refusal[ReversalReason]
Assessing: TypeAlias = ChargeAssessed | AlreadyAssessed | Refusal[ChargeReason]
Waiving: TypeAlias = ChargeWaived | AlreadyWaived | Refusal[WaiverReason]


def post_payment(book: Book, payment: Payment) -> Posting:
    """
    Decide what a payment that has arrived does to the account.

    More than is owed is accepted, and the rest is credit. A payment dated after the book's day is pending. One dated
    before the purchase is accepted and marked for review, and so is one whose reversal came first.

    Args:
        book: The account on the business day, a calendar day in its time zone; what is dated on it counts.
        payment: What came, in whole minor units; nothing is rounded. It counts from its value date on, that day included.

    Source:
        A rule of this library: money pays what was owed on its value date, in the order that contract, policy and law give.
    """
    return enter_payment(book, payment)[0]


def enter_payment(book: Book, payment: Payment) -> tuple[Posting, Book | None]:
    """
    Decide as `post_payment` does, and return beside it the book with the payment, where deciding has made it.

    Who goes on with the account then needs no replay. None where nothing was posted, or where the payment does not count yet.

    Source:
        As for `post_payment`.
    """
    known = book.known(Payment, payment.id)
    if known == payment:
        return AlreadyPosted(payment.id), None
    if known is not None:
        text = "this payment id was used with other content; a payment needs an id of its own"
        return Refusal(PostingReason.ID_REUSED, text), None
    if payment.amount.currency != book.plan.currency:
        return Refusal(PostingReason.CURRENCY_DIFFERS, _currency(payment.amount.currency, book)), None
    if payment.value_on > book.as_of:
        return PaymentPosted(payment, unapplied=payment.amount.minor), None
    if any(one.payment == payment.id and one.value_on <= book.as_of for one in standing_reversals(book.entries, book.as_of)):
        return PaymentPosted(payment, review="reversed before it arrived"), None
    after = post(book, payment)
    believed = after.applications(payment.id)
    unapplied = payment.amount.minor - sum(part.minor for part in believed)
    review = "dated before the purchase" if payment.value_on < book.plan.bought_on else ""
    return PaymentPosted(payment, believed, unapplied, review), after


def reverse_payment(book: Book, reversal: Reversal) -> Reversing:
    """
    Decide what it does that a payment is taken back.

    A second reversal of one payment changes nothing, unless the first was undone. One that comes before its payment waits for it.

    Args:
        book: The account on the business day, a calendar day in its time zone.
        reversal: Of the whole payment; from its value date on, that day included, the payment has never been.

    Source:
        A rule of this library: a payment that bounced had never been money, whatever was believed meanwhile.
    """
    known = book.known(Reversal, reversal.id)
    if known == reversal:
        return AlreadyReversed(reversal.payment)
    if known is not None:
        return Refusal(ReversalReason.ID_REUSED, "this reversal id was used with other content; a reversal needs an id of its own")
    if any(one.payment == reversal.payment for one in standing_reversals(book.entries, book.as_of)):
        return AlreadyReversed(reversal.payment)
    return PaymentReversed(reversal)


def assess_charge(book: Book, charge: Charge) -> Assessing:
    """
    Decide whether a charge is added; how much a late fee may be is decided by `collectkit.schedules.late_fees`.

    Args:
        book: The account on the business day, a calendar day in its time zone.
        charge: What is asked, in whole minor units; nothing is rounded. It is asked from its value date on, that day included.

    Source:
        The contract; this looks only at what the account can hold.
    """
    known = book.known(Charge, charge.id)
    if known == charge:
        return AlreadyAssessed(charge.id)
    if known is not None:
        return Refusal(ChargeReason.ID_REUSED, "this charge id was used with other content; a charge needs an id of its own")
    if charge.amount.currency != book.plan.currency:
        return Refusal(ChargeReason.CURRENCY_DIFFERS, _currency(charge.amount.currency, book))
    if not 0 <= charge.installment <= len(book.plan):
        return Refusal(
            ChargeReason.INSTALLMENT_UNKNOWN, f"the plan has installments 1 to {len(book.plan)}, got {charge.installment}; 0 means none"
        )
    return ChargeAssessed(charge)


def waive_charge(book: Book, waiver: Waiver) -> Waiving:
    """
    Decide whether a part of a charge is given up.

    At most what is unpaid of it on the book's day, less waivers that are pending.

    Args:
        book: The account on the business day, a calendar day in its time zone; what is dated on it counts.
        waiver: How much, in whole minor units; nothing is rounded. It counts from its value date on, that day included.

    Source:
        A rule of this library: what is paid is given back by a refund, and not waived.
    """
    known = book.known(Waiver, waiver.id)
    if known == waiver:
        return AlreadyWaived(waiver.id)
    if known is not None:
        return Refusal(WaiverReason.ID_REUSED, "this waiver id was used with other content; a waiver needs an id of its own")
    if waiver.amount.currency != book.plan.currency:
        return Refusal(WaiverReason.CURRENCY_DIFFERS, _currency(waiver.amount.currency, book))
    places = [due for due, source in enumerate(book.sources) if isinstance(source, Charge) and source.id == waiver.charge]
    if not places:
        return Refusal(WaiverReason.CHARGE_UNKNOWN, f"no charge '{waiver.charge}' was assessed by {book.as_of}")
    promised = sum(entry.amount.minor for entry in book.pending if isinstance(entry, Waiver) and entry.charge == waiver.charge)
    unpaid = book.unpaid_of(places[0]) - promised
    if waiver.amount.minor > unpaid:
        return Refusal(
            WaiverReason.ABOVE_UNPAID, f"{unpaid} minor units of the charge are unpaid, {waiver.amount.minor} were to be given up"
        )
    return ChargeWaived(waiver)


def _currency(given: str, book: Book) -> str:
    return f"the account is in {book.plan.currency}, the amount in {given}"
