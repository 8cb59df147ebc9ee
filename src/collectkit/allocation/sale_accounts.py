"""The account of a sale: who owes whom after accounts were sold, worked out again from the ledger whenever it is asked for.

The price follows what was outstanding at the cut-off by all that is known now; what was paid to us later, by value date, is the
buyer's; and an account that comes back costs neither party anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum

import attrs

from collectkit.allocation.sales import price_minor
from collectkit.identifiers import AccountId
from collectkit.placement import AccountBoughtBack, AccountSold


class Due(Enum):
    """Why money goes between seller and buyer after a sale."""

    PRICE = "price"
    """For the account as it was sold; the buyer pays."""
    FACE_CHANGED = "face_changed"
    """What was outstanding at the cut-off, as it is known now, is not what was sold: a payment dated before came, or went back, later."""
    FORWARDED = "forwarded"
    """Paid to us on an account that was the buyer's."""
    BOUGHT_BACK = "bought_back"
    """The price goes back as it was corrected, and so do payments that were forwarded."""
    COLLECTED = "collected"
    """What the buyer took in on an account that it gave back."""


@attrs.frozen
class SaleLine:
    """
    One movement between seller and buyer.

    Attributes:
        account: About which account.
        due: Why.
        on: Since when it is due.
        minor: What the buyer owes us by it, minor units; below 0, what we owe the buyer.
        why: In a few words.
    """

    account: AccountId
    due: Due
    on: date
    minor: int
    why: str


@attrs.frozen
class SaleAccount:
    """
    The account of one sale: who owes whom, worked out again from the ledger whenever it is asked for.

    Attributes:
        sale: Id of the sale.
        buyer: Who bought.
        currency: ISO 4217 code.
        lines: By account, day and kind.
    """

    sale: str
    buyer: str
    currency: str
    lines: tuple[SaleLine, ...]

    @property
    def due_minor(self) -> int:
        """What the buyer owes us in all, minor units; below 0, what we owe the buyer."""
        return sum(line.minor for line in self.lines)

    def total_minor(self, due: Due) -> int:
        """Return the part of it that has one cause."""
        return sum(line.minor for line in self.lines if line.due is due)


def sale_lines(
    sold: AccountSold, back: AccountBoughtBack | None, *, face_minor: int, received: Iterable[tuple[str, date, int]]
) -> tuple[SaleLine, ...]:
    """
    Return what goes between seller and buyer about one account.

    Args:
        sold: Its sale.
        back: How it was bought back, or None.
        face_minor: What was outstanding at the end of the day before `sold.on`, by all that is known now, minor units.
        received: Payments that stand with a value date on which the account was the buyer's: id, value date, minor units.
    """
    price, corrected = sold.price_minor, price_minor(max(0, face_minor), sold.price_bp)
    lines = [SaleLine(sold.account, Due.PRICE, sold.on, price, f"{sold.price_bp} bp of {sold.face_minor}")]
    if corrected != price:
        why = f"{face_minor} was outstanding, not {sold.face_minor}"
        lines.append(SaleLine(sold.account, Due.FACE_CHANGED, sold.on, corrected - price, why))
    for id, on, minor in received:
        lines.append(SaleLine(sold.account, Due.FORWARDED, on, -minor, f"payment {id}"))
    if back is not None:
        lines.append(SaleLine(sold.account, Due.BOUGHT_BACK, back.on, -sum(line.minor for line in lines), back.reason))
        if back.collected_minor:
            lines.append(SaleLine(sold.account, Due.COLLECTED, back.on, back.collected_minor, "taken in by the buyer"))
    return tuple(lines)
