"""Moving a due date at the consumer's wish: a quote first, then exactly that."""

from __future__ import annotations

from datetime import date, datetime

from collectkit._kit.again import decided_again
from collectkit._kit.answering import ask_first, known_of_fee
from collectkit._kit.core import Core, Loaded
from collectkit.errors import IntegrityBreachError, RefusedError
from collectkit.events import Context, Event
from collectkit.identifiers import EntryId, PersonId
from collectkit.ledger import Charge, ChargeAssessed, Entry, PlanRescheduled, Reschedule
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyMoved
from collectkit.schedules.due_date_change import DueDatePolicy, DueDateQuoting, DueDateReason, DueDateUse, quote_due_date
from collectkit.schedules.quotes import PlanQuote, QuoteReason, accept_quote
from collectkit.servicing.adverse import fee_proposal
from collectkit.servicing.asking import Answered
from collectkit.storage.store import Unit

_REUSED = "this id was used with other content; each change needs an id of its own"


@decided_again
class DueDates(Core):
    """
    Commands about due dates that consumers move.

    What is allowed stands in the policy's ``[due_dates]``; without it no date moves.
    """

    def try_quote_due_date(self, account: str, *, id: str, installment: int, move_to: date, at: datetime) -> DueDateQuoting:
        """
        Say what moving a due date would do, or why it may not be moved; nothing is recorded.

        Args:
            account: Which account.
            id: The caller's own id of the change.
            installment: Number of the installment, from 1.
            move_to: The new due date.
            at: The present instant; aware.
        """
        policy = self.policy.due_dates
        if policy is None:
            return Refusal(DueDateReason.KIND, "the policy has no [due_dates]: no due date may be moved")
        with self._unit() as unit:
            facts = self._load(unit, account).facts
            book = self._book(facts, self.business_date(at))
            use = self._use(unit, policy, facts.account.consumer, facts.entries, book.as_of)
            return quote_due_date(
                book,
                policy,
                account=facts.account.id,
                id=id,
                installment=installment,
                move_to=move_to,
                asked_at=at,
                zone=self.policy.zone,
                use=use,
            )

    def quote_due_date(self, account: str, *, id: str, installment: int, move_to: date, at: datetime) -> PlanQuote:
        """Say what moving a due date would do: new dates, fee, days past due; as `try_quote_due_date`, but a refusal is raised."""
        outcome = self.try_quote_due_date(account, id=id, installment=installment, move_to=move_to, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_accept_quote(self, quote: PlanQuote, *, at: datetime) -> PlanQuote | AlreadyMoved | Refusal[QuoteReason]:
        """
        Do what a quote said, or return why it no longer holds: the day is over, or something was posted since.

        The same quote again changes nothing.
        """
        first = quote.entries[0].id
        with self._unit() as unit:
            loaded = self._load(unit, quote.account)
            if all(any(known == entry for known in loaded.facts.entries) for entry in quote.entries):
                return AlreadyMoved(EntryId(first))
            posted = accept_quote(self._book(loaded.facts, self.business_date(at)), quote)
            if isinstance(posted, Refusal):
                return posted
            context = self._context(at, f"due-date/{first}")
            for charge in (entry for entry in posted if isinstance(entry, Charge)):
                answer = self._ask_about_fee(unit, charge, loaded, context)
                if not answer.permitted:
                    return Refusal(QuoteReason.FORBIDDEN, answer.why)
            if self._once(unit, "reschedule", EntryId(first), quote.entries[0]) is not None:
                return Refusal(QuoteReason.ID_REUSED, _REUSED)
            self._record(unit, context, loaded, [_event(entry) for entry in posted])
        return quote

    def _ask_about_fee(self, unit: Unit, charge: Charge, loaded: Loaded, context: Context) -> Answered:
        """Ask the law about what the change costs, with what the person was charged before on all accounts."""
        person = loaded.facts.account.consumer
        return ask_first(self, unit, fee_proposal(charge, person), context, known_of_fee(self, unit, charge, person))

    def accept_quote(self, quote: PlanQuote, *, at: datetime) -> PlanQuote | AlreadyMoved:
        """Do what a quote said; as `try_accept_quote`, but a refusal is raised."""
        outcome = self.try_accept_quote(quote, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _use(self, unit: Unit, policy: DueDatePolicy, person: PersonId, order: tuple[Entry, ...], on: date) -> DueDateUse:
        """Count the changes so far; those of other accounts only where the policy asks for them."""
        if policy.per_person_month_max is None and policy.fee is None:
            return DueDateUse.of(order, order, on)
        others = [self._load(unit, standing.account).facts.entries for standing in unit.standings_of(person)]
        return DueDateUse.of(order, [entry for entries in others for entry in entries], on)


def _event(entry: Entry) -> Event:
    if isinstance(entry, Reschedule):
        return PlanRescheduled(entry)
    if isinstance(entry, Charge):
        return ChargeAssessed(entry)
    raise IntegrityBreachError(f"a quote holds changes of the plan and charges, got {type(entry).__name__}; nothing was recorded")
