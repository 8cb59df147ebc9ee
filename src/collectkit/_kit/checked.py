"""A store of somebody else, with what it reads held against the chain: an old or shuffled answer is found, not believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from collectkit.errors import IntegrityBreachError
from collectkit.events import Envelope, Event
from collectkit.storage.keeper import Keeper
from collectkit.storage.store import Store, Unit
from collectkit.storage.verify import verify_chain


class CheckedStore:
    """
    Another store, of which each stream that is read must be whole: as many events as its version says, chained from the first.

    That costs a second reading; our own stores, which are tested for it, are not wrapped.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def unit(self, tenant: str) -> Iterator[Unit]:
        """Open a transaction whose readings are checked."""
        with self._store.unit(tenant) as unit:
            yield cast(Unit, _CheckedUnit(unit))

    @contextmanager
    def _viewed(self, tenant: str) -> Iterator[Unit]:
        with self._store.view(tenant) as unit:
            yield cast(Unit, _CheckedUnit(unit))

    def view(self, tenant: str) -> AbstractContextManager[Unit]:
        """Open a transaction that only reads, and whose readings are checked."""
        return self._viewed(tenant)

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._store.protect(keeper)

    def close(self) -> None:
        """Let go of files and connections."""
        self._store.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


class _CheckedUnit:
    """A unit whose streams are checked as they are read."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def history(self, stream: str) -> list[Envelope]:
        """Return the events of *stream* in their envelopes, when they are whole."""
        history, version = self._unit.history(stream), self._unit.version(stream)
        if [envelope.version for envelope in history] != list(range(1, version + 1)):
            raise IntegrityBreachError(
                f"the store says that stream {stream!r} is at version {version} and read {len(history)} events of it, "
                "not one after the other; nothing was written"
            )
        breach = verify_chain(history)
        if breach is not None:
            raise IntegrityBreachError(f"stream {stream!r} is broken at version {breach.version}: {breach.text}; nothing was written")
        return history

    def bodies(self, stream: str) -> list[Event]:
        """Return the event bodies of *stream*, when they are whole and those of its envelopes."""
        bodies, expected = self._unit.bodies(stream), [envelope.body for envelope in self.history(stream)]
        if bodies != expected:
            raise IntegrityBreachError(f"the store gave two different readings of stream {stream!r}; nothing was written")
        return bodies

    def bodies_of(self, streams: Sequence[str]) -> dict[str, list[Event]]:
        """Return the event bodies of those *streams* that were begun, when each is whole."""
        return {stream: bodies for stream in streams if (bodies := self.bodies(stream))}

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)
