"""Registering a person and keeping what they said: which events a change of their data means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import attrs

from collectkit.events import Event
from collectkit.identifiers import MessageId, PersonId
from collectkit.person import Consent, ConsentGiven, ConsentWithdrawn, Consumer, ContactStopped, PersonChanged, PersonRegistered


@attrs.frozen
class AlreadyRegistered:
    """The person was registered before with the same data; nothing was changed."""

    person: PersonId


@attrs.frozen
class StopRecorded:
    """
    The answer to a person's wish that contact cease: nothing it covers begins from now on.

    Attributes:
        stopped: What was recorded.
        under_way: Ids of the contacts that were being handed over at that moment and may still arrive.
    """

    stopped: ContactStopped
    under_way: tuple[MessageId, ...]

    def __str__(self) -> str:
        count = len(self.under_way)
        said = f"{count} message{' was' if count == 1 else 's were'} already under way" if count else "nothing was under way"
        return f"contact with {self.stopped.stop.person} has ceased; {said}"


Registration: TypeAlias = PersonRegistered | PersonChanged | AlreadyRegistered


def register(known: Consumer | None, consumer: Consumer, *, revision: int) -> Registration:
    """
    Decide what registering *consumer* does to the person known under that id.

    Args:
        known: The person's present data, or None.
        consumer: The new data, whole: what is left out is removed.
        revision: Revision of the present data; 0 without any.
    """
    if known is None:
        return PersonRegistered(consumer.id)
    if known == consumer:
        return AlreadyRegistered(consumer.id)
    return PersonChanged(consumer.id, revision + 1)


def consent_events(known: Consumer | None, consumer: Consumer, *, at: datetime) -> Sequence[Event]:
    """
    Return the consents that come with contact points not known before, and the withdrawals of points that left.

    A consent that was given on a point and is no longer listed there is *not* withdrawn: hosts often send contact
    points without repeating it. A withdrawal is a command of its own.
    """
    before = {(point.id, point.value): set(point.consents) for point in known.contacts} if known else {}
    given = [
        ConsentGiven(Consent(consumer.id, point.id, channel, at, point.source))
        for point in consumer.contacts
        for channel in point.consents
        if channel not in before.get((point.id, point.value), set())
    ]
    present = {(point.id, point.value) for point in consumer.contacts}
    gone = [ConsentWithdrawn(consumer.id, id, "", at) for id, value in before if (id, value) not in present]
    return [*gone, *given]  # first what ends, so that a number replaced under the same id starts with its own consents
