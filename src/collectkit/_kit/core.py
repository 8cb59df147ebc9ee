"""What every part of a kit shares: the store, the policy, who acts, and how a decision is written down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime, timedelta
from typing import ClassVar, Final, cast

import attrs

from collectkit._kit.kept import Asked, Changed, Kept
from collectkit._kit.observed import Watched
from collectkit._kit.parts import Parts
from collectkit.account import AccountOpened
from collectkit.approvals import ActDone, fold_approval, use_approval
from collectkit.calendars.dates import local_date, require_aware, require_day
from collectkit.errors import IntegrityBreachError, PermissionDeniedError, PluginFaultError, UnknownIdError, ValidationError
from collectkit.events import Context, Event, Receipt
from collectkit.facts import AccountFacts, book_of, fold_account, kept_still
from collectkit.holds import (
    adjustments_in,
    holds_in,
    kinds_in_force,
)
from collectkit.identifiers import AccountId, Identifier, PersonId, RecordedCommand, TenantId
from collectkit.person import Consumer, fold_person
from collectkit.person_standing import PersonStanding
from collectkit.principals import Act, Circumstances, Deny, DoneAct, NeedsApproval, Principal, asked_of
from collectkit.refusals import Refusal
from collectkit.schedules import Book
from collectkit.standing import Standing, standing_of
from collectkit.storage.appending import append_behind
from collectkit.storage.codec import codec_for
from collectkit.storage.store import Store, Unit

SUPPRESSED: Final = "suppressed"
"""Scope of the keyed hashes of contact points that belonged to erased people, and the status of such a point."""


def account_stream(id: str) -> str:
    """Return the name of an account's stream."""
    return f"account/{id}"


def person_stream(id: str) -> str:
    """Return the name of a person's stream."""
    return f"person/{id}"


def approval_stream(id: str) -> str:
    """Return the name of an approval's stream."""
    return f"approval/{id}"


def acts_stream(principal: str) -> str:
    """Return the name of the stream in which a principal's sensitive acts are counted."""
    return f"acts/{principal}"


def fingerprint(content: object) -> bytes:
    """Return the SHA-256 of an attrs object's type and content, to tell a retry from a conflict."""
    return hashlib.sha256(f"{type(content).__name__} {codec_for(type(content)).write(content)}".encode()).digest()


@attrs.frozen
class Loaded:
    """
    One account as it was read inside a unit.

    Attributes:
        facts: The fold of its stream.
        bodies: The events of its stream, in order.
    """

    facts: AccountFacts
    bodies: Sequence[Event]

    @property
    def id(self) -> AccountId:
        """Return the account's id."""
        return self.facts.account.id


