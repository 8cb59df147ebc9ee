"""What a host does with personal data as such: look at it, give it to its subject, erase it, and forbid erasing it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import attrs

from collectkit._kit.again import again
from collectkit._kit.core import SUPPRESSED, Core, account_stream, person_stream
from collectkit._kit.gateways import gateways_of
from collectkit.actions import Outcome
from collectkit.calendars.dates import require_aware
from collectkit.compliance import REVIEW_OVERDUE, UNKNOWN_REGION, review
from collectkit.errors import IdempotencyConflictError, RetentionHoldError, UnknownIdError, ValidationError
from collectkit.events import Event
from collectkit.identifiers import AccountId, CommandId, PersonId
from collectkit.person import (
    Consumer,
    ContactStopped,
    ErasureDeferred,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonalDataRead,
    PersonErased,
    Stop,
    erased,
    fold_person,
    legal_holds,
)
from collectkit.personal import DataClass, Secret, fields_of
from collectkit.servicing.adverse import purge_circumstances, purge_proposal
from collectkit.servicing.erasing import Retention, RetentionHold, retention_hold
from collectkit.standing import Standing
from collectkit.storage.serde import write_event
from collectkit.storage.store import StoredNote, Unit
from collectkit.storage.vault import ERASED_TEXT

_ERASURES: Final = "erasure"
_TO_FORGET: Final = "forget"
"""Kind of the rows that say which messages drivers have not forgotten yet, by person."""
_PAGE: Final = 500


class Privacy(Core):
    """Personal data: erasure, its limits, and looks that are recorded."""

    # Erasing

    @again
    def try_erase(
        self,
        person: str,
        *,
        at: datetime,
        basis: str = "request",
        retention: Retention = Retention(),
    ) -> PersonErased | RetentionHold:
        """
        Erase a person's data, or say what forbids it and until when.

        What was owed, posted, decided and refused stays, by ids; the record still verifies. Contact points are suppressed by
        a keyed hash, so that nobody is called on them again; budgets that were spent stay spent. Where it must wait, contact
        is stopped, and `erase_due` does it on the day. Asked twice, the answer is the same.

        Args:
            person: Who.
            at: The present instant; aware.
            basis: Why, written into the record: ``request`` …
            retention: How long data is kept after the last activity.

        Raises:
            UnknownIdError: Nobody is registered under this id.
        """
        id, on = PersonId(person), self.business_date(at)
        with self._unit() as unit:
            bodies = unit.bodies(person_stream(id))
            done = erased(bodies)
            if done is None:
                self._consumer(unit, id)
                hold = self._retention_hold(unit, id, bodies, at, on, retention)
                if hold is not None:
                    self._defer(unit, id, bodies, hold, at, on)
                    return hold
                done = self._erase(unit, id, at, on, basis)
        # Keys are destroyed once the erasure stands; a crash in between leaves them to the next call, which ends here too.
        with self._unit() as unit:
            owners = [f"person/{id}", *(f"account/{s.account}" for s in unit.standings_of(id))]
        self.parts.keyring.provider().destroy(self.tenant, owners)
        self._have_forgotten(id)
        scrub = getattr(self.store, "scrub", None)
        if callable(scrub):
            scrub()
        return done

    def erase(self, person: str, *, at: datetime, basis: str = "request", retention: Retention = Retention()) -> PersonErased:
        """
        Erase a person's data; see `try_erase`.

        Raises:
            RetentionHoldError: It must wait; the error says why and until when.
        """
        outcome = self.try_erase(person, at=at, basis=basis, retention=retention)
        if isinstance(outcome, RetentionHold):
            raise RetentionHoldError(str(outcome), basis=outcome.basis, earliest=outcome.earliest)
        return outcome

    def erase_due(self, *, at: datetime) -> list[PersonErased]:
        """
        Do the erasures that had to wait and whose day has come, and those that an older backup of the book undid.

        A night calls it. Keys outlive the book's backups, so that a restored book forgets again what was forgotten.
        """
        on, done = self.business_date(at), []
        waiting, restored = self._erasures_due(on)
        with self._view() as unit:
            untold = [id for id, text in unit.runs(_TO_FORGET) if text]
        for id in untold:
            self._have_forgotten(id)
        for id in waiting:
            outcome = self.try_erase(id, at=at, basis="retention_over")
            if isinstance(outcome, PersonErased):
                done.append(outcome)
        for id in restored:
            done.append(self._erase_anew(PersonId(id), at, on))
            self._have_forgotten(id)
        return done

    def _have_forgotten(self, person: str) -> None:
        """Have drivers forget the messages to a person; one that fails is told again by `erase_due`."""
        with self._view() as unit:
            ids = json.loads(unit.run(_TO_FORGET, person) or "[]")
        if ids and gateways_of(self.parts, self.policy).forget(ids):
            self._note_forgotten(person)

    @again
    def _note_forgotten(self, person: str) -> None:
        with self._unit() as unit:
            unit.save_run(_TO_FORGET, person, "")

    @again
    def _erasures_due(self, on: date) -> tuple[list[str], list[str]]:
        """Return the people whose erasure had to wait until now, and those whom an older backup brought back."""
        with self._unit() as unit:
            return [id for id, text in unit.runs(_ERASURES) if text and date.fromisoformat(text) <= on], self._restored(unit)

    @again
    def _erase_anew(self, id: PersonId, at: datetime, on: date) -> PersonErased:
        """Erase somebody whom an older backup brought back."""
        with self._unit() as unit:
            return self._erase(unit, id, at, on, "restored")

    def _restored(self, unit: Unit) -> list[str]:
        """Return people whose keys were destroyed although the book does not know of an erasure."""
        if not self.parts.keyring.given:
            return []
        owners = self.parts.keyring.provider().destroyed(self.tenant)
        names = [owner.removeprefix("person/") for owner in owners if owner.startswith("person/")]
        return [id for id in names if unit.person_revision(PersonId(id)) and erased(unit.bodies(person_stream(id))) is None]

    def _retention_hold(
        self, unit: Unit, id: PersonId, bodies: list[Event], at: datetime, on: date, retention: Retention
    ) -> RetentionHold | None:
        loaded = [self._load(unit, s.account).facts for s in unit.standings_of(id)]
        standings = [self._standing_of(unit, facts, on) for facts in loaded]
        held = {kind for standing in standings for kind in standing.holds} | set(self._person_holds(unit, id, on))
        contacts = [self.business_date(contact.at) for contact in fold_person(id, bodies).contacts]
        ended = [day for s in standings for day in (s.last_paid_on, s.closed_on) if day is not None]
        last = max([*contacts, *ended], default=None)
        hold = retention_hold(id, standings, legal_holds(bodies, on), sorted(held), last_activity_on=last, on=on, retention=retention)
        return hold or self._forbidden(unit, id, standings, last, at)

    def _forbidden(self, unit: Unit, id: PersonId, standings: Sequence[Standing], last: date | None, at: datetime) -> RetentionHold | None:
        """
        Return what a rule of law has against erasing.

        Where it is not known whose law that is, or nobody has looked at it in time, the host's retention decides alone: doubt keeps us
        from acting against a person, and erasing at their wish does not.
        """
        closed = [standing.closed_on for standing in standings]
        closed_on = None if None in closed else max((day for day in closed if day is not None), default=None)
        verdict = review(
            purge_proposal(id, [standing.account for standing in standings]),
            self._person_standing(unit, id, self.business_date(at)),
            self.parts.rules,
            at,
            unknown=self.policy.law.unknown,
            circumstances=purge_circumstances(last, closed_on),
        )
        against = [one for one in verdict.findings if one.outcome is Outcome.DENY and one.rule not in (UNKNOWN_REGION, REVIEW_OVERDUE)]
        if not against:
            return None
        why = "; ".join(dict.fromkeys(f"{finding.citation}: {finding.text}" for finding in against))
        ends = [finding.earliest for finding in against]
        known = [end for end in ends if end is not None]
        return RetentionHold(id, why, self.business_date(max(known)) if len(known) == len(ends) else None)

    def _defer(self, unit: Unit, id: PersonId, bodies: list[Event], hold: RetentionHold, at: datetime, on: date) -> None:
        """Record that it must wait, and stop contact; asked again with the same answer, nothing is recorded."""
        last = next((body for body in reversed(bodies) if isinstance(body, ErasureDeferred)), None)
        if last is not None and (last.basis, last.earliest) == (hold.basis, hold.earliest):
            return
        events: list[Event] = [ErasureDeferred(id, hold.basis, on, hold.earliest)]
        if last is None:
            events.append(ContactStopped(Stop(id, (), at, means="erasure_request", reason="cease")))
        self._record_person(unit, self._context(at, f"erase/{id}"), id, events)
        unit.save_run(_ERASURES, id, "" if hold.earliest is None else hold.earliest.isoformat())
        self._wake(unit, id, on)

    def _erase(self, unit: Unit, id: PersonId, at: datetime, on: date, basis: str) -> PersonErased:
        """Rewrite what the store holds of a person, and record that it was done."""
        consumer, revision = self._consumer(unit, id), unit.person_revision(id) + 1
        marks = [self.parts.keyring.mark(self.tenant, point) for point in consumer.contacts]
        known = unit.recalled(SUPPRESSED, marks)
        unit.remember_all(SUPPRESSED, [(mark, bytes.fromhex(mark), "") for mark in dict.fromkeys(marks) if mark not in known])
        if marks:
            unit.save_run(SUPPRESSED, "any", "1")
        unit.save_people([(Consumer(id), revision)])
        notes, sent = 0, set[str]()
        for standing in unit.standings_of(id):
            sent |= {name for row in unit.dispatches(account=standing.account) for name in (row.id, row.key) if name}
            for stored in unit.notes(standing.account):
                notes += 1
                unit.save_note(StoredNote(attrs.evolve(stored.note, text=ERASED_TEXT), stored.at, stored.author))
        event = PersonErased(id, on, revision, len(marks), notes, basis)
        self._record_person(unit, self._context(at, f"erase/{id}/{revision}"), id, [event])
        unit.save_run(_ERASURES, id, "")
        unit.save_run(_TO_FORGET, id, json.dumps(sorted(sent)) if sent else "")
        self._wake(unit, id, on)
        return event

    # What forbids it

    @again
    def legal_hold(self, hold: LegalHoldPlaced, *, at: datetime) -> LegalHoldPlaced:
        """
        Forbid erasing a person; the same hold again changes nothing.

        Raises:
            IdempotencyConflictError: The id was used for another hold.
        """
        with self._unit() as unit:
            self._consumer(unit, hold.person)
            match self._once(unit, "legal-hold", CommandId(hold.id), hold):
                case "other":
                    raise IdempotencyConflictError(f"legal hold {hold.id!r} was placed with other content; nothing was recorded")
                case None:
                    self._record_person(unit, self._context(at, f"legal-hold/{hold.id}"), hold.person, [hold])
        return hold

    @again
    def lift_legal_hold(self, person: str, id: str, *, on: date, reason: str, at: datetime) -> LegalHoldLifted:
        """
        End a legal hold; *on* is the first day on which it no longer forbids anything.

        Raises:
            UnknownIdError: There is no such hold in force.
        """
        event = LegalHoldLifted(id, person, self._on(on), reason)
        with self._unit() as unit:
            bodies = unit.bodies(person_stream(person))
            if event in bodies:
                return event
            if all(hold.id != id for hold in legal_holds(bodies, self.business_date(at))):
                raise UnknownIdError(f"person {person!r} has no legal hold {id!r} in force; nothing was recorded")
            self._record_person(unit, self._context(at, f"lift-legal-hold/{id}"), PersonId(person), [event])
        return event

    # Looking

    def personal(self, person: str, *, at: datetime) -> dict[str, Secret[str]]:
        """
        Return a person's name and contact points as secrets; each look at one is recorded with reason and actor.

        Raises:
            UnknownIdError: Nobody is registered under this id.
        """
        require_aware(at)
        with self._unit() as unit:
            consumer = self._consumer(unit, PersonId(person))
        found = {"name": consumer.name}
        for point in consumer.contacts:
            for name in fields_of(type(point), DataClass.PERSONAL):
                found[f"contacts/{point.id}/{name}"] = getattr(point, name)

        def told(field: str) -> Secret[str]:
            return Secret(found[field], lambda reason, actor: self._looked(consumer.id, (field,), reason, actor, at))

        return {field: told(field) for field, value in found.items() if value}

    def _looked(self, person: PersonId, fields: tuple[str, ...], reason: str, actor: str, at: datetime) -> None:
        looked = PersonalDataRead(person, fields, actor, reason, at)
        self._append_behind(self._context(at, f"look/{person}/{at.isoformat()}"), {f"access/{person}": [looked]})

    def subject_export(self, person: str, *, reason: str, at: datetime) -> dict[str, object]:
        """
        Return all that the book holds about a person, as plain values for JSON; the export is recorded.

        Source:
            Regulation (EU) 2016/679, articles 15 and 20.

        Raises:
            UnknownIdError: Nobody is registered under this id.
        """
        if not reason.strip():
            raise ValidationError("an export of personal data needs a reason; nothing was exported")
        id = PersonId(person)
        with self._unit() as unit:
            consumer = self._consumer(unit, id)
            accounts = [s.account for s in unit.standings_of(id)]
            held: dict[str, object] = {
                "person": _plain_consumer(consumer),
                "events": _events(unit.bodies(person_stream(id))),
                "accounts": {account: self._exported(unit, account) for account in accounts},
                "looks": _events(unit.bodies(f"access/{id}")),
            }
        self._looked(id, ("all",), reason, self.actor, at)
        return held

    def _exported(self, unit: Unit, account: AccountId) -> dict[str, object]:
        contacts = unit.dispatches(account=account)
        return {
            "events": _events(unit.bodies(account_stream(account))),
            "notes": [{"at": stored.at.isoformat(), "kind": stored.note.kind, "text": stored.note.text} for stored in unit.notes(account)],
            "contacts": [{"channel": one.proposal.channel, "state": one.state.value} for one in contacts],
        }

    # Keys

    def reseal(self, *, page: int = _PAGE) -> int:
        """
        Write everybody's data and notes anew under their newest keys, and return how many people that were.

        After the keys were rotated, or when a book gets a vault. It may be stopped and begun again.
        """
        after, count = "", 0
        while True:
            with self._unit() as unit:
                people = unit.people(after=after, limit=page)
                unit.save_people([(consumer, unit.person_revision(consumer.id)) for consumer in people if not _is_empty(consumer)])
                for consumer in people:
                    for standing in unit.standings_of(consumer.id):
                        for stored in unit.notes(standing.account):
                            if stored.note.text != ERASED_TEXT:
                                unit.save_note(stored)
            count += len(people)
            if len(people) < page:
                return count
            after = people[-1].id


def _is_empty(consumer: Consumer) -> bool:
    return consumer == Consumer(consumer.id)


def _events(bodies: list[Event]) -> list[dict[str, object]]:
    return [{"type": body.TYPE, **json.loads(write_event(body))} for body in bodies]


def _plain_consumer(consumer: Consumer) -> dict[str, object]:
    return {
        "id": consumer.id,
        "name": consumer.name,
        "locale": consumer.locale,
        "region": consumer.region,
        "contacts": [{"kind": point.KIND, **attrs.asdict(point)} for point in consumer.contacts],
        "places": [attrs.asdict(place) for place in consumer.places],
    }
