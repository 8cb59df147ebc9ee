"""What a host does with two records that are one human being, and with finding them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core, person_stream
from collectkit._kit.merged import ANY, MEMBERS, MERGED, apart
from collectkit.compliance import contact_spends
from collectkit.errors import RefusedError
from collectkit.holds import kinds_in_force
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import Contact, ContactRecorded, PersonsMerged, PersonsUnmerged, fold_person, members
from collectkit.person.search import Found, SearchIndex
from collectkit.person_standing import PersonStanding
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import Dispatch, DispatchState, give_up
from collectkit.servicing.merging import AlreadyMerged, MergeReason, Merging, merge_persons, parted, unmerge_persons
from collectkit.standing import Standing
from collectkit.storage.store import Unit

_PAGE = 1000


@decided_again
class PeopleAsOne(Core):
    """Duplicate people: found, followed as one, and parted again."""

    def try_merge(self, person: str, into: str, *, reason: str, at: datetime) -> Merging:
        """
        Follow two people as one from now on; balances stay apart, each account with its own history.

        Restrictions of both hold for both, consents hold where both gave them, and what was spent of any budget is added up:
        merging is never a way to send more. What was planned for *person* is withdrawn, and the next night plans anew.

        Args:
            person: The record that is given up.
            into: The record that goes on, with its name and contact points.
            reason: How it was found; without personal data.
            at: The present instant; aware.
        """
        one, other, on = PersonId(person), PersonId(into), self.business_date(at)
        with self._unit() as held:
            unit = apart(held)
            given, stays = self._consumer(unit, one), self._consumer(unit, other)
            bodies, others = unit.bodies(person_stream(one)), unit.bodies(person_stream(other))
            holds = kinds_in_force(bodies, on), kinds_in_force(others, on)
            outcome = merge_persons(given, stays, bodies, others, holds, on=on, reason=reason)
            if not isinstance(outcome, PersonsMerged):
                return outcome
            streams = {person_stream(other): (len(others), [outcome]), person_stream(one): (len(bodies), [outcome])}
            held.append(self._context(at, f"merge/{one}/{other}/{len(bodies)}"), streams)
            moved = unit.standings_of(one)
            self._unite(unit, one, other, at)
            unit.save_run(MEMBERS, other, json.dumps([*members(others, other), one]))
            unit.save_run(MERGED, one, other)
            unit.save_run(ANY, "any", "1")
            unit.save_standings([(attrs.evolve(standing, person=other), on) for standing in moved])
            unit.save_standings([(standing, on) for standing in unit.standings_of(other)])
        return outcome

    def merge(self, person: str, into: str, *, reason: str, at: datetime) -> PersonsMerged | AlreadyMerged:
        """Follow two people as one from now on; see `try_merge`."""
        outcome = self.try_merge(person, into, reason=reason, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _unite(self, unit: Unit, one: PersonId, other: PersonId, at: datetime) -> None:
        """Count what was spent for the record that is given up against the one that goes on, and withdraw what was planned."""
        accounts = unit.standings_of(one)
        contacts = fold_person(one, unit.bodies(person_stream(one))).contacts
        self._count_for(unit, other, contacts, at)
        for dispatch in _dispatches(unit, accounts):
            if dispatch.state is DispatchState.PLANNED:
                unit.save_dispatches([give_up(dispatch, "the person was merged; the next night plans anew", at=at)])
            elif dispatch.state in (DispatchState.RESERVED, DispatchState.SENDING):
                mine, theirs = f"person/{one}", f"person/{other}"
                unit.count([attrs.evolve(spend, subject=spend.subject.replace(mine, theirs, 1)) for spend in dispatch.budgets])

    def _count_for(self, unit: Unit, person: PersonId, contacts: Iterable[Contact], at: datetime) -> None:
        """Spend the budgets of contacts that were made with another record of the same human being."""
        on = self.business_date(at)
        bodies = unit.bodies(person_stream(person))
        standing = PersonStanding(
            self._consumer(unit, person), fold_person(person, bodies), tuple(unit.standings_of(person)), on, kinds_in_force(bodies, on)
        )
        for contact in contacts:
            party = self.policy.allocation.party_of(contact.collector)
            unit.count(contact_spends(attrs.evolve(contact, person=person, point=""), standing, self.parts.rules, party=party))

    def try_unmerge(self, person: str, into: str, *, reason: str, at: datetime) -> PersonsUnmerged | Refusal[MergeReason]:
        """
        Part two people who were one by mistake: each account goes back to its own record.

        Contacts made while they were merged stay counted on both, and restrictions recorded meanwhile hold for both.
        """
        one, other, on = PersonId(person), PersonId(into), self.business_date(at)
        with self._unit() as held:
            unit = apart(held)
            bodies, others = unit.bodies(person_stream(one)), unit.bodies(person_stream(other))
            outcome = unmerge_persons(one, other, bodies, on=on, reason=reason)
            if isinstance(outcome, Refusal):
                return outcome
            copies = parted(others, one)
            context = self._context(at, f"unmerge/{one}/{other}/{len(bodies)}")
            held.append(context, {person_stream(other): (len(others), [outcome])})
            unit.append(context, {person_stream(one): (len(bodies), [outcome, *copies])})
            unit.save_run(MEMBERS, other, json.dumps([id for id in members(others, other) if id != one]))
            unit.save_run(MERGED, one, "")
            self._part(unit, one, other, at, on)
            self._count_for(unit, one, [copy.contact for copy in copies if isinstance(copy, ContactRecorded)], at)
        return outcome

    def unmerge(self, person: str, into: str, *, reason: str, at: datetime) -> PersonsUnmerged:
        """Part two people who were one by mistake; see `try_unmerge`."""
        outcome = self.try_unmerge(person, into, reason=reason, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _part(self, unit: Unit, one: PersonId, other: PersonId, at: datetime, on: date) -> None:
        """Give each record its own accounts again, and withdraw what was planned about those that go."""
        standings = unit.standings_of(other)
        own = [standing for standing in standings if self._load(unit, standing.account).facts.account.consumer == one]
        unit.save_standings([(attrs.evolve(standing, person=one), on) for standing in own])
        unit.save_standings([(standing, on) for standing in standings if standing not in own])
        for dispatch in _dispatches(unit, own):
            if dispatch.state is DispatchState.PLANNED:
                unit.save_dispatches([give_up(dispatch, "the person was parted from another; the next night plans anew", at=at)])

    # Finding

    def search(self, query: str, *, limit: int = 20) -> list[Found]:
        """
        Return people by name, number, address, e-mail or reference, best first: ids and what matched, no personal data.

        Accents and the ways of writing a number do not matter. It reads everybody, so it is for books of some ten thousand
        people; a host with more looks in its own index and passes the id.
        """
        found: list[Found] = []
        with self._view() as unit:
            standing = unit.standing(AccountId(query)) if 0 < len(query.strip()) == len(query) <= 128 and query.isprintable() else None
            if standing is not None:
                found.append(Found(standing.person, 100, "account"))
            after, full = "", True
            while full:
                people = unit.people(after=after, limit=_PAGE)
                found += SearchIndex(people).find(query, limit=limit)
                full = len(people) == _PAGE
                after = people[-1].id if people else after
        related = {*self.principal.related, *self.principal.ids}
        best = sorted((one for one in found if one.person not in related), key=lambda one: (-one.score, one.person))
        return list({one.person: one for one in reversed(best)}.values())[::-1][:limit]


def _dispatches(unit: Unit, accounts: Sequence[Standing]) -> list[Dispatch]:
    """Return each contact about some of the accounts once."""
    return list({row.id: row for standing in accounts for row in unit.dispatches(account=standing.account)}.values())
