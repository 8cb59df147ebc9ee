"""One transaction on a book in an SQL database."""

from __future__ import annotations

from collections.abc import Iterable

from collectkit.identifiers import PersonId
from collectkit.storage.sql._contacts import ContactRows
from collectkit.storage.sql._record import RecordRows
from collectkit.storage.sql._rows import BesideRows


class SqlUnit(RecordRows, BesideRows, ContactRows):
    """A `collectkit.storage.store.Unit` on one SQLAlchemy connection, inside a transaction that somebody else opened."""

    def hold(self, people: Iterable[PersonId]) -> None:
        """Keep everybody else from deciding about these people until the unit ends; waits for those who do so now."""
        self._hold_people(people)
