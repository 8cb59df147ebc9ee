"""One act at one instant, with the facts that a rule may ask for.

A question holds no personal data: people, accounts and contact points are named by id. It is the same object
whether it comes from a proposal and a person's standing (`facts.questions`) or from a worked example of a regulator.
An absent fact is unknown, not false; `unknown` says what a rule answers that would need it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

from collectkit.actions import Outcome
from collectkit.calendars.dates import zone
from collectkit.errors import TimeError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

VOICE: Final = frozenset({"phone", "prerecorded_call", "rvm"})
"""Channels that are telephone calls in the words of the packs: a ringless voicemail is a call placed."""

CONVERSATION: Final = "conversation"
UNKNOWN: Final = "unknown"
"""Outcome of a contact that was possibly made; it counts wherever outcomes are counted."""

_NO_FACTS: Final[Mapping[str, object]] = MappingProxyType({})


@lru_cache(maxsize=4096)
def clocks(zones: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    """
    Return the clocks of *zones* by which days are counted; UTC when none of them is a zone.

    A name that is no zone closes every time window by itself, so no day needs to be counted for it.
    """
    found = []
    for name in zones:
        try:
            found.append(zone(name))
        except TimeError:
            continue  # `calendars.hours` closes contact for such a place
    return tuple(found) or (zone("UTC"),)


@attrs.frozen
class PastContact:
    """
    One contact or attempt of the past.

    Attributes:
        at: When; aware.
        channel: In the words of the packs.
        direction: ``outbound`` or ``inbound``.
        outcome: ``no_answer``, ``conversation`` …; ``unknown`` counts as possibly made.
        person: With whom.
        debts: Accounts it is counted to; empty means unknown, and counts to all.
        discussed: Accounts talked about.
        collector: Who made it; empty for the host itself.
        point: Id of the contact point or the address; empty when unknown.
        place: ``personal``, ``workplace`` …; empty when unknown.
    """

    at: datetime
    channel: str
    direction: str = "outbound"
    outcome: str = "unknown"
    person: str = ""
    debts: tuple[str, ...] = ()
    discussed: tuple[str, ...] = ()
    collector: str = ""
    point: str = ""
    place: str = ""


@attrs.frozen
class GivenConsent:
    """
    A consent, or a fact that undoes one, under the name that the packs use.

    Attributes:
        kind: Such as ``prior_consent_number``.
        given_at: When; None when unknown, which is read as before the act.
        point: The contact point it is for; empty means any.
        debts: The accounts it is for; empty means all.
        given_to: ``this_collector``, ``creditor`` or ``prior_collector``; only the first is consent.
        confirmed_on: Day on which it was last confirmed.
        withdrawn_at: Since when it is void.
        on_dates: The only local days it is for; empty means no such limit.
        valid_days: Length in days, that of giving being day one; None for the length that the rule sets.
        details: Further facts that a rule about its quality asks for.
    """

    kind: str
    given_at: datetime | None = None
    point: str = ""
    debts: tuple[str, ...] = ()
    given_to: str = "this_collector"
    confirmed_on: date | None = None
    withdrawn_at: datetime | None = None
    on_dates: tuple[date, ...] = ()
    valid_days: int | None = None
    details: Mapping[str, object] = _NO_FACTS

    def stands(self, at: datetime) -> bool:
        """Whether it had been given and not been withdrawn at that instant."""
        given = self.given_at is None or self.given_at <= at
        return given and (self.withdrawn_at is None or at < self.withdrawn_at)


@attrs.frozen
class HoldFact:
    """
    Something that stops work, under the name that the packs use.

    Attributes:
        kind: Such as ``cease_communication`` or ``bankruptcy``.
        since: First instant; None when unknown, which is read as long ago.
        until: First instant at which it is over; None when unknown.
        noticed_on: Day of the notice, request or registration that started it.
        last_on: Last local day on which it holds.
        treatment_ended_on: Day on which a crisis treatment ended.
        due_by: Last local day on which the notice could be given with effect.
        debts: Accounts it covers; empty means all.
        form: ``written``, ``oral``, ``reply`` …; empty when unknown.
        accepted: Whether it came through a medium on which such notices are taken.
    """

    kind: str
    since: datetime | None = None
    until: datetime | None = None
    noticed_on: date | None = None
    last_on: date | None = None
    treatment_ended_on: date | None = None
    due_by: date | None = None
    debts: tuple[str, ...] = ()
    form: str = ""
    accepted: bool = True


@attrs.frozen
class Wish:
    """
    A time, medium or place the person called inconvenient.

    Attributes:
        kind: ``inconvenient_time``, ``no_medium`` or ``inconvenient_place``.
        set_at: Since when; None when unknown, which is read as long ago.
        lifted_at: Since when no longer.
        days: Weekdays 0 (Monday) to 6.
        start: First local time, inclusive.
        end: Local time at which it is over, exclusive; 00:00 means midnight at the end of the day.
        medium: The refused medium; empty means every one.
        point: The refused contact point; empty means every one.
        place: The refused place.
        person: Who said it; it binds contact with that person only. Empty: everyone.
    """

    kind: str
    set_at: datetime | None = None
    lifted_at: datetime | None = None
    days: frozenset[int] = frozenset(range(7))
    start: time = time(0)
    end: time = time(0)
    medium: str = ""
    point: str = ""
    place: str = ""
    person: str = ""

    def stands(self, at: datetime) -> bool:
        """Whether it had been said and not been lifted at that instant."""
        return (self.set_at is None or self.set_at <= at) and (self.lifted_at is None or at < self.lifted_at)


def _ordinals(question: Question) -> tuple[int, ...]:
    return tuple(question.at.astimezone(clock).toordinal() for clock in clocks(question.zones or (question.default_zone,)))


def _history_ordinals(question: Question) -> tuple[tuple[int, ...], ...]:
    places = clocks(question.zones or (question.default_zone,))
    return tuple(tuple(contact.at.astimezone(clock).toordinal() for clock in places) for contact in question.history)


@attrs.frozen(eq=False)
class Question:
    """
    May this act be done at this instant?

    Attributes:
        action: In the words of the packs: ``contact``, ``charge_fee`` …
        at: The instant; aware.
        zones: Every zone in which the person may plausibly be; empty means unknown.
        default_zone: By which clock days are counted when no zone is known.
        party: Role of the one who acts: ``first_party``, ``third_party`` …
        collector: Who acts; empty for the host itself.
        person: Towards whom.
        recipient: ``consumer``, ``third_party``, ``attorney`` …
        direction: ``inbound`` for an answer on the person's own call.
        channel: Through which channel.
        point: Contact point used.
        place: ``personal``, ``workplace`` …; empty when unknown.
        debts: About which accounts.
        purposes: What it is for, as far as a rule makes an exception for it.
        content: Disclosures it will carry.
        products: Kinds of credit; None when unknown.
        stages: Stages of collection; None when unknown.
        regions: Region tags such as ``US-NY``; a narrower region within one of them is possible.
        history: Contacts so far.
        consents: Consents, and what undoes them.
        holds: Holds.
        wishes: Inconvenient times, media and places.
        facts: Further facts by dotted name, such as ``when.dialing`` or ``debt.time_barred``.
        unknown: What a rule answers that would need a fact which is absent. ALLOW says that all facts are given.
        days: Local day of `at` at each place, as proleptic ordinals.
        history_days: The same for each contact of the history.
    """

    action: str
    at: datetime
    zones: tuple[str, ...] = ()
    default_zone: str = "UTC"
    party: str = "first_party"
    collector: str = ""
    person: str = ""
    recipient: str = "consumer"
    direction: str = "outbound"
    channel: str = ""
    point: str = ""
    place: str = ""
    debts: tuple[str, ...] = ()
    purposes: frozenset[str] = frozenset()
    content: frozenset[str] = frozenset()
    products: frozenset[str] | None = None
    stages: frozenset[str] | None = None
    regions: frozenset[str] = frozenset()
    history: tuple[PastContact, ...] = ()
    consents: tuple[GivenConsent, ...] = ()
    holds: tuple[HoldFact, ...] = ()
    wishes: tuple[Wish, ...] = ()
    facts: Mapping[str, object] = _NO_FACTS
    unknown: Outcome = Outcome.DENY
    days: tuple[int, ...] = attrs.field(default=attrs.Factory(_ordinals, takes_self=True), repr=False)
    history_days: tuple[tuple[int, ...], ...] = attrs.field(default=attrs.Factory(_history_ordinals, takes_self=True), repr=False)

    def moved(self, at: datetime) -> Question:
        """Return the same question for another instant."""
        places = clocks(self.zones or (self.default_zone,))
        return attrs.evolve(self, at=at, days=tuple(at.astimezone(clock).toordinal() for clock in places))

    @property
    def today(self) -> date:
        """Return the local day at the first place."""
        return date.fromordinal(self.days[0])

    def day_of(self, at: datetime) -> tuple[int, ...]:
        """Return the local day of another instant at each place, as ordinals."""
        return tuple(at.astimezone(clock).toordinal() for clock in clocks(self.zones or (self.default_zone,)))

    def start_of(self, days: Sequence[int]) -> datetime:
        """
        Return the first instant at which every place has reached its own day.

        Args:
            days: One ordinal for each place.
        """
        places = clocks(self.zones or (self.default_zone,))
        starts = (datetime.combine(date.fromordinal(day), time(0), clock) for day, clock in zip(days, places, strict=True))
        return max(start.astimezone(self.at.tzinfo) for start in starts)

    def start_after(self, day: date, days_later: int = 0) -> datetime:
        """Return the first instant at which every place has reached the day *days_later* days after *day*."""
        return self.start_of([(day + timedelta(days=days_later)).toordinal()] * len(self.days))

    def fact(self, name: str) -> object:
        """Return a fact by its dotted name, or None when it is unknown."""
        return self.channel if name == "when.channel" else self.facts.get(name)

    def matches(self, conditions: Mapping[str, tuple[object, ...]]) -> bool:
        """
        Tell whether every fact has one of its values.

        An unknown fact matches, unless all facts are known to be given: what could forbid is not waved through.
        """
        for name, allowed in conditions.items():
            value = self.fact(name)
            if value is None:
                if self.unknown is Outcome.ALLOW:
                    return False
            elif value not in allowed:
                return False
        return True
