"""Faults on demand: a store, a channel, a clock and a key provider that fail exactly where they are told to.

They are explicit objects that a test puts in place of the real ones; nothing here can be switched on from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import Enum
from time import sleep
from types import MappingProxyType
from typing import Final, TypeAlias, cast

import attrs

from collectkit.channels.capabilities import PLAIN, Capabilities
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.errors import ConcurrencyConflictError, ContendedError, OutcomeUnknownError, StoreUnavailableError
from collectkit.events import Event
from collectkit.storage.keeper import Keeper
from collectkit.storage.store import Store, Unit


class Killed(BaseException):
    """Stands for the death of the process: no `except Exception` survives it, and what was not committed is gone."""


class StoreFault(Enum):
    """What a `FaultyStore` does at one operation."""

    ERROR = "error"
    """The operation fails, once."""
    DOWN = "down"
    """This operation and every later one fail."""
    KILL = "kill"
    """The process dies before the operation; at a commit, before it."""
    KILL_AFTER = "kill_after"
    """The process dies just after the operation; at a commit, after it was made."""
    COMMIT_LOST = "commit_lost"
    """The commit is sent and not answered, and was not made. At another operation: `ERROR`."""
    COMMIT_KEPT = "commit_kept"
    """The commit is sent and not answered, and was made. At another operation: `ERROR`."""
    CONFLICT = "conflict"
    """Somebody else wrote a stream first, and the commit is refused. At another operation: `ERROR`."""
    DEADLOCK = "deadlock"
    """The database gave the unit up for another, and the commit is refused. At another operation: `ERROR`."""
    STALE = "stale"
    """A reading of a stream gives an older state of it, without its last event."""
    SHUFFLED = "shuffled"
    """A reading of a stream gives its events in the wrong order."""


Faults: TypeAlias = Mapping[int, StoreFault] | Callable[[int], StoreFault | None]


class FaultyStore:
    """
    Another store that fails at chosen operations: each call on a unit is one, and each commit.

    Args:
        store: The real one.
        faults: What happens at which operation, counted from 1 over the life of this object.
        counting: Name of the operations that count and can fail, such as ``commit``; by default each is one.

    Attributes:
        operations: How many there were so far; a run without faults tells how many points there are to choose from.
        log: Their names.
    """

    def __init__(self, store: Store, faults: Faults | None = None, *, counting: str = "") -> None:
        self._store = store
        self.faults: Faults = faults or {}
        self._counting = counting
        self.operations = 0
        self.log: list[str] = []
        self._down = False

    @contextmanager
    def unit(self, tenant: str) -> Iterator[Unit]:
        """Open a transaction of the real store; its commit is an operation too."""
        fault, after = None, False
        with self._store.unit(tenant) as unit:
            if self.met("unit") is StoreFault.KILL_AFTER:
                raise Killed("after a unit was opened")
            yield cast(Unit, _FaultyUnit(unit, self))
            fault = self.meet("commit")
            if fault is StoreFault.KILL:
                raise Killed("before a commit")
            if fault in _REFUSALS:
                raise _REFUSALS[fault]()
            after = True
        if after and fault is StoreFault.KILL_AFTER:
            raise Killed("after a commit")
        if after and fault is StoreFault.COMMIT_KEPT:
            raise _unanswered()

    @contextmanager
    def view(self, tenant: str) -> Iterator[Unit]:
        """Open a transaction of the real store that only reads; its calls are operations, and there is no commit."""
        with self._store.view(tenant) as unit:
            if self.met("view") is StoreFault.KILL_AFTER:
                raise Killed("after a view was opened")
            yield cast(Unit, _FaultyUnit(unit, self))

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""
        self._store.protect(keeper)

    def meet(self, name: str) -> StoreFault | None:
        """Count one operation; return what is to happen at it."""
        if self._counting not in ("", name):
            return StoreFault.DOWN if self._down else None
        self.operations += 1
        self.log.append(name)
        planned = self.faults(self.operations) if callable(self.faults) else self.faults.get(self.operations)
        fault = StoreFault.DOWN if self._down else planned
        self._down = self._down or fault is StoreFault.DOWN
        return fault

    def met(self, name: str) -> StoreFault | None:
        """Count one operation that is no commit, and fail at it if it is to; return a fault that only distorts."""
        fault = self.meet(name)
        if fault is StoreFault.KILL:
            raise Killed(f"before {name}")
        if fault in _REFUSALS or fault is StoreFault.COMMIT_KEPT:
            raise StoreUnavailableError(f"{name} failed; nothing was recorded")
        return fault

    def close(self) -> None:
        """Close the real store."""
        self._store.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def _refused() -> Exception:
    return StoreUnavailableError("the commit was refused; nothing was recorded")


def _unanswered() -> Exception:
    return OutcomeUnknownError("the commit was not answered; send the same command again")


_REFUSALS: Final[Mapping[StoreFault | None, Callable[[], Exception]]] = MappingProxyType(
    {
        StoreFault.ERROR: _refused,
        StoreFault.DOWN: _refused,
        StoreFault.COMMIT_LOST: _unanswered,
        StoreFault.CONFLICT: lambda: ConcurrencyConflictError("account/a-1", expected=1, actual=2),
        StoreFault.DEADLOCK: lambda: ContendedError("others were deciding about the same people; nothing was recorded"),
    }
)
"""What a commit ends with that is not made."""

_READS_A_STREAM: Final = frozenset({"bodies", "history"})


class _FaultyUnit:
    """A unit whose calls are counted."""

    def __init__(self, unit: Unit, store: FaultyStore) -> None:
        self._unit, self._store = unit, store

    def __getattr__(self, name: str) -> object:
        method = cast(Callable[..., object], getattr(self._unit, name))

        def call(*arguments: object, **named: object) -> object:
            fault = self._store.met(name)
            answer = method(*arguments, **named)
            if fault is StoreFault.KILL_AFTER:
                raise Killed(f"after {name}")
            if name in _READS_A_STREAM and fault in (StoreFault.STALE, StoreFault.SHUFFLED):
                events = cast(list[Event], answer)
                return events[:-1] if fault is StoreFault.STALE else events[::-1]
            return answer

        return call


class ChannelFault(Enum):
    """What a `FaultyChannel` does with one message."""

    NONE = "none"
    """Takes it and says so."""
    REFUSE = "refuse"
    """Does not take it and says so."""
    RAISE = "raise"
    """Does not take it and raises."""
    TAKE_AND_RAISE = "take_and_raise"
    """Takes it and raises: the answer was lost."""
    TAKE_TWICE = "take_twice"
    """Takes it, delivers it twice and says it took it: the fault of the other side."""
    DOUBT = "doubt"
    """Takes it and says that it does not know."""
    HANG = "hang"
    """Takes it and does not answer for a while."""
    RUBBISH = "rubbish"
    """Takes it and answers with something that is no outcome."""
    NO_REFERENCE = "no_reference"
    """Takes it and forgets the reference that it promised."""


@attrs.frozen
class Taken:
    """
    One message in the carrier's own log: the truth about what reached somebody.

    Attributes:
        parcel: What was taken.
        at: The world's instant.
        fault: What went wrong with it.
    """

    parcel: Parcel
    at: datetime
    fault: ChannelFault


class FaultyChannel:
    """
    A driver with a log of its own that does with each message what it is told to.

    Args:
        now: The world's clock.
        faults: What happens to the next messages, in order; then nothing more goes wrong.
        capabilities: What it promises.
        hang_seconds: How long `ChannelFault.HANG` takes, in real time.
        before: Called with each parcel before anything else, such as a callback that overtakes the answer.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        faults: Sequence[ChannelFault] = (),
        *,
        capabilities: Capabilities = PLAIN,
        hang_seconds: float = 2.0,
        before: Callable[[Parcel], None] | None = None,
    ) -> None:
        self._now = now
        self.faults = list(faults)
        self.capabilities = capabilities
        self._hang_seconds, self._before = hang_seconds, before
        self.log: list[Taken] = []

    def hand_over(self, parcel: Parcel) -> HandOver:
        """Do what is next with one message."""
        fault = self.faults.pop(0) if self.faults else ChannelFault.NONE
        if self._before is not None:
            self._before(parcel)
        if fault is ChannelFault.REFUSE:
            return Rejected("refused on demand")
        if fault is ChannelFault.RAISE:
            raise ConnectionError("raised on demand")
        self.log += [Taken(parcel, self._now(), fault)] * (2 if fault is ChannelFault.TAKE_TWICE else 1)
        return self._answer(parcel, fault)

    def _answer(self, parcel: Parcel, fault: ChannelFault) -> HandOver:
        match fault:
            case ChannelFault.TAKE_AND_RAISE:
                raise TimeoutError("the answer was lost on demand")
            case ChannelFault.DOUBT:
                return Doubtful("in doubt on demand")
            case ChannelFault.RUBBISH:
                return cast(HandOver, "sent")
            case ChannelFault.NO_REFERENCE:
                return Accepted()
            case ChannelFault.HANG:
                sleep(self._hang_seconds)
        return Accepted(f"ref-{parcel.id}-{parcel.copy}")

    def look_up(self, id: str) -> HandOver | None:
        """Tell from the log what became of a message."""
        taken = any(one.parcel.id == id for one in self.log)
        return Accepted(f"ref-{id}-1") if taken else Rejected("it was never taken")


