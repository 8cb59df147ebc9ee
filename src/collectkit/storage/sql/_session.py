"""What the parts of a unit share: the connection, the dialect's words, and who is held while the unit lasts.

**Locks.** PostgreSQL runs at READ COMMITTED, and what a unit decides on is held by row locks, always in this order:
the person, then budgets, each sorted. Everything about a person (their stream, their accounts' streams and standings,
their contacts) is written only by a unit that holds the person's row, so that a stop and a hand-over can never pass
each other. On SQLite a whole unit is one step already, and nothing is locked row by row.

What nobody can hold, because it is not there yet, rests on unique keys: whoever comes second has a conflict and decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from collectkit.errors import ContendedError
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.sql._faults import fault
from collectkit.storage.sql._tables import EVENTS, PEOPLE, STANDINGS

T = TypeVar("T")

_MANY = 20

_NEXT, _NULL = "\x1f", "\x1e"
"""Between two values of a column that travels as one text, and in place of one that is not there."""

PAGE = 5_000
"""So many names go into one statement at most; drivers have a limit."""


def pages(values: Iterable[T], size: int = PAGE) -> Iterator[list[T]]:
    """Yield the values in lists of at most *size*."""
    rest = iter(values)
    while page := list(islice(rest, size)):
        yield page


def _arrays(table: sa.Table, names: Sequence[str], rows: Sequence[Mapping[str, object]]) -> sa.TableValuedAlias:
    """Return rows as a table that a PostgreSQL server makes of an array a column."""
    columns = [_array(table.c[name].type, [row[name] for row in rows]) for name in names]
    return sa.func.unnest(*columns).table_valued(*(sa.column(name, table.c[name].type) for name in names)).render_derived(name="given")


def _array(kind: sa.types.TypeEngine[Any], values: Sequence[Any]) -> sa.ColumnElement[Any]:
    """
    Return a column's values as an array.

    Texts and numbers travel as one text that the server takes apart, which costs this side a tenth of an array of texts; a
    text that holds one of the separators, which no stored JSON and no id does, makes the column travel as an array.
    """
    whole = isinstance(kind, sa.Integer)
    if whole or isinstance(kind, sa.Text):
        texts = [_NULL if value is None else str(value) for value in values] if whole else [_NULL if v is None else v for v in values]
        joined = _NEXT.join(texts)
        if joined and joined.count(_NEXT) == len(texts) - 1 and joined.count(_NULL) == sum([value is None for value in values]):
            parts = sa.func.string_to_array(sa.literal(joined, sa.Text()), _NEXT, _NULL, type_=postgresql.ARRAY(sa.Text()))
            return sa.cast(parts, postgresql.ARRAY(kind)) if whole else parts
    return sa.literal(list(values), postgresql.ARRAY(kind))


class Session:
    """
    One connection inside a transaction that somebody else opened.

    Args:
        connection: The connection.
        tenant: Whose book.
        keeper: Writes and reads personal data.
        deciding: Hold what is read until the unit ends; a view holds nothing.
    """

    def __init__(self, connection: sa.Connection, tenant: str, keeper: Keeper = PLAIN, *, deciding: bool = True) -> None:
        self._connection = connection
        self._keeper = keeper
        self._tenant = tenant
        self._dialect = connection.dialect.name
        self._locks = deciding and self._dialect == "postgresql"
        self._held: set[str] = set()
        self._covered: set[str] = set()
        # Versions of the streams of people whom nobody can hold, for they are not there yet.
        self._unheld: dict[str, int] = {}
        self._new: set[tuple[str, str]] = set()  # commands that were asked for and not found
        self.command = ""
        """Id of the last command that was appended, for the message when a commit is not answered."""

    # Statements

    def _run(self, statement: sa.Executable, values: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None) -> Any:
        try:
            return self._connection.execute(statement, values)
        except DBAPIError as error:
            # Told at once in the words of the store: whoever goes over many records must not take it for a fault of one of them.
            raise fault(error) from error

    def _one(self, statement: sa.Executable) -> sa.Row[Any] | None:
        row: sa.Row[Any] | None = self._run(statement).first()
        return row

    def _insert(self, table: sa.Table) -> Any:
        """Return the dialect's own insert, which knows ON CONFLICT."""
        return postgresql.insert(table) if self._dialect == "postgresql" else sqlite.insert(table)

    def _upsert(self, table: sa.Table, rows: Iterable[Mapping[str, object]]) -> None:
        """Write rows, replacing earlier ones of the same keys; the last of several with one key counts."""
        keys = [column.name for column in table.primary_key]

        def replacing(insert: Any) -> Any:
            others = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
            return insert.on_conflict_do_update(index_elements=keys, set_=others) if others else insert.on_conflict_do_nothing()

        for page in pages(rows):
            last = {tuple(row[key] for key in keys): row for row in page}
            self._write(table, list(last.values()), replacing)

    def _write(self, table: sa.Table, rows: Sequence[Mapping[str, object]], ending: Callable[[Any], Any]) -> int:
        """Write rows by one insert with its ending, and return how many were written."""
        insert = self._insert(table)
        if self._dialect != "postgresql" or len(rows) < _MANY:
            return int(self._run(ending(insert).execution_options(preserve_rowcount=True), rows).rowcount)
        # One statement with an array a column: a server reads it ten times as fast as so many statements.
        names = list(rows[0])
        given = sa.select(_arrays(table, names, rows))
        return int(self._run(ending(insert.from_select(names, given)).execution_options(preserve_rowcount=True)).rowcount)

    def _rewrite(self, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Replace rows that this unit has read and holds: where they are many, on a server, by an update instead of an upsert."""
        if self._dialect != "postgresql" or len(rows) < _MANY:
            return self._upsert(table, rows)
        keys = [column.name for column in table.primary_key]
        for page in pages(rows):
            last = {tuple(row[key] for key in keys): row for row in page}
            given = _arrays(table, list(page[0]), list(last.values()))
            others = {name: given.c[name] for name in page[0] if name not in keys}
            self._run(sa.update(table).where(*(table.c[key] == given.c[key] for key in keys)).values(others))

    def _write_new(self, table: sa.Table, rows: Iterable[Mapping[str, object]], keys: Sequence[str]) -> int:
        """Write rows whose keys are new, leave those that are there, and return how many were written."""
        return sum(self._write(table, page, lambda insert: insert.on_conflict_do_nothing(index_elements=keys)) for page in pages(rows))

    def _among(self, column: sa.ColumnElement[Any], values: Sequence[object]) -> sa.ColumnElement[bool]:
        """Return whether a column is one of many values, as one array where the server knows arrays."""
        if self._dialect != "postgresql":
            return column.in_(values)
        return column == sa.any_(sa.literal(list(values), postgresql.ARRAY(sa.Text())))

    def _mine(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.tenant == self._tenant

    # Locks

    def _hold_people(self, people: Iterable[str]) -> None:
        """Hold people until the unit ends, in the order of their ids."""
        wanted = sorted(set(people) - self._held) if self._locks else []
        for page in pages(wanted):
            row = PEOPLE.c.person
            statement = sa.select(row).where(self._mine(PEOPLE), self._among(row, page)).order_by(row).with_for_update()
            absent = set(page) - set(self._run(statement).scalars())
            self._held.update(page)
            if absent:
                streams = [f"person/{id}" for id in sorted(absent)]
                self._unheld |= dict.fromkeys(streams, 0) | self._versions_of(streams)

    def _versions_of(self, streams: Sequence[str]) -> dict[str, int]:
        statement = (
            sa.select(EVENTS.c.stream, sa.func.max(EVENTS.c.version))
            .where(self._mine(EVENTS), self._among(EVENTS.c.stream, streams))
            .group_by(EVENTS.c.stream)
        )
        return dict(self._run(statement).all())

    def _same_as_before(self, stream: str, version: int) -> None:
        """Make sure that a stream which could not be held is still as it was when the person was first looked for."""
        if self._unheld.get(stream, version) != version:
            raise ContendedError(f"stream {stream!r} was begun by somebody else just now; nothing was recorded, decide again")

    def _hold_accounts(self, accounts: Iterable[str]) -> None:
        """Hold the people behind accounts; an account that is not there yet has nobody to hold."""
        names = {account: f"account/{account}" for account in accounts} if self._locks else {}
        wanted = sorted(account for account, name in names.items() if name not in self._held)
        for page in pages(wanted):
            behind = sa.and_(PEOPLE.c.tenant == STANDINGS.c.tenant, PEOPLE.c.person == STANDINGS.c.person)
            statement = (
                sa.select(STANDINGS.c.account, PEOPLE.c.person)
                .join(PEOPLE, behind)
                .where(self._mine(STANDINGS), self._among(STANDINGS.c.account, page))
                .order_by(PEOPLE.c.person)
                .with_for_update(of=PEOPLE)
            )
            for account, person in self._run(statement):
                self._held.add(person)
                self._covered.add(names[account])
        self._held.update(names[account] for account in wanted)

    def _is_held(self, stream: str) -> bool:
        """Tell whether nobody else can append to a stream until the unit ends, so that what was read of it stays true."""
        if not self._locks or stream in self._covered:
            return True
        kind, _, id = stream.partition("/")
        return kind == "person" and id in self._held and stream not in self._unheld

    def _hold_streams(self, streams: Iterable[str]) -> None:
        """Hold the people whom streams are about."""
        if not self._locks:
            return
        by_kind: dict[str, list[str]] = {}
        for stream in streams:
            kind, _, id = stream.partition("/")
            by_kind.setdefault(kind, []).append(id)
        self._hold_people(by_kind.get("person", ()))
        self._hold_accounts(by_kind.get("account", ()))

    def lock(self, names: Sequence[str]) -> None:
        """Keep names to this unit until it ends, those of streams through the people whom they are about."""
        if not self._locks:
            return
        self._hold_streams(names)
        for name in sorted(set(names) - self._with_row(names)):
            self._run(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"collectkit {self._tenant} {name}", 0))))

    def _with_row(self, names: Sequence[str]) -> set[str]:
        """Return the names of the streams behind which a person's row stands."""
        people = [name.removeprefix("person/") for name in names if name.startswith("person/")]
        accounts = [name.removeprefix("account/") for name in names if name.startswith("account/")]
        found = {
            f"person/{id}"
            for id in self._run(sa.select(PEOPLE.c.person).where(self._mine(PEOPLE), self._among(PEOPLE.c.person, people))).scalars()
        }
        behind = (
            sa.select(STANDINGS.c.account)
            .join(PEOPLE, sa.and_(PEOPLE.c.tenant == STANDINGS.c.tenant, PEOPLE.c.person == STANDINGS.c.person))
            .where(self._mine(STANDINGS), self._among(STANDINGS.c.account, accounts))
        )
        return found | {f"account/{id}" for id in self._run(behind).scalars()}
