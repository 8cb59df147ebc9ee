"""New accounts and people as an import has written them down: the very texts and rows that a store would make of them.

An import prepares its rows beside the transaction, perhaps in another process, where objects would have to be taken
apart and put together again. A unit whose `takes_written` is true accepts each of these where it accepts the object.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import ClassVar, Protocol

from collectkit.account import Account, AccountOpened
from collectkit.person import Consumer
from collectkit.schedules.plan import Plan
from collectkit.storage.codec import codec_for, declare
from collectkit.storage.people import read_consumer

declare(Account, plan=Plan)

write_opened = codec_for(AccountOpened).write
"""Return the canonical text of an `AccountOpened`, as `collectkit.storage.serde.write_event` does."""

read_opened = codec_for(AccountOpened).read
"""Return the event that `write_opened` wrote."""


class WrittenOpened:
    """The text of an `AccountOpened`."""

    __slots__ = ("text",)
    TYPE: ClassVar[str] = AccountOpened.TYPE

    def __init__(self, text: str) -> None:
        self.text = text


class WrittenPerson:
    """
    The text of a person's data, as `collectkit.storage.people.write_consumer` makes it.

    Attributes:
        id: The person's id, as a plain text.
        text: The data.
    """

    __slots__ = ("id", "text")

    def __init__(self, id: str, text: str) -> None:
        self.id, self.text = id, text

    def consumer(self) -> Consumer:
        """Return the person."""
        return read_consumer(self.text)


class WrittenOpening:
    """
    The row of an account's opening standing, as `collectkit.storage._openings.opening_row` makes it.

    Attributes:
        row: Values in the order of the columns.
    """

    __slots__ = ("row",)

    def __init__(self, row: Sequence[object]) -> None:
        self.row = row


class TakesWritten(Protocol):
    """What a unit takes beside the objects when its `takes_written` is true; `WrittenOpened` goes into its `load`."""

    def save_people(self, consumers: Iterable[tuple[WrittenPerson, int]]) -> None:
        """Write people with their revision, replacing earlier ones."""

    def save_openings(self, accounts: Iterable[WrittenOpening], as_of: date) -> None:
        """Write the opening standings of new accounts; *as_of* is that of the rows."""
