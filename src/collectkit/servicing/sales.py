"""Selling accounts and taking them back: what each command does to what is known, decided without touching a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import Enum
from itertools import pairwise

import attrs

from collectkit.allocation.sale_accounts import SaleLine, sale_lines
from collectkit.allocation.sales import SaleOffer, SaleReason, SaleRow
from collectkit.facts import AccountFacts, book_of, placement_on
from collectkit.ledger import Credit, Entry, Payment
from collectkit.placement import AccountBoughtBack, AccountRecalled, AccountSold
from collectkit.refusals import Refusal
from collectkit.schedules import INSTALLMENT_FIRST, PostingRules, Waterfall, counting, without_returns

BUYER = "buyer"
"""Source of payments that a buyer took in, and tells when it gives an account back."""

_RECEIVED = frozenset({"merchant_refund", "payout_refund"})


class SellingReason(Enum):
    """Why a sale is not done or undone, in order of precedence; nothing of it is recorded."""

    ID_REUSED = "id_reused"
    """Another sale has that id."""
    NOTHING_TO_SELL = "nothing_to_sell"
    NOT_SOLD = "not_sold"
    """The account is not the buyer's."""
    BEFORE_THE_SALE = "before_the_sale"
    NOT_YET = "not_yet"
    """The cut-off day is not over, or the day lies ahead."""
    OUTDATED = "outdated"
    """What is on the book is not what was offered any more."""
    WINDOW_OVER = "window_over"
    OTHER_REASON = "other_reason"
    """The terms do not take an account back for that."""


@attrs.frozen
class Sold:
    """
    A sale that was done.

    Attributes:
        offer: As it was worked out.
        accounts: What was sold, each as it is recorded; empty when the same offer was sold before.
    """

    offer: SaleOffer
    accounts: tuple[AccountSold, ...] = ()


def sold_account(facts: AccountFacts, row: SaleRow, offer: SaleOffer) -> list[AccountRecalled | AccountSold]:
    """Return what the sale of one account records; whoever has it, or got it since, has it no more."""
    held = dict.fromkeys((placement_on(facts, offer.on), placement_on(facts, date.max)))
    back = [AccountRecalled(row.account, one.handler, max(offer.on, one.since), "sold") for one in held if one is not None]
    terms = offer.terms
    until = offer.on + timedelta(days=terms.buy_back_days - 1) if terms.buy_back_days else None
    sold = AccountSold(
        row.account,
        offer.id,
        terms.buyer,
        offer.on,
        terms.currency,
        row.face_minor,
        row.price_bp,
        row.price_minor,
        until,
        terms.buy_back_for,
    )
    return [*back, sold]


def outdated(offer: SaleOffer, now: SaleOffer) -> Refusal[SellingReason] | None:
    """Return the difference between an offer and the same one worked out now, or None where there is none."""
    if now.rows == offer.rows:
        return None
    fresh, why = {row.account: row for row in now.rows}, dict(now.left_out)
    told = [_difference(row, fresh.get(row.account), why.get(row.account)) for row in offer.rows if fresh.get(row.account) != row]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return Refusal(SellingReason.OUTDATED, f"since it was offered: {'; '.join(told[:3])}{more}", "nothing was sold")


def _difference(row: SaleRow, now: SaleRow | None, why: Refusal[SaleReason] | None) -> str:
    if now is not None:
        return f"{row.account} is {now.face_minor} for {now.price_minor}, not {row.face_minor} for {row.price_minor}"
    return f"{row.account}: {why.detail}" if why is not None else f"{row.account} is not for sale"


def buy_back(
    facts: AccountFacts, *, on: date, reason: str, collected_minor: int, today: date
) -> AccountBoughtBack | Refusal[SellingReason]:
    """
    Decide whether a sold account comes back.

    Args:
        facts: The account.
        on: First day on which it is ours again.
        reason: In the words of the terms.
        collected_minor: What the buyer took in on it, minor units.
        today: The business date.
    """

    def no(refused: SellingReason, detail: str) -> Refusal[SellingReason]:
        return Refusal(refused, detail, "nothing was bought back")

    sold = facts.sale
    if sold is None:
        return no(SellingReason.NOT_SOLD, "the account is not sold")
    if on < sold.on:
        return no(SellingReason.BEFORE_THE_SALE, f"it is the buyer's since {sold.on}")
    if on > today:
        return no(SellingReason.NOT_YET, f"{on} lies ahead of {today}")
    if sold.buy_back_by is None or on > sold.buy_back_by:
        return no(SellingReason.WINDOW_OVER, f"it comes back until {sold.buy_back_by}" if sold.buy_back_by else "it never comes back")
    if reason not in sold.buy_back_for:
        return no(SellingReason.OTHER_REASON, f"it comes back for {', '.join(sold.buy_back_for)}, not for {reason!r}")
    return AccountBoughtBack(facts.account.id, sold.sale, sold.buyer, on, reason, collected_minor)


def lines_of(facts: AccountFacts, sale: str, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST) -> tuple[SaleLine, ...]:
    """
    Return what goes between seller and buyer about one account of a sale, by all that is known now.

    A payment that was dated before the cut-off and came later, or went back later, changes what was sold; one dated later is the buyer's.
    """
    sold = next((one for one in facts.sales if isinstance(one, AccountSold) and one.sale == sale), None)
    if sold is None:
        return ()
    after = next((later for earlier, later in pairwise(facts.sales) if earlier is sold), None)
    back = after if isinstance(after, AccountBoughtBack) else None
    counted, cut_off_on = counting(without_returns(facts.entries, date.max)), sold.on - timedelta(days=1)
    before = attrs.evolve(facts, entries=tuple(entry for entry in counted if entry.value_on <= cut_off_on))
    then = book_of(before, cut_off_on, waterfall=waterfall)
    ends_on = back.on if back is not None else date.max
    received = [(entry.id, entry.value_on, entry.amount.minor) for entry in _received(counted) if sold.on <= entry.value_on < ends_on]
    return sale_lines(sold, back, face_minor=then.balances().outstanding_minor, received=received)


def _received(counted: Sequence[Entry]) -> Iterable[Payment | Credit]:
    for entry in counted:
        if (isinstance(entry, Payment) and entry.source != BUYER) or (isinstance(entry, Credit) and entry.kind in _RECEIVED):
            yield entry
