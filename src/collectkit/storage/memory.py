"""The reference store: a book in dictionaries, written to be read, with the same meaning as every other store.

It shares the event codec and the chain with the others, so that the same facts have the same digests everywhere,
and nothing else. A unit notes what each value was before its first change and puts it back after an exception.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import ClassVar, TypeVar

import attrs

from collectkit.account import Account
from collectkit.actions import Spend
from collectkit.errors import ConcurrencyConflictError, IdempotencyConflictError, IntegrityBreachError, StoreUnavailableError
from collectkit.events import GENESIS, Context, Envelope, Event, Receipt, chain
from collectkit.identifiers import AccountId, MessageId, PersonId
from collectkit.person import Consumer
from collectkit.servicing.dispatch import OPEN_STATES, Dispatch, DispatchState
from collectkit.servicing.health import ContactFigures, contact_figures
from collectkit.standing import Standing, opening_standing
from collectkit.storage._group import ViewOver
from collectkit.storage._rows import from_row
from collectkit.storage.budgets import fullest_window
from collectkit.storage.keeper import PLAIN, Keeper, texts_of
from collectkit.storage.serde import read_context, read_event, write_context, write_event
from collectkit.storage.store import Behind, Burden, Record, Remembered, StoredNote, Strike
from collectkit.storage.written import WrittenOpening, WrittenPerson

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_NOTHING = object()


@attrs.frozen
class _Book:
    """All that one tenant has, each table by its key; values are never changed in place."""

    events: dict[str, tuple[Envelope, ...]] = attrs.field(factory=dict)
    archived: dict[str, tuple[Envelope, ...]] = attrs.field(factory=dict)
    commands: dict[tuple[str, str], Remembered] = attrs.field(factory=dict)
    readers: dict[tuple[str, str], int] = attrs.field(factory=dict)
    people: dict[PersonId, tuple[str, int]] = attrs.field(factory=dict)
    notes: dict[str, tuple[AccountId, datetime, str, str]] = attrs.field(factory=dict)
    standings: dict[AccountId, tuple[Standing, date | None]] = attrs.field(factory=dict)
    budgets: dict[tuple[str, str], tuple[int, ...]] = attrs.field(factory=dict)
    dispatches: dict[MessageId, Dispatch] = attrs.field(factory=dict)
    runs: dict[tuple[str, str], str] = attrs.field(factory=dict)
    strikes: dict[AccountId, Strike] = attrs.field(factory=dict)
    # What is asked for all the time, so that a large book need not be read from end to end.
    open: dict[MessageId, Dispatch] = attrs.field(factory=dict)
    owned: dict[PersonId, frozenset[AccountId]] = attrs.field(factory=dict)


class MemoryUnit:
    """A `collectkit.storage.store.Unit` on one book in memory."""

    takes_written: ClassVar[bool] = True

    def __init__(self, book: _Book, tenant: str, keeper: Keeper = PLAIN) -> None:
        self._book = book
        self._keeper = keeper
        self._tenant = tenant
        self._undo: list[tuple[dict[object, object], object, object]] = []

    def _set(self, table: dict[K, V], key: K, value: V) -> None:
        self._undo.append((table, key, table.get(key, _NOTHING)))  # type: ignore[arg-type]
        table[key] = value

    def _delete(self, table: dict[K, V], key: K) -> None:
        if key in table:
            self._undo.append((table, key, table.pop(key)))  # type: ignore[arg-type]

    def roll_back(self) -> None:
        """Put everything back as it was when the unit was opened."""
        for table, key, before in reversed(self._undo):
            if before is _NOTHING:
                table.pop(key, None)
            else:
                table[key] = before

    # The record

    def version(self, stream: str) -> int:
        held = self._book.events.get(stream)
        return held[-1].version if held else 0

    def bodies(self, stream: str) -> list[Event]:
        return [envelope.body for envelope in self.history(stream)]

    def history(self, stream: str) -> list[Envelope]:
        held = self._book.events.get(stream, ())
        return [*held[:1], *self._book.archived.get(stream, ()), *held[1:]]

    def records(self, stream: str, *, after: int = 0) -> list[Record]:
        held = self.history(stream)[after:]
        return [Record(stream, e.version, e.body.TYPE, write_context(e.context), write_event(e.body), e.digest) for e in held]

    def archive(self, streams: Sequence[str]) -> dict[str, int]:
        """Move the events of *streams*, but the first and the last of each, out of the way; return how many of which."""
        moved = {}
        for stream in streams:
            held = self._book.events.get(stream, ())
            if held[1:-1]:
                self._set(self._book.archived, stream, (*self._book.archived.get(stream, ()), *held[1:-1]))
                self._set(self._book.events, stream, (held[0], held[-1]))
                moved[stream] = len(held[1:-1])
        return moved

    def bodies_of(self, streams: Sequence[str]) -> dict[str, list[Event]]:
        return {stream: self.bodies(stream) for stream in streams if stream in self._book.events}

    def streams(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[str]:
        return sorted(name for name in self._book.events if name.startswith(prefix) and name > after)[:limit]

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        return {stream: self.version(stream) for stream in streams if stream in self._book.events}

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        if context.tenant != self._tenant:
            raise IntegrityBreachError(f"a commit of tenant '{context.tenant}' came to the book of '{self._tenant}'; nothing was written")
        return [self._append(context, stream, expected, bodies) for stream, (expected, bodies) in writes.items()]

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        self.append(context, writes)

    def lock(self, names: Sequence[str]) -> None:
        """Do nothing: there is one unit at a time."""

    def _append(self, context: Context, stream: str, expected: int, bodies: Sequence[Event]) -> Receipt:
        envelopes = list(self._book.events.get(stream, ()))
        if self.version(stream) != expected:
            raise ConcurrencyConflictError(stream, expected=expected, actual=self.version(stream))
        head = write_context(context)
        digest = envelopes[-1].digest if envelopes else GENESIS
        for version, body in enumerate(bodies, start=expected + 1):
            # What is kept is what the text says: a zone or a way of writing that storage does not keep is lost here too.
            text, previous = write_event(body), digest
            digest = chain(previous, stream, version, body.TYPE, head.encode(), text.encode())
            envelopes.append(Envelope(stream, version, read_event(body.TYPE, text), read_context(head), previous, digest))
        if bodies:
            self._set(self._book.events, stream, tuple(envelopes))
        return Receipt(stream, expected + len(bodies), digest.hex())

    # Readers of the record

    def behind(self, reader: str, *, after: str = "", limit: int = 1000) -> list[Behind]:
        read = self._book.readers
        heads = [Behind(name, read.get((reader, name), 0), self.version(name)) for name in sorted(self._book.events) if name > after]
        return [head for head in heads if head.version > head.through][:limit]

    def unread(self, reader: str) -> int:
        return sum(self.version(name) - self._book.readers.get((reader, name), 0) for name in self._book.events)

    def advance(self, reader: str, through: Iterable[tuple[str, int]]) -> None:
        for stream, version in through:
            self._set(self._book.readers, (reader, stream), version)

    # Idempotency

    def recall(self, scope: str, key: str) -> Remembered | None:
        return self._book.commands.get((scope, key))

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: str) -> None:
        if (scope, key) in self._book.commands:
            raise IdempotencyConflictError(f"a command of scope {scope!r} is remembered already; nothing of this unit may be kept")
        self._set(self._book.commands, (scope, key), Remembered(fingerprint, answer))

    def recalled(self, scope: str, keys: Sequence[str]) -> dict[str, Remembered]:
        return {key: self._book.commands[scope, key] for key in keys if (scope, key) in self._book.commands}

    def remember_all(self, scope: str, answers: Iterable[tuple[str, bytes, str]]) -> None:
        for key, fingerprint, answer in answers:
            self.remember(scope, key, fingerprint, answer)

    # People

    def person(self, id: PersonId) -> Consumer | None:
        return self._keeper.read_person(self._tenant, self._book.people[id][0]) if id in self._book.people else None

    def person_revision(self, id: PersonId) -> int:
        return self._book.people[id][1] if id in self._book.people else 0

    def save_people(self, consumers: Iterable[tuple[Consumer | WrittenPerson, int]]) -> None:
        for consumer, revision in consumers:
            (text,) = texts_of(self._keeper, self._tenant, [consumer])
            self._set(self._book.people, PersonId(consumer.id), (text, revision))

    def people(self, *, after: str = "", limit: int = 1000) -> list[Consumer]:
        ids = [id for id in sorted(self._book.people) if id > after][:limit]
        return [self._keeper.read_person(self._tenant, self._book.people[id][0]) for id in ids]

    def people_named(self, ids: Sequence[PersonId]) -> dict[PersonId, Consumer]:
        return {id: consumer for id in ids if (consumer := self.person(id)) is not None}

    # Notes

    def save_note(self, stored: StoredNote) -> None:
        text = self._keeper.write_note(self._tenant, stored.note)
        self._set(self._book.notes, stored.note.id, (stored.note.account, stored.at, stored.author, text))

    def notes(self, account: AccountId) -> list[StoredNote]:
        rows = [row for row in self._book.notes.values() if row[0] == account]
        held = [StoredNote(self._keeper.read_note(self._tenant, text), at, author) for _, at, author, text in rows]
        return sorted(held, key=lambda stored: (stored.at, stored.note.id))

    # Standings

    def save_standings(self, rows: Iterable[tuple[Standing, date | None]]) -> None:
        for standing, work_on in rows:
            before = self.standing(standing.account)
            if before is None or before.person != standing.person:
                if before is not None:
                    self._set(self._book.owned, before.person, self._book.owned[before.person] - {standing.account})
                mine = self._book.owned.get(standing.person, frozenset())
                self._set(self._book.owned, standing.person, mine | {standing.account})
            self._set(self._book.standings, standing.account, (standing, work_on))

    def save_openings(self, accounts: Iterable[Account | WrittenOpening], as_of: date) -> None:
        self.save_standings(
            [(from_row(one.row) if isinstance(one, WrittenOpening) else opening_standing(one, as_of), as_of) for one in accounts]
        )

    def standing(self, account: AccountId) -> Standing | None:
        return self._book.standings[account][0] if account in self._book.standings else None

    def standings_of(self, person: PersonId) -> list[Standing]:
        return [self._book.standings[account][0] for account in sorted(self._book.owned.get(person, ()))]

    def standings_of_all(self, people: Sequence[PersonId]) -> dict[PersonId, list[Standing]]:
        return {person: held for person in people if (held := self.standings_of(person))}

    def standings(self, *, after: str = "", limit: int = 10_000) -> list[Standing]:
        return [standing for standing in self._standings() if standing.account > after][:limit]

    def _standings(self) -> list[Standing]:
        return [self._book.standings[account][0] for account in sorted(self._book.standings)]

    def work(self, as_of: date, *, after: str = "", limit: int = 200) -> list[tuple[PersonId, tuple[AccountId, ...]]]:
        concerned: dict[PersonId, list[AccountId]] = {}
        due = [
            (account, standing.person)
            for account, (standing, work_on) in self._book.standings.items()
            if work_on is not None and work_on <= as_of and standing.person > after
        ]
        for account, person in sorted(due):
            concerned.setdefault(person, []).append(account)
        return [(person, tuple(concerned[person])) for person in sorted(concerned)[:limit]]

    def burdens(self, on: date) -> list[Burden]:
        groups: dict[tuple[str, str], list[Standing]] = {}
        for s in self._standings():
            if s.handler is not None and s.closed_on is None:
                groups.setdefault((s.handler, s.currency), []).append(s)
        return [
            Burden(*key, len(held), sum(s.outstanding_minor for s in held), sum(s.placed_on == on for s in held))
            for key, held in sorted(groups.items())
        ]

    def burdens_of(self, handlers: Sequence[str], on: date) -> list[Burden]:
        return [burden for burden in self.burdens(on) if burden.handler in handlers]

    def held_by(self, handlers: Sequence[str]) -> list[Standing]:
        return [s for s in self._standings() if s.handler in handlers and s.closed_on is None]

    # Budgets

    def spend(self, spends: Sequence[Spend]) -> Spend | None:
        done: list[Spend] = []
        for spend in spends:
            if fullest_window(self._spent(spend), spend.day.toordinal(), spend.days) > spend.cap:
                self.refund(done)
                return spend
            self.count([spend])
            done.append(spend)
        return None

    def refund(self, spends: Sequence[Spend]) -> None:
        for spend in spends:
            days = list(self._spent(spend))
            if spend.day.toordinal() in days:
                days.remove(spend.day.toordinal())
                self._set(self._book.budgets, (spend.subject, spend.rule), tuple(days))

    def count(self, spends: Sequence[Spend]) -> None:
        for spend in spends:
            self._set(self._book.budgets, (spend.subject, spend.rule), (*self._spent(spend), spend.day.toordinal()))

    def _spent(self, spend: Spend) -> tuple[int, ...]:
        return self._book.budgets.get((spend.subject, spend.rule), ())

    # Dispatch

    def dispatch(self, id: str) -> Dispatch | None:
        return self._book.dispatches.get(MessageId(id))

    def contacts_named(self, ids: Sequence[str]) -> dict[str, Dispatch]:
        return {id: row for id in ids if (row := self.dispatch(id)) is not None}

    def save_dispatches(self, rows: Iterable[Dispatch]) -> None:
        for row in rows:
            self._set(self._book.dispatches, row.id, row)
            if row.state in OPEN_STATES:
                self._set(self._book.open, row.id, row)
            else:
                self._delete(self._book.open, row.id)

    def ready(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        due = [row for row in self._book.open.values() if row.state is DispatchState.PLANNED and row.not_before <= at]
        return sorted(due, key=lambda row: (row.not_before, row.id))[:limit]

    def lost(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        leased = (DispatchState.RESERVED, DispatchState.SENDING)
        held = [(row.lease_until, row) for row in self._book.open.values() if row.state in leased and row.lease_until is not None]
        over = [(until, row) for until, row in held if until < at]
        return [row for _, row in sorted(over, key=lambda pair: (pair[0], pair[1].id))[:limit]]

    def dispatches(self, *, state: DispatchState | None = None, account: AccountId | None = None, limit: int = 10_000) -> list[Dispatch]:
        rows = (self._book.dispatches[id] for id in sorted(self._book.dispatches))
        return [row for row in rows if state in (None, row.state) and (account is None or account in row.proposal.accounts)][:limit]

    def contact_figures(self, at: datetime) -> ContactFigures:
        return contact_figures(self._book.dispatches.values(), at)

    # Runs

    def run(self, kind: str, key: str) -> str | None:
        return self._book.runs.get((kind, key))

    def save_run(self, kind: str, key: str, summary: str) -> None:
        self._set(self._book.runs, (kind, key), summary)

    def runs(self, kind: str) -> list[tuple[str, str]]:
        return [(key, summary) for (of, key), summary in sorted(self._book.runs.items()) if of == kind]

    def strike(self, account: AccountId, as_of: date, cause: str) -> Strike:
        before = self._book.strikes.get(account)
        struck = Strike(account, as_of, cause, before.count + 1 if before else 1)
        self._set(self._book.strikes, account, struck)
        return struck

    def strikes(self) -> list[Strike]:
        return [self._book.strikes[account] for account in sorted(self._book.strikes)]

    def strikes_of(self, accounts: Sequence[AccountId]) -> list[Strike]:
        return [self._book.strikes[account] for account in sorted(set(accounts)) if account in self._book.strikes]

    def release(self, account: AccountId) -> None:
        self._delete(self._book.strikes, account)


class MemoryStore:
    """
    Books that end with the process: the reference for other stores, and a fast store for tests.

    One unit at a time, whoever asks.
    """

    def __init__(self) -> None:
        self._books: dict[str, _Book] = {}
        self._keeper: Keeper = PLAIN
        self._lock = threading.RLock()
        self._open = False

    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        """Open a transaction; leaving the block keeps what was written, an exception puts everything back."""
        with self._lock:
            if self._open:
                raise StoreUnavailableError("a unit is already open in this thread; leave it before opening another; nothing was recorded")
            self._open = True
            unit = MemoryUnit(self._books.setdefault(tenant, _Book()), tenant, self._keeper)
            try:
                yield unit
            except BaseException:
                unit.roll_back()
                raise
            finally:
                self._open = False

    @contextmanager
    def view(self, tenant: str) -> Iterator[MemoryUnit]:
        """Open a transaction of which nothing is kept."""
        with suppress(ViewOver), self.unit(tenant) as unit:
            yield unit
            raise ViewOver

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._keeper = keeper

    def close(self) -> None:
        """Do nothing: there is no file to let go of."""
