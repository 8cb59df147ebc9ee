"""How a person's data lies in the table of people: the only place where personal data is stored."""

from __future__ import annotations

import json
from collections.abc import Callable

from collectkit.errors import IntegrityBreachError
from collectkit.person import Consumer, ContactPoint, Email, Phone, Place, Postal
from collectkit.storage.codec import codec_for

_quote: Callable[[str], str] = json.encoder.encode_basestring

_KINDS: dict[str, type[ContactPoint]] = {cls.KIND: cls for cls in (Phone, Email, Postal)}


def write_consumer(consumer: Consumer) -> str:
    """Return the person's data as JSON."""
    points = ",".join([f'["{point.KIND}",{codec_for(type(point)).write(point)}]' for point in consumer.contacts])
    places = ",".join([codec_for(Place).write(place) for place in consumer.places])
    texts = ", ".join(map(_quote, (consumer.id, consumer.name, consumer.locale, consumer.region)))
    header = f"[{texts}, {int(consumer.employer_bars_contact)}]"
    return f'{{"header":{header},"contacts":[{points}],"places":[{places}]}}'


def read_consumer(text: str) -> Consumer:
    """
    Return the person that `write_consumer` wrote.

    Raises:
        IntegrityBreachError: The text is not a stored person.
    """
    try:
        raw = json.loads(text)
        if "vault" in raw:
            text = "a person's data lies in a vault; open the book with its keys (settings={'keys': ...}); nothing was read"
            raise IntegrityBreachError(text)
        id_, name, locale, region, barred = raw["header"]
        return Consumer(
            id_,
            name=name,
            locale=locale,
            region=region,
            contacts=tuple(codec_for(_KINDS[kind]).build(held) for kind, held in raw["contacts"]),
            places=tuple(codec_for(Place).build(held) for held in raw["places"]),
            employer_bars_contact=bool(barred),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise IntegrityBreachError(f"a stored person cannot be read: {type(error).__name__}; nothing was decided on it") from error
