"""What of payments went back to the payer: by a reversal, as if they had never come, or by a chargeback, from its day on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

import attrs

from collectkit.ledger.entries import Payment, Reversal
from collectkit.ledger.kinds import order_key
from collectkit.ledger.movements import Chargeback
from collectkit.money import Money

Returned: TypeAlias = Reversal | Chargeback
"""What takes a payment back."""


def cash_moves(payments: Iterable[Payment], returned: Iterable[Returned], *, as_of: date) -> list[tuple[Payment, date, int]]:
    """
    Return what came and went by payments: each on its value date, and below zero what the payer's bank took back of it on that day.

    Args:
        payments: In any order; those that were reversed by the day, or are dated after it, are left out.
        returned: What was taken back and stands, also of other payments and later than the day.
        as_of: A calendar day in the account's time zone; what is dated on it counts.

    Returns:
        Payment, day and minor units; the payments in their order, chargebacks of each behind it. Of no payment goes back more than came.

    Source:
        A rule of this library: a payment that bounced had never been money; one that was charged back was, until that day.
    """
    known = [one for one in returned if one.value_on <= as_of]
    reversed_ = {one.payment for one in known if isinstance(one, Reversal)}
    back: dict[str, list[Chargeback]] = {}
    for one in sorted((one for one in known if isinstance(one, Chargeback)), key=order_key):
        back.setdefault(one.payment, []).append(one)
    moves = []
    for payment in sorted((one for one in payments if one.value_on <= as_of and one.id not in reversed_), key=order_key):
        left = payment.amount.minor
        moves.append((payment, payment.value_on, left))
        for chargeback in back.get(payment.id, ()):
            part = min(left, chargeback.amount.minor)
            if part:
                left -= part
                moves.append((payment, max(chargeback.value_on, payment.value_on), -part))
    return moves


def what_stayed(payments: Iterable[Payment], returned: Iterable[Returned], *, as_of: date) -> list[Payment]:
    """
    Return the payments of which money is still there, each with what is left of it: what was agreed is kept by nothing else.

    Args:
        payments: In any order.
        returned: What was taken back and stands.
        as_of: As for `cash_moves`; what went back by this day counts from no day on.

    Source:
        As for `cash_moves`.
    """
    stayed: list[tuple[Payment, int]] = []
    for payment, _, minor in cash_moves(payments, returned, as_of=as_of):
        if minor > 0:
            stayed.append((payment, minor))
        else:
            stayed[-1] = (payment, stayed[-1][1] + minor)
    return [_lowered(payment, minor) for payment, minor in stayed if minor]


def _lowered(payment: Payment, minor: int) -> Payment:
    return payment if minor == payment.amount.minor else attrs.evolve(payment, amount=Money(minor, payment.amount.currency))
