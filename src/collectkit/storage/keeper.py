"""How personal data is written down: as it is, or sealed in a vault. A store holds texts and never looks inside.

Consumers and the texts of notes are the only personal data that a store is given. What becomes of them there is decided
here, once for all stores, so that a vault protects every one of them alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol

from collectkit.notes import Note
from collectkit.person import Consumer
from collectkit.storage.codec import codec_for
from collectkit.storage.people import read_consumer, write_consumer
from collectkit.storage.written import WrittenPerson


class Keeper(Protocol):
    """Writes personal data as texts and reads it again."""

    def write_people(self, tenant: str, consumers: Sequence[Consumer]) -> list[str]:
        """Return one text for each person, in order."""

    def read_person(self, tenant: str, text: str) -> Consumer:
        """
        Return the person that `write_people` wrote.

        Raises:
            IntegrityBreachError: The text is not a stored person of this tenant.
        """

    def write_note(self, tenant: str, note: Note) -> str:
        """Return the text of a note as it is stored."""

    def read_note(self, tenant: str, text: str) -> Note:
        """Return the note that `write_note` wrote."""


# A night and the hand-overs after it read the same people several times, and a frozen person can be shared. What comes out
# of a vault is not kept beside it.
_read_plain = lru_cache(maxsize=4_096)(read_consumer)


class PlainKeeper:
    """Personal data as it is: for hosts whose database is encrypted as a whole, for demonstrations and for tests."""

    def write_people(self, tenant: str, consumers: Sequence[Consumer]) -> list[str]:
        """Return each person as JSON."""
        return [write_consumer(consumer) for consumer in consumers]

    def read_person(self, tenant: str, text: str) -> Consumer:
        """Return the person."""
        return _read_plain(text)

    def write_note(self, tenant: str, note: Note) -> str:
        """Return the note as JSON."""
        return codec_for(Note).write(note)

    def read_note(self, tenant: str, text: str) -> Note:
        """Return the note."""
        return codec_for(Note).read(text)


PLAIN: Final = PlainKeeper()


def texts_of(keeper: Keeper, tenant: str, people: Sequence[Consumer | WrittenPerson]) -> list[str]:
    """Return what *keeper* writes of each person; what an import has written down already is what the plain one would write."""
    if keeper is PLAIN:
        return [one.text if isinstance(one, WrittenPerson) else write_consumer(one) for one in people]
    return keeper.write_people(tenant, [one.consumer() if isinstance(one, WrittenPerson) else one for one in people])
