"""Calling code that is not ours: with a deadline, in a thread of its own, and no more once it has failed too often.

A thread cannot be killed. One that does not answer in time is left behind: its call has failed, and what it answers later
is thrown away. Only so many may be left behind at once; then nothing more is called until one of them returns.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable
from pathlib import PurePath
from queue import SimpleQueue
from typing import Final, TypeVar, cast

import attrs

from collectkit.errors import PluginFaultError

T = TypeVar("T")

FAULTS_MAX: Final = 5
"""So many faults in a row, and the circuit is open: nothing is called until it is tried again."""

ABANDONED_MAX: Final = 4
"""So many calls may hang at once for one plugin part."""

DEPTH_MAX: Final = 3
"""So deep may hooks that call the kit call hooks again."""

_FORKED: Final = 70
_depth: contextvars.ContextVar[int] = contextvars.ContextVar("collectkit_hook_depth", default=0)


@attrs.frozen
class CallerState:
    """
    How one part of a plugin has done so far.

    Attributes:
        name: Of the part, such as ``driver sms``.
        answered: Calls that returned.
        failed: Calls that raised or answered rubbish.
        late: Calls that did not answer in time.
        skipped: Calls that were not made because the circuit was open.
        hanging: Calls that have been left behind and have not returned.
        open: Whether the circuit is open.
        fault: What the last fault was, without texts that may hold personal data.
    """

    name: str
    answered: int = 0
    failed: int = 0
    late: int = 0
    skipped: int = 0
    hanging: int = 0
    open: bool = False
    fault: str = ""


@attrs.frozen
class Attempt:
    """
    What came of one call.

    Attributes:
        answer: What it returned.
        error: What it raised, whatever that was.
        late: It did not answer in time.
    """

    answer: object = None
    error: BaseException | None = None
    late: bool = False


class _Job:
    """One call: what to do, in which context, and what came of it."""

    __slots__ = ("answer", "context", "done", "error", "function", "pid")

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function
        self.context = contextvars.copy_context()
        self.done = threading.Semaphore(0)
        self.answer: object = None
        self.error: BaseException | None = None
        self.pid = os.getpid()

    def run(self) -> None:
        try:
            self.answer = self.context.run(_deeper, self.function)
        except BaseException as error:  # nothing that code of others raises ends a thread of ours
            self.error = error
        if os.getpid() != self.pid:
            os._exit(_FORKED)  # the code forked; the copy of this process must not go on as if it were us
        self.done.release()


def _deeper(function: Callable[[], object]) -> object:
    _depth.set(_depth.get() + 1)
    return function()


class _Worker:
    """A thread that does one job after another."""

    def __init__(self, name: str) -> None:
        self.jobs: SimpleQueue[_Job | None] = SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while (job := self.jobs.get()) is not None:
            job.run()


class Caller:
    """
    Calls one part of a plugin; safe to use from several threads.

    Args:
        name: Of the part, for messages and states.
        seconds: Deadline of one call.
        faults_max: So many faults in a row open the circuit.
        abandoned_max: So many calls may hang at once.
    """

    def __init__(self, name: str, *, seconds: float, faults_max: int = FAULTS_MAX, abandoned_max: int = ABANDONED_MAX) -> None:
        self.name = name
        self.seconds = seconds
        self._faults_max, self._abandoned_max = faults_max, abandoned_max
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._left: list[tuple[_Job, _Worker]] = []
        self._pid = os.getpid()
        self._in_a_row = 0
        self._state = CallerState(name)

    @property
    def state(self) -> CallerState:
        """Return how the part has done so far."""
        with self._lock:
            self._gather()
            return attrs.evolve(self._state, hanging=len(self._left), open=self._is_open())

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: a call would not be made."""
        with self._lock:
            self._gather()
            return self._is_open()

    def try_again(self) -> None:
        """Let one call through an open circuit; if that fails too, it is open again."""
        with self._lock:
            self._in_a_row = min(self._in_a_row, self._faults_max - 1)

    def call(self, function: Callable[[], T], *, wanted: str = "", check: Callable[[T], bool] | None = None) -> T:
        """
        Return what *function* returns within the deadline.

        Args:
            function: What to call.
            wanted: What it must answer with, in words.
            check: Whether an answer is what its type claims; without it every answer is.

        Raises:
            PluginFaultError: It raised (anything), did not answer in time, answered with rubbish, calls itself through the
                kit too deeply, or is not called any more; the message names the part and holds no text of others.
        """
        outcome = self.attempt(function)
        if outcome.late:
            raise self._failed(f"did not answer within {self.seconds:g} seconds", late=True)
        if outcome.error is not None:
            # Where, and not what: the text of an error of others may hold personal data.
            raise self._failed(f"raised {type(outcome.error).__name__}{_place(outcome.error)}") from None
        answer = cast(T, outcome.answer)
        if check is not None and not _checked(check, answer):
            raise self._failed(f"must answer with {wanted}, got {type(answer).__name__}")
        with self._lock:
            self._in_a_row = 0
            self._state = attrs.evolve(self._state, answered=self._state.answered + 1)
        return answer

    def attempt(self, function: Callable[[], object]) -> Attempt:
        """
        Call *function* and return what came of it, with nothing counted; for callers that count for themselves.

        Raises:
            PluginFaultError: It is not called any more, or calls itself through the kit too deeply.
        """
        if _depth.get() >= DEPTH_MAX:
            raise self._fault(f"was reached through hooks that call the kit {DEPTH_MAX} deep; it was not called")
        job = _Job(function)
        worker = self._take()
        worker.jobs.put(job)
        if not job.done.acquire(timeout=self.seconds):
            with self._lock:
                self._left.append((job, worker))
            return Attempt(late=True)
        with self._lock:
            self._idle.append(worker)
        return Attempt(job.answer, job.error)

    def _take(self) -> _Worker:
        """Return a thread that is free, or a new one."""
        with self._lock:
            if self._pid != os.getpid():  # a copy of the process has none of its threads
                self._pid, self._idle, self._left = os.getpid(), [], []
            self._gather()
            if self._is_open():
                self._state = attrs.evolve(self._state, skipped=self._state.skipped + 1)
                why = (
                    f"{len(self._left)} of its calls hang"
                    if len(self._left) >= self._abandoned_max
                    else f"{self._in_a_row} faults in a row"
                )
                raise self._fault(f"is not called any more ({why})")
            return self._idle.pop() if self._idle else _Worker(f"collectkit {self.name}")

    def _gather(self) -> None:
        """Take back the threads whose late calls have returned; what they answered is thrown away."""
        back = [(job, worker) for job, worker in self._left if job.done.acquire(blocking=False)]
        for job, worker in back:
            self._left.remove((job, worker))
            self._idle.append(worker)

    def _is_open(self) -> bool:
        return self._in_a_row >= self._faults_max or len(self._left) >= self._abandoned_max

    def _failed(self, what: str, *, late: bool = False) -> PluginFaultError:
        with self._lock:
            self._in_a_row += 1
            state = self._state
            self._state = attrs.evolve(state, late=state.late + late, failed=state.failed + (not late), fault=what)
        return self._fault(what)

    def _fault(self, what: str) -> PluginFaultError:
        return PluginFaultError(f"{self.name} {what}; no answer of it was used")


def _place(error: BaseException) -> str:
    """Return file and line at which *error* was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" at {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def _checked(check: Callable[[T], bool], answer: T) -> bool:
    try:
        return check(answer)
    except Exception:  # an answer whose own methods fail is rubbish
        return False


class Callers:
    """All callers of a kit, by name."""

    def __init__(self) -> None:
        self._held: dict[str, Caller] = {}
        self._lock = threading.Lock()

    def add(self, name: str, *, seconds: float) -> Caller:
        """Return the caller of that name, made when it is new."""
        with self._lock:
            return self._held.setdefault(name, Caller(name, seconds=seconds))

    def try_again(self) -> None:
        """Let one call through each open circuit; done when a run begins."""
        for caller in list(self._held.values()):
            caller.try_again()

    @property
    def states(self) -> tuple[CallerState, ...]:
        """Return how each part has done so far, by name."""
        return tuple(self._held[name].state for name in sorted(self._held))
