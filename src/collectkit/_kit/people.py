"""What a host does with people: register, consent, stop, prefer, and record contacts that happened elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, TypeVar

from collectkit._kit.again import decided_again
from collectkit._kit.channel_names import check_spelling, consented
from collectkit._kit.core import Core, fingerprint, person_stream
from collectkit._kit.switching import leased
from collectkit.compliance import contact_spends, shared_spends
from collectkit.errors import IdempotencyConflictError, PersonError
from collectkit.events import Event
from collectkit.identifiers import CommandId, MessageId, PersonId
from collectkit.person import (
    Consent,
    ConsentGiven,
    ConsentWithdrawn,
    Consumer,
    Contact,
    ContactRecorded,
    ContactStopped,
    Preference,
    PreferenceSet,
    Stop,
    TakenBack,
    WishTakenBack,
    fold_person,
)
from collectkit.person_standing import PersonStanding
from collectkit.servicing.dispatch import Dispatch, DispatchState
from collectkit.servicing.people import AlreadyRegistered, Registration, StopRecorded, consent_events, register
from collectkit.storage.store import Unit

_NOT_RECORDED: Final = "nothing was recorded"

EventT = TypeVar("EventT", bound=Event)


@decided_again
class People(Core):
    """Commands about people. Those without an id of their own need a `command_id`, kept by the caller for retries."""

    def register(self, consumer: Consumer, *, at: datetime) -> Registration:
        """
        Put a person on the book, or replace their data by this.

        The same data again changes nothing. Consents listed on a new contact point are recorded as given at *at*.

        Raises:
            TimeError: *at* has no zone.
            ValidationError: A channel of ours is written in another way in the consents of a point.
        """
        check_spelling(consented(consumer), _NOT_RECORDED)
        with self._unit() as unit:
            known = unit.person(consumer.id)
            revision = unit.person_revision(consumer.id)
            outcome = register(known, consumer, revision=revision)
            if not isinstance(outcome, AlreadyRegistered):
                context = self._context(at, f"register/{consumer.id}/{revision + 1}")
                self._record_person(unit, context, consumer.id, [outcome, *consent_events(known, consumer, at=at)])
                unit.save_people([(consumer, revision + 1)])
        return outcome

    def consent(self, consent: Consent, *, at: datetime, command_id: str) -> ConsentGiven:
        """Record that a person agreed to a channel on one contact point."""
        check_spelling([consent.channel], _NOT_RECORDED)
        return self._about(consent.person, ConsentGiven(consent), at, command_id)

    def withdraw(self, person: str, *, at: datetime, command_id: str, point: str = "", channel: str = "") -> ConsentWithdrawn:
        """Record that a person took consent back: for one point, one channel, or (both empty) altogether."""
        check_spelling([channel], _NOT_RECORDED)
        return self._about(PersonId(person), ConsentWithdrawn(person, point, channel, at), at, command_id)

    def stop(self, stop: Stop, *, at: datetime, command_id: str) -> StopRecorded:
        """
        Record that a person asked for contact to cease.

        Once this returns, nothing it covers is begun any more. A contact that was being handed over at that very moment is
        the only one that can still arrive, and is listed in the answer.

        Raises:
            ValidationError: A channel of ours is written in another way, such as ``SMS``; the stop would stop nothing.
        """
        check_spelling(stop.channels, _NOT_RECORDED)
        stopped = ContactStopped(stop)
        context = self._context(at, CommandId(command_id))
        with self._unit() as unit:
            self._consumer(unit, stop.person)
            seen = unit.recall("person", context.command)
            if seen is not None and seen.fingerprint != fingerprint(stopped):
                raise IdempotencyConflictError(f"command {command_id!r} was used for something else; nothing was recorded")
            if seen is not None:
                return StopRecorded(stopped, tuple(MessageId(id) for id in json.loads(seen.answer or "[]")))
            self._record_person(unit, context, stop.person, [stopped])
            under_way = tuple(row.id for row in leased(unit) if row.state is DispatchState.SENDING and _covers(stop, row))
            unit.remember("person", context.command, fingerprint(stopped), json.dumps(under_way))
            self._wake(unit, stop.person, self.business_date(at))
        return StopRecorded(stopped, under_way)

    def prefer(self, preference: Preference, *, at: datetime, command_id: str) -> PreferenceSet:
        """Record an inconvenient time or a refused medium."""
        check_spelling([preference.channel], _NOT_RECORDED)
        return self._about(preference.person, PreferenceSet(preference), at, command_id)

    def take_back(self, taken_back: TakenBack, *, at: datetime, command_id: str) -> WishTakenBack:
        """
        Record that a person took back a stop, an inconvenient time or place, or a refused medium.

        What they asked for of that sort before is over; a consent that a stop had ended needs a new `consent`.

        Raises:
            PersonError: Nothing of that sort stands, so there is nothing to take back; nothing was recorded.
        """
        check_spelling([taken_back.channel], _NOT_RECORDED)
        return self._about(taken_back.person, WishTakenBack(taken_back), at, command_id)

    def record_contact(self, contact: Contact, *, at: datetime, command_id: str) -> ContactRecorded:
        """
        Record a contact that did not go through `dispatch`: an agency's, a call somebody made, one that came in.

        It counts against every cap from now on, also when there was no room for it.

        Raises:
            ValidationError: A channel of ours is written in another way, such as ``Phone``; no cap would count it.
        """
        check_spelling([contact.channel], _NOT_RECORDED)
        return self._about(contact.person, ContactRecorded(contact), at, command_id)

    def person_standing(self, person: str, *, as_of: date) -> PersonStanding:
        """
        Return a person with all their accounts as they stand on a business date.

        Raises:
            UnknownIdError: The person is not on the book.
        """
        with self._view() as unit:
            return self._person_standing(unit, PersonId(person), self._on(as_of))

    def _about(self, person: PersonId, event: EventT, at: datetime, command_id: str) -> EventT:
        """Record one fact about a person, once; the next night looks at all their accounts again."""
        context = self._context(at, CommandId(command_id))
        with self._unit() as unit:
            self._consumer(unit, person)
            seen = self._once(unit, "person", context.command, event)
            if seen == "other":
                raise IdempotencyConflictError(f"command {command_id!r} was used for something else; nothing was recorded")
            if seen is None:
                if isinstance(event, WishTakenBack):
                    _require_something(event, unit.bodies(person_stream(person)))
                self._record_person(unit, context, person, [event])
                if isinstance(event, ContactRecorded):
                    self._count(unit, event.contact)
                self._wake(unit, person, self.business_date(at))
        return event

    def _count(self, unit: Unit, contact: Contact) -> None:
        """Spend the budgets of a contact that took place elsewhere."""
        person = self._person_standing(unit, contact.person, self.business_date(contact.at))
        spends = contact_spends(contact, person, self.parts.rules, party=self.policy.allocation.party_of(contact.collector))
        unit.count(shared_spends(spends, person.id, self._point_name(person.consumer, contact.point)))


def _require_something(event: WishTakenBack, bodies: Sequence[Event]) -> None:
    """Raise when nothing stands that would be taken back: a host that errs about the channel must hear it."""
    taken = event.taken_back
    before, after = (fold_person(taken.person, told) for told in (bodies, [*bodies, event]))
    if (before.stops, before.preferences) == (after.stops, after.preferences):
        raise PersonError(f"no {taken.wish.replace('_', ' ')} stands that this takes back; nothing was recorded")


def _covers(stop: Stop, row: Dispatch) -> bool:
    """Whether a contact is one that the person asked to cease."""
    return row.proposal.person == stop.person and (not stop.channels or row.proposal.channel in stop.channels)
