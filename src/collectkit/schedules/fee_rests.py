"""What is still asked of late fees that a limit had cut because of others that turned out unfounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from collectkit.identifiers import AccountId, EntryId
from collectkit.ledger import Charge, FeeStep
from collectkit.money import Money
from collectkit.schedules.book import Book
from collectkit.schedules.charges import fee_due_on, wanted_fee, with_fee_tax
from collectkit.schedules.fee_limits import ALONE, FEE_PREFIX, Borne, OtherFees, late_fees_borne, step_id
from collectkit.schedules.fee_review import Review, fees_of
from collectkit.schedules.fee_terms import FeeTax, LateFeePolicy, Tier

__all__ = ["unfinished_fees"]


def unfinished_fees(book: Book, policy: LateFeePolicy, *, account: str, others: OtherFees = ALONE) -> tuple[Charge, ...]:
    """
    Return what is asked of fees that a limit had cut and, by what is known now, should not have: the rest, as a charge of its own.

    Room counts only if it was there on the day of the fee and is there now; room that a person's waiver made since is none. Nothing
    is asked of an installment that is paid by now, nor where the policy's step or limit is another than that of the day.

    Args:
        book: The account after all corrections of `review_fees`; the charges are dated on its day.
        policy: Steps and limits.
        account: Id of the account.
        others: Fees of the person on other accounts.

    Returns:
        In the order of the fees, in whole minor units; empty as long as there is anything to correct.

    Source:
        As for `review_fees`.
    """
    fees = fees_of(book)
    if not any(fee.step is not None and fee.step.cut_by for fee in fees):
        return ()
    review = Review(book, policy, AccountId(account), others)
    rooms = dict[EntryId, int]()
    for fee in fees:
        rooms[fee.id] = _whole(review, fee, policy)
        if any(review.correct(fee)):
            return ()
    return tuple(_rests(review, fees, rooms, policy))


def _whole(review: Review, fee: Charge, policy: LateFeePolicy) -> int:
    """Return what a fee that a limit had cut should have been, before it is corrected itself; 0 where nothing is to be finished."""
    step = fee.step
    if step is None or not step.cut_by or review.is_given_up(fee):
        return 0
    assert review.limits is not None
    limits, tier = review.known_limits(review.limits, fee), _tier_as_it_was(review.book, policy, step)
    if tier is None or not any((one.reason.value, one.most) == (step.cut_by, step.limit_minor) for one in limits):
        return 0
    unpaid = review.unpaid_then(fee) - review.returned_after(fee)
    wanted, _ = wanted_fee(review.book, fee.installment, tier, max(0, unpaid), FeeTax.of(step))
    return min([max(0, min(wanted, unpaid - review.before(fee))), *(limit.left(wanted) for limit in limits)])


def _rests(review: Review, fees: Iterable[Charge], rooms: Mapping[EntryId, int], policy: LateFeePolicy) -> Iterator[Charge]:
    """Yield what is still to be asked of the fees that are founded, as far as there is room now."""
    assert review.limits is not None
    day = review.book.as_of
    borne, kept = Borne.of(review.known), {one.id for one in review.kept}
    borne.person = borne.order_since(review.period(day)[0]) + sum(
        late_fees_borne(entries, review.period(day)[0], day) for entries in review.elsewhere.entries.values()
    )
    for fee in fees:
        due = review.due(review.book, fee.installment)
        asked = sum(one.amount.minor for one in review.kept if step_id(one.id) == step_id(fee.id))
        if fee.id not in kept or due is None or rooms[fee.id] <= asked:
            continue
        unpaid = review.book.unpaid_of(due)
        missing = min(rooms[fee.id] - asked, max(0, unpaid - borne.by_number.get(fee.installment, 0)))
        minor = min([missing, *(limit.left(missing) for limit in review.limits.amounts(borne, fee.installment))])
        if minor:
            id, currency = review.numbered(FEE_PREFIX, f"{fee.id.removeprefix(FEE_PREFIX)}/rest"), fee.amount.currency
            whole, part = Money(rooms[fee.id], currency), Money(asked, currency)
            why = f"the rest of {fee.id}: {whole} by what is known now, of which {part} are asked"
            due_on = fee_due_on(review.book, policy, review.book.due_on[due])
            rest = Charge(id, review.account, "fee", Money(minor, currency), day, due_on, fee.installment, why)
            yield with_fee_tax(rest, policy.tax)
            borne.add(id, fee.installment, minor)


def _tier_as_it_was(book: Book, policy: LateFeePolicy, step: FeeStep) -> Tier | None:
    """Return the policy's step of today, chosen by price and day of the purchase, where it asks for what the fee was asked by."""
    tiers, _ = policy.of_order(book.contract.total_minor, book.contract.bought_on)
    tier = tiers[min(step.number, len(tiers)) - 1] if tiers else None
    same = tier is not None and (tier.amount, tier.percent_bp, tier.of) == (step.amount, step.percent_bp, step.of)
    was, now = (None if tax is None else (tax.rate_bp, tax.prices) for tax in (FeeTax.of(step), policy.tax))
    return tier if same and was == now else None
