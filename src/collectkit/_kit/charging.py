"""Fees asked of the law before they are charged: what a night would charge one person, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import attrs

from collectkit._kit.core import Core, events_read
from collectkit.errors import ConcurrencyConflictError, OutcomeUnknownError, StoreUnavailableError
from collectkit.events import Event
from collectkit.facts import AccountFacts
from collectkit.holds import adjustments_in, kinds_in_force
from collectkit.identifiers import AccountId
from collectkit.ledger import ChargeAssessed, Entry
from collectkit.person import Consumer, PersonFacts
from collectkit.person_standing import PersonStanding
from collectkit.schedules import Book, FeeReason, FeeRefused
from collectkit.schedules.fee_limits import step_number
from collectkit.servicing.adverse import fee_circumstances, fee_proposal
from collectkit.servicing.asking import Evidence, ask, said_before
from collectkit.servicing.host_acts import charged_in
from collectkit.standing import Standing
from collectkit.storage.store import Unit

NOT_THEIRS = (StoreUnavailableError, OutcomeUnknownError, ConcurrencyConflictError)
"""Faults that no account can be blamed for."""


@attrs.define
class Bearer:
    """
    Who bears the fees of a night.

    Attributes:
        consumer: The person.
        facts: What is known of them.
        bodies: The events of their stream.
        stored: The standings of all their accounts, as they were read.
        at: The present instant, for which the law is asked.
        as_of: The business date.
        entries: What was entered on each account that bears fees; filled when it is asked for. None: some cannot be read.
        evidence: What the law answered so far tonight.
    """

    consumer: Consumer
    facts: PersonFacts
    bodies: Sequence[Event]
    stored: Sequence[Standing]
    at: datetime
    as_of: date
    entries: dict[AccountId, Sequence[Entry]] | None = None
    asked: bool = False
    evidence: list[Evidence] = attrs.field(factory=list)

    def instant(self, day: date) -> datetime:
        """Return the instant for which the law is asked about a day: the present one, or so many days before it."""
        return self.at - timedelta(days=(self.as_of - day).days)


@attrs.frozen
class Charged:
    """
    What the law left of the fees of one account.

    Attributes:
        charges: Those that may be charged.
        refused: Those that may not.
        evidence: What is kept of the answers.
    """

    charges: tuple[ChargeAssessed, ...] = ()
    refused: tuple[FeeRefused, ...] = ()
    evidence: tuple[Evidence, ...] = ()


NOTHING_CHARGED = Charged()


class Charging(Core):
    """What a night may charge."""

    def _lawful_fees(
        self, unit: Unit, bearer: Bearer, assessed: Sequence[ChargeAssessed], facts: AccountFacts, book: Book, standing: Standing
    ) -> Charged:
        """Ask the law about each fee in turn, the one before it counted; what may not be charged is refused with its reason."""
        if not assessed:
            return NOTHING_CHARGED
        day, id = book.as_of, facts.account.id
        person = PersonStanding(
            bearer.consumer,
            bearer.facts,
            (standing,),
            day,
            kinds_in_force(bearer.bodies, day),
            adjustments_in(bearer.bodies, day),
        )
        others = self._entries_of_others(unit, bearer, id)
        first_on = min((s.opened_on for s in bearer.stored), default=facts.account.plan.bought_on)
        since = standing.oldest_unpaid_due_on
        at_default = self._book(facts, since) if since is not None else None
        known, own = [entry for entries in (others or {}).values() for entry in entries], list[Entry](facts.entries)
        besides = charged_in(bearer.bodies, self.policy.zone)
        charges, refused, evidence = list[ChargeAssessed](), list[FeeRefused](), list[Evidence]()
        for event in assessed:
            charge = event.charge
            circumstances = fee_circumstances(charge, [*known, *own], first_on, book=book, at_default=at_default, charged=besides)
            if others is None:
                circumstances = attrs.evolve(circumstances, payments=None)
            answer = ask(
                fee_proposal(charge, person.id),
                person,
                self.parts.rules,
                bearer.instant(day),
                unknown=self.policy.law.unknown,
                read=events_read(unit, bearer.bodies),
                circumstances=circumstances,
            )
            if answer.permitted:
                charges.append(event)
                own.append(charge)
                evidence.append(answer.evidence)
                continue
            refused.append(FeeRefused(charge.id, id, charge.installment, step_number(charge.id), FeeReason.LAW, answer.why))
            if not said_before(answer.refusal, [*bearer.bodies, *evidence]):
                evidence.append(answer.evidence)
        if bearer.entries is not None:
            bearer.entries[id] = own
        return Charged(tuple(charges), tuple(refused), tuple(evidence))

    def _entries_of_others(self, unit: Unit, bearer: Bearer, account: AccountId) -> dict[AccountId, Sequence[Entry]] | None:
        """Return what was entered on the person's other accounts that bear fees; None when one of them cannot be read."""
        if not bearer.asked:
            bearer.asked = True
            try:
                bearer.entries = {s.account: self._load(unit, s.account).facts.entries for s in bearer.stored if s.fees_charged_minor}
            except NOT_THEIRS:
                raise
            except Exception:
                bearer.entries = None  # a night that works that account sets it aside; here its fees are only not known
        return None if bearer.entries is None else {id: entries for id, entries in bearer.entries.items() if id != account}
