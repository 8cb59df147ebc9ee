"""Whether two people on the book may be followed as one, and what becomes of what was recorded about each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Final, TypeAlias

import attrs

from collectkit.events import Event
from collectkit.holds import HoldPlaced
from collectkit.identifiers import PersonId, apart
from collectkit.person import (
    Consent,
    ConsentGiven,
    ConsentWithdrawn,
    Consumer,
    ContactRecorded,
    ContactStopped,
    NoticeServed,
    PersonsMerged,
    PersonsUnmerged,
    PreferenceSet,
    WishTakenBack,
    erased,
    fold_person,
    members,
    merged_into,
)
from collectkit.person.wishes import ends_consent, standing_preferences, standing_stops
from collectkit.refusals import Refusal

# What belongs to a record and not to the human being: it is not taken over.
_OWN: Final = frozenset(
    {
        "consent-given/1",
        "consent-withdrawn/1",
        "person-registered/1",
        "person-changed/1",
        "person-erased/1",
        "persons-merged/1",
        "persons-unmerged/1",
    }
)


# What is taken over as it is when two are parted: nobody knows whose it was.
_STANDS_FOR_BOTH: Final = frozenset(
    {
        "contact-settled/1",
        "notice-voided/1",
        "hold-lifted/1",
        "hold-extended/1",
        "act-refused/1",
        "act-judged/1",
        "act-permitted/1",
        "act-settled/1",
    }
)


class MergeReason(Enum):
    """Why two people are not merged or parted; an earlier member is given before a later one."""

    SAME_PERSON = "same_person"
    """A person cannot be merged with themselves."""
    ERASED = "erased"
    """One of them was erased, and must not come back through the other."""
    ALREADY_MERGED = "already_merged"
    """The person is merged into somebody else."""
    INTO_MERGED = "into_merged"
    """Into whom they should go is merged into somebody; name that one, so that there is no cycle."""
    HAS_MEMBERS = "has_members"
    """Others are merged into the person; part them first, and merge them into the same one."""
    NOT_MERGED = "not_merged"
    """The two are not merged."""


@attrs.frozen
class AlreadyMerged:
    """The two are merged already; nothing was changed."""

    person: PersonId
    into: PersonId


Merging: TypeAlias = PersonsMerged | AlreadyMerged | Refusal[MergeReason]


def merge_persons(
    person: Consumer,
    into: Consumer,
    bodies: Sequence[Event],
    into_bodies: Sequence[Event],
    holds: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    on: date,
    reason: str,
) -> Merging:
    """
    Decide on following two people as one.

    Args:
        person: The record that is given up.
        into: The record that stays.
        bodies: Events of the first one's own stream.
        into_bodies: Events of the other's own stream.
        holds: Kinds of the holds in force on the first and on the other.
        on: Business date.
        reason: How it was found.
    """
    if person.id == into.id:
        return _no(MergeReason.SAME_PERSON, "a person cannot be merged with themselves")
    held = merged_into(bodies, person.id)
    if held == into.id:
        return AlreadyMerged(person.id, into.id)
    if erased(bodies) is not None or erased(into_bodies) is not None:
        return _no(MergeReason.ERASED, "one of the two was erased")
    if held is not None:
        return _no(MergeReason.ALREADY_MERGED, f"person '{person.id}' is merged into '{held}'; part them first")
    above = merged_into(into_bodies, into.id)
    if above is not None:
        return _no(MergeReason.INTO_MERGED, f"person '{into.id}' is merged into '{above}'; merge into '{above}'")
    below = members(bodies, person.id)
    if below:
        return _no(MergeReason.HAS_MEMBERS, f"{', '.join(below)} are merged into person '{person.id}'; part them first")
    review = ["hold"] if set(holds[0]) != set(holds[1]) else []
    before = fold_person(into.id, into_bodies).consents
    if len(shared_consents(before, into, [(person, fold_person(person.id, bodies).consents)])) < len(before):
        review.append("consent")
    return PersonsMerged(person.id, into.id, on, reason, tuple(review))


def unmerge_persons(
    person: PersonId, into: PersonId, bodies: Sequence[Event], *, on: date, reason: str
) -> PersonsUnmerged | Refusal[MergeReason]:
    """Decide on parting two people; *bodies* are the events of the first one's own stream."""
    if merged_into(bodies, person) != into:
        return _no(MergeReason.NOT_MERGED, f"person '{person}' is not merged into '{into}'")
    return PersonsUnmerged(person, into, on, reason)


