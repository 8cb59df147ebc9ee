"""What is too little to matter: a shortfall that counts as paid, a balance that is closed, and one that nobody is contacted about.

The floor for contact stands apart from the floor for closure: nobody is dunned for twelve cents, and yet twelve cents
may stay owed.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from collectkit._checks import given
from collectkit.errors import CurrencyMismatchError, PolicyError
from collectkit.identifiers import AccountId, EntryId, derived
from collectkit.ledger import Credit, Undo
from collectkit.money import Money, Rounding, divide
from collectkit.schedules.book import Book
from collectkit.schedules.charges import ACCOUNT_LENGTH_MAX

__all__ = ["SmallBalances", "Tolerance", "close_small", "small_taken_back", "worth_contact"]

_KIND = "small_balance"
_PREFIX = "small-balance/"
_BACK = "small-balance-back/"

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
    What is done about little. Amounts are in one currency, and say nothing about accounts in another.

    Attributes:
        close_up_to: A balance of at most this is given up when nothing more is due to come; None: no such limit.
        close_from: A balance below this is left alone even then, for example because the books round it; None: no band.
        contact_from: Nobody is contacted about less than this; None: about any amount.
        reason: What the giving up says.
        close_share_bp: The same limit as a share of what the contract asks for, in basis points, rounded down; None for none.
        combine: Of both limits, the larger counts (``max``) or the smaller (``min``).

    Raises:
        PolicyError: A limit is negative, or the amounts are in several currencies.
    """

    close_up_to: Money | None = attrs.field(default=None, validator=_amount)
    close_from: Money | None = attrs.field(default=None, validator=_amount)
    contact_from: Money | None = attrs.field(default=None, validator=_amount)
    reason: str = attrs.field(default="small balance", validator=given)
    close_share_bp: int | None = None
    combine: Combine = "min"

    def __attrs_post_init__(self) -> None:
        Tolerance(self.close_up_to, self.close_share_bp, self.combine)  # refuses what is no limit
        if len(self.currencies) > 1:
            raise PolicyError(f"small balances are in one currency, got {', '.join(sorted(self.currencies))}; nothing was loaded")

    @property
    def tolerance(self) -> Tolerance:
        """Return up to what a balance is given up; of no limits it is nothing."""
        return Tolerance(self.close_up_to, self.close_share_bp, self.combine)

    @property
    def closes(self) -> bool:
        """Tell whether any balance is given up at all."""
        return self.close_up_to is not None or self.close_share_bp is not None

    @property
    def currencies(self) -> frozenset[str]:
        """Return the currency of the amounts; empty without any."""
        return frozenset(one.currency for one in (self.close_up_to, self.close_from, self.contact_from) if one is not None)


def worth_contact(amount: Money, policy: SmallBalances) -> bool:
    """
    Tell whether so much is enough that anybody may be contacted about it.

    Args:
        amount: What the contact would be about, over all accounts that it names; an amount in another currency always is.
        policy: The floor, inclusive: the amount itself is enough.

    Source:
        The host's policy. Minor units are compared as they are.
    """
    return policy.contact_from is None or amount.currency != policy.contact_from.currency or amount >= policy.contact_from


def close_small(book: Book, policy: SmallBalances, *, account: str) -> Credit | None:
    """
    Return the credit that gives up a small balance; None when it is none.

    Only when every due date has passed: a small balance while installments are still to come is not small. The credit names its
    amount, so that it never hides more: a payment that bounces later is owed again in full, see `small_taken_back`. Where a person
    undid such a credit, none is given again. The id is made of the account and the day, so that a second run adds nothing.

    Args:
        book: The account on the business day, in its time zone; what fell due before that day counts, what is due on it is still to
            come.
        policy: The band, in minor units; both ends inclusive. A share of what the contract asks for is rounded down.
        account: Its id.

    Source:
        The host's policy; without one nothing is given up.
    """
    held = book.balances()
    minor, currency = held.outstanding_minor, book.plan.currency
    if not policy.closes or not minor or held.next_due_on is not None or policy.currencies - {currency}:
        return None
    if minor > policy.tolerance.minor(Money.aggregate(book.contract.total_minor, currency)):
        return None
    if policy.close_from is not None and minor < policy.close_from.minor:
        return None
    if any(isinstance(entry, Undo) and entry.kind == _KIND and not entry.id.startswith(_BACK) for entry in book.entries):
        return None
    id = EntryId(derived(account, before=_PREFIX, after=f"/{book.as_of}", room=ACCOUNT_LENGTH_MAX))
    return Credit(id, AccountId(account), Money(minor, currency), book.as_of, _KIND, policy.reason)


def small_taken_back(book: Book, *, account: str) -> tuple[Undo, ...]:
    """
    Return what takes back small balances that were given up, when they are not all that was open any more.

    A payment that bounced, a chargeback or a fee opens the account again: then the small rest is owed with it. And money that comes
    after all pays it, instead of lying as credit.

    Args:
        book: The account with all that is known; what takes back is dated on its day, a calendar day in its time zone.
        account: Its id.

    Returns:
        For each credit of `close_small` that counts on the day one entry, for its whole amount.

    Source:
        A rule of this library: giving up little never hides a debt.
    """
    if not (any(book.unpaid) or book.credits):
        return ()
    standing = [one for one in book.payments if isinstance(one, Credit) and one.kind == _KIND and one.id.startswith(_PREFIX)]
    why = "the account is open again" if any(book.unpaid) else "it was paid after all"
    return tuple(
        Undo(derived(one.id.removeprefix(_PREFIX), before=_BACK), AccountId(account), one.id, _KIND, book.as_of, why)
        for one in standing
        if one.value_on <= book.as_of
    )
