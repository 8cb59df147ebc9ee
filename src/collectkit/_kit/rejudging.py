"""The record judged once more: every stored verdict, and every act under other law, by what was known at its time.

A verdict that was kept is given again from its record. Acts whose verdict was not kept (a contact that an agency reported, a fee
or a placement that came with an import) are judged by the book as it stood just before: events that were recorded later are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial

import attrs

from collectkit._kit.core import account_stream, person_stream
from collectkit._kit.lawful import Lawful
from collectkit.actions import ActionKind, ActJudged, ActPermitted, ActRefused, Judged, Proposal, Verdict
from collectkit.calendars.dates import require_aware
from collectkit.calendars.periods import require_period
from collectkit.compliance import Circumstances, PastAct, Rechecked, Replayed, RuleBook, contact_proposal, recheck, review, review_again
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.compliance.replaying import ACCOUNT_PLACED, CONTACT_MADE, CONTACT_REFUSED, FEE_CHARGED, REFUSED, Answering
from collectkit.events import Envelope, Event
from collectkit.facts import fold_account
from collectkit.holds import adjustments_in, kinds_in_force
from collectkit.identifiers import AccountId, PersonId
from collectkit.ledger import Charge, ChargeAssessed, Entry
from collectkit.person import Consumer, Contact, ContactRecorded, PersonFacts, fold_person
from collectkit.person_standing import PersonStanding
from collectkit.placement import AccountPlaced
from collectkit.servicing.adverse import fee_circumstances, fee_proposal, placement_proposal
from collectkit.servicing.host_acts import charged_in, host_act_id
from collectkit.storage.store import Unit

_PAGE = 1000
_PERSON = "person/"


@attrs.frozen
class _Recorded:
    """
    Everything recorded about one person.

    Attributes:
        consumer: As the person stands in the table of people now.
        person: Their stream.
        accounts: The stream of each of their accounts.
    """

    consumer: Consumer
    person: list[Envelope]
    accounts: dict[AccountId, list[Envelope]]

    def contacts(self, read: int) -> tuple[Contact, ...]:
        """Return the contacts among the first *read* events of the person's stream."""
        return fold_person(self.consumer.id, [one.body for one in self.person[:read]]).contacts