def shared_consents(
    consents: Iterable[Consent], consumer: Consumer, others: Iterable[tuple[Consumer, Iterable[Consent]]]
) -> tuple[Consent, ...]:
    """Return those consents that every other record holds too: for the same channel, on the same number or address, to the same one."""
    held = [{_what(consent, other) for consent in given} for other, given in others]
    return tuple(c for c in consents if all(_what(c, consumer) in one for one in held))


def _what(consent: Consent, consumer: Consumer) -> tuple[str, str, str]:
    return consent.channel, _value(consumer, consent.point), consent.given_to


def _value(consumer: Consumer, point: str) -> str:
    found = consumer.point(point)
    return f"nowhere/{apart(consumer.id, '/')}/{point}" if found is None else found.value.casefold()


def united(consumer: Consumer, bodies: Sequence[Event], others: Mapping[PersonId, tuple[Consumer, Sequence[Event]]]) -> list[Event]:
    """
    Return what is known of a human being from all their records, in the order in which it came on record since they were merged.

    Restrictions unite, consents intersect.

    Args:
        consumer: The record that goes on.
        bodies: Events of its stream.
        others: For each record that is merged into it, its data and the events of its stream.
    """
    found = list(bodies)
    for person, (other, recorded) in others.items():
        link = max(place for place, body in enumerate(found) if isinstance(body, PersonsMerged) and body.person == person)
        before = [body.consent for body in found[:link] if isinstance(body, ConsentGiven)]
        kept = shared_consents(before, consumer, [(other, fold_person(person, recorded).consents)])
        lost = set(before) - set(kept)
        # What is learned of either since they were merged is written to the record that goes on: it comes after what was known before.
        known = [*_as_left(found[:link]), *(_as_other(body) for body in _as_left(recorded) if body.TYPE not in _OWN), *found[link:]]
        found = [body for body in known if not (isinstance(body, ConsentGiven) and body.consent in lost)]
    return found


def _as_left(bodies: Sequence[Event]) -> Iterator[Event]:
    """Yield one record's events as what was taken back in it left them: that says nothing about what was asked for under another."""
    taken = [(place, body.taken_back) for place, body in enumerate(bodies) if isinstance(body, WishTakenBack)]
    if not taken:
        yield from bodies
        return
    stops = [(place, body.stop) for place, body in enumerate(bodies) if isinstance(body, ContactStopped)]
    for place, body in enumerate(bodies):
        if isinstance(body, ContactStopped):
            yield from map(ContactStopped, standing_stops([(place, body.stop)], taken))
        elif isinstance(body, PreferenceSet):
            yield from map(PreferenceSet, standing_preferences([(place, body.preference)], taken))
        elif isinstance(body, ConsentGiven):
            if not any(ends_consent(stop, body.consent, recorded_after=after > place) for after, stop in stops):
                yield body
        elif not isinstance(body, WishTakenBack):
            yield body


def _as_other(body: Event) -> Event:
    """Contact points are named by each record for itself: a contact through another record's point is one through an unknown point."""
    if isinstance(body, NoticeServed):
        return NoticeServed(attrs.evolve(body.notice, point=""))
    return ContactRecorded(attrs.evolve(body.contact, point="")) if isinstance(body, ContactRecorded) else body


def parted(bodies: Sequence[Event], person: PersonId) -> list[Event]:
    """
    Return what must stand for *person* too after they are parted: what was recorded since they were merged.

    Contacts that were made are counted on both, and restrictions stay with both, also those that were taken back since, for nobody knows
    whose they were. A notice that was
    served meanwhile goes with the record on which it was: whether it reached the other is not known, and it opens what must stay closed.
    """
    link = max(
        (place for place, body in enumerate(bodies) if isinstance(body, PersonsMerged) and body.person == person), default=len(bodies)
    )
    return [copied for body in bodies[link + 1 :] if (copied := _copied(body, person)) is not None]


def _copied(body: Event, person: PersonId) -> Event | None:
    if isinstance(body, ContactRecorded):
        return ContactRecorded(attrs.evolve(body.contact, person=person, point=""))
    if isinstance(body, ContactStopped):
        return ContactStopped(attrs.evolve(body.stop, person=person))
    if isinstance(body, PreferenceSet):
        return PreferenceSet(attrs.evolve(body.preference, person=person))
    if isinstance(body, ConsentWithdrawn):
        return attrs.evolve(body, person=person, point="")
    if isinstance(body, NoticeServed):
        return body if body.notice.person == person else None
    if isinstance(body, HoldPlaced):
        return HoldPlaced(attrs.evolve(body.hold, person=person))
    return body if body.TYPE in _STANDS_FOR_BOTH else None


def _no(reason: MergeReason, detail: str) -> Refusal[MergeReason]:
    return Refusal(reason, detail)
