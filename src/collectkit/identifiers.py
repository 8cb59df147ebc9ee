"""Identifiers: plain text that may travel anywhere, checked once at the door.

A host's own ids are used as they are. Each kind has its own type, so that an account id is not passed where
a person's is meant; plain strings are accepted wherever an object is built and converted there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self
from unicodedata import is_normalized

from collectkit.errors import IdentifierError

LENGTH_MAX = 128


class Identifier(str):
    """
    A non-empty text of at most 128 characters without white space at its ends or control characters.

    Raises:
        IdentifierError: The text is empty, too long, padded, not in Unicode normal form C, or holds a control character
            such as NUL.

    >>> AccountId("a-1")
    AccountId('a-1')
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if type(text) is cls:
            return text
        # Nearly every id is plain; a stored book is read through here.
        if type(text) is str and 0 < len(text) <= LENGTH_MAX and text.isascii() and text.isprintable() and text[0] != " " != text[-1]:
            return str.__new__(cls, text)
        if not isinstance(text, str):
            raise IdentifierError(f"{cls.__name__} must be a text, got {type(text).__name__}; nothing was recorded")
        if not text or len(text) > LENGTH_MAX:
            raise IdentifierError(f"{cls.__name__} must have 1 to {LENGTH_MAX} characters, got {len(text)}; nothing was recorded")
        if not text.isprintable() or text[0] == " " or text[-1] == " ":
            raise IdentifierError(
                f"{cls.__name__} must be printable and without spaces at its ends (no line break, tab or NUL); nothing was recorded"
            )
        if not text.isascii() and not is_normalized("NFC", text):
            # Stored texts are in form C: another form would come back as another identifier.
            raise IdentifierError(f"{cls.__name__} must be in Unicode normal form C; nothing was recorded")
        return super().__new__(cls, text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str.__repr__(self)})"


class TenantId(Identifier):
    """Whose book it is, where one installation serves several."""

    __slots__ = ()


class PersonId(Identifier):
    """The human; a consumer is known by the same id."""

    __slots__ = ()


class AccountId(Identifier):
    """One purchase on installments, owed by one consumer."""

    __slots__ = ()


class EntryId(Identifier):
    """A movement on an account: a payment, a reversal, a charge, a waiver."""

    __slots__ = ()


class PromiseId(Identifier):
    """A promise to pay."""

    __slots__ = ()


class HoldId(Identifier):
    """A hold."""

    __slots__ = ()


class HandlerId(Identifier):
    """A team, call center, field agent or agency that works accounts."""

    __slots__ = ()


class NoteId(Identifier):
    """A note or a recorded interaction."""

    __slots__ = ()


class CommandId(Identifier):
    """One intention of a caller, kept by the caller before the first try and repeated on every retry."""

    __slots__ = ()


class MessageId(Identifier):
    """One contact from its plan to its outcome."""

    __slots__ = ()


class ArrangementId(Identifier):
    """A payment plan, a relief or a settlement that is agreed after things went wrong."""

    __slots__ = ()


def account_ids(ids: Iterable[str]) -> tuple[AccountId, ...]:
    """
    Return texts as ids of accounts, in their order.

    Raises:
        IdentifierError: One text alone, of which each letter would be an id; or one of them is no id.
    """
    if isinstance(ids, str):
        raise IdentifierError(f"accounts are a list of ids, got the text {ids!r} alone; nothing was recorded")
    return tuple([AccountId(id) for id in ids])
