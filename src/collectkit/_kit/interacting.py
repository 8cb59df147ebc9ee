"""What a host does when somebody called, was called or visited: one command records the contact, what it counts as, and what is next."""

from __future__ import annotations

from datetime import datetime

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.core import account_stream
from collectkit._kit.people import People
from collectkit.errors import RefusedError
from collectkit.identifiers import PersonId
from collectkit.person import Contact, ContactRecorded, PersonChanged
from collectkit.person.dispositions import Disposition, Interacting, Interaction, InteractionRecorded, dispose
from collectkit.refusals import Refusal
from collectkit.storage.store import Unit


@decided_again
class Interactions(People):
    """Commands about interactions; idempotent by the id of the interaction."""

    def try_record_interaction(self, interaction: Interaction, *, at: datetime) -> Interacting:
        """
        Record what was done about an account, by the policy's table of dispositions.

        The contact counts against every cap from now on, also when there was no room for it; the contact point is marked where the
        table says so, and is never made better than the book knows it, but for a right party who was verified.

        Args:
            interaction: What was done.
            at: When it was done. It is part of what was done: the same id at another instant is another interaction, and refused.
        """
        with self._unit() as unit:
            loaded = self._load(unit, interaction.account)
            facts, table = loaded.facts, self.policy.dispositions
            promises = [id for promise in facts.promises for id in (promise.id, promise.group)]
            outcome = dispose(interaction, table, at=at, known=facts.interactions, promises=promises)
            if isinstance(outcome, InteractionRecorded) and outcome not in facts.interactions:
                row, kind = table.find(interaction.action, interaction.result), table.kind(interaction.action)
                assert row is not None and kind is not None
                person = PersonId(self._standing(unit, loaded.id, self.business_date(at)).person)
                contact = Contact(
                    person,
                    at,
                    kind.channel,
                    interaction.point,
                    (loaded.id,),
                    row.outcome,
                    kind.direction,
                    "response" if kind.direction == "inbound" else "reminder",
                    collector=interaction.collector,
                )
                context = self._context(at, f"interaction/{interaction.id}")
                unit.append(context, {account_stream(loaded.id): (len(loaded.bodies), [outcome])})
                self._record_person(unit, context, person, [ContactRecorded(contact)])
                self._mark(unit, at, person, interaction, row)
                self._count(unit, contact)
                self._wake(unit, person, self.business_date(at))
        return outcome

    def record_interaction(self, interaction: Interaction, *, at: datetime) -> InteractionRecorded:
        """Record what was done about an account, by the policy's table of dispositions."""
        outcome = self.try_record_interaction(interaction, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def interactions(self, account: str) -> tuple[InteractionRecorded, ...]:
        """Return what was done about an account, oldest first."""
        with self._view() as unit:
            return self._load(unit, account).facts.interactions

    def _mark(self, unit: Unit, at: datetime, person: PersonId, interaction: Interaction, row: Disposition) -> None:
        """Give the contact point the status that the table says."""
        consumer = self._consumer(unit, person)
        point = consumer.point(interaction.point)
        if point is None or not row.mark_point or point.status == row.mark_point or (row.mark_point == "verified" and not point.usable):
            return
        marked = attrs.evolve(point, status=row.mark_point)
        changed = attrs.evolve(consumer, contacts=[marked if one is point else one for one in consumer.contacts])
        revision = unit.person_revision(person)
        context = self._context(at, f"register/{person}/{revision + 1}")
        self._record_person(unit, context, person, [PersonChanged(person, revision + 1)])
        unit.save_people([(changed, revision + 1)])
