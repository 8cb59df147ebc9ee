"""What a plugin may do wrong without harm: answers are checked, observers are counted and skipped.

Each hook has its own policy for failure. At assembly every fault stops the assembly, naming plugin and hook. At run
time a rule that fails denies (the gate sees to that), a driver that fails leaves a contact in doubt, and an observer
that fails is skipped: it can never stop or change what was recorded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

import attrs

from collectkit.errors import PluginFaultError
from collectkit.events import Context, Event, Receipt
from collectkit.plugins.calling import Caller

T = TypeVar("T")

FAILURES_MAX = 20
"""So many failures in a row, and an observer is not called any more."""

OBSERVER_SECONDS = 5.0
"""How long an observer may take for one commit."""


@attrs.frozen
class Committed:
    """
    Events that were recorded in one stream by one commit.

    Attributes:
        context: Tenant, actor, instant, command and versions of the commit.
        stream: For example ``account/a-1``.
        events: In order.
        receipts: Their places and digests, in the same order.
    """

    context: Context
    stream: str
    events: tuple[Event, ...]
    receipts: tuple[Receipt, ...]


Subscriber: TypeAlias = Callable[[Committed], object]


@attrs.frozen
class ObserverState:
    """
    How one observer has done so far.

    Attributes:
        plugin: Name of the plugin that brought it.
        told: Calls that returned.
        failed: Calls that raised.
        skipped: Commits it was not told of, because it had failed `FAILURES_MAX` times in a row.
        fault: Type of the last error, without its text, which may hold personal data.
    """

    plugin: str
    told: int = 0
    failed: int = 0
    skipped: int = 0
    fault: str = ""
    _in_a_row: int = 0


class Observers:
    """
    Tells subscribers what was recorded, after it stands; safe to use from several threads.

    Args:
        subscribers: Each with the name of the plugin that brought it.
        seconds: How long one may take for one commit; then it is left behind, and has failed.
    """

    def __init__(self, subscribers: Sequence[tuple[str, Subscriber]] = (), *, seconds: float = OBSERVER_SECONDS) -> None:
        self._callers = tuple(Caller(f"subscriber of {plugin}", seconds=seconds, faults_max=FAILURES_MAX + 1) for plugin, _ in subscribers)
        self._subscribers = tuple(subscriber for _, subscriber in subscribers)
        self._states = [ObserverState(plugin) for plugin, _ in subscribers]
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._subscribers)

    @property
    def states(self) -> tuple[ObserverState, ...]:
        """Return how each observer has done so far, in the order they are called."""
        with self._lock:
            return tuple(self._states)

    @property
    def silenced(self) -> tuple[str, ...]:
        """Return those that failed so often that they are not called any more."""
        return tuple(f"subscriber of {state.plugin}" for state in self.states if state._in_a_row >= FAILURES_MAX)

    def tell(self, committed: Iterable[Committed]) -> None:
        """Call every observer with each item; whatever one of them does, the others are called and nothing is raised."""
        for item in committed:
            for index, subscriber in enumerate(self._subscribers):
                self._tell(index, subscriber, item)

    def _tell(self, index: int, subscriber: Subscriber, item: Committed) -> None:
        if self.states[index]._in_a_row >= FAILURES_MAX:
            self._count(index, lambda state: attrs.evolve(state, skipped=state.skipped + 1))
            return
        fault = self._fault_of(index, subscriber, item)
        if fault:
            self._count(index, lambda state: attrs.evolve(state, failed=state.failed + 1, fault=fault, in_a_row=state._in_a_row + 1))
        else:
            self._count(index, lambda state: attrs.evolve(state, told=state.told + 1, in_a_row=0))

    def _fault_of(self, index: int, subscriber: Subscriber, item: Committed) -> str:
        """Call one subscriber; return the type of what went wrong, empty when nothing did."""
        try:
            outcome = self._callers[index].attempt(lambda: subscriber(item))
        except PluginFaultError:
            return "NotCalled"  # so many of its calls hang that no further thread is given to it
        if outcome.late:
            return "TimeoutError"
        return "" if outcome.error is None else type(outcome.error).__name__

    def _count(self, index: int, change: Callable[[ObserverState], ObserverState]) -> None:
        with self._lock:
            self._states[index] = change(self._states[index])


def fault(plugin: str, hook: str, wanted: str, got: object, why: str = "") -> PluginFaultError:
    """Return the error that *plugin* answered *hook* with something else than what is *wanted*, and *why* it is that."""
    what = f"{type(got).__name__}, {why}" if why else type(got).__name__
    return PluginFaultError(f"plugin {plugin!r} must answer {hook} with {wanted}, got {what}; no kit was assembled")


def items_of(plugin: str, hook: str, answer: object, wanted: str) -> tuple[object, ...]:
    """Return the items of a list-like answer; a text or a mapping is none."""
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        raise fault(plugin, hook, wanted, answer)
    try:
        return tuple(answer)
    except (Exception, SystemExit) as error:
        text = f"plugin {plugin!r} raised {type(error).__name__} in {hook}: {error}; no kit was assembled"
        raise PluginFaultError(text) from error


def named_of(plugin: str, hook: str, answer: object, wanted: str) -> dict[str, object]:
    """Return the entries of a mapping from names to things."""
    if not isinstance(answer, Mapping) or not all(isinstance(name, str) and name for name in answer):
        raise fault(plugin, hook, wanted, answer)
    return dict(answer)


def merge(hook: str, answers: Iterable[tuple[str, Mapping[str, T]]]) -> dict[str, T]:
    """
    Return all entries under their names.

    Raises:
        PluginFaultError: Two plugins give different things the same name: which one counted would be chance.
    """
    found: dict[str, T] = {}
    owner: dict[str, str] = {}
    for plugin, entries in answers:
        for name, thing in entries.items():
            if name in found and found[name] is not thing:
                text = (
                    f"plugins {owner[name]!r} and {plugin!r} both answer {hook} with {name!r}; leave one of them out; no kit was assembled"
                )
                raise PluginFaultError(text)
            found[name], owner[name] = thing, plugin
    return found
