"""Streams that a store has read before, so that only what is new of them is fetched and decoded."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Final

import attrs

from collectkit.events import GENESIS, Event

EVENTS_MAX: Final = 65_536
"""So many events are kept; those of the streams that were kept longest ago go first."""


@attrs.frozen
class KnownStream:
    """
    The beginning of a stream, as it was read.

    The digest covers every event before it: a stream that has it at that version begins with these events, whatever was appended,
    rolled back or archived meanwhile, and by whom.

    Attributes:
        version: Of the last event.
        digest: Of the last event.
        bodies: All events up to it; never changed.
    """

    version: int
    digest: bytes
    bodies: Sequence[Event]


NOTHING_KNOWN: Final = KnownStream(0, GENESIS, ())


class KnownStreams:
    """The streams that one store has read; its units share them, in whatever threads they run."""

    def __init__(self, events_max: int = EVENTS_MAX) -> None:
        self._events_max = events_max
        self._held: dict[tuple[str, str], KnownStream] = {}
        self._events = 0
        self._lock = Lock()

    def find(self, tenant: str, stream: str) -> KnownStream:
        """Return what is known of a stream; it has to be compared with what the stream has at that version."""
        return self._held.get((tenant, stream), NOTHING_KNOWN)

    def keep(self, tenant: str, stream: str, known: KnownStream) -> None:
        """Keep what was read of a stream in place of what was kept before."""
        with self._lock:
            self._forget((tenant, stream))
            self._held[tenant, stream] = known
            self._events += len(known.bodies)
            while self._events > self._events_max:
                self._forget(next(iter(self._held)))

    def _forget(self, key: tuple[str, str]) -> None:
        before = self._held.pop(key, NOTHING_KNOWN)
        self._events -= len(before.bodies)