class FaultyClock:
    """
    A clock that stands still until it is moved, forwards or backwards.

    Args:
        at: Where it stands; aware.
        jumps: By how much it jumps at its next readings, in order.
    """

    def __init__(self, at: datetime, jumps: Sequence[timedelta] = ()) -> None:
        self.at = at
        self.jumps = list(jumps)

    def move(self, by: timedelta) -> datetime:
        """Move it; return where it stands."""
        self.at += by
        return self.at

    def __call__(self) -> datetime:
        """Read it; a jump that is due happens first."""
        return self.move(self.jumps.pop(0)) if self.jumps else self.at


class FaultyKeyProvider:
    """
    Another key provider that fails at chosen calls.

    Args:
        provider: The real one.
        errors: What is raised at which call, counted from 1 over all its methods.
    """

    def __init__(self, provider: object, errors: Mapping[int, BaseException] | None = None) -> None:
        self._provider = provider
        self.errors = dict(errors or {})
        self.calls = 0

    def __getattr__(self, name: str) -> object:
        method = cast(Callable[..., object], getattr(self._provider, name))

        def call(*arguments: object, **named: object) -> object:
            self.calls += 1
            error = self.errors.get(self.calls)
            if error is not None:
                raise error
            return method(*arguments, **named)

        return call
