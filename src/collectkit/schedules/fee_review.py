"""Late fees seen again, by what is known now: taken back when they turn out unfounded, revived when what took them back falls away.

A fee was right by what was known on its day. A payment that arrives late, goods that come back, or a payment that bounces after it
had put a fee aside changes what should have been asked. The fee is never edited: an entry that names the cause takes it back as if
it had never been asked, so that money which had paid it pays what it would have paid; an entry that takes back the former revives it.

Only what the installment itself bears is seen again. Limits of the order and of the person stand as they were applied, and a
fee never becomes higher than it was: what a bounced payment would have added is the creditor's loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import TypeAlias

import attrs

from collectkit.identifiers import AccountId, EntryId
from collectkit.ledger import Charge, Credit, Entry, Undo, Waiver
from collectkit.money import Money, Rounding, divide
from collectkit.schedules._folding.counting import counting, taken_back
from collectkit.schedules._folding.pouring import WIDTH
from collectkit.schedules.book import Book
from collectkit.schedules.charges import FEE_PREFIX, WHOLE_BP, percent
from collectkit.schedules.fee_terms import LateFeePolicy
from collectkit.schedules.replay import replay

__all__ = ["FeeCorrection", "review_fees"]

FeeCorrection: TypeAlias = Undo | Waiver
"""A fee taken back or revived, or a part of it given up."""

_UNDONE = "late-fee-undone/"
_AGAIN = "late-fee-again/"
_REFUNDS = frozenset({"merchant_refund", "payout_refund"})


def review_fees(book: Book, policy: LateFeePolicy | None, *, account: str) -> tuple[FeeCorrection, ...]:
    """
    Return what corrects the late fees of an account by what is known now; nothing when each is as it should be.

    For each fee it is asked what was unpaid of its installment at the end of its day: payments that were taken back since never
    were, those that arrived late with a value date up to that day were, and goods returned since had not been owed, where the
    policy says so. Without anything unpaid the fee is taken back; where less was unpaid than the fee, the rest is given up.
    What a person undid or waived stays so.

    Args:
        book: The account with all that is known; corrections are dated on its day.
        policy: Whether fees on returned goods are given up; None for yes.
        account: Id of the account.

    Returns:
        In the order of the fees. Posting them leaves nothing to correct.
    """
    fees = [entry for entry in book.entries if _is_fee(entry) and entry.value_on <= book.as_of]
    if not fees:
        return ()
    review = _Review(book, policy, AccountId(account))
    return tuple(correction for fee in fees if isinstance(fee, Charge) for correction in review.correct(fee))


def _is_fee(entry: Entry) -> bool:
    return isinstance(entry, Charge) and entry.id.startswith(FEE_PREFIX)


class _Review:
    """The account while one fee after the other is seen again, in the order of their days."""

    def __init__(self, book: Book, policy: LateFeePolicy | None, account: AccountId) -> None:
        self.book, self.policy, self.account = book, policy, account
        self.known = [entry for entry in book.entries if entry.value_on <= book.as_of]
        self.back = taken_back(self.known)
        self.held = counting(self.known)
        self.waivers = [entry for entry in self.held if isinstance(entry, Waiver) and entry.charge.startswith(FEE_PREFIX)]
        ours = {waiver.id for waiver in self.waivers if waiver.id.startswith(_UNDONE)}
        self.others = [entry for entry in self.held if not _is_fee(entry) and entry.id not in ours]
        self.ids: set[str] = {entry.id for entry in self.known}
        self.kept: list[Charge] = []
        self.sure = True
        """Whether the book shows what had been paid by the day of a fee: as long as no earlier fee turned out otherwise."""

    def correct(self, fee: Charge) -> Iterator[FeeCorrection]:
        """Yield what corrects one fee."""
        undos = [one for one in self.known if isinstance(one, Undo) and one.kind == "charge" and one.entry == fee.id]
        if any(not one.id.startswith(_UNDONE) for one in undos):
            return
        standing = next((one for one in undos if ("undo", one.id) not in self.back), None)
        target, why = self._target(fee)
        if target:
            # What a person gave up of a fee may be more than it should have been: then it stands as it was asked.
            whole = target == fee.amount.minor or any(one.charge == fee.id for one in self.waivers if not one.id.startswith(_UNDONE))
            self.kept.append(fee if whole else attrs.evolve(fee, amount=Money(target, fee.amount.currency)))
        rest = fee.id.removeprefix(FEE_PREFIX)
        if standing is not None:
            if not target:
                return
            self.sure = False
            id = self._numbered(f"{_AGAIN}{rest}")
            yield Undo(id, self.account, standing.id, "undo", self.book.as_of, f"the fee is founded after all: {why}")
        yield from self._partly(fee, target, why, rest)

    def _partly(self, fee: Charge, target: int, why: str, rest: str) -> Iterator[FeeCorrection]:
        """Yield what gives up as much of a fee that is asked as it is too high, and no more."""
        too_high = fee.amount.minor - target
        mine = [one for one in self.waivers if one.charge == fee.id and one.id.startswith(_UNDONE)]
        given = sum(one.amount.minor for one in mine)
        by_people = sum(one.amount.minor for one in self.waivers if one.charge == fee.id) - given
        wanted = min(too_high, fee.amount.minor - by_people)
        if wanted == given or (not target and given + by_people >= fee.amount.minor):
            return
        self.sure = False
        id = f"{_UNDONE}{rest}"
        if not target and not by_people:
            yield Undo(self._numbered(id), self.account, fee.id, "charge", self.book.as_of, why)
            return
        if given > wanted:
            for one in mine:
                again = self._numbered(f"{_AGAIN}{rest}")
                yield Undo(again, self.account, one.id, "waiver", self.book.as_of, f"the fee is founded after all: {why}")
            given = 0
        if wanted > given:
            amount = Money(wanted - given, fee.amount.currency)
            yield Waiver(self._numbered(id), self.account, fee.id, amount, self.book.as_of, why)

    def _target(self, fee: Charge) -> tuple[int, str]:
        """Return what the fee should be, at most what it was, in minor units, and why."""
        number, on = fee.installment, fee.value_on
        due = self._due(self.book, number)
        if due is None:
            return fee.amount.minor, f"installment {number} is no longer in the plan"
        before = sum(one.amount.minor for one in self.kept if one.installment == number)
        came_back = self._returned_after(fee)
        unpaid = sum(self.book.asked[due * WIDTH : due * WIDTH + WIDTH]) - self._put_by(due, fee)
        if not self.sure or unpaid - came_back - before < self._wanted(fee, unpaid - came_back):
            unpaid = self._unpaid_then(fee)
        limit = max(0, unpaid - came_back - before)
        target = min(self._wanted(fee, max(0, unpaid - came_back)), limit)
        currency = fee.amount.currency
        settled_on = self.book.settled_on[due]
        if not target and not came_back and settled_on is not None and settled_on <= on:
            return 0, f"installment {number} was paid on {settled_on}, in time for the fee of {on}"
        said = f"{Money.aggregate(max(0, unpaid), currency)} of installment {number} were unpaid on {on}"
        return target, said + (f", {Money.aggregate(came_back, currency)} of that came back since" if came_back else "")

    def _wanted(self, fee: Charge, unpaid: int) -> int:
        """Return what the step of the fee asks for when so much is unpaid; of a share only where the policy still has it so."""
        step = fee.id.rpartition("/")[2]
        if self.policy is None or not step.isdecimal():
            return fee.amount.minor
        tiers, _ = self.policy.of_order(self.book.contract.total_minor, self.book.contract.bought_on)
        tier = tiers[min(int(step), len(tiers)) - 1] if tiers else None
        if tier is None or tier.percent_bp is None or tier.of != "unpaid" or f"{percent(tier.percent_bp)} of " not in fee.rule:
            return fee.amount.minor
        return min(fee.amount.minor, divide(max(0, unpaid) * tier.percent_bp, WHOLE_BP, Rounding.DOWN))

    def _put_by(self, due: int, fee: Charge) -> int:
        """Return at least what had been put on a due by the end of the day of a fee."""
        return sum(
            minor
            for index, slot, minor in self.book.parts
            if slot // WIDTH == due and minor > 0 and self.book.payments[index].value_on <= fee.value_on
        )

    def _unpaid_then(self, fee: Charge) -> int:
        """Return what was unpaid of the installment at the end of the day of a fee, without that fee and later ones."""
        entries = [entry for entry in (*self.others, *self.kept) if entry.value_on <= fee.value_on]
        then = replay(self.book.contract, entries, as_of=fee.value_on, waterfall=self.book.rules)
        due = self._due(then, fee.installment)
        return fee.amount.minor if due is None else then.unpaid_of(due)

    def _due(self, book: Book, number: int) -> int | None:
        return next((due for due, source in enumerate(book.sources) if source == number), None)

    def _returned_after(self, fee: Charge) -> int:
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

    def _numbered(self, id: str) -> EntryId:
        """Return *id*, or with a number behind it where there is one already; never the same twice."""
        number, free = 1, id
        while free in self.ids:
            number += 1
            free = f"{id}/{number}"
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
