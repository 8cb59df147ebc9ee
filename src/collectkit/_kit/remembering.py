"""What a treatment is told of the past: read from both streams, and only for a treatment that asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from collectkit._kit.core import Core, holds_in, person_stream
from collectkit.events import Event
from collectkit.facts import AccountFacts
from collectkit.history import History, delays, happenings
from collectkit.identifiers import AccountId
from collectkit.schedules import Book
from collectkit.storage.store import Unit
from collectkit.treatment import NO_PAST, Past, TreatmentPolicy, interruptions


class Remembering(Core):
    """The past of an account, on request."""

    def _past(
        self, unit: Unit, treatment: TreatmentPolicy, facts: AccountFacts, bodies: Sequence[Event], as_of: date, book: Book | None = None
    ) -> Past:
        """Return what a treatment asks of the past of an account, whose events are *bodies*."""
        if not treatment.asks_for_the_past:
            return NO_PAST
        placed, lifted = holds_in(unit.bodies(person_stream(facts.account.consumer)))
        over = interruptions(
            facts,
            as_of,
            waterfall=self.policy.waterfall,
            promises=self.policy.promises,
            effects=self.policy.holds.effects,
            person_holds=placed,
            person_lifted=lifted,
        )
        return Past(self._history(unit, facts, bodies, as_of, book), over)

    def _history(self, unit: Unit, facts: AccountFacts, bodies: Sequence[Event], as_of: date, book: Book | None = None) -> History:
        """Return what happened to an account."""
        id: AccountId = facts.account.id
        person = unit.bodies(person_stream(facts.account.consumer))
        found = happenings(id, bodies, person, self.business_date)
        return History([*found, *delays(self._book(facts, as_of) if book is None else book)])
