"""What may be offered without asking anybody: the least single payment, and the list that everybody is shown."""

from __future__ import annotations

from datetime import date, datetime

from collectkit.arrangements.offers import Continuing, OfferPolicy, offer_settlement, worth_of
from collectkit.arrangements.settlements import SettlementOffered, SettlementTerms
from collectkit.calendars.dates import add_months
from collectkit.money import Money

__all__ = ["allowed_offers", "least_payment"]

_WHOLE_BP = 10_000


def least_payment(
    debt_minor: int, due_on: date, policy: OfferPolicy = OfferPolicy(), continuing: Continuing | None = None, *, on: date
) -> int | None:
    """
    Return the least single payment for which a debt may be settled without an approval, in minor units; None when none is.

    It is not below the floor, and worth no less than going on.

    Args:
        debt_minor: What is owed, in minor units.
        due_on: When it would be paid.
        policy: What is allowed.
        continuing: What going on brings; None: what the policy says.
        on: The business date, from which waiting counts.

    Source:
        `worth_of`, of which this is the inverse.

    >>> least_payment(10_000, date(2026, 10, 27), on=date(2026, 10, 20))
    5000
    """

    def worth_it(minor: int) -> bool:
        worth = worth_of(debt_minor, [(due_on, minor)], policy, continuing, on=on)
        return minor >= worth.floor_minor and worth.value_minor >= worth.continuing_minor

    low, high = 1, debt_minor - 1
    if high < 1 or not worth_it(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if worth_it(middle) else (middle + 1, high)
    return low


def allowed_offers(
    person: str,
    account: str,
    debt: Money,
    policy: OfferPolicy = OfferPolicy(),
    continuing: Continuing | None = None,
    *,
    at: datetime,
    on: date,
) -> tuple[SettlementTerms, ...]:
    """
    Return the settlements that anybody may offer alone: the target at once, and in two, three … stages a month apart.

    The screen of the person on the phone and the page of the customer show this list; each is one that `offer_settlement` gives, and
    what it does not give is left out.

    Args:
        person: To whom.
        account: What is settled.
        debt: All that is outstanding.
        policy: What is allowed.
        continuing: What going on brings; None: what the policy says.
        at: The present instant, from which an offer's life counts.
        on: The business date, on which the first stage is due; the others on the same day of the months after it.

    Source:
        As for `offer_settlement`; stages are equal, odd minor units in the first ones.
    """
    found, target = list[SettlementTerms](), -(-debt.minor * policy.target_bp // _WHOLE_BP)
    for stages in range(1, policy.items_max + 1):
        if not stages <= target < debt.minor:
            break
        parts = Money(target, debt.currency).split(stages)
        items = [(add_months(on, place), part.minor) for place, part in enumerate(parts)]
        outcome = offer_settlement("offer", person, account, debt, items, policy, continuing, at=at, on=on)
        if isinstance(outcome, SettlementOffered):
            found.append(outcome.settlement)
    return tuple(found)
