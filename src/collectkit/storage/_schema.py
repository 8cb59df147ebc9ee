"""The tables of the embedded store. STRICT: a text never slips into a number.

All names start with ``collectkit_``, for the tables may stand in a host's own database.
"""

from __future__ import annotations

import sqlite3

from collectkit.errors import StoreUnavailableError
from collectkit.storage._rows import column_ddl

SCHEMA_VERSION = 1

SCHEMA: tuple[str, ...] = (
    "CREATE TABLE collectkit_schema (version INTEGER NOT NULL) STRICT",
    f"INSERT INTO collectkit_schema VALUES ({SCHEMA_VERSION})",
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
    f"""CREATE TABLE collectkit_standings (
  tenant TEXT NOT NULL,
  work_on INTEGER,
  {column_ddl()},
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


def prepare(connection: sqlite3.Connection) -> None:
    """
    Make the tables when they are not there, inside the transaction that is open.

    Raises:
        StoreUnavailableError: A newer release wrote them.
    """
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'collectkit_schema'").fetchone()
    if known is None:
        for statement in SCHEMA:
            connection.execute(statement)
        return
    (version,) = connection.execute("SELECT max(version) FROM collectkit_schema").fetchone()
    if version != SCHEMA_VERSION:
        raise StoreUnavailableError(
            f"the book has schema {version}, this release writes {SCHEMA_VERSION}; open it with the release that wrote it; "
            "nothing was recorded"
        )
