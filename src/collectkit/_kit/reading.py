"""What a host reads: standings, the record of an account, and why things are as they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from collectkit._kit.core import Core, account_stream, person_stream
from collectkit.events import Envelope
from collectkit.identifiers import AccountId
from collectkit.servicing.dispatch import Dispatch
from collectkit.servicing.explaining import explain_account
from collectkit.standing import Standing


class Reading(Core):
    """Questions; none of them changes anything."""

    def standing(self, account: str, *, as_of: date) -> Standing:
        """
        Return how an account stands on a business date, past, present or to come.

        Raises:
            UnknownIdError: The account is not on the book.
        """
        with self._view() as unit:
            return self._standing(unit, AccountId(account), self._on(as_of))

    def standings(self, *, as_of: date, page: int = 5_000) -> Iterator[Standing]:
        """Yield the standing of every account on a business date, by account id."""
        after, as_of = "", self._on(as_of)
        while True:
            with self._view() as unit:
                stored = unit.standings(after=after, limit=page)
                rows = [
                    s.on(as_of)
                    if s.as_of <= as_of <= s.valid_through
                    else self._standing_of(unit, self._load(unit, s.account).facts, as_of)
                    for s in stored
                ]
            yield from rows
            if len(stored) < page:
                return
            after = stored[-1].account

    def history(self, account: str) -> list[Envelope]:
        """Return every recorded event of an account in its envelope, oldest first."""
        with self._view() as unit:
            return unit.history(account_stream(account))

    def person_history(self, person: str) -> list[Envelope]:
        """Return every recorded event of a person in its envelope, oldest first."""
        with self._view() as unit:
            return unit.history(person_stream(person))

    def contacts(self, account: str) -> list[Dispatch]:
        """Return the contacts planned, made or given up about an account, by id."""
        with self._view() as unit:
            return unit.dispatches(account=AccountId(account))

    def explain(self, account: str, *, as_of: date | None = None) -> str:
        """
        Return how an account stands and why, for a person to read.

        Args:
            account: Which.
            as_of: Business date; by default that of the last recorded event.
        """
        with self._view() as unit:
            loaded = self._load(unit, account)
            envelopes = unit.history(account_stream(account))
            on = self._on(as_of) if as_of is not None else max(self.business_date(envelope.context.at) for envelope in envelopes)
            standing = self._standing_of(unit, loaded.facts, on)
            refused = [envelope.body for envelope in unit.history(person_stream(standing.person))]
            return explain_account(
                self._book(loaded.facts, on), standing, envelopes, refused, unit.dispatches(account=loaded.id), buckets=self.policy.buckets
            )
