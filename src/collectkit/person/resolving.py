"""Contact points whose values the host keeps: what it answers when it is asked for them, and a person with the answer put in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from collectkit.errors import PersonError
from collectkit.person.consumer import Consumer
from collectkit.person.contact_points import ContactPoint, text_name
from collectkit.personal import PERSONAL, classified


def _values(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(given))


@attrs.frozen(field_transformer=classified)
class Resolved:
    """
    What a host answers about one person. Nothing of it is stored, and `repr` shows none of it.

    Attributes:
        values: The number or address that each token stands for; a token that is left out stands for nothing any more.
        name: The person's name, where the host keeps that too.
    """

    values: Mapping[str, str] = attrs.field(factory=dict, converter=_values, metadata=PERSONAL)
    name: str = attrs.field(default="", kw_only=True, converter=text_name, metadata=PERSONAL)


def tokens_of(consumer: Consumer) -> tuple[str, ...]:
    """Return the tokens among a person's usable contact points, each once."""
    return tuple(dict.fromkeys(point.value for point in consumer.contacts if point.is_token and point.usable))


def resolved(consumer: Consumer, answer: Resolved) -> Consumer:
    """
    Return the person with what the host keeps put in; a point that stands for nothing, or for rubbish, is invalid.

    It is for one hand-over and is not to be stored.
    """
    contacts = tuple(_put_in(point, answer.values) if point.is_token else point for point in consumer.contacts)
    return attrs.evolve(consumer, name=answer.name or consumer.name, contacts=contacts)


def _put_in(point: ContactPoint, values: Mapping[str, str]) -> ContactPoint:
    try:
        found = attrs.evolve(point, value=values[point.value])
    except (KeyError, PersonError):
        return attrs.evolve(point, status="invalid")
    return attrs.evolve(point, status="invalid") if found.is_token else found
