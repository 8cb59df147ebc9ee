"""Referrals to law firms on the book: the checklist, the way through court, and the hearings that lie ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.answering import ask_first
from collectkit._kit.core import Core, Loaded
from collectkit.allocation import scrub_for_court
from collectkit.allocation.legal import ADVERSE, CourtReason, LegalPolicy, ReferralReason, not_referred, receive, refer, take_step
from collectkit.calendars.periods import require_period
from collectkit.compliance import Circumstances
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.court import AccountReferred, CourtEvent, CourtFact, CourtStep, CourtStepTaken, DocumentReceived, Referral, Suit, suits_of
from collectkit.errors import RefusedError
from collectkit.identifiers import AccountId
from collectkit.refusals import Refusal
from collectkit.servicing.adverse import court_proposal
from collectkit.storage.store import Unit

_COURT = "court"

Referring: TypeAlias = AccountReferred | Refusal[ReferralReason]
Receiving: TypeAlias = DocumentReceived | Refusal[CourtReason]
Stepping: TypeAlias = CourtStepTaken | Refusal[CourtReason]


@decided_again
class Suing(Core):
    """Commands about suits; a referral is idempotent by its id, a document by its name, a step by being the last that was recorded."""

    def try_refer(self, id: str, account: str, policy: LegalPolicy, *, on: date, at: datetime) -> Referring:
        """
        Refer an account to the law firm that has it; place it there first. The suit itself is brought by `take_court_step`.

        Args:
            id: Of the referral.
            account: Which.
            policy: The threshold and the documents that the firm needs.
            on: First day of the referral.
            at: The present instant; aware.
        """
        self._on(on)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            suits = suits_of(loaded.facts.court)
            known = next((suit.referral for suit in suits if suit.referral.id == id), None)
            if known is not None and (known.on, known.documents) == (on, policy.documents):
                return AccountReferred(known)
            standing = self._standing(unit, loaded.id, on)
            firm = next((one for one in self.policy.allocation.handlers if one.id == standing.handler), None)
            outcome = refer(standing, policy, id, firm=firm, suits=suits, held_back=self._held_back(unit, loaded.id, on, at))
            if not isinstance(outcome, Referral):
                return outcome
            event = AccountReferred(outcome)
            self._record_court(unit, loaded, event, at, f"refer/{id}")
        return event

    def refer(self, id: str, account: str, policy: LegalPolicy, *, on: date, at: datetime) -> AccountReferred:
        """Refer an account to the law firm that has it; see `try_refer`."""
        outcome = self.try_refer(id, account, policy, on=on, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_receive_document(self, account: str, document: str, *, on: date, at: datetime) -> Receiving:
        """
        Check off that the law firm has a document; with the last of them the suit may be brought.

        Args:
            account: Which.
            document: As the checklist names it.
            on: Since when the firm has it.
            at: The present instant; aware.
        """
        self._on(on)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            suit = _live(loaded)
            if suit is None:
                return not_referred()
            before = next((e for e in loaded.facts.court if isinstance(e, DocumentReceived) and _is(e, suit, document)), None)
            outcome = before or receive(suit, document, on, today=self.business_date(at))
            if before is None and isinstance(outcome, DocumentReceived):
                self._record_court(unit, loaded, outcome, at, f"document/{suit.referral.id}/{document}")
        return outcome

    def receive_document(self, account: str, document: str, *, on: date, at: datetime) -> DocumentReceived:
        """Check off that the law firm has a document; see `try_receive_document`."""
        outcome = self.try_receive_document(account, document, on=on, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_take_court_step(
        self, account: str, fact: CourtFact, *, at: datetime, circumstances: Circumstances = NOTHING_FURTHER
    ) -> Stepping:
        """
        Record what happened to a claim in court; to bring the suit and to instruct an officer is decided here, and asked of the law first.

        Both are refused while a hold or an arrangement is in force, nothing is owed, or a rule of law stands against it, and the suit
        while a document is missing, too; what the law said is kept with the person. What a court did is recorded as it is told, where
        it can follow.

        Args:
            account: Which.
            fact: What happened, and when.
            at: The present instant; aware.
            circumstances: What is known about the suit besides, in the words of the rule packs.
        """
        with self._unit() as unit:
            loaded, today = self._load(unit, account), self.business_date(at)
            suit = next(reversed(suits_of(loaded.facts.court)), None)
            if suit is not None and suit.facts and _same(suit.facts[-1], fact):
                return next(event for event in reversed(loaded.facts.court) if isinstance(event, CourtStepTaken))
            if suit is None or suit.state.ended:
                return not_referred()
            standing = self._standing(unit, loaded.id, min(fact.on, today))
            held_back = self._held_back(unit, loaded.id, min(fact.on, today), at) if fact.step in ADVERSE else ()
            outcome = take_step(suit, fact, standing, today=today, held_back=held_back)
            if isinstance(outcome, Refusal):
                return outcome
            context = self._context(at, f"court/{suit.referral.id}/{fact.step.value}/{fact.on}")
            if fact.step in ADVERSE:
                proposal = court_proposal(suit.referral, loaded.facts.account.consumer, fact.step)
                answer = ask_first(self, unit, proposal, context, circumstances)
                if not answer.permitted:
                    return Refusal(CourtReason.FORBIDDEN, answer.why, "nothing was recorded but the answer")
            self._record_court(unit, loaded, outcome, at, context.command)
        return outcome

    def take_court_step(
        self, account: str, fact: CourtFact, *, at: datetime, circumstances: Circumstances = NOTHING_FURTHER
    ) -> CourtStepTaken:
        """Record what happened to a claim in court; see `try_take_court_step`."""
        outcome = self.try_take_court_step(account, fact, at=at, circumstances=circumstances)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def suits(self, account: str) -> tuple[Suit, ...]:
        """
        Return the referrals of an account with what became of each, in the order of the record.

        Raises:
            UnknownIdError: The account is not on the book.
        """
        with self._view() as unit:
            return suits_of(self._load(unit, account).facts.court)

    def hearings(self, *, first: date, last: date) -> list[Suit]:
        """
        Return the suits with a hearing that is set for a day of a period and was not held, by its day and the account.

        Args:
            first: First day, inclusive.
            last: Last day, inclusive.

        Raises:
            TimeError: The last day is before the first.
        """
        require_period(first, last, "nothing was listed")
        with self._view() as unit:
            set_for = [(hearing_on, account) for account, hearing_on in unit.runs(_COURT) if hearing_on]
            listed = sorted(entry for entry in set_for if first.isoformat() <= entry[0] <= last.isoformat())
            return [suits_of(self._load(unit, account).facts.court)[-1] for _, account in listed]

    def _record_court(self, unit: Unit, loaded: Loaded, event: CourtEvent, at: datetime, command: str) -> None:
        self._record(unit, self._context(at, command), loaded, [event])
        hearing_on = suits_of([*loaded.facts.court, event])[-1].hearing_on
        unit.save_run(_COURT, loaded.id, hearing_on.isoformat() if hearing_on is not None else "")

    def _held_back(self, unit: Unit, account: AccountId, on: date, at: datetime) -> Sequence[str]:
        """Return what stands against it, on its day or today."""
        standings = [self._standing(unit, account, day) for day in dict.fromkeys((on, self.business_date(at)))]
        return tuple(dict.fromkeys(what for standing in standings for what in scrub_for_court(standing, self.policy.allocation)))


def _live(loaded: Loaded) -> Suit | None:
    return next((suit for suit in suits_of(loaded.facts.court) if not suit.state.ended), None)


def _is(event: DocumentReceived, suit: Suit, document: str) -> bool:
    return (event.referral, event.document) == (suit.referral.id, document)


def _same(known: CourtFact, fact: CourtFact) -> bool:
    """Whether it is told again; what is claimed was filled in by us."""
    return known == (attrs.evolve(fact, amount_minor=known.amount_minor) if fact.step is CourtStep.FILED else fact)
