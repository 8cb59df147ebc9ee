"""A driver in a process of its own: one that hangs, crashes or eats the memory is killed, and nothing else is harmed.

A thread cannot be killed; a process can. The two talk by lines of JSON, so that code which is not trusted sees its parcels
and nothing else of ours: no connection, no keys, no object. It runs under the same user, and what that user may do on the machine, it may.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Any, Final

from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.errors import PluginFaultError, ValidationError

START_SECONDS: Final = 60.0
CALL_SECONDS: Final = 8.0
"""A little less than `dispatch.timeout_seconds`, so that the process is killed before its call is given up."""


class IsolatedDriver:
    """
    A `collectkit.channels.channel.Driver` whose code runs in another process, begun at once and anew after it was killed.

    Args:
        target: ``module:name`` of a driver, or of a class or function that makes one without arguments.
        seconds: Deadline of one call; then the process is killed.
        megabytes: Most memory that the process may have; None for no limit. Not on Windows.

    Raises:
        ValidationError: It is no such name.
        PluginFaultError: The process did not begin, or what it holds is no driver; nothing was handed over.
    """

    def __init__(self, target: str, *, seconds: float = CALL_SECONDS, megabytes: int | None = None) -> None:
        if not isinstance(target, str) or not all(target.partition(":")):
            raise ValidationError(f"an isolated driver is named as module:name, got {target!r}; nothing was begun")
        self.target = target
        self._seconds, self._megabytes = seconds, megabytes
        self._lock = threading.Lock()
        self._process = _Process(target, megabytes)
        self.capabilities = _capabilities(self._process.greeting["capabilities"])
        if self._process.greeting["forgets"]:
            self.forget = self._forget

    def __repr__(self) -> str:
        return f"IsolatedDriver({self.target!r})"

    def hand_over(self, parcel: Parcel) -> HandOver:
        """
        Have the other process hand over one parcel.

        Raises:
            PluginFaultError: It did not answer in time and was killed, it ended, or what it answered is no outcome.
        """
        return _outcome(self._call({"call": "hand_over", "parcel": _plain(parcel)}))

    def hand_over_all(self, parcels: Sequence[Parcel]) -> list[HandOver]:
        """Have the other process hand over several parcels; see `hand_over`."""
        return [_outcome(one) for one in self._call({"call": "hand_over_all", "parcels": [_plain(parcel) for parcel in parcels]})]

    def look_up(self, id: str) -> HandOver | None:
        """Ask the other process what became of a message; see `hand_over`."""
        found = self._call({"call": "look_up", "id": id})
        return None if found is None else _outcome(found)

    def _forget(self, ids: Collection[str]) -> None:
        self._call({"call": "forget", "ids": list(ids)})

    def close(self) -> None:
        """End the process; the next call begins another one."""
        with self._lock:
            self._process.kill()

    def _call(self, call: Mapping[str, Any]) -> Any:
        with self._lock:
            if not self._process.is_alive:
                self._process = _Process(self.target, self._megabytes)
            answer = self._process.ask(call, self._seconds)
        if "raised" in answer:
            raise PluginFaultError(f"isolated driver {self.target} raised {answer['raised']}; its answer was not used")
        return answer["answer"]


class _Process:
    """One process and what was said by it first."""

    def __init__(self, target: str, megabytes: int | None) -> None:
        command = [sys.executable, "-m", "collectkit.plugins._isolated", target, *([] if megabytes is None else [str(megabytes)])]
        self._target = target
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self._lines: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=_read, args=(self._process, self._lines), name=f"collectkit isolated {target}", daemon=True).start()
        self._end = weakref.finalize(self, _kill, self._process)
        self.greeting = self._answer(START_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, call: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Send one call and return its answer."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(call) + "\n")
            self._process.stdin.flush()
        except OSError:
            self.kill()
            raise PluginFaultError(f"isolated driver {self._target} has ended; nothing more was given to it") from None
        return self._answer(seconds)

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
            held = json.loads(line) if line else None
        except Empty:
            self.kill()
            late = f"isolated driver {self._target} did not answer within {seconds:g} seconds"
            raise PluginFaultError(f"{late} and was killed; no answer of it was used") from None
        except ValueError:
            held = None
        if not isinstance(held, dict):
            self.kill()
            raise PluginFaultError(f"isolated driver {self._target} ended without an answer; no answer of it was used")
        return held

    def kill(self) -> None:
        """End it now."""
        self._end()


def _read(process: subprocess.Popen[str], lines: SimpleQueue[str]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            lines.put(line)
    lines.put("")  # it has ended


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdin is not None:
        try:
            process.stdin.close()
        except OSError:
            return  # what was not sent yet is not sent any more


def _plain(parcel: Parcel) -> dict[str, Any]:
    return {
        "channel": parcel.channel,
        "id": str(parcel.id),
        "to": parcel.to,
        "body": b64encode(parcel.body).decode("ascii"),
        "headers": parcel.headers,
        "not_after": None if parcel.not_after is None else parcel.not_after.isoformat(),
        "copy": parcel.copy,
    }


def _outcome(held: Any) -> HandOver:
    match held:
        case {"kind": "accepted", "reference": str(reference)}:
            return Accepted(reference)
        case {"kind": "rejected", "reason": str(reason), "permanent": bool(permanent)}:
            return Rejected(reason, permanent)
        case {"kind": "doubtful", "reason": str(reason)}:
            return Doubtful(reason)
        case _:
            raise PluginFaultError("an isolated driver must answer with an outcome; its answer was not used")


def _capabilities(held: Mapping[str, Any]) -> Capabilities:
    seconds = held["idempotency_seconds"]
    plain = {name: value for name, value in held.items() if name != "idempotency_seconds"}
    return Capabilities(idempotency_ttl=None if seconds is None else timedelta(seconds=seconds), **plain)
