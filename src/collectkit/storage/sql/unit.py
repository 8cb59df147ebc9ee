"""One transaction on a book in an SQL database."""

from __future__ import annotations

from collectkit.storage.sql._contacts import ContactRows
from collectkit.storage.sql._record import RecordRows
from collectkit.storage.sql._rows import BesideRows


class SqlUnit(RecordRows, BesideRows, ContactRows):
    """A `collectkit.storage.store.Unit` on one SQLAlchemy connection, inside a transaction that somebody else opened."""
