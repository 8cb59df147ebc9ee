"""Adding a note: what the command can answer."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import attrs

from collectkit.identifiers import NoteId
from collectkit.notes import NoteAdded
from collectkit.refusals import Refusal


class NoteReason(Enum):
    """Why a note is not added."""

    ID_REUSED = "id_reused"


@attrs.frozen
class AlreadyNoted:
    """The same note was added before; nothing was changed."""

    note: NoteId


Noting: TypeAlias = NoteAdded | AlreadyNoted | Refusal[NoteReason]