class Rejudging(Lawful):
    """Questions to the record about the law; none of them changes anything."""

    def recheck_verdicts(
        self, *, people: Iterable[str] | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Rechecked]:
        """
        Give every recorded verdict again, under the rule book of this kit, and tell in which respects the answer is another one.

        Args:
            people: Whose; by default everybody's.
            since: Verdicts from this instant on; aware.
            until: Verdicts before this instant; aware.

        Raises:
            TimeError: An instant without a zone, or *until* is before *since*.
        """
        # What is wrong is told at once, and not with the first verdict that is asked for.
        return self._rechecked(people, _between(since, until))

    def _rechecked(self, people: Iterable[str] | None, asked: Callable[[datetime], bool]) -> Iterator[Rechecked]:
        for recorded in self._all_known(people):
            for envelope in recorded.person:
                judged = _kept(envelope)
                if judged is not None and asked(judged.at):
                    yield recheck(judged, recorded.contacts(judged.read), self.parts.rules)

    def replay_law(
        self,
        after: RuleBook,
        *,
        before: RuleBook | None = None,
        people: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Replayed]:
        """
        Judge the acts on record under another rule book: contacts made and refused, fees charged, accounts placed, the host's own acts.

        Each is judged by what was known when it was done. Where a person lives is not on record but for the verdicts that were
        kept; for the others the table of people is read as it stands now.

        Args:
            after: The other rule book.
            before: To compare with; by default that of this kit.
            people: Whose acts; by default everybody's.
            since: Acts from this instant on; aware.
            until: Acts before this instant; aware.

        Raises:
            TimeError: An instant without a zone, or *until* is before *since*.
        """
        return self._replayed(self.parts.rules if before is None else before, after, people, _between(since, until))

    def _replayed(
        self, now: RuleBook, after: RuleBook, people: Iterable[str] | None, asked: Callable[[datetime], bool]
    ) -> Iterator[Replayed]:
        for recorded in self._all_known(people):
            for act, answer in self._acts(recorded):
                if asked(act.at):
                    yield Replayed(act, answer(now), answer(after))

    def _contacts_judged(
        self, id: str, first: date, last: date, teams: Mapping[str, str]
    ) -> tuple[PersonFacts, list[tuple[Contact, Verdict]]]:
        """
        Return a person, and the outbound contacts that somebody made with them in a period, each with what the law said of it then.

        Args:
            id: Whose.
            first: First day of the period, inclusive.
            last: Last day, inclusive.
            teams: The handler for which each collector speaks, where that is not the collector themself.
        """

        def asked(one: Envelope) -> Contact | None:
            contact = one.body.contact if isinstance(one.body, ContactRecorded) else None
            if contact is None or contact.direction != "outbound" or not contact.collector:
                return None
            return contact if first <= self.business_date(contact.at) <= last else None

        with self._view() as unit:
            history = unit.history(person_stream(id))
            facts = fold_person(PersonId(id), [one.body for one in history])
            made = [(one, contact) for one in history if (contact := asked(one)) is not None]
            if not made:
                return facts, []
            recorded = self._all_of(unit, PersonId(id))
        kept = {judged.proposal.id: judged for one in history if (judged := _kept(one)) is not None}
        found = []
        for envelope, contact in made:
            judged = kept.get(contact.message) if contact.message is not None else None
            speaks_for = teams.get(contact.collector, contact.collector)
            found.append((contact, self._made(recorded, envelope, contact, judged, speaks_for)[1](self.parts.rules)))
        return facts, found

    def _all_known(self, people: Iterable[str] | None) -> Iterator[_Recorded]:
        for id in self._people() if people is None else people:
            with self._view() as unit:
                if people is not None:
                    self._consumer(unit, PersonId(id))
                yield self._all_of(unit, PersonId(id))

    def _people(self) -> Iterator[str]:
        after = ""
        while True:
            with self._view() as unit:
                streams = unit.streams(_PERSON, after=after, limit=_PAGE)
            yield from (stream.removeprefix(_PERSON) for stream in streams)
            if len(streams) < _PAGE:
                return
            after = streams[-1]

    def _all_of(self, unit: Unit, id: PersonId) -> _Recorded:
        consumer = unit.person(id)
        held = {standing.account: unit.history(account_stream(standing.account)) for standing in unit.standings_of(id)}
        known = Consumer(id) if consumer is None else self._reachable(unit, consumer)
        return _Recorded(known, unit.history(person_stream(id)), held)

    def _acts(self, recorded: _Recorded) -> Iterator[tuple[PastAct, Answering]]:
        kept = [judged for one in recorded.person if (judged := _kept(one)) is not None]
        by_id = {judged.proposal.id: judged for judged in kept}
        # The same account can be given to the same handler again: the instant tells which verdict it was.
        by_instant = {(judged.proposal.id, judged.at): judged for judged in kept}
        for envelope in recorded.person:
            body = envelope.body
            if isinstance(body, ActRefused):
                yield self._refused(recorded, envelope, body)
            elif isinstance(body, ContactRecorded) and body.contact.direction == "outbound":
                judged = by_id.get(body.contact.message) if body.contact.message is not None else None
                yield self._made(recorded, envelope, body.contact, judged, body.contact.collector)
            elif isinstance(body, ActPermitted) and (judged := by_instant.get((host_act_id(body.act.id), body.at))) is not None:
                act = PastAct(f"{body.act.action.value.replace('_', ' ')} permitted", body.act.id, body.at, kept=True)
                yield act, partial(review_again, judged, recorded.contacts(judged.read))
        for account, history in recorded.accounts.items():
            for place, envelope in enumerate(history):
                body, at = envelope.body, envelope.context.at
                if isinstance(body, ChargeAssessed):
                    proposal = fee_proposal(body.charge, recorded.consumer.id)
                    judged = by_id.get(proposal.id)
                    act = PastAct(FEE_CHARGED, body.charge.id, at, kept=judged is not None)
                    besides = self._charged(recorded, account, place, at, body.charge) if judged is None else NOTHING_FURTHER
                elif isinstance(body, AccountPlaced):
                    proposal = placement_proposal(body.placement, recorded.consumer.id)
                    judged, besides = by_instant.get((proposal.id, at)), NOTHING_FURTHER
                    act = PastAct(ACCOUNT_PLACED, account, at, kept=judged is not None)
                else:
                    continue
                if judged is not None:
                    yield act, partial(review_again, judged, recorded.contacts(judged.read))
                else:
                    yield act, self._answer(recorded, proposal, at, at, own=(account, place), besides=besides)

    def _refused(self, recorded: _Recorded, envelope: Envelope, body: ActRefused) -> tuple[PastAct, Answering]:
        what = CONTACT_REFUSED if body.judged is None else REFUSED.get(body.judged.proposal.action, CONTACT_REFUSED)
        act = PastAct(what, body.message, body.at, body.channel, body.judged is not None)
        if body.judged is not None:
            return act, partial(review_again, body.judged, recorded.contacts(body.judged.read))
        proposal = Proposal(body.message, ActionKind.CONTACT, body.person, body.accounts, body.channel)
        return act, self._answer(recorded, proposal, body.at, envelope.context.at, read=envelope.version - 1)

    def _made(
        self, recorded: _Recorded, envelope: Envelope, contact: Contact, judged: Judged | None, speaks_for: str
    ) -> tuple[PastAct, Answering]:
        act = PastAct(CONTACT_MADE, contact.message or "", contact.at, contact.channel, judged is not None)
        if judged is not None:
            return act, partial(review_again, judged, recorded.contacts(judged.read))
        proposal = contact_proposal(contact, party=self.policy.allocation.party_of(speaks_for))
        return act, self._answer(recorded, proposal, contact.at, envelope.context.at, read=envelope.version - 1)

    def _charged(self, recorded: _Recorded, account: AccountId, place: int, at: datetime, charge: Charge) -> Circumstances:
        """Return what the law wanted to know about a fee: what the person had been charged before over all their accounts."""
        entries, opened = list[Entry](), list[date]()
        for other, history in recorded.accounts.items():
            facts = fold_account(_known(history, at, place if other == account else None))
            if facts is not None:
                opened.append(facts.account.plan.bought_on)
                entries += facts.entries
        besides = charged_in(_known(recorded.person, at, None), self.policy.zone)
        return fee_circumstances(charge, entries, min(opened, default=charge.value_on), charged=besides)

    def _answer(
        self,
        recorded: _Recorded,
        proposal: Proposal,
        at: datetime,
        known_at: datetime,
        *,
        read: int | None = None,
        own: tuple[AccountId, int] | None = None,
        besides: Circumstances = Circumstances(),
    ) -> Answering:
        person = self._believed(recorded, known_at, self.business_date(at), read=read, own=own)

        def answer(rules: RuleBook) -> Verdict:
            return review(proposal, person, rules, at, unknown=self.policy.law.unknown, circumstances=besides)

        return answer

    def _believed(
        self, recorded: _Recorded, known_at: datetime, as_of: date, *, read: int | None, own: tuple[AccountId, int] | None
    ) -> PersonStanding:
        """
        Return the person as they stood on the book just before an act was recorded.

        Args:
            recorded: All there is.
            known_at: When the act was recorded.
            as_of: Business date of the act.
            read: How many events of the person's stream came before it; None when it is on an account's stream.
            own: The account on whose stream it is, and how many of its events came before.
        """
        bodies = _known(recorded.person, known_at, read)
        standings = []
        for account, history in sorted(recorded.accounts.items()):
            facts = fold_account(_known(history, known_at, own[1] if own is not None and own[0] == account else None))
            if facts is not None:
                standings.append(self._meaning(facts, bodies, as_of))
        id, holds, adjustments = recorded.consumer.id, kinds_in_force(bodies, as_of), adjustments_in(bodies, as_of)
        return PersonStanding(recorded.consumer, fold_person(id, bodies), tuple(standings), as_of, holds, adjustments)


def _known(history: Sequence[Envelope], at: datetime, before: int | None) -> list[Event]:
    """Return the bodies that were recorded at *at* or earlier; of the act's own stream those *before* it."""
    if before is not None:
        return [one.body for one in history[:before]]
    return [one.body for one in history if one.context.at <= at]


def _kept(envelope: Envelope) -> Judged | None:
    body = envelope.body
    return body.judged if isinstance(body, ActJudged | ActRefused) else None


def _between(since: datetime | None, until: datetime | None) -> Callable[[datetime], bool]:
    """Return what tells whether an instant is asked about."""
    first = None if since is None else require_aware(since, "nothing was judged")
    end = None if until is None else require_aware(until, "nothing was judged")
    if first is not None and end is not None:
        require_period(first, end, "nothing was judged")
    return lambda at: (first is None or at >= first) and (end is None or at < end)
