"""Notes and interactions: what people wrote down about an account.

The text of a note may name a person, so it is kept in a table of its own; the event says only that there is one.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from collectkit._checks import aware
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, NoteId
from collectkit.personal import FACT, PERSONAL, classified, names_card_code, without_card_numbers

TEXT_MAX = 10_000


def _text(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value.strip() or len(value) > TEXT_MAX:
        raise ValidationError(f"a note needs 1 to {TEXT_MAX} characters, got {len(value)}; nothing was recorded")
    if "\x00" in value:
        raise ValidationError("a note cannot hold a NUL character; nothing was recorded")
    if names_card_code(value):
        raise ValidationError("a card's verification code must not be stored; send the payer to the payment page; nothing was recorded")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValidationError("a note cannot hold half of a character (a surrogate); nothing was recorded")


@attrs.frozen(field_transformer=classified)
class Note:
    """
    A remark about an account; corrections are further notes.

    Attributes:
        id: The caller's id.
        account: About which account.
        text: What was written; never printed by `repr`. Card numbers are cut down to six and four digits, and a text
            with a card's verification code is refused.
        kind: ``note``, ``call``, ``visit``, ``letter``, ``complaint`` … the host's own word.
        pinned: Shown first.
    """

    id: NoteId = attrs.field(converter=NoteId, metadata=FACT)
    account: AccountId = attrs.field(converter=AccountId, metadata=FACT)
    text: str = attrs.field(converter=without_card_numbers, validator=_text, metadata=PERSONAL)
    kind: str = attrs.field(default="note", metadata=FACT)
    pinned: bool = attrs.field(default=False, kw_only=True, metadata=FACT)


@attrs.frozen
class NoteAdded:
    """A note was added; its text stands in the table of notes."""

    TYPE: ClassVar[str] = "note-added/1"

    note: NoteId = attrs.field(converter=NoteId)
    account: AccountId = attrs.field(converter=AccountId)
    kind: str
    at: datetime = attrs.field(validator=aware)
    pinned: bool = False
