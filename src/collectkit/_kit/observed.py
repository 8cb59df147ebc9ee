"""A store that tells observers what was recorded, once it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from collectkit.events import Context, Event, Receipt
from collectkit.plugins import Committed, Observers
from collectkit.storage.appending import append_behind
from collectkit.storage.keeper import Keeper
from collectkit.storage.store import Store, Unit


class ObservedStore:
    """
    Another store, with its commits told.

    Observers are called after the commit and outside of it: they may read and write the book themselves, and what they
    raise changes nothing. A book that is bound to the host's own transaction is not observed, for its commit is not ours.
    """

    def __init__(self, store: Store, observers: Observers) -> None:
        self._store = store
        self._observers = observers

    @contextmanager
    def unit(self, tenant: str) -> Iterator[Unit]:
        """Open a transaction; what it appended is told when it has been committed."""
        with self._store.unit(tenant) as unit:
            watched = Watched(unit)
            yield cast(Unit, watched)
        self._observers.tell(watched.committed)

    def append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
        """Append events behind whatever stands; they are told when they have been committed."""
        receipts = append_behind(self._store, context, writes)
        self._observers.tell(_told(context, writes, receipts))
        return receipts

    def view(self, tenant: str) -> AbstractContextManager[Unit]:
        """Open a transaction that only reads."""
        return self._store.view(tenant)

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._store.protect(keeper)

    def close(self) -> None:
        """Let go of files and connections."""
        self._store.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


class Watched:
    """A unit that remembers what was appended through it."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.committed: list[Committed] = []

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        """Append, and keep what was appended."""
        receipts = self._unit.append(context, writes)
        self.committed += _told(context, {stream: events for stream, (_, events) in writes.items()}, receipts)
        return receipts

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


def _told(context: Context, writes: Mapping[str, Sequence[Event]], receipts: Sequence[Receipt]) -> list[Committed]:
    """Return what observers are told of an append, by stream."""
    by_stream: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        by_stream.setdefault(receipt.stream, []).append(receipt)
    return [Committed(context, stream, tuple(events), tuple(by_stream.get(stream, ()))) for stream, events in writes.items() if events]
