"""What a list of others says about people: that somebody has died, is insolvent, is protected. It becomes holds, never an edit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Protocol

import attrs

from collectkit._checks import day
from collectkit.errors import ValidationError
from collectkit.holds.hold import Hold
from collectkit.holds.matrix import DISPUTES, HoldKind, hold_kind
from collectkit.identifiers import PersonId, apart, derived
from collectkit.person import Consumer

_KINDS: Final = tuple(f"/{kind.value}" for kind in HoldKind)

REVIEW_DAYS: Final = 30
"""So many days after a hit somebody must have looked whether it is the right person."""


@attrs.frozen
class ScrubHit:
    """
    One entry of a list that fits a person.

    Attributes:
        person: Whom it fits.
        kind: What follows: ``deceased``, ``insolvency``, ``moratorium``, ``military``, ``represented``, ``fraud`` …
        since: Day from which it holds, as the list says; the day of the look when it does not say.
        reference: Under which the source has it, such as a case number; no personal data.
    """

    person: PersonId = attrs.field(converter=PersonId)
    kind: HoldKind = attrs.field(converter=hold_kind)
    since: date = attrs.field(validator=day)
    reference: str = ""

    def __attrs_post_init__(self) -> None:
        if self.kind in DISPUTES:
            raise ValidationError(f"a list cannot say that an account is disputed, got {self.kind.value}; nothing was recorded")


class Scrub(Protocol):
    """A list of others: a register of deaths, of insolvencies, of people in service."""

    def look(self, people: Sequence[Consumer]) -> Iterable[ScrubHit]:
        """Return the entries that fit some of *people*; it is entitled to their names and addresses."""
        ...


def hold_of(hit: ScrubHit, source: str, on: date) -> Hold:
    """
    Return the hold that a hit becomes: the same id for the same person, kind and source, so that it is placed once.

    Args:
        hit: The entry.
        source: Name of the list.
        on: Day of the look; the hold is reviewed `REVIEW_DAYS` later and goes on until somebody ends it.

    Source:
        What the list says, and a definition of this library: a hit is looked at within `REVIEW_DAYS` calendar days.
    """
    words = f"{source} {hit.reference}".strip()
    return Hold(
        derived(apart(source, *_KINDS), hit.kind.value, hit.person, before="scrub/"),
        hit.kind,
        person=hit.person,
        starts_on=hit.since,
        reason=f"found by the scrub {words}",
        review_on=max(on, hit.since) + timedelta(days=REVIEW_DAYS),
    )
