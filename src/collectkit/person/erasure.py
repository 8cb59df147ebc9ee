"""Erasing a person, and what forbids it: the facts, by ids alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar

import attrs

from collectkit._checks import aware, day, given, named
from collectkit.identifiers import PersonId


@attrs.frozen
class PersonErased:
    """
    All personal data of a person was erased; what was owed, posted and decided stays, by ids.

    Attributes:
        person: Who.
        on: Business date.
        revision: Revision of the empty row that is left.
        points: How many contact points were suppressed, so that nobody is called on them again.
        notes: How many notes lost their text.
        basis: Why: ``request``, ``retention_over`` or ``restored`` (an older backup was erased again).
    """

    TYPE: ClassVar[str] = "person-erased/1"

    person: PersonId = attrs.field(converter=PersonId)
    on: date = attrs.field(validator=day)
    revision: int
    points: int = 0
    notes: int = 0
    basis: str = "request"


@attrs.frozen
class ErasureDeferred:
    """
    An erasure was asked for and must wait; until then contact is stopped.

    Attributes:
        person: Who.
        basis: What forbids it now, with its source.
        on: When it was asked for.
        earliest: First day on which it can be done; None while nobody can know.
    """

    TYPE: ClassVar[str] = "erasure-deferred/1"

    person: PersonId = attrs.field(converter=PersonId)
    basis: str
    on: date = attrs.field(validator=day)
    earliest: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))


@attrs.frozen
class LegalHoldPlaced:
    """
    Nothing of this person may be erased: litigation, a regulator's inquiry, a subpoena.

    Attributes:
        id: The host's own id.
        person: Who.
        basis: On which ground; without personal data.
        at: When it was placed; aware.
        ends_on: Last day; None until it is lifted.
    """

    TYPE: ClassVar[str] = "legal-hold-placed/1"

    id: str = attrs.field(validator=named)
    person: PersonId = attrs.field(converter=PersonId)
    basis: str = attrs.field(validator=given)
    at: datetime = attrs.field(validator=aware)
    ends_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))


@attrs.frozen
class LegalHoldLifted:
    """A legal hold ended."""

    TYPE: ClassVar[str] = "legal-hold-lifted/1"

    id: str = attrs.field(validator=named)
    person: PersonId = attrs.field(converter=PersonId)
    on: date = attrs.field(validator=day)
    reason: str


@attrs.frozen
class PersonalDataRead:
    """
    Somebody looked at personal data.

    Attributes:
        person: Whose.
        fields: Which, such as ``name`` or ``contacts/phone-1/value``; ``all`` for an export to the subject.
        actor: Who looked.
        reason: Why, as they said.
        at: When.
    """

    TYPE: ClassVar[str] = "personal-data-read/1"

    person: PersonId = attrs.field(converter=PersonId)
    fields: tuple[str, ...]
    actor: str = attrs.field(validator=given)
    reason: str = attrs.field(validator=given)
    at: datetime = attrs.field(validator=aware)


def legal_holds(bodies: Iterable[object], on: date) -> tuple[LegalHoldPlaced, ...]:
    """Return the legal holds in force on a person on that day, oldest first, from the events of their stream."""
    placed: dict[str, LegalHoldPlaced] = {}
    for body in bodies:
        if isinstance(body, LegalHoldPlaced):
            placed[body.id] = body
        elif isinstance(body, LegalHoldLifted) and body.on <= on:
            placed.pop(body.id, None)
    return tuple(hold for hold in placed.values() if hold.ends_on is None or on <= hold.ends_on)


def erased(bodies: Iterable[object]) -> PersonErased | None:
    """Return the erasure that still stands: the last one, unless the person was registered anew since."""
    last: PersonErased | None = None
    for body in bodies:
        if isinstance(body, PersonErased):
            last = body
        elif getattr(body, "TYPE", "") in ("person-changed/1", "person-registered/1"):
            last = None
    return last
