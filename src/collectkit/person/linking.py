"""Two records that are one human being: the link between them, which can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

import attrs

from collectkit._checks import day, given
from collectkit.identifiers import PersonId


@attrs.frozen
class PersonsMerged:
    """
    Two people on the book were found to be one; recorded in the streams of both.

    Attributes:
        person: The record that is followed no longer by itself.
        into: The record under which the human being goes on.
        on: Business date.
        reason: How it was found; without personal data.
        review: What somebody should look at: ``hold`` when only one of them was on hold, ``consent`` when consents were lost.
    """

    TYPE: ClassVar[str] = "persons-merged/1"

    person: PersonId = attrs.field(converter=PersonId)
    into: PersonId = attrs.field(converter=PersonId)
    on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=given)
    review: tuple[str, ...] = ()


@attrs.frozen
class PersonsUnmerged:
    """Two people were one by mistake; what was recorded of one while they were merged stands for both."""

    TYPE: ClassVar[str] = "persons-unmerged/1"

    person: PersonId = attrs.field(converter=PersonId)
    into: PersonId = attrs.field(converter=PersonId)
    on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=given)


def merged_into(bodies: Iterable[object], person: PersonId) -> PersonId | None:
    """Return into whom a person is merged now, from the events of their own stream; None when into nobody."""
    into: PersonId | None = None
    for body in bodies:
        if isinstance(body, PersonsMerged) and body.person == person:
            into = body.into
        elif isinstance(body, PersonsUnmerged) and body.person == person:
            into = None
    return into


def members(bodies: Iterable[object], person: PersonId) -> tuple[PersonId, ...]:
    """Return who is merged into a person now, in order, from the events of that person's own stream."""
    held: dict[PersonId, None] = {}
    for body in bodies:
        if isinstance(body, PersonsMerged) and body.into == person:
            held[body.person] = None
        elif isinstance(body, PersonsUnmerged) and body.into == person:
            held.pop(body.person, None)
    return tuple(held)
