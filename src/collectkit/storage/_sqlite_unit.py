"""One transaction on a SQLite book."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, ClassVar, Final

from collectkit.account import Account
from collectkit.actions import Spend
from collectkit.calendars.dates import epoch_micros, from_epoch_micros
from collectkit.errors import IdempotencyConflictError, StoreUnavailableError
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import Consumer
from collectkit.servicing.dispatch import REFUSED_BY, Dispatch, DispatchState
from collectkit.servicing.health import ContactFigures
from collectkit.standing import Standing
from collectkit.storage._known import KnownStreams
from collectkit.storage._recent import Recent
from collectkit.storage._rows import from_row, rows_of, to_row
from collectkit.storage._sqlite_faults import told_at_once
from collectkit.storage._sqlite_record import RecordRows
from collectkit.storage._statements import SAVE_COMMAND, SAVE_NOTE, SAVE_RUN, SAVE_STANDING, STANDING
from collectkit.storage.budgets import BudgetRows
from collectkit.storage.codec import codec_for
from collectkit.storage.keeper import PLAIN, Keeper, texts_of
from collectkit.storage.store import Burden, Remembered, StoredNote, Strike
from collectkit.storage.written import WrittenOpening, WrittenPerson

_DISPATCH = codec_for(Dispatch)
# A hand-over reads each contact before every step, and all standings of its person; frozen objects can be shared.
_read_dispatch = lru_cache(maxsize=1_024)(_DISPATCH.read)
_read_standing: Final = Recent[Sequence[object], Standing](from_row, 8_192)


@told_at_once
class SqliteUnit(RecordRows, BudgetRows):
    """A `collectkit.storage.store.Unit` on one connection, inside a transaction that somebody else opened."""

    takes_written: ClassVar[bool] = True

    def __init__(
        self,
        connection: sqlite3.Connection,
        tenant: str,
        keeper: Keeper = PLAIN,
        known: KnownStreams | None = None,
        *,
        fault: Callable[[sqlite3.Error], StoreUnavailableError],
    ) -> None:
        super().__init__(connection, tenant, keeper, known)
        self.fault = fault
        """Returns what a failed statement means for the caller."""
        # Runs read in this transaction: whether anybody was ever erased is asked about each person.
        self._runs: dict[tuple[str, str], str | None] = {}

    # Idempotency

    def recall(self, scope: str, key: str) -> Remembered | None:
        row = self._one("SELECT fingerprint, answer FROM collectkit_commands WHERE tenant = ? AND scope = ? AND key = ?", scope, key)
        return None if row is None else Remembered(*row)  # type: ignore[arg-type]

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: str) -> None:
        self.remember_all(scope, [(key, fingerprint, answer)])

    def recalled(self, scope: str, keys: Sequence[str]) -> dict[str, Remembered]:
        # CROSS keeps the order: SQLite would rather read every command of the scope for each key, for it does not know how many there are.
        sql = """SELECT c.key, c.fingerprint, c.answer FROM json_each(?3) AS wanted
                 CROSS JOIN collectkit_commands AS c ON c.tenant = ?1 AND c.scope = ?2 AND c.key = wanted.value"""
        rows = self._connection.execute(sql, (self._tenant, scope, json.dumps(list(keys))))
        return {key: Remembered(fingerprint, answer) for key, fingerprint, answer in rows}

    def remember_all(self, scope: str, answers: Iterable[tuple[str, bytes, str]]) -> None:
        tenant = self._tenant
        rows = ((tenant, scope, key, fingerprint, answer) for key, fingerprint, answer in answers)
        try:
            self._connection.executemany(SAVE_COMMAND, rows)
        except sqlite3.IntegrityError as error:
            raise IdempotencyConflictError(
                f"a command of scope {scope!r} is remembered already; nothing of this unit may be kept"
            ) from error

    # People

    def person(self, id: PersonId) -> Consumer | None:
        row = self._one("SELECT data FROM collectkit_people WHERE tenant = ? AND person = ?", id)
        return None if row is None else self._keeper.read_person(self._tenant, str(row[0]))

    def person_revision(self, id: PersonId) -> int:
        row = self._one("SELECT revision FROM collectkit_people WHERE tenant = ? AND person = ?", id)
        return 0 if row is None else int(row[0])  # type: ignore[call-overload]

    def save_people(self, consumers: Iterable[tuple[Consumer | WrittenPerson, int]]) -> None:
        pairs, tenant = list(consumers), self._tenant
        texts = texts_of(self._keeper, tenant, [consumer for consumer, _ in pairs])
        rows = [(tenant, consumer.id, revision, text) for (consumer, revision), text in zip(pairs, texts, strict=True)]
        self._connection.executemany("INSERT OR REPLACE INTO collectkit_people (tenant, person, revision, data) VALUES (?, ?, ?, ?)", rows)

    def people(self, *, after: str = "", limit: int = 1000) -> list[Consumer]:
        sql = "SELECT data FROM collectkit_people WHERE tenant = ? AND person > ? ORDER BY person LIMIT ?"
        return [self._keeper.read_person(self._tenant, str(data)) for (data,) in self._all(sql, after, limit)]

    def people_named(self, ids: Sequence[PersonId]) -> dict[PersonId, Consumer]:
        sql = """SELECT p.person, p.data FROM json_each(?2) AS wanted
                 CROSS JOIN collectkit_people AS p ON p.tenant = ?1 AND p.person = wanted.value"""
        rows = self._all(sql, json.dumps(list(ids)))
        return {PersonId(str(id)): self._keeper.read_person(self._tenant, str(data)) for id, data in rows}

    # Notes

    def save_note(self, stored: StoredNote) -> None:
        note = stored.note
        row = (self._tenant, note.id, note.account, epoch_micros(stored.at), stored.author, self._keeper.write_note(self._tenant, note))
        self._connection.execute(SAVE_NOTE, row)

    def notes(self, account: AccountId) -> list[StoredNote]:
        rows = self._connection.execute(
            "SELECT data, at, author FROM collectkit_notes WHERE tenant = ? AND account = ? ORDER BY at, note", (self._tenant, account)
        )
        return [StoredNote(self._keeper.read_note(self._tenant, data), from_epoch_micros(at), author) for data, at, author in rows]

    # Standings

    def save_standings(self, rows: Iterable[tuple[Standing, date | None]]) -> None:
        tenant, written = self._tenant, []
        for standing, work_on in rows:
            row = to_row(standing)
            _read_standing.keep(row, standing)  # the next night reads what this one wrote
            written.append((tenant, None if work_on is None else work_on.toordinal(), *row))
        self._connection.executemany(SAVE_STANDING, written)

    def save_openings(self, accounts: Iterable[Account | WrittenOpening], as_of: date) -> None:
        tenant, day = self._tenant, as_of.toordinal()
        self._connection.executemany(SAVE_STANDING, ((tenant, day, *row) for row in rows_of(accounts, as_of)))

    def standing(self, account: AccountId) -> Standing | None:
        row = self._one(f"SELECT {STANDING} FROM collectkit_standings WHERE tenant = ? AND account = ?", account)
        return None if row is None else _read_standing(row)

    def standings_of(self, person: PersonId) -> list[Standing]:
        # Without the hint a book that was never analyzed is read from end to end, for the sake of the order.
        sql = f"""SELECT {STANDING} FROM collectkit_standings INDEXED BY collectkit_standings_by_person
                  WHERE tenant = ? AND person = ? ORDER BY account"""
        return [_read_standing(row) for row in self._all(sql, person)]

    def standings_of_all(self, people: Sequence[PersonId]) -> dict[PersonId, list[Standing]]:
        # Each once: somebody who is named twice would be answered twice.
        sql = f"""SELECT {STANDING} FROM json_each(?2) AS wanted
                  CROSS JOIN collectkit_standings INDEXED BY collectkit_standings_by_person
                  WHERE tenant = ?1 AND person = wanted.value"""
        found: dict[PersonId, list[Standing]] = {}
        for row in self._all(sql, json.dumps(list(dict.fromkeys(people)))):
            standing = _read_standing(row)
            found.setdefault(standing.person, []).append(standing)
        return {person: sorted(held, key=attrgetter("account")) for person, held in found.items()}

    def standings(self, *, after: str = "", limit: int = 10_000) -> list[Standing]:
        sql = f"SELECT {STANDING} FROM collectkit_standings WHERE tenant = ? AND account > ? ORDER BY account LIMIT ?"
        return [_read_standing(row) for row in self._all(sql, after, limit)]

    def work(self, as_of: date, *, after: str = "", limit: int = 200) -> list[tuple[PersonId, tuple[AccountId, ...]]]:
        day = as_of.toordinal()
        sql = """SELECT DISTINCT person FROM collectkit_standings WHERE tenant = ? AND work_on <= ? AND person > ?
                 ORDER BY person LIMIT ?"""
        people = [str(row[0]) for row in self._all(sql, day, after, limit)]
        if not people:
            return []
        sql = """SELECT person, account FROM collectkit_standings WHERE tenant = ? AND work_on <= ? AND person BETWEEN ? AND ?
                 ORDER BY person, account"""
        rows = self._all(sql, day, people[0], people[-1])
        return [
            (PersonId(str(person)), tuple(AccountId(str(account)) for _, account in held))
            for person, held in groupby(rows, key=itemgetter(0))
        ]

    def burdens(self, on: date) -> list[Burden]:
        return self._burdens("handler IS NOT NULL", on)

    def burdens_of(self, handlers: Sequence[str], on: date) -> list[Burden]:
        return self._burdens("handler IN (SELECT value FROM json_each(?3))", on, json.dumps(list(handlers)))

    def _burdens(self, whose: str, on: date, *values: str) -> list[Burden]:
        sql = f"""SELECT handler, currency, count(*), sum(outstanding_minor), sum(placed_on IS ?2) FROM collectkit_standings
                  WHERE tenant = ?1 AND {whose} AND closed_on IS NULL GROUP BY handler, currency ORDER BY handler, currency"""
        return [Burden(*row) for row in self._connection.execute(sql, (self._tenant, on.toordinal(), *values))]

    def held_by(self, handlers: Sequence[str]) -> list[Standing]:
        sql = f"""SELECT {STANDING} FROM collectkit_standings
                  WHERE tenant = ? AND handler IN (SELECT value FROM json_each(?)) AND closed_on IS NULL ORDER BY account"""
        return [from_row(row) for row in self._all(sql, json.dumps(list(handlers)))]

    # Budgets

    def _hold_budgets(self, spends: Sequence[Spend]) -> None:
        """Nothing to do: whoever writes holds the whole file."""

    def _budget(self, spend: Spend) -> tuple[list[int], int | None]:
        row = self._connection.execute(
            "SELECT days, version FROM collectkit_budgets WHERE tenant = ? AND subject = ? AND rule = ?",
            (self._tenant, spend.subject, spend.rule),
        ).fetchone()
        return ([], None) if row is None else (json.loads(row[0]), row[1])

    def _write_budget(self, spend: Spend, days: list[int], used: int, version: int | None) -> bool:
        cursor = self._connection.execute(
            """INSERT INTO collectkit_budgets (tenant, subject, rule, cap, used, days, version)
               SELECT ?1, ?2, ?3, ?4, ?5, ?6, 1 WHERE ?5 <= ?4 AND ?7 IS NULL
               ON CONFLICT (tenant, subject, rule) DO NOTHING"""
            if version is None
            else """UPDATE collectkit_budgets SET cap = ?4, used = ?5, days = ?6, version = version + 1
                    WHERE tenant = ?1 AND subject = ?2 AND rule = ?3 AND version = ?7 AND ?5 <= ?4""",
            (self._tenant, spend.subject, spend.rule, spend.cap, used, json.dumps(days), version),
        )
        return cursor.rowcount == 1

    # Dispatch

    def dispatch(self, id: str) -> Dispatch | None:
        row = self._one("SELECT data FROM collectkit_dispatches WHERE tenant = ? AND id = ?", id)
        return None if row is None else _read_dispatch(str(row[0]))

    def contacts_named(self, ids: Sequence[str]) -> dict[str, Dispatch]:
        sql = """SELECT d.id, d.data FROM json_each(?2) AS wanted
                 CROSS JOIN collectkit_dispatches AS d ON d.tenant = ?1 AND d.id = wanted.value"""
        return {str(id): _read_dispatch(str(data)) for id, data in self._all(sql, json.dumps(list(ids)))}

    def save_dispatches(self, rows: Iterable[Dispatch]) -> None:
        held = list(rows)
        self._connection.executemany(
            """INSERT OR REPLACE INTO collectkit_dispatches (tenant, id, state, person, not_before, lease_until, data)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (
                (
                    self._tenant,
                    d.id,
                    d.state.value,
                    d.proposal.person,
                    epoch_micros(d.not_before),
                    None if d.lease_until is None else epoch_micros(d.lease_until),
                    _DISPATCH.write(d),
                )
                for d in held
            ),
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO collectkit_dispatched_accounts (tenant, account, id) VALUES (?, ?, ?)",
            ((self._tenant, a, d.id) for d in held for a in d.proposal.accounts),
        )

    def ready(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        sql = """SELECT data FROM collectkit_dispatches WHERE tenant = ? AND state = 'planned' AND not_before <= ?
                 ORDER BY not_before, id LIMIT ?"""
        return [_read_dispatch(str(row[0])) for row in self._all(sql, epoch_micros(at), limit)]

    def lost(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        sql = """SELECT data FROM collectkit_dispatches WHERE tenant = ? AND state IN ('reserved', 'sending') AND lease_until < ?
                 ORDER BY lease_until, id LIMIT ?"""
        return [_read_dispatch(str(row[0])) for row in self._all(sql, epoch_micros(at), limit)]

    def dispatches(self, *, state: DispatchState | None = None, account: AccountId | None = None, limit: int = 10_000) -> list[Dispatch]:
        if account is not None:
            # CROSS JOIN keeps the order of the tables: from the account to its few contacts, not through all there are.
            sql = """SELECT d.data FROM collectkit_dispatched_accounts a
                     CROSS JOIN collectkit_dispatches d ON d.tenant = a.tenant AND d.id = a.id
                     WHERE a.tenant = ? AND a.account = ? AND (? IS NULL OR d.state = ?) ORDER BY a.id LIMIT ?"""
            rows = self._all(sql, account, state and state.value, state and state.value, limit)
        else:
            sql = "SELECT data FROM collectkit_dispatches WHERE tenant = ? AND (? IS NULL OR state = ?) ORDER BY id LIMIT ?"
            rows = self._all(sql, state and state.value, state and state.value, limit)
        return [_read_dispatch(str(row[0])) for row in rows]

    def contact_figures(self, at: datetime) -> ContactFigures:
        def count(columns: str, states: str, *values: object, rest: str = "") -> list[tuple[Any, ...]]:
            sql = f"SELECT {columns} FROM collectkit_dispatches WHERE tenant = ?1 AND {states} {rest}"
            return self._connection.execute(sql, (self._tenant, *values)).fetchall()

        ((planned, overdue, first),) = count("count(*), sum(not_before <= ?2), min(not_before)", "state = 'planned'", epoch_micros(at))
        ((under_way,),) = count("count(*)", "state IN ('reserved', 'sending')")
        ((unknown,),) = count("count(*)", "state = 'unknown'")
        reason = "json_extract(data, '$.reason')"
        by_rule = f"state = 'not_sent' AND substr({reason}, 1, ?2) = ?3"
        refused = count(f"{reason}, count(*)", by_rule, len(REFUSED_BY), REFUSED_BY, rest="GROUP BY 1")
        since = from_epoch_micros(first) if overdue else None
        return ContactFigures(planned, overdue or 0, since, under_way, unknown, dict(refused))

    # Runs

    def run(self, kind: str, key: str) -> str | None:
        if (kind, key) not in self._runs:
            row = self._one("SELECT summary FROM collectkit_runs WHERE tenant = ? AND kind = ? AND key = ?", kind, key)
            self._runs[kind, key] = None if row is None else str(row[0])
        return self._runs[kind, key]

    def save_run(self, kind: str, key: str, summary: str) -> None:
        self._connection.execute(SAVE_RUN, (self._tenant, kind, key, summary))
        self._runs[kind, key] = summary

    def runs(self, kind: str) -> list[tuple[str, str]]:
        rows = self._all("SELECT key, summary FROM collectkit_runs WHERE tenant = ? AND kind = ? ORDER BY key", kind)
        return sorted(((str(key), str(summary)) for key, summary in rows), key=itemgetter(0))

    def strike(self, account: AccountId, as_of: date, cause: str) -> Strike:
        sql = """INSERT INTO collectkit_quarantine (tenant, account, as_of, cause, count) VALUES (?, ?, ?, ?, 1)
                 ON CONFLICT (tenant, account)
                 DO UPDATE SET as_of = excluded.as_of, cause = excluded.cause, count = count + 1 RETURNING count"""
        row = self._one(sql, account, as_of.toordinal(), cause)
        assert row is not None
        return Strike(account, as_of, cause, int(row[0]))  # type: ignore[call-overload]

    def strikes(self) -> list[Strike]:
        return self._strikes("tenant = ?1")

    def strikes_of(self, accounts: Sequence[AccountId]) -> list[Strike]:
        return self._strikes("tenant = ?1 AND account IN (SELECT value FROM json_each(?2))", json.dumps(list(accounts)))

    def _strikes(self, which: str, *values: str) -> list[Strike]:
        sql = f"SELECT account, as_of, cause, count FROM collectkit_quarantine WHERE {which} ORDER BY account"
        rows = self._connection.execute(sql, (self._tenant, *values))
        return [Strike(AccountId(account), date.fromordinal(day), cause, count) for account, day, cause, count in rows]

    def release(self, account: AccountId) -> None:
        self._connection.execute("DELETE FROM collectkit_quarantine WHERE tenant = ? AND account = ?", (self._tenant, account))
