"""The tables of every SQL store, step by step. STRICT on SQLite: a text never slips into a number.

All names start with ``collectkit_``, for the tables may stand in a host's own database. A step that was released is
never edited; what changes is a new step at the end of `STEPS`. Steps expand first and contract later: a step adds
tables, indexes and columns with a default, so that the previous release goes on writing; what nobody writes any more
is taken away by a step of a later release, which names in `min_writer` the oldest release that may still write.

The text is SQLite's; `statements_for` says the same to PostgreSQL. Alembic runs these steps for the `sql` store.
"""

from __future__ import annotations

import re
import sqlite3

import attrs

from collectkit.errors import StoreUnavailableError

SCHEMA: tuple[str, ...] = (
    "CREATE TABLE collectkit_schema (version INTEGER NOT NULL) STRICT",
    "INSERT INTO collectkit_schema VALUES (1)",
    """CREATE TABLE collectkit_commits (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  context TEXT NOT NULL) STRICT""",
    """CREATE TABLE collectkit_events (
  position INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  stream TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  commit_id INTEGER NOT NULL REFERENCES collectkit_commits (id)) STRICT""",
    "CREATE UNIQUE INDEX collectkit_events_by_stream ON collectkit_events (tenant, stream, version)",
    """CREATE TABLE collectkit_readers (
  tenant TEXT NOT NULL, reader TEXT NOT NULL, stream TEXT NOT NULL, through INTEGER NOT NULL CHECK (through > 0),
  PRIMARY KEY (tenant, reader, stream)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE collectkit_commands (
  tenant TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL,
  fingerprint BLOB NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (tenant, scope, key)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE collectkit_people (
  tenant TEXT NOT NULL, person TEXT NOT NULL, revision INTEGER NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (tenant, person)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE collectkit_notes (
  tenant TEXT NOT NULL, note TEXT NOT NULL, account TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (tenant, note)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX collectkit_notes_by_account ON collectkit_notes (tenant, account, at)",
    """CREATE TABLE collectkit_standings (
  tenant TEXT NOT NULL,
  work_on INTEGER,
  account TEXT NOT NULL, person TEXT NOT NULL, as_of INTEGER NOT NULL, currency TEXT NOT NULL, plan_kind TEXT NOT
  NULL, product TEXT NOT NULL, merchant TEXT NOT NULL, opened_on INTEGER NOT NULL, total_minor INTEGER NOT NULL,
  paid_minor INTEGER NOT NULL, outstanding_minor INTEGER NOT NULL, owed_minor INTEGER NOT NULL, past_due_minor INTEGER
  NOT NULL, fee_minor INTEGER NOT NULL, credit_minor INTEGER NOT NULL, disputed_minor INTEGER NOT NULL,
  fees_charged_minor INTEGER NOT NULL, oldest_unpaid_due_on INTEGER, next_due_on INTEGER, next_due_minor INTEGER NOT
  NULL, last_due_on INTEGER NOT NULL, last_paid_on INTEGER, installments_total INTEGER NOT NULL, installments_paid
  INTEGER NOT NULL, installments_past_due INTEGER NOT NULL, promise_due_on INTEGER, promised_minor INTEGER NOT NULL,
  promises_broken INTEGER NOT NULL, holds TEXT NOT NULL, hold_until INTEGER, handler TEXT, placed_on INTEGER,
  closed_on INTEGER, valid_through INTEGER NOT NULL,
  PRIMARY KEY (tenant, account)) STRICT, WITHOUT ROWID""",
    # A night walks the people in order and needs no more than this of those who have nothing to do.
    "CREATE INDEX collectkit_standings_by_person ON collectkit_standings (tenant, person, work_on)",
    """CREATE INDEX collectkit_standings_by_handler ON collectkit_standings (tenant, handler)
  WHERE handler IS NOT NULL AND closed_on IS NULL""",
    """CREATE TABLE collectkit_budgets (
  tenant TEXT NOT NULL, subject TEXT NOT NULL, rule TEXT NOT NULL,
  cap INTEGER NOT NULL CHECK (cap >= 0),
  used INTEGER NOT NULL CHECK (used BETWEEN 0 AND cap),
  days TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, subject, rule)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE collectkit_dispatches (
  tenant TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, person TEXT NOT NULL,
  not_before INTEGER NOT NULL, lease_until INTEGER, data TEXT NOT NULL,
  PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX collectkit_dispatches_ready ON collectkit_dispatches (tenant, not_before) WHERE state = 'planned'",
    "CREATE INDEX collectkit_dispatches_leased ON collectkit_dispatches (tenant, lease_until) WHERE state IN ('reserved', 'sending')",
    """CREATE TABLE collectkit_dispatched_accounts (
  tenant TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (tenant, account, id)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE collectkit_runs (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, summary TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, key)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE collectkit_quarantine (
  tenant TEXT NOT NULL, account TEXT NOT NULL, as_of INTEGER NOT NULL, cause TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (tenant, account)) STRICT, WITHOUT ROWID""",
)


_WRITERS: tuple[str, ...] = ("ALTER TABLE collectkit_schema ADD COLUMN min_writer INTEGER NOT NULL DEFAULT 1",)


_AGREED: tuple[str, ...] = (
    "ALTER TABLE collectkit_standings ADD COLUMN agreed TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE collectkit_standings ADD COLUMN paused TEXT NOT NULL DEFAULT ''",
)


_ARCHIVE: tuple[str, ...] = (
    """CREATE TABLE collectkit_archived_events (
  tenant TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0),
  type TEXT NOT NULL, context TEXT NOT NULL, body TEXT NOT NULL, digest BLOB NOT NULL CHECK (length(digest) = 32),
  PRIMARY KEY (tenant, stream, version)) STRICT, WITHOUT ROWID""",
)

ARCHIVE_SCHEMA = 4
"""Writers of an older schema do not know of the archive: they would take an archived stream for a short one."""

ARCHIVE_WRITERS = f"""INSERT INTO collectkit_schema (version, min_writer) SELECT {ARCHIVE_SCHEMA}, {ARCHIVE_SCHEMA}
  WHERE NOT EXISTS (SELECT 1 FROM collectkit_schema WHERE min_writer >= {ARCHIVE_SCHEMA})"""
"""Run before anything is archived, so that no older release opens the book from then on."""


_CLOCKS: tuple[str, ...] = tuple(
    f"ALTER TABLE collectkit_standings ADD COLUMN {name} INTEGER"
    for name in ("charged_off_on", "contractual_since_on", "operational_since_on", "clock_stopped_on")
)

_REPORTING: tuple[str, ...] = tuple(
    f"ALTER TABLE collectkit_standings ADD COLUMN {name} INTEGER" for name in ("reporting_since_on", "reporting_stopped_on")
)

_TAX: tuple[str, ...] = ("ALTER TABLE collectkit_standings ADD COLUMN tax_minor INTEGER NOT NULL DEFAULT 0",)

_COMMITS: tuple[str, ...] = (
    # Archiving takes a commit away with the last of its events. An administrator of a large PostgreSQL book may have built the
    # index beforehand, with CONCURRENTLY.
    "CREATE INDEX IF NOT EXISTS collectkit_events_by_commit ON collectkit_events (commit_id)",
)

_NEXT: tuple[str, ...] = (
    # Contacts are taken by time and then by id: many have the same time, and without the id all of those were sorted for each claim. An
    # administrator may have built them beforehand, with CONCURRENTLY.
    "CREATE INDEX IF NOT EXISTS collectkit_dispatches_next ON collectkit_dispatches (tenant, not_before, id) WHERE state = 'planned'",
    "CREATE INDEX IF NOT EXISTS collectkit_dispatches_over ON collectkit_dispatches (tenant, lease_until, id) "
    "WHERE state IN ('reserved', 'sending')",
    "DROP INDEX IF EXISTS collectkit_dispatches_ready",
    "DROP INDEX IF EXISTS collectkit_dispatches_leased",
)


@attrs.frozen
class Step:
    """
    One change of the tables.

    Attributes:
        version: Its number, which is the schema's afterwards.
        min_writer: Number of the oldest schema whose writers may still write afterwards.
        statements: What is run, in SQLite's words; `statements_for` has PostgreSQL's.
    """

    version: int
    min_writer: int
    statements: tuple[str, ...]


STEPS: tuple[Step, ...] = (
    Step(1, 1, SCHEMA),
    Step(2, 1, _WRITERS),
    Step(3, 1, _AGREED),
    Step(ARCHIVE_SCHEMA, 1, _ARCHIVE),
    Step(5, 1, _CLOCKS),
    Step(6, 1, _COMMITS),
    Step(7, 1, _REPORTING),
    Step(8, 1, _TAX),
    Step(9, 1, _NEXT),
)
"""Every step, oldest first."""

SCHEMA_VERSION = STEPS[-1].version
"""What this release writes."""


_POSTGRESQL = (
    (re.compile(r"\bINTEGER PRIMARY KEY\b"), "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    (re.compile(r"\bINTEGER\b"), "BIGINT"),
    (re.compile(r"\bBLOB\b"), "BYTEA"),
    # Names are sorted by their code points, as in Python and SQLite, whatever the language of the database is.
    (re.compile(r"\bTEXT\b"), 'TEXT COLLATE "C"'),
    (re.compile(r"\) STRICT(, WITHOUT ROWID)?$"), ")"),
)


def statements_for(step: Step, dialect: str) -> list[str]:
    """Return what is run for a step on ``sqlite`` or ``postgresql``, the note of its version included."""
    statements = [*step.statements]
    if dialect == "postgresql":
        for pattern, words in _POSTGRESQL:
            statements = [pattern.sub(words, statement) for statement in statements]
    if step.version > 1:
        statements.append(f"INSERT INTO collectkit_schema (version, min_writer) VALUES ({step.version}, {step.min_writer})")
    return statements


def steps_after(version: int) -> list[Step]:
    """Return the steps that a book of schema *version* lacks."""
    return [step for step in STEPS if step.version > version]


def check_writer(version: int, min_writer: int) -> None:
    """
    Make sure that this release may write into a book.

    Raises:
        StoreUnavailableError: A newer release has taken away what this one writes.
    """
    if min_writer > SCHEMA_VERSION:
        raise StoreUnavailableError(
            f"the book has schema {version}, which only releases from schema {min_writer} on may write; this release writes "
            f"{SCHEMA_VERSION}; open it with a newer one; nothing was recorded"
        )


def versions_in(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the schema of a book and the oldest one whose writers it takes; zeros when there is no book."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'collectkit_schema'").fetchone() is None:
        return 0, 0
    (version,) = connection.execute("SELECT max(version) FROM collectkit_schema").fetchone()
    if version < 2:
        return version, 1
    (min_writer,) = connection.execute("SELECT max(min_writer) FROM collectkit_schema").fetchone()
    return version, min_writer


def prepare(connection: sqlite3.Connection) -> None:
    """
    Make the tables when they are not there, and bring older ones up, inside the transaction that is open.

    Raises:
        StoreUnavailableError: A newer release wrote them and does not take what this one writes.
    """
    version, min_writer = versions_in(connection)
    check_writer(version, min_writer)
    for step in steps_after(version):
        for statement in statements_for(step, "sqlite"):
            connection.execute(statement)
