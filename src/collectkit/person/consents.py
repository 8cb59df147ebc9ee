"""The consent ledger: what was agreed to and taken back, so that it can be asked whether contact was allowed on any day.

"Were we allowed to text this number on 3 March at 18:04?" is answered from the recorded events alone, with the wording
that the person saw and the evidence that was kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from collectkit.identifiers import PersonId
from collectkit.person.events import ConsentGiven, ConsentWithdrawn, ContactStopped, takes_back
from collectkit.person.facts import Consent, Stop
from collectkit.person.wishes import ends_consent


@attrs.frozen
class LedgerEntry:
    """
    One consent with what became of it.

    Attributes:
        consent: What was agreed to.
        ended_at: When it was taken back, was outlived or ran out; None while it stands.
        ended_by: ``withdrawn``, ``stop``, ``expired`` or empty.
    """

    consent: Consent
    ended_at: datetime | None = None
    ended_by: str = ""

    def stands(self, at: datetime) -> bool:
        """Whether it stood at an instant; the instant at which it is taken back is already without it."""
        return self.consent.given_at <= at and (self.ended_at is None or at < self.ended_at)

    def __str__(self) -> str:
        consent = self.consent
        words = f" on text {consent.text_version}" if consent.text_version else ""
        kept = f", evidence {consent.evidence}" if consent.evidence else ""
        ended = f"; {self.ended_by} at {self.ended_at:%Y-%m-%d %H:%M %Z}" if self.ended_at is not None else ""
        return f"{consent.channel} on {consent.point}: given {consent.given_at:%Y-%m-%d %H:%M %Z} by {consent.source}{words}{kept}{ended}"


@attrs.frozen
class ConsentLedger:
    """
    Every consent of one person, in the order in which they were given.

    Attributes:
        person: Who.
        entries: The consents with their ends.
    """

    person: PersonId = attrs.field(converter=PersonId)
    entries: tuple[LedgerEntry, ...] = ()

    def as_of(self, at: datetime) -> tuple[LedgerEntry, ...]:
        """Return the consents that stood at an instant."""
        return tuple(entry for entry in self.entries if entry.stands(at))

    def covering(self, channel: str, point: str, at: datetime, *, purpose: str = "") -> LedgerEntry | None:
        """
        Return the latest consent that covered a channel on a contact point at an instant, or None.

        Args:
            channel: Such as ``sms``.
            point: Id of the contact point.
            at: The instant; aware.
            purpose: What for; a consent that names purposes covers those alone. Empty asks for one that covers all.
        """
        fit = [
            entry
            for entry in self.as_of(at)
            if entry.consent.channel == channel
            and entry.consent.point == point
            and (not entry.consent.purposes or purpose in entry.consent.purposes)
        ]
        return max(fit, key=lambda entry: entry.consent.given_at, default=None)


def consent_ledger(person: PersonId, bodies: Iterable[object]) -> ConsentLedger:
    """
    Fold the events of one person's stream into the ledger.

    A withdrawal ends the consents of its point and channel, a request to stop those of its channels; for events of one
    instant the order of the stream decides, as in `collectkit.person.fold_person`.
    """
    given: list[tuple[int, Consent]] = []
    withdrawn: list[tuple[int, ConsentWithdrawn]] = []
    stops: list[tuple[int, Stop]] = []
    for place, body in enumerate(bodies):
        if isinstance(body, ConsentGiven):
            given.append((place, body.consent))
        elif isinstance(body, ConsentWithdrawn):
            withdrawn.append((place, body))
        elif isinstance(body, ContactStopped):
            stops.append((place, body.stop))
    entries = [_entry(place, consent, withdrawn, stops) for place, consent in given]
    return ConsentLedger(person, tuple(sorted(entries, key=lambda e: (e.consent.given_at, e.consent.point, e.consent.channel))))


def _entry(
    place: int, consent: Consent, withdrawn: Iterable[tuple[int, ConsentWithdrawn]], stops: Iterable[tuple[int, Stop]]
) -> LedgerEntry:
    found = [(late.at, "withdrawn") for after, late in withdrawn if takes_back(late, consent, recorded_after=after > place)]
    found += [(stop.at, "stop") for after, stop in stops if ends_consent(stop, consent, recorded_after=after > place)]
    if consent.expires_at is not None:
        found.append((consent.expires_at, "expired"))
    at, why = min(found, default=(None, ""))
    return LedgerEntry(consent, at, why)
