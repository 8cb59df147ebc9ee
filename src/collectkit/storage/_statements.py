"""What a SQLite book is told most often. Columns are named everywhere: a book that the next release has expanded has more of them."""

from __future__ import annotations

from collectkit.storage._rows import COLUMNS

STANDING = ", ".join(COLUMNS)
_MARKS = ", ".join("?" * (len(COLUMNS) + 2))
SAVE_STANDING = f"INSERT OR REPLACE INTO collectkit_standings (tenant, work_on, {STANDING}) VALUES ({_MARKS})"
SAVE_READER = "INSERT OR REPLACE INTO collectkit_readers (tenant, reader, stream, through) VALUES (?, ?, ?, ?)"
SAVE_COMMAND = "INSERT INTO collectkit_commands (tenant, scope, key, fingerprint, answer) VALUES (?, ?, ?, ?, ?)"
SAVE_NOTE = "INSERT OR REPLACE INTO collectkit_notes (tenant, note, account, at, author, data) VALUES (?, ?, ?, ?, ?, ?)"
SAVE_RUN = "INSERT OR REPLACE INTO collectkit_runs (tenant, kind, key, summary) VALUES (?, ?, ?, ?)"
SAVE_EVENT = "INSERT INTO collectkit_events (tenant, stream, version, type, body, digest, commit_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
ARCHIVE_EVENTS = "INSERT INTO collectkit_archived_events (stream, version, type, context, body, digest, tenant)"
DROP_COMMIT = "DELETE FROM collectkit_commits WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM collectkit_events WHERE commit_id = ?1)"
