"""A store in which merged people are one: whoever asks about one record hears of the human being.

Facts about a record that was merged are written to the stream of the record that goes on, and read with what all the
records hold. So every command, night and hand-over sees one person, whichever id it was given. A book on which nobody was
ever merged is asked one question more for each transaction, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import ClassVar, Final, cast

import attrs

from collectkit.account import Account
from collectkit.errors import StoreUnavailableError
from collectkit.events import Context, Event, Receipt
from collectkit.identifiers import PersonId
from collectkit.person import Consumer
from collectkit.servicing.merging import united
from collectkit.standing import Standing, opening_standing
from collectkit.storage.appending import append_behind, append_in_unit
from collectkit.storage.keeper import Keeper
from collectkit.storage.store import Store, Unit

MERGED: Final = "merged"
"""Kind of the rows that say into whom each person is merged."""

MEMBERS: Final = "members"
"""Kind of the rows that say who is merged into a person."""

ANY: Final = "merging"
_PREFIX: Final = "person/"


class MergedStore:
    """Another store, with merged people as one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._closed = False

    @property
    def beneath(self) -> Store:
        """The store in which every record stands for itself."""
        return self._store

    @contextmanager
    def unit(self, tenant: str) -> Iterator[Unit]:
        """Open a transaction."""
        self._check_open()
        with self._store.unit(tenant) as unit:
            yield _as_one(unit)

    def append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
        """Append events behind whatever stands; those about a person, in a unit that knows as whom they go on."""
        apart = not any(stream.startswith(_PREFIX) for stream in writes)
        return append_behind(self._store, context, writes) if apart else append_in_unit(self, context, writes)

    @contextmanager
    def view(self, tenant: str) -> Iterator[Unit]:
        """Open a transaction that only reads."""
        self._check_open()
        with self._store.view(tenant) as unit:
            yield _as_one(unit)

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._store.protect(keeper)

    def close(self) -> None:
        """Let go of files and connections; whoever comes later is told so, whatever the store beneath would do."""
        self._closed = True
        self._store.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailableError("the book was closed with close_store; open a kit anew; nothing was recorded")

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def _as_one(unit: Unit) -> Unit:
    return unit if unit.run(ANY, "any") is None else cast(Unit, MergedUnit(unit))


def apart(unit: Unit) -> Unit:
    """Return the unit in which every record stands for itself: for merging and parting alone."""
    held: Unit = getattr(unit, "records_apart", unit)
    return held


class MergedUnit:
    """A unit of a book on which people were merged."""

    takes_written: ClassVar[bool] = False

    def __init__(self, unit: Unit) -> None:
        self.records_apart = unit
        self._into: dict[str, str] = {}
        self._united: dict[str, list[Event]] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self.records_apart, name)

    def _goes_on_as(self, person: str) -> str:
        if person not in self._into:
            self._into[person] = self.records_apart.run(MERGED, person) or person
        return self._into[person]

    def _stream(self, name: str) -> str:
        return _PREFIX + self._goes_on_as(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else name

    # The record

    def version(self, stream: str) -> int:
        return self.records_apart.version(self._stream(stream))

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        found = self.records_apart.versions([self._stream(stream) for stream in streams])
        return {stream: found[self._stream(stream)] for stream in streams if self._stream(stream) in found}

    def bodies(self, stream: str) -> list[Event]:
        name = self._stream(stream)
        return self._of_all_records(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else self.records_apart.bodies(name)

    def bodies_of(self, streams: Sequence[str]) -> dict[str, list[Event]]:
        plain = [stream for stream in streams if not stream.startswith(_PREFIX)]
        found = self.records_apart.bodies_of(plain) if plain else {}
        for stream in streams:
            if stream.startswith(_PREFIX) and (bodies := self.bodies(stream)):
                found[stream] = bodies
        return found

    def _of_all_records(self, person: str) -> list[Event]:
        if person not in self._united:
            unit = self.records_apart
            bodies = unit.bodies(_PREFIX + person)
            ids = [PersonId(id) for id in json.loads(unit.run(MEMBERS, person) or "[]")]
            others = {id: (unit.person(id) or Consumer(id), unit.bodies(_PREFIX + id)) for id in ids}
            consumer = unit.person(PersonId(person)) or Consumer(person)
            self._united[person] = united(consumer, bodies, others) if others else bodies
        return list(self._united[person])

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        return self.records_apart.append(context, self._redirected(writes))

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        self.records_apart.load(context, self._redirected(writes))

    def _redirected(self, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> dict[str, tuple[int, Sequence[Event]]]:
        found: dict[str, tuple[int, Sequence[Event]]] = {}
        for stream, (version, events) in writes.items():
            name = self._stream(stream)
            self._united.pop(name.removeprefix(_PREFIX), None)
            found[name] = (version, [*found[name][1], *events]) if name in found else (version, events)
        return found

    def lock(self, names: Sequence[str]) -> None:
        self.records_apart.lock(sorted({self._stream(name) for name in names}))

    # Standings

    def save_standings(self, rows: Iterable[tuple[Standing, date | None]]) -> None:
        self.records_apart.save_standings([(self.owned(standing), work_on) for standing, work_on in rows])

    def owned(self, standing: Standing) -> Standing:
        """Return a standing under the record that goes on."""
        person = self._goes_on_as(standing.person)
        return standing if person == standing.person else attrs.evolve(standing, person=PersonId(person))

    def save_openings(self, accounts: Iterable[Account], as_of: date) -> None:
        held = list(accounts)
        moved = [account for account in held if self._goes_on_as(account.consumer) != account.consumer]
        self.records_apart.save_openings([account for account in held if account not in moved], as_of)
        self.save_standings([(opening_standing(account, as_of), as_of) for account in moved])

    def standings_of(self, person: PersonId) -> list[Standing]:
        return self.records_apart.standings_of(PersonId(self._goes_on_as(person)))

    def standings_of_all(self, people: Sequence[PersonId]) -> dict[PersonId, list[Standing]]:
        return {person: held for person in people if (held := self.standings_of(person))}

    def people_named(self, ids: Sequence[PersonId]) -> dict[PersonId, Consumer]:
        return {id: consumer for id in ids if (consumer := self.records_apart.person(id)) is not None}

    def run(self, kind: str, key: str) -> str | None:
        return self.records_apart.run(kind, key)

    def save_run(self, kind: str, key: str, summary: str) -> None:
        self.records_apart.save_run(kind, key, summary)
