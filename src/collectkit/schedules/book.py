"""The book of one account: how it stands on one day, as flat columns with rows made on demand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from collectkit.ledger import COMPONENTS, MOVEMENT_TYPES, Application, Charge, Entry, Payment, Reversal, Waiver, kind_of, what_stayed
from collectkit.ledger.balances import Balances, balances
from collectkit.money import Money
from collectkit.schedules._folding.counting import reversed_payments, standing_returns, taken_back
from collectkit.schedules._folding.fold import Receipt
from collectkit.schedules._folding.pouring import WIDTH
from collectkit.schedules._folding.sheet import Source
from collectkit.schedules.plan import Plan
from collectkit.schedules.rules import PostingRules
from collectkit.schedules.waterfall import Dues, Waterfall

__all__ = ["Book", "Due", "due_name"]


def due_name(source: Source) -> str:
    """Return how a due is called: ``installment 2``, or the id of the entry that brought it."""
    return f"installment {source}" if isinstance(source, int) else str(source.id)


@attrs.frozen
class Due:
    """
    One installment or charge and how far it is paid, in minor units.

    Attributes:
        name: ``installment 2`` or the id of the charge or chargeback.
        installment: Number from 1; 0 for a charge.
        charge: The charge, or None for an installment and for what is owed again.
        due_on: Last day on which paying it is in time.
        asked: What is asked of each component, waivers taken off, in the order of `COMPONENTS`.
        paid: What was paid of each.
        waived: What was given up of each.
        settled_on: Value date on which the money covered it; None while it does not.
    """

    name: str
    installment: int
    charge: Charge | None
    due_on: date
    asked: tuple[int, ...]
    paid: tuple[int, ...]
    waived: tuple[int, ...]
    settled_on: date | None

    @property
    def unpaid_minor(self) -> int:
        """Return what is still to be paid."""
        return sum(self.asked) - sum(self.paid)


@attrs.frozen
class Book:
    """
    How an account stands on one day; `collectkit.schedules.replay` makes it.

    Columns have one value per due, oldest due first, or five in the order of `COMPONENTS`; amounts are minor units.
    Only charges assessed by the day are among the dues. An installment of zero counts as settled at the purchase.

    Attributes:
        contract: The plan as it was agreed.
        plan: The same as it stands: with what rescheduling and re-ageing made of it.
        as_of: The day; entries of that day are in.
        rules: How money was applied.
        entries: All that is known, pending ones too, in their order.
        sources: What each due is: the number of an installment, or the entry that brought it.
        due_on: Due date of each due.
        asked: Five per due, what was waived or written off taken off.
        unpaid: Five per due.
        waived: Five per due, what was written off included.
        settled_on: Value date on which each due was covered; None while it is not.
        payments: Payments and credits that count, in their order.
        parts: Index of the payment, position in the columns of five, minor units; negative where money was set free or given back.
        credits: Index of the payment and minor units of it that found nothing to pay.
        returned_minor: What of the receipts went out again: refunds in cash, and chargebacks and refunds that credit covered.
        charged_off_on: Day of the charge-off; None without.
        written_off_on: Day of the write-off; None without.
    """

    contract: Plan
    plan: Plan
    as_of: date
    rules: PostingRules
    entries: tuple[Entry, ...]
    sources: tuple[Source, ...]
    due_on: tuple[date, ...]
    asked: tuple[int, ...]
    unpaid: tuple[int, ...]
    waived: tuple[int, ...]
    settled_on: tuple[date | None, ...]
    payments: tuple[Receipt, ...]
    parts: tuple[tuple[int, int, int], ...]
    credits: tuple[tuple[int, int], ...]
    returned_minor: int = 0
    charged_off_on: date | None = None
    written_off_on: date | None = None

    @property
    def waterfall(self) -> Waterfall:
        """Return in which order payments settled what was owed."""
        return self.rules.waterfall

    @property
    def received_minor(self) -> int:
        """Return the sum of the payments and credits that count."""
        return sum([receipt.amount.minor for receipt in self.payments])

    @property
    def paid_minor(self) -> int:
        """Return the sum of those of them that count as payments, see `collectkit.ledger.MOVEMENT_TYPES`."""
        return sum([one.amount.minor for one in self.payments if type(one) is Payment or MOVEMENT_TYPES[kind_of(one)].counts_as_payment])

    @property
    def recovered_minor(self) -> int:
        """Return what was paid after the day of the charge-off or write-off and is there: recoveries."""
        since = min((day for day in (self.charged_off_on, self.written_off_on) if day is not None), default=None)
        return sum(one.amount.minor for one in self.stayed if one.value_on > since) if since is not None else 0

    @property
    def stayed(self) -> tuple[Payment, ...]:
        """Return the payments whose money is there, each less what the payer's bank took back of it by the day."""
        payments = [one for one in self.payments if isinstance(one, Payment)]
        return tuple(what_stayed(payments, standing_returns(self.entries, self.as_of), as_of=self.as_of))

    @property
    def last_paid_on(self) -> date | None:
        """Return the value date of the last payment that counts; None without."""
        paid = (one.value_on for one in reversed(self.payments) if MOVEMENT_TYPES[kind_of(one)].counts_as_payment)
        return next(paid, None)

    @property
    def unapplied_minor(self) -> int:
        """Return what was paid and found nothing to pay."""
        return sum(minor for _, minor in self.credits)

    @property
    def unapplied(self) -> Money:
        """Return what was paid and found nothing to pay: the credit of the account."""
        return Money.aggregate(self.unapplied_minor, self.plan.currency)

    @property
    def paid(self) -> Money:
        """Return the sum of the payments that count."""
        return Money.aggregate(self.paid_minor, self.plan.currency)

    @property
    def pending(self) -> tuple[Entry, ...]:
        """Return the entries dated after the day."""
        return tuple(entry for entry in self.entries if entry.value_on > self.as_of)

    @property
    def reversed_payments(self) -> tuple[Payment, ...]:
        """Return the payments that were taken back by the day and count for nothing."""
        return reversed_payments([entry for entry in self.entries if entry.value_on <= self.as_of])

    @property
    def orphans(self) -> tuple[Reversal | Waiver, ...]:
        """Return the reversals whose payment, and the waivers whose charge, has not come yet; what was undone waits for nothing."""
        payments = {entry.id for entry in self.entries if isinstance(entry, Payment)}
        charges = {entry.id for entry in self.entries if isinstance(entry, Charge)}
        waiting = [
            entry
            for entry in self.entries
            if (isinstance(entry, Reversal) and entry.payment not in payments)
            or (isinstance(entry, Waiver) and entry.charge not in charges)
        ]
        back = taken_back(self.entries) if waiting else frozenset()
        return tuple(entry for entry in waiting if (kind_of(entry), entry.id) not in back)

    def known(self, kind: type[Entry], id: str) -> Entry | None:
        """Return the entry of that kind and id, pending or not."""
        return next((entry for entry in self.entries if type(entry) is kind and entry.id == id), None)

    def balances(self) -> Balances:
        """Return what is owed on the day."""
        numbers = [source if isinstance(source, int) else 0 for source in self.sources]
        return balances(self.due_on, self.unpaid, numbers, currency=self.plan.currency, as_of=self.as_of, credit_minor=self.unapplied_minor)

    def owed(self) -> Dues:
        """Return what is still unpaid, as `collectkit.schedules.split` takes it."""
        return Dues(self.due_on, self.unpaid)

    def unpaid_of(self, due: int) -> int:
        """Return the minor units unpaid of the due at that place, from 0."""
        return sum(self.unpaid[due * WIDTH : due * WIDTH + WIDTH])

    def dues(self) -> Iterator[Due]:
        """Yield one row per due, oldest first."""
        for index, source in enumerate(self.sources):
            columns = slice(index * WIDTH, index * WIDTH + WIDTH)
            asked, unpaid = self.asked[columns], self.unpaid[columns]
            paid = tuple(a - u for a, u in zip(asked, unpaid, strict=True))
            number = source if isinstance(source, int) else 0
            charge = source if isinstance(source, Charge) else None
            yield Due(due_name(source), number, charge, self.due_on[index], asked, paid, self.waived[columns], self.settled_on[index])

    def due(self, name: str) -> Due:
        """
        Return the due of that name.

        Raises:
            KeyError: No installment and no charge assessed by the day is called so.
        """
        for due in self.dues():
            if due.name == name:
                return due
        raise KeyError(name)

    def applications(self, payment: str) -> tuple[Application, ...]:
        """Return where the money of a payment lies, by due and component; empty when it does not count."""
        at: dict[int, int] = {}
        for index, slot, minor in self.parts:
            if self.payments[index].id == payment:
                at[slot] = at.get(slot, 0) + minor
        return tuple(
            Application(due_name(self.sources[slot // WIDTH]), COMPONENTS[slot % WIDTH], minor)
            for slot, minor in sorted(at.items())
            if minor
        )
