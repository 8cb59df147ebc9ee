"""Allocations that are tried out on the book: what a night would do, and what more room would be worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from collectkit._kit.core import account_stream
from collectkit._kit.people import People
from collectkit._kit.reading import Reading
from collectkit.allocation import DryRun, MoreRoom, at_law, dry_run, failed_before, loads_of, new_on, what_if
from collectkit.court import suits_of
from collectkit.events import Event
from collectkit.facts import AccountFacts, fold_account
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.person import Consumer
from collectkit.standing import Standing


class Trying(People, Reading):
    """Questions about allocations; none of them changes anything."""

    def dry_allocation(self, *, as_of: date) -> DryRun:
        """
        Try an allocation of the whole book as the night would do it; nothing is recorded.

        Accounts that a law firm has stay with it where they would, by the terms of the firm and the suits that are in court. The law
        is asked by the night alone: what it stands against would leave whoever has it, and be given to nobody.

        Args:
            as_of: The business date.
        """
        book = self._allocatable(as_of)
        known = self._facts_of(standing for standing, _ in book)
        suits = {id: [suit.state for suit in suits_of(facts.court)] for id, facts in known.items() if facts.court}
        staying, _ = at_law(book, self.policy.allocation, as_of, suits=suits)
        loads = loads_of(standing for standing, _ in book)
        new = new_on((standing for standing, _ in book), as_of)
        return dry_run(
            book,
            self.policy.allocation,
            loads=loads,
            on=as_of,
            seed=as_of.toordinal(),
            new_today=new,
            strategies=self.parts.strategies,
            failed=_failed(known),
            at_law=staying,
        )

    def what_if(self, more: Mapping[str, int], *, as_of: date) -> tuple[MoreRoom, ...]:
        """
        Tell what more places at handlers would be worth, each by itself; see `collectkit.allocation.what_if`.

        Args:
            more: How many more places each handler would have.
            as_of: The business date.
        """
        return what_if(self._allocatable(as_of), self.policy.allocation, more=more, on=as_of)

    def _failed(self, standings: Iterable[Standing]) -> dict[AccountId, frozenset[HandlerId]]:
        """Return for each account who gave it back without success."""
        return _failed(self._facts_of(standings))

    def _facts_of(self, standings: Iterable[Standing]) -> dict[AccountId, AccountFacts]:
        known = ((standing.account, self._facts(standing.account)) for standing in standings)
        return {account: facts for account, facts in known if facts is not None}

    def _allocatable(self, as_of: date) -> list[tuple[Standing, Consumer]]:
        people: dict[PersonId, Consumer] = {}
        book = []
        for standing in self.standings(as_of=as_of):
            if standing.person not in people:
                people[standing.person] = self.person_standing(standing.person, as_of=as_of).consumer
            book.append((standing, people[standing.person]))
        return book

    def _bodies(self, account: AccountId) -> list[Event]:
        with self._view() as unit:
            return unit.bodies(account_stream(account))

    def _facts(self, account: AccountId) -> AccountFacts | None:
        return fold_account(self._bodies(account))


def _failed(known: Mapping[AccountId, AccountFacts]) -> dict[AccountId, frozenset[HandlerId]]:
    return {account: failed_before(facts.recalls) for account, facts in known.items() if facts.moves}
