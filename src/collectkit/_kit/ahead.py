"""A unit that reads ahead: whoever goes over many asks the store about them together, and then about one after the other here.

A store answers one question about two hundred people about as soon as one about a single person; over a network that is most of what
a night waits for. What was written is read anew, so nothing is answered here that the store would not answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final, cast

from collectkit._kit.charging import NOT_THEIRS
from collectkit._kit.core import account_stream, person_stream
from collectkit.account import Account
from collectkit.events import Context, Event, Receipt
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import Consumer
from collectkit.servicing.dispatch import Dispatch
from collectkit.standing import Standing
from collectkit.storage.store import Unit, reads_together

NOBODY: Final[Mapping[PersonId, Iterable[AccountId]]] = MappingProxyType({})


class AheadUnit:
    """
    Another unit, with people and contacts that were read before anybody asks about them.

    Args:
        unit: To read from and to write to.
        accounts: The people, each with the accounts whose events will be asked for.
        contacts: Ids of contacts.
    """

    def __init__(self, unit: Unit, accounts: Mapping[PersonId, Iterable[AccountId]], contacts: Sequence[str]) -> None:
        self._unit = unit
        self._bodies: dict[str, list[Event]] = {}
        self._people: dict[PersonId, Consumer] = {}
        self._standings: dict[PersonId, list[Standing]] = {}
        self._contacts: dict[str, Dispatch] = {}
        self._runs: dict[tuple[str, str], str | None] = {}
        streams = [*map(person_stream, accounts), *(account_stream(account) for held in accounts.values() for account in held)]
        try:
            self._read(streams, list(accounts), contacts)
        except NOT_THEIRS:
            raise
        except Exception:
            # What cannot be read is the fault of one of them: whoever asks about that one meets it, and nobody else. Any fault, for a
            # store or a keeper of the host's own raises what it likes; nothing is hidden, since each is asked about anew.
            self._bodies, self._people, self._standings, self._contacts = {}, {}, {}, {}

    def _read(self, streams: Sequence[str], people: Sequence[PersonId], contacts: Sequence[str]) -> None:
        if streams:
            found = self._unit.bodies_of(streams)
            self._bodies.update((stream, found.get(stream, [])) for stream in streams)
        if people and reads_together(self._unit):
            self._people.update(self._unit.people_named(people))
            held = self._unit.standings_of_all(people)
            self._standings.update((person, held.get(person, [])) for person in people)
        if contacts and reads_together(self._unit):
            self._contacts.update(self._unit.contacts_named(contacts))

    # What is read

    def bodies(self, stream: str) -> list[Event]:
        """Return the event bodies of a stream."""
        held = self._bodies.get(stream)
        return self._unit.bodies(stream) if held is None else list(held)

    def version(self, stream: str) -> int:
        """Return the version of the last event of a stream; where people were merged, what is read of one is not their stream alone."""
        held = None if hasattr(self._unit, "records_apart") else self._bodies.get(stream)
        return self._unit.version(stream) if held is None else len(held)

    def person(self, id: PersonId) -> Consumer | None:
        """Return the person's present data, or None."""
        return self._people.get(id) or self._unit.person(id)

    def standings_of(self, person: PersonId) -> list[Standing]:
        """Return the last standing of every account of a person, by account id."""
        held = self._standings.get(person)
        return self._unit.standings_of(person) if held is None else list(held)

    def dispatch(self, id: str) -> Dispatch | None:
        """Return one contact, or None."""
        return self._contacts.get(id) or self._unit.dispatch(id)

    def run(self, kind: str, key: str) -> str | None:
        """Return the summary text of a run; whether anybody was ever erased is asked about each person."""
        if (kind, key) not in self._runs:
            self._runs[kind, key] = self._unit.run(kind, key)
        return self._runs[kind, key]

    def lock(self, names: Sequence[str]) -> None:
        """Keep names to the unit; whoever had them before may have written runs."""
        self._runs.clear()
        self._unit.lock(names)

    # What is written

    def save_run(self, kind: str, key: str, summary: str) -> None:
        """Write the summary of a run."""
        self._runs.pop((kind, key), None)
        self._unit.save_run(kind, key, summary)

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        """Append to streams."""
        self._forget(writes)
        return self._unit.append(context, writes)

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        """Append to streams."""
        self._forget(writes)
        self._unit.load(context, writes)

    def _forget(self, streams: Iterable[str]) -> None:
        # What is written to a person who was merged stands in the stream of another, and is read with both.
        for stream in list(self._bodies) if hasattr(self._unit, "records_apart") else streams:
            self._bodies.pop(stream, None)

    def save_people(self, consumers: Iterable[tuple[Consumer, int]]) -> None:
        """Write people."""
        self._people.clear()
        self._unit.save_people(consumers)

    def save_standings(self, rows: Iterable[tuple[Standing, date | None]]) -> None:
        """Write standings; an account may have come from another person."""
        self._standings.clear()
        self._unit.save_standings(rows)

    def save_openings(self, accounts: Iterable[Account], as_of: date) -> None:
        """Write the standings of new accounts."""
        self._standings.clear()
        self._unit.save_openings(accounts, as_of)

    def save_dispatches(self, rows: Iterable[Dispatch]) -> None:
        """Write contacts."""
        held = list(rows)
        for row in held:
            self._contacts.pop(row.id, None)
        self._unit.save_dispatches(held)

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


def people_named(unit: Unit, ids: Iterable[PersonId]) -> dict[PersonId, Consumer]:
    """Return the present data of those people who are known, together where the store answers about many at once."""
    if reads_together(unit):
        return unit.people_named(list(ids))
    return {id: consumer for id in ids if (consumer := unit.person(id)) is not None}


def reading_ahead(unit: Unit, accounts: Mapping[PersonId, Iterable[AccountId]] = NOBODY, *, contacts: Sequence[str] = ()) -> Unit:
    """
    Return *unit* as one that has read ahead; it is used in its place from here on.

    Args:
        unit: To read from.
        accounts: The people, each with the accounts whose events will be asked for.
        contacts: Ids of contacts.
    """
    return cast(Unit, AheadUnit(unit, accounts, contacts))
