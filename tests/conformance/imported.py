"""A folder of files on a fresh book, read through the importer, and snapshots of that book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import attrs

from collectkit.events import Context
from collectkit.facts import AccountFacts, fold_account
from collectkit.intake import ImportSummary, Mapping
from collectkit.kit_intake import import_files
from collectkit.portfolio import Portfolio
from collectkit.schedules import Book, replay
from collectkit.standing import standing_of
from collectkit.storage.sqlite import SqliteStore

TENANT = "conformance"
IMPORTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@attrs.frozen
class Imported:
    """
    What came out of an import.

    Attributes:
        summary: What became of each row.
        accounts: All accounts on the book.
    """

    summary: ImportSummary
    accounts: tuple[AccountFacts, ...]

    @property
    def last_day(self) -> date:
        """Return the last day on which anything is due or paid."""
        dues = (day for facts in self.accounts for day in facts.plan.due_on)
        return max([*dues, *(entry.value_on for facts in self.accounts for entry in facts.entries)])


def bring_in(folder: Path, mapping: str | Mapping, *, dry_run: bool = False) -> Imported:
    """Import a folder into an empty book."""
    store = SqliteStore(":memory:")
    context = Context(tenant=TENANT, actor="conformance", at=IMPORTED_AT, command="import")
    try:
        summary = import_files(store, TENANT, mapping, folder, context=context, as_of=IMPORTED_AT.date(), dry_run=dry_run)
        return Imported(summary, tuple(_accounts(store)))
    finally:
        store.close()


def _accounts(store: SqliteStore) -> Iterator[AccountFacts]:
    with store.unit(TENANT) as unit:
        names = unit.streams("account/")
        while names:
            for name in names:
                facts = fold_account(unit.bodies(name))
                assert facts is not None
                yield facts
            names = unit.streams("account/", after=names[-1])


def portfolio_on(accounts: Iterable[AccountFacts], day: date) -> Portfolio:
    """Return the accounts as they stand on a day."""
    return Portfolio.of(standing_of(facts, day) for facts in accounts)


def books_on(accounts: Iterable[AccountFacts], day: date) -> list[Book]:
    """Return the book of each account on a day."""
    return [replay(facts.plan, facts.entries, as_of=day) for facts in accounts]


def days(published: Iterable[str]) -> list[date]:
    """Return the days that facts name, in order."""
    return sorted(date.fromisoformat(day) for day in published)


def having(accounts: Sequence[AccountFacts], key: str, *values: str) -> tuple[AccountFacts, ...]:
    """Return the accounts whose text of that name is one of *values*."""
    return tuple(facts for facts in accounts if facts.account.metadata.get(key) in values)
