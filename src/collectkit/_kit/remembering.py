"""What a treatment is told of the past: read from both streams, and only for a treatment that asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from collectkit._kit.core import Core, person_stream
from collectkit.events import Event
from collectkit.facts import AccountFacts
from collectkit.history import History, delays, happenings
from collectkit.holds import holds_in
from collectkit.identifiers import AccountId
from collectkit.schedules import Book
from collectkit.standing import Standing
from collectkit.storage.store import Unit
from collectkit.treatment import NO_PAST, Past, TreatmentPolicy, interruptions, stops_of


class Remembering(Core):
    """The past of an account, on request."""

    def _past(
        self,
        unit: Unit,
        treatment: TreatmentPolicy,
        facts: AccountFacts,
        bodies: Sequence[Event],
        standing: Standing,
        book: Book | None = None,
    ) -> Past:
        """Return what a treatment asks of the past of an account, whose events are *bodies*, on the day of its standing."""
        as_of, stopped = standing.as_of, bool(facts.holds or facts.agreed or standing.holds) or _was_stopped(standing)
        if not stopped and not treatment.asks_for_the_past:
            return NO_PAST
        placed, lifted = holds_in(unit.bodies(person_stream(facts.account.consumer)))
        rules, effects = self.policy.waterfall, self.policy.holds.effects
        stops = stops_of(facts, as_of, treatment.resume, waterfall=rules, effects=effects, person_holds=placed, person_lifted=lifted)
        if not treatment.asks_for_the_past:
            return Past(stops=stops)
        over = interruptions(
            facts,
            as_of,
            waterfall=rules,
            promises=self.policy.promises,
            effects=effects,
            person_holds=placed,
            person_lifted=lifted,
        )
        return Past(self._history(unit, facts, bodies, as_of, book), over, stops)

    def _history(self, unit: Unit, facts: AccountFacts, bodies: Sequence[Event], as_of: date, book: Book | None = None) -> History:
        """Return what happened to an account."""
        id: AccountId = facts.account.id
        person = unit.bodies(person_stream(facts.account.consumer))
        found = happenings(id, bodies, person, self.business_date)
        return History([*found, *delays(self._book(facts, as_of) if book is None else book)])


def _was_stopped(standing: Standing) -> bool:
    """Tell whether a stop of the operational clock shows in a standing."""
    return standing.clock_stopped_on is not None or standing.operational_since_on != standing.oldest_unpaid_due_on
