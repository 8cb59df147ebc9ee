"""Finding people by what is known of them, however it is written: accents, cases and the spaces of a number do not matter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

import attrs

from collectkit.identifiers import PersonId
from collectkit.person.consumer import Consumer

# Letters that Unicode does not take apart into a base and a mark.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)


def folded(text: str) -> str:
    """
    Return *text* as it is compared: without case, accents and extra spaces, in one form of its script.

    >>> folded("  Łukasz  O’Brien-Müller ")
    'lukasz obrien muller'
    """
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(c for c in apart if not unicodedata.combining(c) and c not in "'\u2019\u02bc`")
    return " ".join("".join(c if c.isalnum() or c in "@." else " " for c in plain).split())


@attrs.frozen
class Found:
    """
    One person who was found.

    Attributes:
        person: Who.
        score: 100 for the very thing that was asked for, less for a part of it.
        field: What matched: ``id``, ``name``, ``phone``, ``email``, ``postal`` or ``account``.
    """

    person: PersonId
    score: int
    field: str


class SearchIndex:
    """
    Some people, ready to be searched: the reference for an index of a host's own.

    Args:
        consumers: Among whom.
    """

    def __init__(self, consumers: Iterable[Consumer]) -> None:
        self._rows = [(consumer, folded(consumer.name)) for consumer in consumers]

    def find(self, query: str, *, limit: int = 20) -> list[Found]:
        """Return who matches, best first, then by id; an empty query matches nobody."""
        wanted = folded(query)
        digits = "".join(c for c in query if c.isdigit()) if not any(c.isalpha() for c in query) else ""
        if not wanted and not digits:
            return []
        found = [best for consumer, name in self._rows if (best := _best(consumer, name, query.strip(), wanted, digits)) is not None]
        return sorted(found, key=lambda one: (-one.score, one.person))[:limit]


def _best(consumer: Consumer, name: str, query: str, wanted: str, digits: str) -> Found | None:
    """Return the best match of one person."""
    matches = [(100, "id")] if consumer.id == query else []
    if wanted:
        matches += [(score, "name")] if (score := _names(name, wanted)) else []
    for point in consumer.contacts:
        if point.KIND == "phone":
            matches += [(_numbers(point.value, digits), "phone")]
        elif wanted:
            matches += [(_texts(folded(point.value), wanted), point.KIND)]
    score, field = max(matches, default=(0, ""))
    return Found(consumer.id, score, field) if score else None


def _names(name: str, wanted: str) -> int:
    """Every word that was asked for must begin one of the name's, in any order."""
    if name == wanted:
        return 95
    words, asked = name.split(), wanted.split()
    if asked and all(any(word.startswith(one) for word in words) for one in asked):
        return 80 if set(asked) <= set(words) else 60
    return 0


def _numbers(value: str, digits: str) -> int:
    """A number is found by its end, from four digits on."""
    held = value.removeprefix("+")
    if len(digits) < 4:
        return 0
    plain = digits.removeprefix("00").lstrip("0") or digits
    return 100 if held == plain else 70 if held.endswith(plain) else 40 if plain in held else 0


def _texts(value: str, wanted: str) -> int:
    return 100 if value == wanted else 70 if value.startswith(wanted) else 40 if len(wanted) >= 4 and wanted in value else 0
