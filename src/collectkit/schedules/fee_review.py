"""Late fees seen again, by what is known now: taken back when they turn out unfounded, revived when what took them back falls away.

A fee was right by what was known on its day. A payment that arrives late, goods that come back, or a payment that bounces after it
had put a fee aside changes what should have been asked. The fee is never edited: an entry that names the cause takes it back as if
it had never been asked, so that money which had paid it pays what it would have paid; an entry that takes back the former revives it.

Limits are seen again with the fees that count against them: a fee that is revived leaves less room to those after it, so that no limit
is exceeded whatever becomes known when. What was allowed on its day by what counted then is allowed: a policy that became stricter cuts
no fee of the past. A fee that a limit had cut, because of another one that turns out unfounded, is finished by
`collectkit.schedules.unfinished_fees` as long as its installment is unpaid. In all, nobody is asked for more than before: what a
bounced payment would have added, and what a limit cut of an installment that is paid by now, is the creditor's loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import TypeAlias

from collectkit.identifiers import AccountId, EntryId, derived
from collectkit.ledger import Charge, Credit, Entry, Undo, Waiver
from collectkit.money import Money, Rounding, divide
from collectkit.schedules._folding.counting import counting, taken_back
from collectkit.schedules._folding.pouring import WIDTH
from collectkit.schedules.book import Book
from collectkit.schedules.fee_limits import (
    ALONE,
    FEE_PREFIX,
    UNDONE_PREFIX,
    Borne,
    FeeLimits,
    Limit,
    OtherFees,
    fee_period,
    late_fees_borne,
    step_number,
)
from collectkit.schedules.fee_terms import WHOLE_BP, FeeTax, LateFeePolicy
from collectkit.schedules.replay import replay

__all__ = ["FeeCorrection", "review_fees"]

FeeCorrection: TypeAlias = Undo | Waiver
"""A fee taken back or revived, or a part of it given up."""

_AGAIN = "late-fee-again/"
_REFUNDS = frozenset({"merchant_refund", "payout_refund"})


def review_fees(book: Book, policy: LateFeePolicy | None, *, account: str, others: OtherFees = ALONE) -> tuple[FeeCorrection, ...]:
    """
    Return what corrects the late fees of an account by what is known now; nothing when each is as it should be.

    For each fee it is asked what was unpaid of its installment at the end of its day: payments that were taken back since never
    were, those that arrived late with a value date up to that day were, and goods returned since had not been owed, where the
    policy says so. Without anything unpaid the fee is taken back; where less was unpaid than the fee, the rest is given up. The same
    where fees before it, by what is known now, left less room under a limit. What a person undid or waived stays so.

    Args:
        book: The account with all that is known; corrections are dated on its day, a calendar day in the account's time zone.
        policy: Whether fees on returned goods are given up, and the limits; None for yes, and for no limits.
        account: Id of the account.
        others: Fees of the person on other accounts. Of two fees of one day that of the account with the lower id comes first.

    Returns:
        In the order of the fees, in whole minor units; shares are rounded down. Posting them leaves nothing to correct.

    Source:
        The contract: a fee is due when an installment is late, and only then. The limits are those of the policy.
    """
    fees = fees_of(book)
    if not fees:
        return ()
    review = Review(book, policy, AccountId(account), others)
    return tuple(correction for fee in fees for correction in review.correct(fee))


def fees_of(book: Book) -> list[Charge]:
    """
    Return the late fees up to the day, in the order in which they were asked.

    Source:
        What is recorded; the book's day is included.
    """
    fees = (one for one in book.entries if isinstance(one, Charge) and _is_fee(one) and one.value_on <= book.as_of)
    return sorted(fees, key=_asked_in_order)


def _is_fee(entry: Entry) -> bool:
    return isinstance(entry, Charge) and entry.id.startswith(FEE_PREFIX)


def _asked_in_order(fee: Charge) -> tuple[date, int, int, str]:
    return fee.value_on, fee.installment, step_number(fee.id), fee.id


class Review:
    """The account while one fee after the other is seen again, in the order of their days."""

    def __init__(self, book: Book, policy: LateFeePolicy | None, account: AccountId, others: OtherFees) -> None:
        self.book, self.policy, self.account, self.elsewhere = book, policy, account, others
        self.limits = FeeLimits.of(book, policy) if policy is not None else None
        self.known = [entry for entry in book.entries if entry.value_on <= book.as_of]
        self.back = taken_back(self.known)
        self.held = counting(self.known)
        self.waivers = [entry for entry in self.held if isinstance(entry, Waiver) and entry.charge.startswith(FEE_PREFIX)]
        ours = {waiver.id for waiver in self.waivers if not self.is_gift(waiver)}
        self.others = [entry for entry in self.held if not _is_fee(entry) and entry.id not in ours]
        self.ids: set[str] = {entry.id for entry in self.known}
        self.kept: list[Charge] = []
        self.sure = True
        """Whether the book shows what had been paid by the day of a fee: as long as no earlier fee turned out otherwise."""

    def correct(self, fee: Charge) -> Iterator[FeeCorrection]:
        """Yield what corrects one fee."""
        undos = [one for one in self.known if isinstance(one, Undo) and one.kind == "charge" and one.entry == fee.id]
        if any(not one.id.startswith(UNDONE_PREFIX) for one in undos):
            return
        standing = next((one for one in undos if ("undo", one.id) not in self.back), None)
        target, why = self._target(fee)
        if target:
            # What a person gave up of a fee may be more than it should have been: then it stands as it was asked.
            whole = target == fee.amount.minor or self.is_given_up(fee)
            self.kept.append(fee if whole else fee.lowered_to(target))
            # In the book the rest was given up on its day only, and until then took money that later installments would have had.
            self.sure = self.sure and whole
        rest = fee.id.removeprefix(FEE_PREFIX)
        if standing is not None:
            if not target:
                return
            self.sure = False
            id = self.numbered(_AGAIN, rest)
            yield Undo(id, self.account, standing.id, "undo", self.book.as_of, f"the fee is founded after all: {why}")
        yield from self._partly(fee, target, why, rest)

    def _partly(self, fee: Charge, target: int, why: str, rest: str) -> Iterator[FeeCorrection]:
        """Yield what gives up as much of a fee that is asked as it is too high, and no more."""
        too_high = fee.amount.minor - target
        mine = [one for one in self.waivers if one.charge == fee.id and not self.is_gift(one)]
        given = sum(one.amount.minor for one in mine)
        by_people = sum(one.amount.minor for one in self.waivers if one.charge == fee.id) - given
        wanted = min(too_high, fee.amount.minor - by_people)
        if wanted == given or (not target and given + by_people >= fee.amount.minor):
            return
        self.sure = False
        if not target and not by_people:
            yield Undo(self.numbered(UNDONE_PREFIX, rest), self.account, fee.id, "charge", self.book.as_of, why)
            return
        if given > wanted:
            for one in mine:
                again = self.numbered(_AGAIN, rest)
                yield Undo(again, self.account, one.id, "waiver", self.book.as_of, f"the fee is founded after all: {why}")
            given = 0
        if wanted > given:
            amount = Money(wanted - given, fee.amount.currency)
            yield Waiver(self.numbered(UNDONE_PREFIX, rest), self.account, fee.id, amount, self.book.as_of, why)

    def _target(self, fee: Charge) -> tuple[int, str]:
        """Return what the fee should be, at most what it was, in minor units, and why."""
        number, on = fee.installment, fee.value_on
        due = self.due(self.book, number)
        if due is None:
            return fee.amount.minor, f"installment {number} is no longer in the plan"
        before = self.before(fee)
        came_back = self.returned_after(fee)
        unpaid = sum(self.book.asked[due * WIDTH : due * WIDTH + WIDTH]) - self._put_by(due, fee)
        if not self.sure or unpaid - came_back - before < self._wanted(fee, unpaid - came_back):
            unpaid = self.unpaid_then(fee)
        room = max(0, unpaid - came_back - before)
        target = min(self._wanted(fee, max(0, unpaid - came_back)), room)
        currency = fee.amount.currency
        settled_on = self.book.settled_on[due]
        if not target and not came_back and settled_on is not None and settled_on <= on:
            return 0, f"installment {number} was paid on {settled_on}, in time for the fee of {on}"
        limit = min(self._limits(fee), key=lambda one: one.left(target), default=None)
        if limit is not None and limit.left(target) < target:
            return limit.left(target), f"by what is known now of {on}, {limit.said(currency)}"
        said = f"{Money.aggregate(max(0, unpaid), currency)} of installment {number} were unpaid on {on}"
        return target, said + (f", {Money.aggregate(came_back, currency)} of that came back since" if came_back else "")

    def before(self, fee: Charge) -> int:
        """Return what the fees of its installment before it should have been."""
        return sum(one.amount.minor for one in self.kept if one.installment == fee.installment)

    def _limits(self, fee: Charge) -> list[Limit]:
        """Return the limits of the day of a fee with what is known now to have counted, and never less than was allowed then."""
        if self.limits is None:
            return []
        now = self.known_limits(self.limits, fee)
        if all(limit.left(fee.amount.minor) == fee.amount.minor for limit in now):
            return now
        borne = Borne.of(self._believed(fee), self._person(fee, known_on=fee.value_on))
        borne.person += borne.order_since(self.period(fee.value_on)[0])
        then = [*self.limits.counts(borne, fee.installment), *self.limits.amounts(borne, fee.installment)]
        return [limit.since(was, fee.amount.minor) for limit, was in zip(now, then, strict=True)]

    def known_limits(self, limits: FeeLimits, fee: Charge) -> list[Limit]:
        """Return the limits of the day of a fee, by the fees before it that are known to be founded."""
        first, _ = self.period(fee.value_on)
        borne, person = Borne(), self._person(fee, known_on=self.book.as_of)
        for one in self.kept:
            gifts = sum(
                gift.amount.minor for gift in self.waivers if gift.charge == one.id and self.is_gift(gift) and gift.value_on <= fee.value_on
            )
            left = max(0, one.amount.minor - gifts)
            borne.add(one.id, one.installment, left)
            person += left if one.value_on >= first else 0
        borne.person = person
        return [*limits.counts(borne, fee.installment), *limits.amounts(borne, fee.installment)]

    def _believed(self, fee: Charge) -> list[Entry]:
        """Return the entries of the account that were known when a fee was asked."""
        order = _asked_in_order(fee)
        return [
            one
            for one in self.known
            if one.value_on <= fee.value_on and not (isinstance(one, Charge) and _is_fee(one) and _asked_in_order(one) >= order)
        ]

    def _person(self, fee: Charge, *, known_on: date) -> int:
        """Return what the person bore on other accounts when a fee was asked, by what is known on a day."""
        first, last = self.period(fee.value_on)[0], fee.value_on
        found = 0
        for account, entries in self.elsewhere.entries.items():
            before = entries if account < self.account else [one for one in entries if not (_is_fee(one) and one.value_on == last)]
            found += late_fees_borne(before, first, last, known_on=known_on)
        return found

    def period(self, on: date) -> tuple[date, date]:
        """Return the twelve months in which what the person bears counts on a day."""
        assert self.limits is not None
        first_on = self.elsewhere.first_contract_on or self.book.contract.bought_on
        return fee_period(first_on, on, self.limits.caps.person_period)

    @staticmethod
    def is_gift(waiver: Waiver) -> bool:
        """Whether a person gave it up, and not a review."""
        return not waiver.id.startswith(UNDONE_PREFIX)

    def is_given_up(self, fee: Charge) -> bool:
        """Whether a person gave up any of a fee."""
        return any(self.is_gift(one) and one.charge == fee.id for one in self.waivers)

    def _wanted(self, fee: Charge, unpaid: int) -> int:
        """Return what the step that the fee was asked by asks for when so much is unpaid, at most what it was."""
        step = fee.step
        if step is None or step.percent_bp is None or step.of != "unpaid":
            return fee.amount.minor
        share, tax = divide(max(0, unpaid) * step.percent_bp, WHOLE_BP, Rounding.DOWN), FeeTax.of(step)
        return min(fee.amount.minor, share if tax is None else tax.priced(share))

    def _put_by(self, due: int, fee: Charge) -> int:
        """Return at least what had been put on a due by the end of the day of a fee."""
        return sum(
            minor
            for index, slot, minor in self.book.parts
            if slot // WIDTH == due and minor > 0 and self.book.payments[index].value_on <= fee.value_on
        )

    def unpaid_then(self, fee: Charge) -> int:
        """Return what was unpaid of the installment at the end of the day of a fee, without that fee and later ones."""
        entries = [entry for entry in (*self.others, *self.kept) if entry.value_on <= fee.value_on]
        then = replay(self.book.contract, entries, as_of=fee.value_on, waterfall=self.book.rules)
        due = self.due(then, fee.installment)
        return fee.amount.minor if due is None else then.unpaid_of(due)

    def due(self, book: Book, number: int) -> int | None:
        return next((due for due, source in enumerate(book.sources) if source == number), None)

    def returned_after(self, fee: Charge) -> int:
        """Return how much of the installment came back after the day of a fee, by refunds of the shop or of a payout."""
        if self.policy is not None and self.policy.returned == "kept":
            return 0
        if not any(_is_refund_after(one, fee.value_on) for one in self.book.payments):
            return 0
        bare = self._without_fees
        refunds = {index for index, one in enumerate(bare.payments) if _is_refund_after(one, fee.value_on)}
        return _came_back(bare, refunds).get(fee.installment, 0)

    @cached_property
    def _without_fees(self) -> Book:
        """The account had it never been asked for a late fee: what goods returned were is not a matter of fees."""
        entries = [entry for entry in self.others if not (isinstance(entry, Waiver) and entry.charge.startswith(FEE_PREFIX))]
        return replay(self.book.contract, entries, as_of=self.book.as_of, waterfall=self.book.rules)

    def numbered(self, before: str, rest: str) -> EntryId:
        """Return the id of what follows from a fee, with a number behind it where there is one already; never the same twice."""
        number, free = 1, derived(rest, before=before)
        while free in self.ids:
            number += 1
            free = derived(rest, before=before, after=f"/{number}")
        self.ids.add(free)
        return EntryId(free)


def _is_refund_after(entry: Entry, on: date) -> bool:
    return isinstance(entry, Credit) and entry.kind in _REFUNDS and entry.value_on > on


def _came_back(book: Book, refunds: set[int]) -> dict[int, int]:
    """Return by number of the installment what refunds were put on; what found nothing there counts from the last one back."""
    put = {source: 0 for source in book.sources if isinstance(source, int)}
    for index, slot, minor in book.parts:
        source = book.sources[slot // WIDTH]
        if index in refunds and isinstance(source, int):
            put[source] += minor
    rest = sum(book.payments[index].amount.minor for index in refunds) - sum(put.values())
    for due in reversed(range(len(book.sources))):
        source = book.sources[due]
        if isinstance(source, int):
            more = min(rest, max(0, sum(book.asked[due * WIDTH : due * WIDTH + WIDTH]) - put[source]))
            put[source] += more
            rest -= more
    return put
