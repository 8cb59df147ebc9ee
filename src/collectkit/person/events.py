"""What is recorded about a person, by ids alone, and its fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import ClassVar

import attrs

from collectkit._checks import aware
from collectkit.identifiers import MessageId, PersonId
from collectkit.person.facts import Consent, Contact, Preference, Stop
from collectkit.person.notices import Notice, NoticeServed, NoticeVoided, notices_in
from collectkit.person.wishes import TakenBack, WishTakenBack, ends_consent, standing_preferences, standing_stops


@attrs.frozen
class PersonRegistered:
    """A person was put on the book; their data stands in the table of persons, as *revision* 1."""

    TYPE: ClassVar[str] = "person-registered/1"

    person: PersonId = attrs.field(converter=PersonId)
    revision: int = 1


@attrs.frozen
class PersonChanged:
    """The person's data was replaced; the table of persons holds the new *revision*."""

    TYPE: ClassVar[str] = "person-changed/1"

    person: PersonId = attrs.field(converter=PersonId)
    revision: int


@attrs.frozen
class ConsentGiven:
    """The person agreed."""

    TYPE: ClassVar[str] = "consent-given/1"

    consent: Consent


@attrs.frozen
class ConsentWithdrawn:
    """
    The person took consent back.

    Attributes:
        person: Who.
        point: Id of the contact point; empty means every one.
        channel: Which channel; empty means every one.
        at: When it was received; aware.
    """

    TYPE: ClassVar[str] = "consent-withdrawn/1"

    person: PersonId = attrs.field(converter=PersonId)
    point: str
    channel: str
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class ContactStopped:
    """The person asked that contact cease."""

    TYPE: ClassVar[str] = "contact-stopped/1"

    stop: Stop


@attrs.frozen
class PreferenceSet:
    """The person named an inconvenient time or medium."""

    TYPE: ClassVar[str] = "preference-set/1"

    preference: Preference


@attrs.frozen
class ContactRecorded:
    """A contact or an attempt took place."""

    TYPE: ClassVar[str] = "contact-recorded/1"

    contact: Contact


@attrs.frozen
class ContactSettled:
    """
    What a contact of ours came to was learned later; of several, the last one recorded counts.

    Attributes:
        message: Id of the contact.
        outcome: ``delivered``, ``undeliverable`` …, or `NOT_MADE` when it certainly never took place.
        at: When that was learned; aware.
    """

    TYPE: ClassVar[str] = "contact-settled/1"

    message: MessageId = attrs.field(converter=MessageId)
    outcome: str
    at: datetime = attrs.field(validator=aware)


NOT_MADE = "not_made"
"""Outcome of a contact that was in doubt and certainly did not take place: it is no contact any more."""


@attrs.frozen
class PersonFacts:
    """
    What the law asks about a person, folded from their events; no personal data.

    Attributes:
        person: Who.
        consents: Consents that still stand, in the order given; a withdrawal and a stop end those that were given before.
        stops: Requests to cease that were not taken back.
        preferences: Inconvenient times, places and media that were not taken back.
        contacts: The history of contacts, by instant.
        notices: Notices served and received that stand, by the instant from which they count.
    """

    person: PersonId = attrs.field(converter=PersonId)
    consents: tuple[Consent, ...] = ()
    stops: tuple[Stop, ...] = ()
    preferences: tuple[Preference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    notices: tuple[Notice, ...] = ()


def fold_person(person: PersonId, bodies: Iterable[object]) -> PersonFacts:
    """
    Fold the events of one person's stream.

    The order of arrival does not matter, but for what one instant gave and took: there the order of the stream decides, so that a
    number that replaces another under its id starts with its own consents.
    """
    consents: list[tuple[int, Consent]] = []
    withdrawn: list[tuple[int, ConsentWithdrawn]] = []
    stops: list[tuple[int, Stop]] = []
    preferences: list[tuple[int, Preference]] = []
    taken: list[tuple[int, TakenBack]] = []
    contacts: list[Contact] = []
    settled: dict[MessageId, str] = {}
    noticed: list[object] = []
    for place, body in enumerate(bodies):
        if isinstance(body, ContactRecorded):
            contacts.append(body.contact)
        elif isinstance(body, ContactSettled):
            settled[body.message] = body.outcome
        elif isinstance(body, ConsentGiven):
            consents.append((place, body.consent))
        elif isinstance(body, ConsentWithdrawn):
            withdrawn.append((place, body))
        elif isinstance(body, ContactStopped):
            stops.append((place, body.stop))
        elif isinstance(body, PreferenceSet):
            preferences.append((place, body.preference))
        elif isinstance(body, WishTakenBack):
            taken.append((place, body.taken_back))
        elif isinstance(body, NoticeServed | NoticeVoided):
            noticed.append(body)
    if settled:
        contacts = list(_settled(contacts, settled))
    standing = [
        consent
        for place, consent in consents
        if not any(takes_back(late, consent, recorded_after=after > place) for after, late in withdrawn)
        and not any(ends_consent(stop, consent, recorded_after=after > place) for after, stop in stops)
    ]
    return PersonFacts(
        person=person,
        consents=tuple(sorted(standing, key=lambda c: (c.given_at, c.point, c.channel))),
        stops=tuple(sorted(standing_stops(stops, taken), key=lambda s: (s.at, s.channels))),
        preferences=tuple(sorted(standing_preferences(preferences, taken), key=lambda p: p.set_at)),
        contacts=tuple(sorted(contacts, key=lambda c: (c.at, c.channel, c.point, c.message or ""))),
        notices=notices_in(noticed) if noticed else (),
    )


def _settled(contacts: Iterable[Contact], settled: Mapping[MessageId, str]) -> Iterator[Contact]:
    """Yield the contacts with what they came to in the end, without those that were not made."""
    for contact in contacts:
        outcome = settled.get(contact.message, contact.outcome) if contact.message is not None else contact.outcome
        if outcome != NOT_MADE:
            yield attrs.evolve(contact, outcome=outcome)


def takes_back(late: ConsentWithdrawn, consent: Consent, *, recorded_after: bool) -> bool:
    """Whether *late* ends *consent*: it came after it, and covers its point and channel."""
    since = late.at > consent.given_at or (late.at == consent.given_at and recorded_after)
    return since and late.point in ("", consent.point) and late.channel in ("", consent.channel)
