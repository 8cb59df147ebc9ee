"""What is too little to matter: a shortfall that counts as paid, a balance that is closed, and one that nobody is contacted about.

The floor for contact stands apart from the floor for closure: nobody is dunned for twelve cents, and yet twelve cents
may stay owed.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from collectkit._checks import given
from collectkit.errors import CurrencyMismatchError, PolicyError
from collectkit.identifiers import AccountId, EntryId
from collectkit.ledger import WriteOff
from collectkit.money import Money, Rounding, divide
from collectkit.schedules.book import Book

__all__ = ["SmallBalances", "Tolerance", "close_small", "worth_contact"]

Combine: TypeAlias = Literal["max", "min"]
_WHOLE_BP = 10_000


def _amount(instance: object, attribute: attrs.Attribute[Money | None], value: Money | None) -> None:
    if value is not None and (not isinstance(value, Money) or value.minor < 0):
        raise PolicyError(f"{attribute.name} must be an amount of money, not negative, got {value}; nothing was loaded")


@attrs.frozen
class Tolerance:
    """
    How much may be missing of what was asked for it to count as paid.

    Attributes:
        amount: A fixed amount; None for none.
        share_bp: A share of what was asked, in basis points, rounded down; None for none.
        combine: Of both, the larger counts (``max``) or the smaller (``min``).

    Raises:
        PolicyError: One of them is negative, or another word for *combine*.
    """

    amount: Money | None = attrs.field(default=None, validator=_amount)
    share_bp: int | None = None
    combine: Combine = "min"

    def __attrs_post_init__(self) -> None:
        if self.share_bp is not None and not 0 <= self.share_bp <= _WHOLE_BP:
            raise PolicyError(f"share_bp is from 0 to {_WHOLE_BP}, got {self.share_bp}; nothing was loaded")
        if self.combine not in ("max", "min"):
            raise PolicyError(f"combine is 'max' or 'min', got {self.combine!r}; nothing was loaded")

    def minor(self, asked: Money) -> int:
        """
        Return the minor units that may be missing of *asked*.

        Raises:
            CurrencyMismatchError: The fixed amount is in another currency.

        >>> Tolerance(Money(100, "USD"), 100).minor(Money(5_000, "USD"))
        50
        """
        if self.amount is not None and self.amount.currency != asked.currency:
            raise CurrencyMismatchError(f"the tolerance is in {self.amount.currency}, the amount in {asked.currency}; nothing was decided")
        limits = [] if self.amount is None else [self.amount.minor]
        if self.share_bp is not None:
            limits.append(divide(asked.minor * self.share_bp, _WHOLE_BP, Rounding.DOWN))
        return (max if self.combine == "max" else min)(limits, default=0)

    def paid(self, asked: Money, paid: Money) -> bool:
        """Tell whether so much counts as all of it."""
        return asked.minor - paid.minor <= self.minor(asked)


@attrs.frozen
class SmallBalances:
    """
    What is done about little.

    Attributes:
        close_up_to: A balance of at most this is written off when nothing more is due to come; None: never.
        close_from: A balance below this is left alone even then, for example because the books round it; None: no band.
        contact_from: Nobody is contacted about less than this; None: about any amount.
        reason: What the write-off says.
    """

    close_up_to: Money | None = attrs.field(default=None, validator=_amount)
    close_from: Money | None = attrs.field(default=None, validator=_amount)
    contact_from: Money | None = attrs.field(default=None, validator=_amount)
    reason: str = attrs.field(default="small balance", validator=given)


def worth_contact(book: Book, policy: SmallBalances) -> bool:
    """Tell whether so much is past due or due that anybody may be contacted about it."""
    owed = book.balances().owed
    return owed.minor > 0 and (policy.contact_from is None or owed >= policy.contact_from)


def close_small(book: Book, policy: SmallBalances, *, account: str) -> WriteOff | None:
    """
    Return the write-off of a small balance; None when it is none.

    Only when every due date has passed: a small balance while installments are still to come is not small. The id is made
    of the account and the day, so that a second run adds nothing.

    Args:
        book: The account.
        policy: The band.
        account: Its id.
    """
    held = book.balances()
    if policy.close_up_to is None or not held.outstanding_minor or held.next_due_on is not None or book.written_off_on is not None:
        return None
    if held.outstanding > policy.close_up_to or (policy.close_from is not None and held.outstanding < policy.close_from):
        return None
    return WriteOff(EntryId(f"small-balance/{account}/{book.as_of}"), AccountId(account), book.as_of, policy.reason)
