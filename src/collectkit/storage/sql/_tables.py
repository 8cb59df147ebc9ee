"""The tables as SQLAlchemy sees them; how they come to be is said by the steps of the schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from collectkit.storage._rows import COLUMNS, column_type, is_optional

METADATA = sa.MetaData()

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite's INTEGER has 64 bits under its own name
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {"INTEGER": _WHOLE, "TEXT": sa.Text()}


def _table(name: str, *columns: sa.Column[object], keys: tuple[str, ...] = ()) -> sa.Table:
    primary = [sa.PrimaryKeyConstraint(*keys)] if keys else []
    return sa.Table(f"collectkit_{name}", METADATA, *columns, *primary)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _WHOLE, nullable=nullable)


def _bytes(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _identity(name: str) -> sa.Column[object]:
    return sa.Column(name, _WHOLE, primary_key=True)


SCHEMA = _table("schema", _number("version"), _number("min_writer"))
COMMITS = _table("commits", _identity("id"), _text("tenant"), _text("context"))
EVENTS = _table(
    "events",
    _identity("position"),
    _text("tenant"),
    _text("stream"),
    _number("version"),
    _text("type"),
    _text("body"),
    _bytes("digest"),
    _number("commit_id"),
)
ARCHIVED = _table(
    "archived_events",
    _text("tenant"),
    _text("stream"),
    _number("version"),
    _text("type"),
    _text("context"),
    _text("body"),
    _bytes("digest"),
    keys=("tenant", "stream", "version"),
)
READERS = _table("readers", _text("tenant"), _text("reader"), _text("stream"), _number("through"), keys=("tenant", "reader", "stream"))
COMMANDS = _table(
    "commands", _text("tenant"), _text("scope"), _text("key"), _bytes("fingerprint"), _text("answer"), keys=("tenant", "scope", "key")
)
PEOPLE = _table("people", _text("tenant"), _text("person"), _number("revision"), _text("data"), keys=("tenant", "person"))
NOTES = _table(
    "notes", _text("tenant"), _text("note"), _text("account"), _number("at"), _text("author"), _text("data"), keys=("tenant", "note")
)
STANDINGS = _table(
    "standings",
    _text("tenant"),
    _number("work_on", nullable=True),
    *(sa.Column(name, _TYPES[column_type(name)], nullable=is_optional(name)) for name in COLUMNS),
    keys=("tenant", "account"),
)
BUDGETS = _table(
    "budgets",
    _text("tenant"),
    _text("subject"),
    _text("rule"),
    _number("cap"),
    _number("used"),
    _text("days"),
    _number("version"),
    keys=("tenant", "subject", "rule"),
)
DISPATCHES = _table(
    "dispatches",
    _text("tenant"),
    _text("id"),
    _text("state"),
    _text("person"),
    _number("not_before"),
    _number("lease_until", nullable=True),
    _text("data"),
    keys=("tenant", "id"),
)
DISPATCHED_ACCOUNTS = _table("dispatched_accounts", _text("tenant"), _text("account"), _text("id"), keys=("tenant", "account", "id"))
RUNS = _table("runs", _text("tenant"), _text("kind"), _text("key"), _text("summary"), keys=("tenant", "kind", "key"))
QUARANTINE = _table(
    "quarantine", _text("tenant"), _text("account"), _number("as_of"), _text("cause"), _number("count"), keys=("tenant", "account")
)
