"""A store whose units fail where you say: to see that a host, and a kit, come through.

    store = FaultyStore(MemoryStore(), {3: Fault.UNANSWERED})

The third unit that is opened commits, and its commit is never answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import Enum

from collectkit.errors import ConcurrencyConflictError, ContendedError, OutcomeUnknownError, StoreUnavailableError
from collectkit.storage.keeper import Keeper
from collectkit.storage.store import Store, Unit


class Fault(Enum):
    """What becomes of a unit."""

    UNREACHABLE = "unreachable"
    """The store cannot be reached; the unit is not even opened."""
    REFUSED = "refused"
    """The commit is refused, as by a disk that is full; nothing is recorded."""
    CONFLICT = "conflict"
    """Somebody else wrote the stream first; nothing is recorded."""
    DEADLOCK = "deadlock"
    """The database gave this unit up for another; nothing is recorded."""
    LOST = "lost"
    """The connection was lost before the commit arrived; nothing is recorded, and nobody can know."""
    UNANSWERED = "unanswered"
    """The connection was lost after the commit arrived; everything is recorded, and nobody can know."""


Plan = Mapping[int, Fault] | Callable[[int], Fault | None]


class _Undone(Exception):
    """Raised inside a unit so that the store behind rolls it back."""


class FaultyStore:
    """
    Another store with faults in it.

    Args:
        store: The store behind, which keeps what is really recorded.
        faults: Which unit fails how: by the number of the unit, from 1, or a function of it.
    """

    def __init__(self, store: Store, faults: Plan) -> None:
        self._store = store
        self._fault = faults if callable(faults) else faults.get
        self._counting = threading.Lock()
        self.units = 0
        """How many units were opened so far."""

    @contextmanager
    def unit(self, tenant: str) -> Iterator[Unit]:
        """Open a unit of the store behind, or fail as planned."""
        with self._counting:
            self.units += 1
            fault = self._fault(self.units)
        if fault is Fault.UNREACHABLE:
            raise StoreUnavailableError("the store cannot be reached; nothing was recorded")
        try:
            with self._store.unit(tenant) as unit:
                yield unit
                if fault not in (None, Fault.UNANSWERED):
                    raise _Undone
        except _Undone:
            assert fault is not None
            raise _error(fault) from None
        if fault is Fault.UNANSWERED:
            raise _error(fault)

    def view(self, tenant: str) -> AbstractContextManager[Unit]:
        """Open a transaction that only reads; it has no faults."""
        return self._store.view(tenant)

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._store.protect(keeper)

    def close(self) -> None:
        """Close the store behind."""
        self._store.close()


def _error(fault: Fault) -> Exception:
    match fault:
        case Fault.CONFLICT:
            return ConcurrencyConflictError("account/a-1", expected=1, actual=2)
        case Fault.DEADLOCK:
            return ContendedError("others were deciding about the same people; nothing was recorded")
        case Fault.LOST | Fault.UNANSWERED:
            return OutcomeUnknownError("the commit was not answered; send the same command again")
        case _:
            return StoreUnavailableError("the commit was refused; nothing was recorded")
