"""The person in their role as the one who owes: name, language, contact points and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import attrs

from collectkit._checks import matching
from collectkit.errors import PersonError
from collectkit.identifiers import PersonId
from collectkit.person.contact_points import ContactPoint, region_code, text_name
from collectkit.personal import COARSE, FACT, PERSONAL, classified

T = TypeVar("T")


@attrs.frozen(field_transformer=classified)
class Place:
    """
    Where the person may plausibly be, for the hours of the law.

    Attributes:
        zone: IANA time zone, such as ``America/New_York``.
        source: Why we think so: ``stated``, ``address``, ``phone``, ``region`` …
    """

    zone: str = attrs.field(metadata=COARSE)
    source: str = attrs.field(default="stated", metadata=FACT)


def _all_of(kind: type[T], given: Iterable[T], what: str, example: str) -> tuple[T, ...]:
    """Return the things of a list, each of which is one of that kind."""
    things = tuple(given)
    for thing in things:
        if not isinstance(thing, kind):
            raise PersonError(f"{what} is a list of things such as {example}, got a {type(thing).__name__}; nothing was recorded")
    return things


def _named(points: Iterable[ContactPoint]) -> tuple[ContactPoint, ...]:
    points = _all_of(ContactPoint, points, "contacts", "Phone('+12125550123', source='checkout')")
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


_LOCALE = matching(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?", "a language and a market, such as en_US", error=PersonError)


def _places(given: Iterable[Place]) -> tuple[Place, ...]:
    return _all_of(Place, given, "places", "Place('America/New_York')")


@attrs.frozen(field_transformer=classified)
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

    id: PersonId = attrs.field(converter=PersonId, metadata=FACT)
    name: str = attrs.field(default="", converter=text_name, metadata=PERSONAL)
    locale: str = attrs.field(default="en_US", kw_only=True, validator=_LOCALE, metadata=COARSE)
    region: str = attrs.field(default="", kw_only=True, converter=region_code, metadata=COARSE)
    contacts: tuple[ContactPoint, ...] = attrs.field(default=(), kw_only=True, converter=_named, metadata=FACT)
    places: tuple[Place, ...] = attrs.field(default=(), kw_only=True, converter=_places, metadata=COARSE)
    employer_bars_contact: bool = attrs.field(default=False, kw_only=True, metadata=COARSE)

    def point(self, id: str) -> ContactPoint | None:
        """Return the contact point of that id, or None."""
        return next((point for point in self.contacts if point.id == id), None)

    def points_for(self, channel: str) -> tuple[ContactPoint, ...]:
        """Return the usable points that *channel* can reach, verified ones first, else in the given order."""
        fit = [point for point in self.contacts if point.usable and channel in point.CHANNELS]
        return tuple(sorted(fit, key=lambda point: point.status != "verified"))
