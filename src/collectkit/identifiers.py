"""Identifiers: plain text that may travel anywhere, checked once at the door.

A host's own ids are used as they are. Each kind has its own type, so that an account id is not passed where
a person's is meant; plain strings are accepted wherever an object is built and converted there.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import ClassVar, Self
from unicodedata import is_normalized

from collectkit.errors import IdentifierError

LENGTH_MAX = 128
"""Of every id that a host gives, and of those made of them."""

COMMAND_LENGTH_MAX = 512
"""Of what a commit is recorded under: it names what it is about by whole ids."""

_DIGITS = 64


class Identifier(str):
    """
    A non-empty text of at most 128 characters without white space at its ends or control characters.

    Raises:
        IdentifierError: The text is empty, too long, padded, not in Unicode normal form C, or holds a control character
            such as NUL; `id_fault` says which.

    >>> AccountId("a-1")
    AccountId('a-1')
    """

    __slots__ = ()
    length_max: ClassVar[int] = LENGTH_MAX

    def __new__(cls, text: str) -> Self:
        if type(text) is cls:
            return text
        # Nearly every id is plain; a stored book is read through here.
        if type(text) is str and 0 < len(text) <= cls.length_max and text.isascii() and text.isprintable() and text[0] != " " != text[-1]:
            return str.__new__(cls, text)
        fault = id_fault(text, cls.__name__, cls.length_max)
        if fault is not None:
            raise IdentifierError(f"{fault}; nothing was recorded")
        return super().__new__(cls, text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str.__repr__(self)})"


def id_fault(text: object, name: str, length_max: int = LENGTH_MAX) -> str | None:
    """
    Return what keeps a text from being an id, or None.

    Args:
        text: Which.
        name: How it is called in the sentence.
        length_max: How many characters it may have.
    """
    if not isinstance(text, str):
        return f"{name} must be a text, got {type(text).__name__}"
    if not text or len(text) > length_max:
        return f"{name} must have 1 to {length_max} characters, got {len(text)}"
    if not text.isprintable() or text[0] == " " or text[-1] == " ":
        return f"{name} must be printable and without spaces at its ends (no line break, tab or NUL)"
    if not text.isascii() and not is_normalized("NFC", text):
        # Stored texts are in form C: another form would come back as another identifier.
        return f"{name} must be in Unicode normal form C"
    return None


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


class RecordedCommand(Identifier):
    """What a commit is recorded under, at most 512 characters: the caller's `CommandId`, or a verb and the ids of what was done."""

    __slots__ = ()
    length_max = COMMAND_LENGTH_MAX

    @classmethod
    def of(cls, text: str) -> Self:
        """
        Return the name of a command made of a verb and ids; where it is too long even for that, the SHA-256 of it.

        >>> RecordedCommand.of("payment/p-1")
        RecordedCommand('payment/p-1')
        """
        return cls(derived(text, room=cls.length_max))


class PrincipalId(Identifier):
    """A person or a service that acts; never a name."""

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


def derived(*ids: str, before: str = "", after: str = "", room: int | None = None, digits: int = _DIGITS) -> str:
    """
    Return the text of an id that is made of others: of the same ones always the same, and never too long.

    Whoever has the same words before and after, and as many ids, gets another text for other ids: the ids stand whole, parted by
    slashes, or, where there is no room for that, as one SHA-256 of them all. An id that may itself hold a slash must be told from
    its neighbor by what follows, such as a number; see `apart` for those that cannot.

    Args:
        ids: What it is made of.
        before: Words of the library before them, such as ``late-fee/``.
        after: Words of the library behind them, such as ``/rest``.
        room: How many characters the ids may take; None for what is left of `LENGTH_MAX`.
        digits: How many hexadecimal digits of the SHA-256 stand for ids that take more.

    >>> derived("m-1", after="/copy-2")
    'm-1/copy-2'
    """
    whole = "/".join(ids)
    if len(whole) > (LENGTH_MAX - len(before) - len(after) if room is None else room):
        # No id holds a NUL: other ids are another text, wherever their slashes are.
        whole = sha256("\0".join(ids).encode()).hexdigest()[:digits]
    return f"{before}{whole}{after}"


def follows(id: str, first: str) -> bool:
    """
    Tell whether an id was made of another one, with words of the library behind it.

    >>> follows("m-1/copy-2", "m-1")
    True
    """
    return id.startswith(f"{first}/") or (len(first) > _DIGITS and id.startswith(f"{sha256(first.encode()).hexdigest()}/"))


def apart(id: str, *marks: str) -> str:
    """
    Return an id as it stands in a name in which *marks* part it from what follows: the SHA-256 of one that holds a mark itself.

    Args:
        id: Which.
        marks: What parts, without the slash at its end: an id that ends in one would run into the next.

    >>> apart("p-1", "/account")
    'p-1'
    """
    return sha256(id.encode()).hexdigest() if any(mark in id for mark in marks) else id
