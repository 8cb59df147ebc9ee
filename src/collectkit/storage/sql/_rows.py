"""People, notes, standings and runs in SQL tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import ClassVar

import sqlalchemy as sa

from collectkit.account import Account
from collectkit.calendars.dates import epoch_micros, from_epoch_micros
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import Consumer
from collectkit.standing import Standing
from collectkit.storage._rows import COLUMNS, from_row, rows_of, to_row
from collectkit.storage.keeper import texts_of
from collectkit.storage.sql._session import Session, pages
from collectkit.storage.sql._tables import NOTES, PEOPLE, QUARANTINE, RUNS, STANDINGS
from collectkit.storage.store import Burden, StoredNote, Strike
from collectkit.storage.written import WrittenOpening, WrittenPerson

_STANDING = [STANDINGS.c[name] for name in COLUMNS]
_NAMES = ("tenant", "work_on", *COLUMNS)


class BesideRows(Session):
    """The part of a unit that keeps what stands beside the record."""

    takes_written: ClassVar[bool] = True

    # People

    def person(self, id: PersonId) -> Consumer | None:
        self._hold_people([id])
        row = self._one(sa.select(PEOPLE.c.data).where(self._mine(PEOPLE), PEOPLE.c.person == id))
        return None if row is None else self._keeper.read_person(self._tenant, row.data)

    def person_revision(self, id: PersonId) -> int:
        self._hold_people([id])
        row = self._one(sa.select(PEOPLE.c.revision).where(self._mine(PEOPLE), PEOPLE.c.person == id))
        return 0 if row is None else int(row.revision)

    def save_people(self, consumers: Iterable[tuple[Consumer | WrittenPerson, int]]) -> None:
        pairs = list(consumers)
        texts = texts_of(self._keeper, self._tenant, [consumer for consumer, _ in pairs])
        self._upsert(
            PEOPLE,
            (
                {"tenant": self._tenant, "person": consumer.id, "revision": revision, "data": text}
                for (consumer, revision), text in zip(pairs, texts, strict=True)
            ),
        )

    def people(self, *, after: str = "", limit: int = 1000) -> list[Consumer]:
        statement = sa.select(PEOPLE.c.data).where(self._mine(PEOPLE), PEOPLE.c.person > after).order_by(PEOPLE.c.person).limit(limit)
        return [self._keeper.read_person(self._tenant, data) for data in self._run(statement).scalars()]

    def people_named(self, ids: Sequence[PersonId]) -> dict[PersonId, Consumer]:
        self._hold_people(ids)
        found: dict[PersonId, Consumer] = {}
        for page in pages(ids):
            statement = sa.select(PEOPLE.c.person, PEOPLE.c.data).where(self._mine(PEOPLE), self._among(PEOPLE.c.person, page))
            found.update({PersonId(id): self._keeper.read_person(self._tenant, data) for id, data in self._run(statement)})
        return found

    # Notes

    def save_note(self, stored: StoredNote) -> None:
        note = stored.note
        row = {"tenant": self._tenant, "note": note.id, "account": note.account, "at": epoch_micros(stored.at), "author": stored.author}
        self._upsert(NOTES, [{**row, "data": self._keeper.write_note(self._tenant, note)}])

    def notes(self, account: AccountId) -> list[StoredNote]:
        statement = (
            sa.select(NOTES.c.data, NOTES.c.at, NOTES.c.author)
            .where(self._mine(NOTES), NOTES.c.account == account)
            .order_by(NOTES.c.at, NOTES.c.note)
        )
        return [
            StoredNote(self._keeper.read_note(self._tenant, data), from_epoch_micros(at), author)
            for data, at, author in self._run(statement)
        ]

    # Standings

    def save_standings(self, rows: Iterable[tuple[Standing, date | None]]) -> None:
        self._save_rows((None if work_on is None else work_on.toordinal(), to_row(standing)) for standing, work_on in rows)

    def save_openings(self, accounts: Iterable[Account | WrittenOpening], as_of: date) -> None:
        day = as_of.toordinal()
        self._save_rows((day, row) for row in rows_of(accounts, as_of))

    def _save_rows(self, rows: Iterable[tuple[int | None, Sequence[object]]]) -> None:
        self._upsert(STANDINGS, (dict(zip(_NAMES, (self._tenant, day, *row), strict=True)) for day, row in rows))

    def standing(self, account: AccountId) -> Standing | None:
        self._hold_accounts([account])
        row = self._one(sa.select(*_STANDING).where(self._mine(STANDINGS), STANDINGS.c.account == account))
        return None if row is None else from_row(row)

    def standings_of(self, person: PersonId) -> list[Standing]:
        self._hold_people([person])
        return self._standings(STANDINGS.c.person == person)

    def standings_of_all(self, people: Sequence[PersonId]) -> dict[PersonId, list[Standing]]:
        self._hold_people(people)
        found: dict[PersonId, list[Standing]] = {}
        for page in pages(dict.fromkeys(people)):
            for standing in self._standings(self._among(STANDINGS.c.person, page)):
                found.setdefault(standing.person, []).append(standing)
        return found

    def standings(self, *, after: str = "", limit: int = 10_000) -> list[Standing]:
        return self._standings(STANDINGS.c.account > after, limit=limit)

    def _standings(self, which: sa.ColumnElement[bool], limit: int | None = None) -> list[Standing]:
        statement = sa.select(*_STANDING).where(self._mine(STANDINGS), which).order_by(STANDINGS.c.account).limit(limit)
        return [from_row(row) for row in self._run(statement)]

    def work(self, as_of: date, *, after: str = "", limit: int = 200) -> list[tuple[PersonId, tuple[AccountId, ...]]]:
        held = STANDINGS.c
        due = sa.and_(self._mine(STANDINGS), held.work_on <= as_of.toordinal())
        chosen = sa.select(held.person).distinct().where(due, held.person > after).order_by(held.person).limit(limit)
        people: Sequence[str] = self._run(chosen).scalars().all()
        if not people:
            return []
        self._hold_people(people)
        statement = (
            sa.select(held.person, held.account).where(due, held.person.between(people[0], people[-1])).order_by(held.person, held.account)
        )
        return [
            (PersonId(person), tuple(AccountId(account) for _, account in rows))
            for person, rows in groupby(self._run(statement), key=itemgetter(0))
        ]

    def burdens(self, on: date) -> list[Burden]:
        return self._burdens(STANDINGS.c.handler.is_not(None), on)

    def burdens_of(self, handlers: Sequence[str], on: date) -> list[Burden]:
        return self._burdens(STANDINGS.c.handler.in_(list(handlers)), on)

    def _burdens(self, whose: sa.ColumnElement[bool], on: date) -> list[Burden]:
        held = STANDINGS.c
        new = sa.func.sum(sa.case((held.placed_on == on.toordinal(), 1), else_=0))
        statement = (
            sa.select(held.handler, held.currency, sa.func.count(), sa.func.sum(held.outstanding_minor), new)
            .where(self._mine(STANDINGS), whose, held.closed_on.is_(None))
            .group_by(held.handler, held.currency)
            .order_by(held.handler, held.currency)
        )
        return [Burden(handler, currency, *map(int, counts)) for handler, currency, *counts in self._run(statement)]

    def held_by(self, handlers: Sequence[str]) -> list[Standing]:
        return self._standings(sa.and_(STANDINGS.c.handler.in_(list(handlers)), STANDINGS.c.closed_on.is_(None)))

    # Runs

    def run(self, kind: str, key: str) -> str | None:
        row = self._one(sa.select(RUNS.c.summary).where(self._mine(RUNS), RUNS.c.kind == kind, RUNS.c.key == key))
        return None if row is None else str(row.summary)

    def save_run(self, kind: str, key: str, summary: str) -> None:
        self._upsert(RUNS, [{"tenant": self._tenant, "kind": kind, "key": key, "summary": summary}])

    def runs(self, kind: str) -> list[tuple[str, str]]:
        statement = sa.select(RUNS.c.key, RUNS.c.summary).where(self._mine(RUNS), RUNS.c.kind == kind).order_by(RUNS.c.key)
        return [(key, summary) for key, summary in self._run(statement)]

    def strike(self, account: AccountId, as_of: date, cause: str) -> Strike:
        insert = self._insert(QUARANTINE).values(tenant=self._tenant, account=account, as_of=as_of.toordinal(), cause=cause, count=1)
        again = {"as_of": insert.excluded.as_of, "cause": insert.excluded.cause, "count": QUARANTINE.c.count + 1}
        statement = insert.on_conflict_do_update(index_elements=["tenant", "account"], set_=again).returning(QUARANTINE.c.count)
        return Strike(account, as_of, cause, self._run(statement).scalar_one())

    def strikes(self) -> list[Strike]:
        return self._strikes()

    def strikes_of(self, accounts: Sequence[AccountId]) -> list[Strike]:
        return [strike for page in pages(sorted(set(accounts))) for strike in self._strikes(self._among(QUARANTINE.c.account, page))]

    def _strikes(self, *which: sa.ColumnElement[bool]) -> list[Strike]:
        held = QUARANTINE.c
        rows = sa.select(held.account, held.as_of, held.cause, held.count)
        statement = rows.where(self._mine(QUARANTINE), *which).order_by(held.account)
        return [Strike(AccountId(account), date.fromordinal(day), cause, number) for account, day, cause, number in self._run(statement)]

    def release(self, account: AccountId) -> None:
        self._run(sa.delete(QUARANTINE).where(self._mine(QUARANTINE), QUARANTINE.c.account == account))
