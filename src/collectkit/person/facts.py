"""What decides whether a contact is lawful: consents, stops, preferences and each contact so far; no personal data."""

from __future__ import annotations

from datetime import datetime, time

import attrs

from collectkit._checks import aware, one_of
from collectkit.errors import PersonError
from collectkit.identifiers import AccountId, MessageId, PersonId, account_ids
from collectkit.person.contact_points import channel_names


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
        purposes: What it is for; empty means everything.
        evidence: Id of what proves it, such as a form or a recording; never its content.
        expires_at: When it runs out; None for never.
        given_to: Id of the collector to whom it was given; empty means the creditor. The law lets few consents pass from one to another.
    """

    person: PersonId = attrs.field(converter=PersonId)
    point: str
    channel: str
    given_at: datetime = attrs.field(validator=aware)
    source: str
    text_version: str = ""
    purposes: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    evidence: str = ""
    expires_at: datetime | None = attrs.field(default=None, validator=attrs.validators.optional(aware))
    given_to: str = ""


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
    channels: tuple[str, ...] = attrs.field(converter=channel_names)
    at: datetime = attrs.field(validator=aware)
    means: str = "reply"
    reason: str = "opt_out"


@attrs.frozen
class Preference:
    """
    A time, a place or a medium the person called inconvenient.

    Attributes:
        person: Who.
        kind: ``inconvenient_time``, ``inconvenient_place`` or ``refused_medium``.
        set_at: When it was said; aware.
        days: Weekdays 0 (Monday) to 6; empty means every day.
        starts: Local time from which contact is inconvenient, inclusive.
        ends: Local time until which, inclusive.
        channel: The refused medium.
        place: The inconvenient place: ``home``, ``workplace`` …
    """

    person: PersonId = attrs.field(converter=PersonId)
    kind: str = attrs.field(validator=one_of("inconvenient_time", "inconvenient_place", "refused_medium", error=PersonError))
    set_at: datetime = attrs.field(validator=aware)
    days: tuple[int, ...] = ()
    starts: time = time(0)
    ends: time = time(23, 59, 59)
    channel: str = ""
    place: str = ""


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
    at: datetime = attrs.field(validator=aware)
    channel: str
    point: str = ""
    accounts: tuple[AccountId, ...] = attrs.field(default=(), converter=account_ids)
    outcome: str = "unknown"
    direction: str = "outbound"
    purpose: str = "reminder"
    message: MessageId | None = attrs.field(default=None, converter=attrs.converters.optional(MessageId))
    collector: str = ""
