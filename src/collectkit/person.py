"""The person: how they can be reached, what they agreed to, what they asked for, and each contact so far.

Personal data (names, numbers, addresses) lives in `Consumer` and its contact points and is stored in a table of its
own. The facts that decide whether a contact is lawful (`Consent`, `Stop`, `Preference`, `Contact`) name the person
and the contact point by id only, and are events.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time
from typing import ClassVar

import attrs

from collectkit.calendars.dates import require_aware
from collectkit.errors import PersonError
from collectkit.identifiers import AccountId, MessageId, PersonId

NAME_MAX = 300
_PUNCTUATION = str.maketrans("", "", " -.()\u00a0/")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_REGION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_DANGEROUS = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STATUSES = ("unverified", "verified", "wrong_party", "invalid", "disconnected")


def plain_text(value: str, what: str) -> str:
    """
    Return *value* in Unicode normal form C, as it will be stored and shown.

    Raises:
        PersonError: It is no text or too long, or holds a control character (line break, NUL) or a direction override,
            which could forge a header or a log line, or half of a character, which cannot be stored.
    """
    if not isinstance(value, str):
        raise PersonError(f"{what} must be a text, got {type(value).__name__}; nothing was recorded")
    # The normal form may be shorter or longer; it is measured, so that what was stored can always be given again.
    text = value if value.isascii() or len(value) > 4 * NAME_MAX else unicodedata.normalize("NFC", value)
    if len(text) > NAME_MAX:
        raise PersonError(f"{what} holds at most {NAME_MAX} characters, got {len(text)}; nothing was recorded")
    if text.isascii() and text.isprintable():
        return text
    if any(unicodedata.category(c) in ("Cc", "Cs") or c in _DANGEROUS for c in text):
        raise PersonError(f"{what} must not hold a control character (a line break, NUL or a direction override); nothing was recorded")
    return text


def _region(value: str) -> str:
    if value and not _REGION.fullmatch(value):
        raise PersonError(f"a region is an ISO 3166-2 code such as US-NY or GB, got {value!r}; nothing was recorded")
    return value


def _name(value: str) -> str:
    return plain_text(value, "a name")


def _address(value: str) -> str:
    return plain_text(value, "an address")


def _accounts(ids: Iterable[str]) -> tuple[AccountId, ...]:
    return tuple(AccountId(id) for id in ids)


def _aware(instance: object, attribute: attrs.Attribute[datetime], value: datetime) -> None:
    require_aware(value)


def _channels(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise PersonError(f"consents is a list of channels, such as ['sms'], not the text {given!r}; nothing was recorded")
    return tuple(given)


@attrs.frozen(kw_only=True)
class ContactPoint:
    """
    One way to reach a person; use `Phone`, `Email` or `Postal`.

    Attributes:
        value: The number or address; `repr` shows no more than its end.
        source: Where it came from: ``checkout``, ``consumer``, ``skip_trace`` …
        id: Name of the point within its person; given by `Consumer` (``phone-1``) when left empty.
        status: ``unverified``, ``verified`` (right party), ``wrong_party``, ``invalid`` or ``disconnected``.
        consents: Channels the person agreed to on this point when it was given: ``sms``, ``email``, ``prerecorded_call`` …
        work: It belongs to a workplace.
    """

    KIND: ClassVar[str] = ""
    CHANNELS: ClassVar[tuple[str, ...]] = ()

    value: str = attrs.field(kw_only=False, repr=lambda v: f"'…{v[-2:]}'")
    source: str = attrs.field(validator=attrs.validators.min_len(1))
    id: str = ""
    status: str = attrs.field(default="unverified", validator=attrs.validators.in_(_STATUSES))
    consents: tuple[str, ...] = attrs.field(default=(), converter=_channels)
    work: bool = False

    @property
    def usable(self) -> bool:
        """Whether anything may be sent there: not wrong, invalid or disconnected."""
        return self.status in ("unverified", "verified")


def _phone(value: str) -> str:
    digits = value.translate(_PUNCTUATION) if isinstance(value, str) else ""
    if not _E164.fullmatch(digits):
        raise PersonError("a phone number needs its country code, as in +12125550123; nothing was recorded")
    return digits


def _email(value: str) -> str:
    if not isinstance(value, str) or len(value) > 254 or not _EMAIL.fullmatch(value):
        raise PersonError("an e-mail field holds exactly one address, such as name@example.com; nothing was recorded")
    return value


@attrs.frozen(kw_only=True)
class Phone(ContactPoint):
    """A phone number with its country code (E.164); spaces, dots, dashes and brackets are dropped."""

    KIND: ClassVar[str] = "phone"
    CHANNELS: ClassVar[tuple[str, ...]] = ("phone", "prerecorded_call", "sms")

    value: str = attrs.field(kw_only=False, converter=_phone, repr=lambda v: f"'…{v[-2:]}'")


@attrs.frozen(kw_only=True)
class Email(ContactPoint):
    """One e-mail address."""

    KIND: ClassVar[str] = "email"
    CHANNELS: ClassVar[tuple[str, ...]] = ("email",)

    value: str = attrs.field(kw_only=False, converter=_email, repr=lambda v: f"'…@{v.rpartition('@')[2]}'")


@attrs.frozen(kw_only=True)
class Postal(ContactPoint):
    """
    A postal address.

    Attributes:
        postal_code: For the time zone and the letter.
        region: ISO 3166-2 code, such as ``US-NY`` or ``GB``.
    """

    KIND: ClassVar[str] = "postal"
    CHANNELS: ClassVar[tuple[str, ...]] = ("letter", "in_person")

    value: str = attrs.field(kw_only=False, converter=_address, repr=False)
    postal_code: str = attrs.field(default="", converter=_address, repr=False)
    region: str = attrs.field(default="", converter=_region)


@attrs.frozen
class Place:
    """
    Where the person may plausibly be, for the hours of the law.

    Attributes:
        zone: IANA time zone, such as ``America/New_York``.
        source: Why we think so: ``stated``, ``address``, ``phone``, ``region`` …
    """

    zone: str
    source: str = "stated"


def _named(points: Iterable[ContactPoint]) -> tuple[ContactPoint, ...]:
    points = tuple(points)
    if not points or (len(points) == 1 and points[0].id):
        return points
    seen: Counter[str] = Counter()
    named = []
    for point in points:
        seen[point.KIND] += 1
        named.append(point if point.id else attrs.evolve(point, id=f"{point.KIND}-{seen[point.KIND]}"))
    if len({point.id for point in named}) < len(named):
        raise PersonError("two contact points have the same id; nothing was recorded")
    return tuple(named)


@attrs.frozen
class Consumer:
    """
    A person in their role as the one who owes.

    Attributes:
        id: The host's id of the person.
        name: As it is written in a message; may be empty. `repr` leaves it out.
        locale: Language and market for texts, such as ``en_US``; the market decides how amounts look.
        region: ISO 3166-2 code of residence, such as ``US-NY``; decides which law is read. Empty: unknown.
        contacts: Phones, e-mails and addresses.
        places: Further places where the person may plausibly be; contact hours must suit every one.
        employer_bars_contact: The employer forbids contact at work, as far as is known.
    """

    id: PersonId = attrs.field(converter=PersonId)
    name: str = attrs.field(default="", converter=_name, repr=False)
    locale: str = attrs.field(
        default="en_US", kw_only=True, validator=attrs.validators.matches_re(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")
    )
    region: str = attrs.field(default="", kw_only=True, converter=_region)
    contacts: tuple[ContactPoint, ...] = attrs.field(default=(), kw_only=True, converter=_named)
    places: tuple[Place, ...] = attrs.field(default=(), kw_only=True, converter=tuple[Place, ...])
    employer_bars_contact: bool = attrs.field(default=False, kw_only=True)

    def point(self, id: str) -> ContactPoint | None:
        """Return the contact point of that id, or None."""
        return next((point for point in self.contacts if point.id == id), None)

    def points_for(self, channel: str) -> tuple[ContactPoint, ...]:
        """Return the usable points that *channel* can reach, verified ones first, else in the given order."""
        fit = [point for point in self.contacts if point.usable and channel in point.CHANNELS]
        return tuple(sorted(fit, key=lambda point: point.status != "verified"))


@attrs.frozen
class Consent:
    """
    The person agreed to be contacted on one point through one channel.

    Attributes:
        person: Who.
        point: Id of the contact point.
        channel: Which channel.
        given_at: When; aware.
        source: How it was obtained: ``checkout``, ``portal``, ``oral`` …
        text_version: Version of the wording the person saw; empty when unknown.
    """

    person: PersonId = attrs.field(converter=PersonId)
    point: str
    channel: str
    given_at: datetime = attrs.field(validator=_aware)
    source: str
    text_version: str = ""


@attrs.frozen
class Stop:
    """
    The person asked that contact cease.

    Attributes:
        person: Who.
        channels: Channels it covers; empty means all of them (also when the scope is unclear).
        at: When it was received; aware.
        means: ``written``, ``oral``, ``reply`` (a STOP word) …
        reason: ``opt_out``, ``cease`` or ``refuses_to_pay``.
    """

    person: PersonId = attrs.field(converter=PersonId)
    channels: tuple[str, ...] = attrs.field(converter=_channels)
    at: datetime = attrs.field(validator=_aware)
    means: str = "reply"
    reason: str = "opt_out"


@attrs.frozen
class Preference:
    """
    A time or a medium the person called inconvenient.

    Attributes:
        person: Who.
        kind: ``inconvenient_time`` or ``refused_medium``.
        set_at: When it was said; aware.
        days: Weekdays 0 (Monday) to 6; empty means every day.
        starts: Local time from which contact is inconvenient, inclusive.
        ends: Local time until which, inclusive.
        channel: The refused medium.
    """

    person: PersonId = attrs.field(converter=PersonId)
    kind: str = attrs.field(validator=attrs.validators.in_(("inconvenient_time", "refused_medium")))
    set_at: datetime = attrs.field(validator=_aware)
    days: tuple[int, ...] = ()
    starts: time = time(0)
    ends: time = time(23, 59, 59)
    channel: str = ""


@attrs.frozen
class Contact:
    """
    One contact or attempt, ours or an agency's, outbound or inbound.

    Attributes:
        person: With whom.
        at: When it was made; aware.
        channel: ``phone``, ``sms``, ``email``, ``letter``, ``in_person`` …
        point: Id of the contact point, empty when unknown.
        accounts: Accounts it was about; the cap of each counts it.
        outcome: ``no_answer``, ``voicemail``, ``conversation``, ``delivered``, ``undeliverable``, ``unknown`` …
        direction: ``outbound`` or ``inbound``.
        purpose: ``reminder``, ``notice``, ``response`` …
        message: Id of the message, when it was one of ours.
        collector: Who made it; empty means the host itself.
    """

    person: PersonId = attrs.field(converter=PersonId)
    at: datetime = attrs.field(validator=_aware)
    channel: str
    point: str = ""
    accounts: tuple[AccountId, ...] = attrs.field(default=(), converter=_accounts)
    outcome: str = "unknown"
    direction: str = "outbound"
    purpose: str = "reminder"
    message: MessageId | None = attrs.field(default=None, converter=attrs.converters.optional(MessageId))
    collector: str = ""


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
    at: datetime = attrs.field(validator=_aware)


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
class PersonFacts:
    """
    What the law asks about a person, folded from their events; no personal data.

    Attributes:
        person: Who.
        consents: Consents that still stand, in the order given.
        stops: Requests to cease.
        preferences: Inconvenient times and media.
        contacts: The history of contacts, by instant.
    """

    person: PersonId = attrs.field(converter=PersonId)
    consents: tuple[Consent, ...] = ()
    stops: tuple[Stop, ...] = ()
    preferences: tuple[Preference, ...] = ()
    contacts: tuple[Contact, ...] = ()


def fold_person(person: PersonId, bodies: Iterable[object]) -> PersonFacts:
    """
    Fold the events of one person's stream.

    The order of arrival does not matter, but for a consent and a withdrawal of the same instant: there the order of the
    stream decides, so that a number that replaces another under its id starts with its own consents.
    """
    consents: list[tuple[int, Consent]] = []
    withdrawn: list[tuple[int, ConsentWithdrawn]] = []
    stops: list[Stop] = []
    preferences: list[Preference] = []
    contacts: list[Contact] = []
    for place, body in enumerate(bodies):
        if isinstance(body, ContactRecorded):
            contacts.append(body.contact)
        elif isinstance(body, ConsentGiven):
            consents.append((place, body.consent))
        elif isinstance(body, ConsentWithdrawn):
            withdrawn.append((place, body))
        elif isinstance(body, ContactStopped):
            stops.append(body.stop)
        elif isinstance(body, PreferenceSet):
            preferences.append(body.preference)
    standing = [
        consent
        for place, consent in consents
        if not any(_takes_back(late, consent, recorded_after=after > place) for after, late in withdrawn)
    ]
    return PersonFacts(
        person=person,
        consents=tuple(sorted(standing, key=lambda c: (c.given_at, c.point, c.channel))),
        stops=tuple(sorted(stops, key=lambda s: (s.at, s.channels))),
        preferences=tuple(sorted(preferences, key=lambda p: p.set_at)),
        contacts=tuple(sorted(contacts, key=lambda c: (c.at, c.channel, c.point, c.message or ""))),
    )


def _takes_back(late: ConsentWithdrawn, consent: Consent, *, recorded_after: bool) -> bool:
    """Whether *late* ends *consent*: it came after it, and covers its point and channel."""
    since = late.at > consent.given_at or (late.at == consent.given_at and recorded_after)
    return since and late.point in ("", consent.point) and late.channel in ("", consent.channel)
