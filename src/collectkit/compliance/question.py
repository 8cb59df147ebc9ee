"""One act at one instant, with the facts that a rule may ask for.

A question holds no personal data: people, accounts and contact points are named by id. It is the same object
whether it comes from a proposal and a person's standing (`facts.questions`) or from a worked example of a regulator.
An absent fact is unknown, not false; `unknown` says what a rule answers that would need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from collectkit.actions import DEBITS, FIRST_PARTIES, Outcome
from collectkit.calendars.dates import zone
from collectkit.compliance.past import NO_FACTS, NO_PAYMENTS, GivenConsent, HoldFact, PastContact, PastEvent, Payments, Wish
from collectkit.errors import TimeError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

VOICE: Final = frozenset({"phone", "prerecorded_call", "rvm"})
"""Channels that are telephone calls in the words of the packs: a ringless voicemail is a call placed."""

_NO_DEBTS: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType({})
_DEBT: Final = "debt."
RAIL: Final = "when.rail"
"""By which network or way a debit goes."""
_ACT: Final = "when."
_DEBITS: Final = frozenset(kind.value for kind in DEBITS)


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


@lru_cache(maxsize=4096)
def midnights(days: tuple[int, ...], zones: tuple[str, ...]) -> tuple[datetime, ...]:
    """Return the instant, in UTC, at which each place reaches the day after its own of *days*."""
    starts = (datetime.combine(date.fromordinal(day + 1), time(0), place) for day, place in zip(days, clocks(zones), strict=True))
    return tuple(start.astimezone(UTC) for start in starts)


def _fields(*names: str) -> Callable[[Question], Any]:
    return attrgetter(*names) if len(names) > 1 else lambda question: (getattr(question, names[0]),)


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
        collector: Who acts; empty for the host itself, and for one of several collectors of whom it is not known which.
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
        events: Notices, requests and findings so far.
        payments: Tries to debit and fees so far.
        facts: Further facts by dotted name, such as ``when.dialing`` or ``consumer.employer_prohibits``.
        debt_facts: Facts of each account by its id, under their names without ``debt.``.
        unknown: What a rule answers that would need a fact which is absent. ALLOW says that all facts are given.
        memo: What several rules of the same sort need, computed once for one question.
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
    events: tuple[PastEvent, ...] = ()
    payments: Payments = NO_PAYMENTS
    facts: Mapping[str, object] = NO_FACTS
    debt_facts: Mapping[str, Mapping[str, object]] = _NO_DEBTS
    unknown: Outcome = Outcome.DENY
    memo: dict[object, object] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def clocks(self) -> tuple[ZoneInfo, ...]:
        """The clock of each place by which days are counted."""
        return clocks(self.zones or (self.default_zone,))

    @cached_property
    def days(self) -> tuple[int, ...]:
        """Local day of the act at each place, as proleptic ordinals."""
        return self.day_of(self.at)

    @cached_property
    def history_days(self) -> tuple[tuple[int, ...], ...]:
        """Local day of each contact of the history at each place, as proleptic ordinals."""
        places = self.clocks
        if len(places) == 1:  # nearly everybody is known to be in one place
            place = places[0]
            return tuple([(contact.at.astimezone(place).toordinal(),) for contact in self.history])
        return tuple([tuple([contact.at.astimezone(place).toordinal() for place in places]) for contact in self.history])

    def moved(self, at: datetime) -> Question:
        """Return the same question for another instant."""
        before, after = _FIELDS_BEFORE(self), _FIELDS_AFTER(self)
        return Question(*before, at, *after)

    @property
    def today(self) -> date:
        """Return the local day at the first place."""
        return date.fromordinal(self.days[0])

    @property
    def dates(self) -> tuple[date, ...]:
        """Return the local day of the act at each place."""
        return tuple(date.fromordinal(day) for day in self.days)

    @property
    def next_day(self) -> datetime:
        """Return the first instant at which some place reaches its next day."""
        return min(midnights(self.days, self.zones or (self.default_zone,)))

    def day_of(self, at: datetime) -> tuple[int, ...]:
        """Return the local day of another instant at each place, as ordinals."""
        return tuple([at.astimezone(place).toordinal() for place in self.clocks])

    def start_of(self, days: Sequence[int]) -> datetime:
        """
        Return the first instant at which every place has reached its own day.

        Args:
            days: One ordinal for each place.
        """
        starts = (datetime.combine(date.fromordinal(day), time(0), place) for day, place in zip(days, self.clocks, strict=True))
        return max(start.astimezone(self.at.tzinfo) for start in starts)

    def start_after(self, day: date, days_later: int = 0) -> datetime:
        """Return the first instant at which every place has reached the day *days_later* days after *day*."""
        return self.start_of([(day + timedelta(days=days_later)).toordinal()] * len(self.days))

    @property
    def rail_untold(self) -> bool:
        """Whether this is a debit of which it was not said by which network it goes, although it must go by some."""
        return self.action in _DEBITS and not self.facts.get(RAIL) and not self.all_given

    @property
    def all_given(self) -> bool:
        """Whether every fact is given, so that what is absent is not so."""
        return self.unknown is Outcome.ALLOW

    def fact(self, name: str) -> object:
        """Return a fact by its dotted name, or None when it is unknown; of several accounts, one for which it is true."""
        if name == "when.channel":
            return self.channel
        if name == "when.action":
            return self.action
        if name.startswith(_DEBT) and self.debt_facts:
            key = name.removeprefix(_DEBT)
            values = [self.debt_facts.get(debt, NO_FACTS).get(key) for debt in self.debts]
            return True if True in values else next((value for value in values if value is not None), None)
        return self.facts.get(name)

    def day_fact(self, name: str) -> date | None:
        """Return a fact that is a day, or None."""
        value = self.fact(name)
        return value if isinstance(value, date) else None

    def about(self, debt: str, key: str) -> object:
        """Return a fact of one account, or None when it is unknown."""
        found = self.debt_facts.get(debt, NO_FACTS).get(key)
        return self.facts.get(_DEBT + key) if found is None else found

    def summary(self) -> tuple[tuple[str, str], ...]:
        """Return what was looked at, by name and without personal data, for the record of a verdict."""
        return (
            ("party", self.party),
            ("recipient", self.recipient),
            ("regions", " ".join(sorted(self.regions))),
            ("purposes", " ".join(sorted(self.purposes))),
            ("contacts", str(len(self.history))),
            ("consents", " ".join(sorted({given.kind for given in self.consents}))),
            ("holds", " ".join(sorted({held.kind for held in self.holds}))),
            ("wishes", " ".join(sorted({wish.kind for wish in self.wishes}))),
            ("events", " ".join(sorted({event.kind for event in self.events}))),
        )

    def is_excepted(self, names: frozenset[str]) -> bool:
        """
        Whether the act serves a purpose, or a consent stands, under which a rule does not hold.

        Only what was said to the one who acts, about this contact point and these accounts, is consent.

        Args:
            names: Purposes and consents, as the rule names them.
        """
        if not names:
            return False
        return not self.purposes.isdisjoint(names) or any(given.kind in names and self.is_usable(given) for given in self.consents)

    def is_given(self, given: GivenConsent) -> bool:
        """Whether a consent stands at the instant of the act, for its contact point."""
        return given.stands(self.at) and given.point in ("", self.point)

    def counts_as_own(self, contact: PastContact) -> bool:
        """Whether a contact of the past was made by the one who acts; while it is not known which collector acts, that of any was."""
        return contact.collector == self.collector or (not self.collector and self.party not in FIRST_PARTIES)

    def is_usable(self, given: GivenConsent) -> bool:
        """Whether the one who acts may rest on a consent: it stands, was given or handed down to them, lawfully, and for these accounts."""
        return self.is_given(given) and given.is_direct and (not given.debts or set(self.debts) <= set(given.debts))

    def matches(self, conditions: Mapping[str, tuple[object, ...]]) -> bool:
        """
        Tell whether every fact has one of its values; facts of accounts, for one and the same account of the act.

        What an act does is known to whoever proposes it, so what is not said of the act is not so. A fact about the
        person or an account that is unknown matches, unless all facts are given: what could forbid is not waved through. So does
        the network of a debit that was not told, for every debit goes by some.
        """
        if self.debt_facts and any(name.startswith(_DEBT) for name in conditions):
            return any(all(self._meets(name, allowed, debt) for name, allowed in conditions.items()) for debt in self.debts)
        return all(self._meets(name, allowed, "") for name, allowed in conditions.items())

    def _meets(self, name: str, allowed: tuple[object, ...], debt: str) -> bool:
        value = self.about(debt, name.removeprefix(_DEBT)) if debt and name.startswith(_DEBT) else self.fact(name)
        if name == RAIL and not value:
            return self.rail_untold
        if value is None:
            return not (self.all_given or name.startswith(_ACT))
        return value in allowed


# The gate moves a question for every instant that it tries, and `attrs.evolve` looks up each field by name again.
_NAMES = [field.name for field in attrs.fields(Question) if field.init]
_FIELDS_BEFORE: Callable[[Question], tuple[str]] = _fields(*_NAMES[: _NAMES.index("at")])
_FIELDS_AFTER: Callable[[Question], tuple[Any, ...]] = _fields(*_NAMES[_NAMES.index("at") + 1 :])
