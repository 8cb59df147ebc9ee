"""What a person asked for and what they took back: which stops and preferences still stand, and which consents a stop ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar, Final, TypeAlias

import attrs

from collectkit._checks import aware, given, one_of
from collectkit.errors import PersonError
from collectkit.identifiers import PersonId
from collectkit.person.facts import Consent, Preference, Stop

WISHES: Final = ("opt_out", "cease", "inconvenient_time", "inconvenient_place", "refused_medium")
"""What can be taken back: a stop by its reason (`cease` is a refusal to pay, too), and each kind of preference."""

ERASURE: Final = "erasure_request"
"""Means of a stop that an erasure leaves behind; nobody is there any more who could take it back."""


@attrs.frozen
class TakenBack:
    """
    A person took back what they had asked for.

    Attributes:
        person: Who.
        wish: Which sort: one of `WISHES`.
        at: When they said so; aware. Whatever of that sort they asked for before is over from then on.
        means: How they said so: ``oral``, ``written``, ``reply`` (a START word), ``portal`` …
        channel: Only what they said of this channel: of a stop that names several, the others stay, and one of all channels is not
            touched. Empty: all of that sort.
        place: Only what they said of this place, for ``inconvenient_place``; empty: of every place.

    Raises:
        PersonError: There is no such wish.
        ValidationError: *means* is empty.
    """

    person: PersonId = attrs.field(converter=PersonId)
    wish: str = attrs.field(validator=one_of(*WISHES, error=PersonError))
    at: datetime = attrs.field(validator=aware)
    means: str = attrs.field(validator=given)
    channel: str = ""
    place: str = ""


@attrs.frozen
class WishTakenBack:
    """
    The person took back a stop or a preference.

    A consent that the stop had ended stays ended: whoever may be written to again is not thereby asked for more.
    """

    TYPE: ClassVar[str] = "wish-taken-back/1"

    taken_back: TakenBack


Recorded: TypeAlias = tuple[int, TakenBack]
"""What was taken back, with its place in the stream: of one instant the order of the stream decides."""


def standing_stops(stops: Iterable[tuple[int, Stop]], taken: Sequence[Recorded]) -> list[Stop]:
    """Return what still stands of each stop, each given with its place in the stream."""
    return [left for place, stop in stops if (left := _left_of(stop, place, taken)) is not None]


def standing_preferences(preferences: Iterable[tuple[int, Preference]], taken: Sequence[Recorded]) -> list[Preference]:
    """Return the preferences that still stand, each given with its place in the stream."""
    return [one for place, one in preferences if not any(_ends(back, one, after=after > place) for after, back in taken)]


def ends_consent(stop: Stop, consent: Consent, *, recorded_after: bool) -> bool:
    """
    Tell whether a stop ends a consent: it came after it and covers its channel.

    Source:
        47 CFR 64.1200(a)(10): consent is revoked by any reasonable means that clearly says so; stop is such a word.
    """
    since = stop.at > consent.given_at or (stop.at == consent.given_at and recorded_after)
    return since and (not stop.channels or consent.channel in stop.channels)


def _left_of(stop: Stop, place: int, taken: Sequence[Recorded]) -> Stop | None:
    reason = "opt_out" if stop.reason == "opt_out" else "cease"
    if stop.means == ERASURE:
        return stop
    for after, back in taken:
        if back.wish != reason or not (back.at > stop.at or (back.at == stop.at and after > place)):
            continue
        if not back.channel:
            return None
        if stop.channels:
            others = tuple(channel for channel in stop.channels if channel != back.channel)
            if not others:
                return None
            stop = attrs.evolve(stop, channels=others)
    return stop


def _ends(back: TakenBack, preference: Preference, *, after: bool) -> bool:
    since = back.at > preference.set_at or (back.at == preference.set_at and after)
    same = back.wish == preference.kind
    return since and same and back.channel in ("", preference.channel) and back.place in ("", preference.place)