class Core:
    """
    The state of a kit and the few operations that all its parts are made of. Hosts use `collectkit.Kit`.

    Attributes:
        DECIDES_AGAIN: Whether a command that met a conflict is run anew.
    """

    DECIDES_AGAIN: ClassVar[bool] = True

    def __init__(self, parts: Parts, *, actor: str, tenant: str = "default") -> None:
        if not isinstance(actor, str) or not actor:
            raise ValidationError(f"actor is the id of whoever acts, a text that is not empty, got {actor!r}; nothing was opened")
        self.parts = parts
        self.policy = parts.policy
        self.actor = actor
        self.tenant = TenantId(tenant)
        self.principal = Principal(actor)
        self.approval = ""
        self._kept = Kept()

    @property
    def store(self) -> Store:
        """The store behind this kit."""
        return self.parts.store

    def _unit(self) -> AbstractContextManager[Unit]:
        kept = self._kept
        if kept.whole is not None:
            return nullcontext(kept.whole)
        if kept.receipts is None and kept.asking is None:
            return self.store.unit(self.tenant)
        return self._noted(kept.receipts if kept.receipts is not None else [], kept.asking)

    def _append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> None:
        """Append what happened, whatever else was written meanwhile; in the unit of a command that has one open or is asked about."""
        kept = self._kept
        if kept.whole is None and kept.receipts is None and kept.asking is None:
            append_behind(self.store, context, writes)
            return
        with self._unit() as unit:
            unit.append(context, {stream: (unit.version(stream), events) for stream, events in writes.items()})

    def _view(self) -> AbstractContextManager[Unit]:
        """Open a unit that only reads and holds nobody up."""
        return self.store.view(self.tenant) if self._kept.whole is None else nullcontext(self._kept.whole)

    @contextmanager
    def _noted(self, kept: list[Receipt], question: Asked | None) -> Iterator[Unit]:
        """Open a unit whose receipts are kept once it has been committed, and in which a permission is settled."""
        with self.store.unit(self.tenant) as unit:
            settling = question.unit(unit) if question is not None else None
            watched = Watched(unit if settling is None else cast(Unit, settling))
            yield cast(Unit, watched)
            if settling is not None:
                settling.finish()
        if question is not None and question.spent:
            question.settled = True
        kept += [receipt for committed in watched.committed for receipt in committed.receipts]

    @contextmanager
    def _collecting(self) -> Iterator[list[Receipt]]:
        """Have this thread's units keep their receipts."""
        before, kept = self._kept.receipts, list[Receipt]()
        self._kept.receipts = kept
        try:
            yield kept
        finally:
            self._kept.receipts = before

    @contextmanager
    def _changing(self) -> Iterator[dict[AccountId, Changed]]:
        """Have this thread's commands note what they make of each account."""
        before, changed = self._kept.changed, dict[AccountId, Changed]()
        self._kept.changed = changed
        try:
            yield changed
        finally:
            self._kept.changed = before

    def _note_change(self, before: Sequence[Event], facts: AccountFacts, count: int, on: date) -> None:
        """Note what an account was and is, where somebody asks; what a conflict took back is forgotten."""
        changed = self._kept.changed
        if changed is None:
            return
        id, known = facts.account.id, changed.get(facts.account.id)
        then = known.before if known is not None and known.count == len(before) else fold_account(before)
        if then is not None:
            changed[id] = Changed(then, facts, on, len(before) + count)

    def _context(self, at: datetime, command: str) -> Context:
        require_aware(at)
        self._kept.command = name = RecordedCommand.of(command)
        return Context(self.tenant, self.actor, at, name, policy=self.policy.version, rules=self.parts.rules_version)

    def business_date(self, at: datetime) -> date:
        """Return the civil day of *at* in the policy's business zone."""
        return local_date(require_aware(at), self.policy.zone)

    # Reading

    def _known(self, unit: Unit, id: AccountId) -> Loaded | None:
        bodies = unit.bodies(account_stream(id))
        facts = fold_account(bodies)
        return None if facts is None else Loaded(self._kept_still(unit, facts), bodies)

    def _kept_still(self, unit: Unit, facts: AccountFacts) -> AccountFacts:
        """Return the facts with the days on which holds, those on the person too, keep what was promised or agreed."""
        if not (facts.promises or facts.agreed):
            return facts
        placed, lifted = holds_in(unit.bodies(person_stream(facts.account.consumer)))
        return kept_still(facts, placed, lifted, self.policy.holds.effects)

    def _load(self, unit: Unit, id: str) -> Loaded:
        loaded = self._known(unit, AccountId(id))
        if loaded is None:
            raise UnknownIdError(f"no account '{id}' is on the book of tenant '{self.tenant}'; nothing was done")
        return loaded

    def _on(self, day: date) -> date:
        """Return the business date that a caller gave."""
        return require_day(day, "a business date", "nothing was computed")

    def _book(self, facts: AccountFacts, as_of: date) -> Book:
        return book_of(facts, as_of, waterfall=self.policy.waterfall)

    def _standing_of(self, unit: Unit, facts: AccountFacts, as_of: date, book: Book | None = None) -> Standing:
        standing = self._meaning(facts, unit.bodies(person_stream(facts.account.consumer)), as_of, book)
        owned: Callable[[Standing], Standing] | None = getattr(unit, "owned", None)  # of a book on which people were merged
        return standing if owned is None else owned(standing)

    def _meaning(self, facts: AccountFacts, about_person: Sequence[Event], as_of: date, book: Book | None = None) -> Standing:
        """Return what the facts of an account, and the events of its person's stream, mean on a day."""
        placed, lifted = holds_in(about_person)
        return standing_of(
            facts,
            as_of,
            waterfall=self.policy.waterfall,
            promise_policy=self.policy.promises,
            person_holds=placed,
            person_lifted=lifted,
            book=book,
            effects=self.policy.holds.effects,
        )

    def _standing(self, unit: Unit, id: AccountId, as_of: date) -> Standing:
        stored = unit.standing(id)
        if stored is not None and stored.as_of <= as_of <= stored.valid_through:
            return stored.on(as_of)
        return self._standing_of(unit, self._load(unit, id).facts, as_of)

    def _consumer(self, unit: Unit, id: PersonId) -> Consumer:
        consumer = unit.person(id)
        if consumer is None:
            raise UnknownIdError(f"no person '{id}' is on the book of tenant '{self.tenant}'; nothing was done")
        return consumer

    def _reachable(self, unit: Unit, consumer: Consumer) -> Consumer:
        """Return the person with those contact points marked that belonged to somebody who was erased."""
        if not consumer.contacts or unit.run(SUPPRESSED, "any") is None:
            return consumer
        marks = [self.parts.keyring.mark(self.tenant, point) for point in consumer.contacts]
        known = unit.recalled(SUPPRESSED, marks)
        if not known:
            return consumer
        points = zip(marks, consumer.contacts, strict=True)
        return attrs.evolve(
            consumer, contacts=[attrs.evolve(point, status=SUPPRESSED) if mark in known else point for mark, point in points]
        )

    def _point_name(self, consumer: Consumer, id: str) -> str:
        """Return a name of a contact point that two records of it share: keyed where the book has keys, else a digest."""
        point = consumer.point(id)
        if point is None:
            return ""
        if self.parts.keyring.given:
            return self.parts.keyring.mark(self.tenant, point)
        return hashlib.sha256(f"{point.KIND} {point.value.casefold()}".encode()).hexdigest()[:32]

    def _person_holds(self, unit: Unit, id: PersonId, on: date) -> tuple[str, ...]:
        return kinds_in_force(unit.bodies(person_stream(id)), on)

    def _person_standing(self, unit: Unit, id: PersonId, as_of: date) -> PersonStanding:
        consumer = self._reachable(unit, self._consumer(unit, id))
        bodies = unit.bodies(person_stream(id))
        accounts = tuple(
            s.on(as_of) if s.as_of <= as_of <= s.valid_through else self._standing_of(unit, self._load(unit, s.account).facts, as_of)
            for s in unit.standings_of(id)
        )
        return PersonStanding(
            consumer, fold_person(id, bodies), accounts, as_of, kinds_in_force(bodies, as_of), adjustments_in(bodies, as_of)
        )

    # Writing

    def _open(self, unit: Unit, context: Context, opened: AccountOpened) -> Standing:
        """Start an account's stream."""
        return self._append(unit, context, opened.account.id, [], [opened])

    def _record(self, unit: Unit, context: Context, loaded: Loaded, events: Sequence[Event]) -> Standing:
        """Append to an account's stream and write its new standing, to be looked at by the next night."""
        return self._append(unit, context, loaded.id, loaded.bodies, events)

    def _append(self, unit: Unit, context: Context, id: AccountId, before: Sequence[Event], events: Sequence[Event]) -> Standing:
        as_of = self.business_date(context.at)
        unit.append(context, {account_stream(id): (len(before), events)})
        facts = fold_account([*before, *events])
        if facts is None:
            raise IntegrityBreachError(f"account '{id}' has events but was never opened; nothing was written")
        facts = self._kept_still(unit, facts)
        self._note_change(before, facts, len(events), as_of)
        standing = self._known_standing(unit, facts, as_of, unit.standing(id) if before else None)
        unit.save_standings([(standing, as_of)])
        return standing

    def _known_standing(self, unit: Unit, facts: AccountFacts, as_of: date, stored: Standing | None) -> Standing:
        """
        Return the standing on a day; when a plugin's fault keeps it from being told, the stored one, which then holds no more.

        A payment, a dispute or a wish that contact cease is recorded all the same; the next night works the account or sets it
        aside, and whoever asks meanwhile meets the fault.
        """
        try:
            return self._standing_of(unit, facts, as_of)
        except PluginFaultError:
            if stored is None:
                raise
            return attrs.evolve(stored, valid_through=min(stored.valid_through, as_of - timedelta(days=1)))

    def _record_person(self, unit: Unit, context: Context, id: PersonId, events: Sequence[Event]) -> None:
        stream = person_stream(id)
        unit.append(context, {stream: (unit.version(stream), events)})

    def _spend_approval(self, unit: Unit, context: Context, act: Act) -> None:
        """
        Spend the approval under which this kit acts on an act that takes two people whatever an authorizer says.

        Raises:
            PermissionDeniedError: It is of something else, used, expired, or not by a second person; nothing was done.
        """
        stream = approval_stream(self.approval)
        bodies = unit.bodies(stream)
        answer = asked_of(self.parts.authority, self.principal, act, Circumstances(context.at, self.policy.version))
        roles = answer.roles if isinstance(answer, NeedsApproval) else ()
        used = use_approval(fold_approval(bodies), act, self.principal, at=context.at, roles=roles)
        if isinstance(answer, Deny):
            text = f"{self.principal.id!r} may not {act.action} on {act.resource}: {answer.reason}; nothing was done"
            raise PermissionDeniedError(text, action=act.action, resource=act.resource)
        if isinstance(used, Refusal):
            text = f"{self.principal.id!r} may not {act.action} on {act.resource}: {used}"
            raise PermissionDeniedError(text, action=act.action, resource=act.resource)
        acts = acts_stream(self.principal.id)
        done = ActDone(DoneAct(act, self.principal.id, context.at, self.approval))
        unit.append(context, {stream: (len(bodies), [used]), acts: (unit.version(acts), [done])})

    def _wake(self, unit: Unit, id: PersonId, as_of: date) -> None:
        """Have the next night look at every account of a person again."""
        standings = [self._known_standing(unit, self._load(unit, stored.account).facts, as_of, stored) for stored in unit.standings_of(id)]
        unit.save_standings([(standing, as_of) for standing in standings])

    def _once(self, unit: Unit, scope: str, key: Identifier, content: object) -> str | None:
        """
        Tell what an id-bearing command is: None when new, ``"same"`` when repeated, ``"other"`` when its id was used for something else.

        A new one is remembered in the same transaction.
        """
        print_ = fingerprint(content)
        before = unit.recall(scope, key)
        if before is None:
            unit.remember(scope, key, print_, "")
            return None
        return "same" if before.fingerprint == print_ else "other"


def events_read(unit: Unit, bodies: Sequence[Event]) -> int:
    """Return from how many events of their own stream a person is known; 0 on a book of merged people, where several are read."""
    return 0 if hasattr(unit, "records_apart") else len(bodies)
