"""Facts that are appended behind whatever stands: nothing is read first and nothing decided, so nobody can be in each other's way.

A look at personal data, a denied act: what happened, happened, whatever else was written meanwhile. A store that knows how
commits what many callers append together; on any other each opens a unit of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeGuard

from collectkit.errors import ConcurrencyConflictError, ContendedError
from collectkit.events import Context, Event, Receipt
from collectkit.storage.store import Store

CONFLICTS_MAX: Final = 100
"""So often somebody else may reach a stream first; one of those who meet there gets on each time."""

WAITS_MAX: Final = 10
"""So often a store may give up waiting for others."""


class TakesAppends(Store, Protocol):
    """A store that makes what many callers append durable at once; our embedded one does, a host's own need not."""

    def append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
        """
        Append events behind whatever stands in their streams, in one commit, and return when it stands.

        Args:
            context: What the commit is, in whose book.
            writes: The events by stream.

        Returns:
            A receipt for each stream.

        Raises:
            StoreUnavailableError: The store cannot be reached; nothing was recorded.
            OutcomeUnknownError: The commit was sent and not answered: read the streams before appending again.
        """


def takes_appends(store: Store) -> TypeGuard[TakesAppends]:
    """Tell whether a store takes appends; its class says so, for a wrapper that passes on what it does not know must not pass itself by."""
    return callable(getattr(type(store), "append_behind", None))


def append_behind(store: Store, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
    """
    Append events behind whatever stands; see `TakesAppends.append_behind`.

    Raises:
        ConcurrencyConflictError: Others were quicker, `CONFLICTS_MAX` times; nothing was recorded.
        ContendedError: The store gave up waiting, `WAITS_MAX` times; nothing was recorded.
    """
    return store.append_behind(context, writes) if takes_appends(store) else append_in_unit(store, context, writes)


def append_in_unit(store: Store, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
    """Append events behind whatever stands in a unit of their own, again when somebody else was quicker."""
    conflicts = waits = 0
    while True:
        try:
            with store.unit(context.tenant) as unit:
                return unit.append(context, {stream: (unit.version(stream), events) for stream, events in writes.items()})
        except ConcurrencyConflictError:
            conflicts += 1
            if conflicts == CONFLICTS_MAX:
                raise
        except ContendedError:
            waits += 1
            if waits == WAITS_MAX:
                raise
