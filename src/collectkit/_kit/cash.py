"""Cash that field agents take: recorded with its payment at the door, carried up to a limit, and counted by somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core
from collectkit.allocation.visits import (
    CashBook,
    CashDifference,
    CashHandedIn,
    CashReason,
    CashReceipt,
    CashTaken,
    HandIn,
    cash_book,
    cash_payment,
    hand_in,
    is_cash_of,
    reconcile_cash,
    take_cash,
)
from collectkit.errors import RefusedError, ValidationError
from collectkit.facts import fold_account
from collectkit.ledger import Payment, PaymentPosted
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules import Posting, PostingReason, counting, post_payment

TakingCash: TypeAlias = CashTaken | Refusal[CashReason] | Refusal[PostingReason]
HandingIn: TypeAlias = CashHandedIn | Refusal[CashReason]


def cash_stream(agent: str, currency: str) -> str:
    """Return the stream of one agent's cash in one currency."""
    return f"cash/{agent}/{currency}"


@decided_again
class FieldCash(Core):
    """Commands about cash in the field; idempotent by the receipt's number and by what was counted."""

    def try_take_cash(self, receipt: CashReceipt, *, limit: Money, at: datetime) -> TakingCash:
        """
        Record cash that an agent took, and post it on the account as of the business date of the receipt, both or neither.

        Args:
            receipt: What the consumer was given.
            limit: Most that the agent may carry; what is beyond it must be handed in first.
            at: The present instant; aware.

        Raises:
            ValidationError: A limit in another currency than the receipt's; nothing was recorded.
            UnknownIdError: The account is not on the book.
        """
        if limit.currency != receipt.amount.currency:
            raise ValidationError(f"the limit is in {limit.currency}, the receipt in {receipt.amount.currency}; nothing was recorded")
        payment = cash_payment(receipt, value_on=self.business_date(receipt.at))
        context = self._context(at, f"take-cash/{receipt.agent}/{receipt.number}")
        with self._unit() as unit:
            stream = cash_stream(receipt.agent, limit.currency)
            told = unit.bodies(stream)
            before = cash_book(receipt.agent, limit.currency, told, limit_minor=limit.minor)
            after = take_cash(before, receipt)
            if isinstance(after, Refusal):
                return after
            if after is before:
                return CashTaken(receipt)
            loaded = self._load(unit, receipt.account)
            posted: Posting = post_payment(self._book(loaded.facts, max(self.business_date(at), payment.value_on)), payment)
            if isinstance(posted, Refusal):
                return posted
            if not isinstance(posted, PaymentPosted) or self._once(unit, "payment", payment.id, payment) == "other":
                detail = f"payment '{payment.id}' was posted without its receipt"
                return Refusal(PostingReason.ID_REUSED, detail)
            unit.append(context, {stream: (len(told), [CashTaken(receipt)])})
            self._record(unit, context, loaded, [posted])
        return CashTaken(receipt)

    def take_cash(self, receipt: CashReceipt, *, limit: Money, at: datetime) -> CashTaken:
        """Record cash that an agent took, and post it on the account; see `try_take_cash`."""
        outcome = self.try_take_cash(receipt, limit=limit, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_hand_in_cash(self, counted: HandIn, *, at: datetime) -> HandingIn:
        """
        Record cash that an agent brought, as somebody else counted it; a difference stays with the agent and shows.

        Who records it is not the agent either, under whichever login.
        """
        with self._unit() as unit:
            stream = cash_stream(counted.agent, counted.amount.currency)
            told = unit.bodies(stream)
            before = cash_book(counted.agent, counted.amount.currency, told)
            after = hand_in(before, counted)
            if isinstance(after, Refusal):
                return after
            if counted.agent in self.principal.ids:
                return Refusal(CashReason.SAME_PERSON, f"{counted.agent} brought it, somebody else records it")
            if after is not before:
                context = self._context(at, f"hand-in/{counted.agent}/{len(told) + 1}")
                unit.append(context, {stream: (len(told), [CashHandedIn(counted)])})
        return CashHandedIn(counted)

    def hand_in_cash(self, counted: HandIn, *, at: datetime) -> CashHandedIn:
        """Record cash that an agent brought; see `try_hand_in_cash`."""
        outcome = self.try_hand_in_cash(counted, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def cash_book(self, agent: str, currency: str) -> CashBook:
        """Return what an agent took and handed in; `CashBook.carried_minor` is what is still with the agent."""
        with self._view() as unit:
            return cash_book(agent, currency, unit.bodies(cash_stream(agent, currency)))

    def cash_differences(self, agent: str, currency: str) -> tuple[CashDifference, ...]:
        """Return where receipts of an agent and payments on the ledger do not agree now: one that was reversed is among them."""
        with self._view() as unit:
            book = cash_book(agent, currency, unit.bodies(cash_stream(agent, currency)))
            posted = []
            for account in dict.fromkeys(receipt.account for receipt in book.receipts):
                facts = fold_account(unit.bodies(f"account/{account}"))
                entries = counting(facts.entries) if facts is not None else []
                theirs = (entry for entry in entries if isinstance(entry, Payment) and is_cash_of(entry.id, agent))
                posted += [(str(entry.id), entry.amount.minor) for entry in theirs]
        return reconcile_cash(book, posted)
