"""Appends of many threads, written by one of them for all.

Whoever comes while nobody writes, writes; whoever comes meanwhile waits, and the next writer takes all who wait into one
commit. So a thread is woken once for each of its appends, and the disk is flushed once for many.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import attrs

from collectkit.errors import OutcomeUnknownError, StoreError
from collectkit.events import Context, Event, Receipt

TAKEN_MAX: Final = 256
"""So many appends share a commit at most, so that other processes come to write too."""


@attrs.define(eq=False)
class Append:
    """
    What one caller wants appended.

    Attributes:
        context: Of the commit.
        writes: The events by stream.
        receipts: For the caller, once they stand.
        fault: Why they do not stand, or are not known to.
        leads: Whether the caller is the next to write.
        dealt_with: Whether it was written, or is not going to be.
        next: Whose caller is to be woken by this one.
        waking: Held until it is, or until the append was dealt with.
    """

    context: Context
    writes: Mapping[str, Sequence[Event]]
    receipts: list[Receipt] = attrs.field(init=False, factory=list)
    fault: StoreError | None = attrs.field(init=False, default=None)
    leads: bool = attrs.field(init=False, default=False)
    dealt_with: bool = attrs.field(init=False, default=False)
    next: Append | None = attrs.field(init=False, default=None)
    waking: threading.Lock = attrs.field(init=False, factory=threading.Lock)


class Appends:
    """
    The appends that wait, and the turn to write them.

    Args:
        write: Makes what it takes durable: it calls its argument once it may write, and returns when that stands. What it
            raises is raised to everybody whose append it took.
    """

    def __init__(self, write: Callable[[Callable[[], Sequence[Append]]], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._waiting: list[Append] = []
        self._led = False

    def make(self, one: Append) -> list[Receipt]:
        """Return the receipts of an append when it stands."""
        one.waking.acquire()
        try:
            with self._lock:
                self._waiting.append(one)
                one.leads, self._led = not self._led, True
            if not one.leads:
                one.waking.acquire()
            if one.leads:
                self._lead(one)
        finally:  # of one that was interrupted, too: nobody may wait for a thread that went away
            if one.leads or not one.dealt_with:
                self._leave(one)
            # One thread at a time: all at once, they would wait for the interpreter again as soon as they are awake.
            if one.next is not None:
                one.next.waking.release()
        if one.fault is not None:
            raise type(one.fault)(str(one.fault)) from one.fault
        return one.receipts

    def _lead(self, mine: Append) -> None:
        """Write what waits, and have those whose appends it was woken one by the other."""
        taken: list[Append] = []

        def take() -> Sequence[Append]:
            with self._lock:
                taken.extend(self._waiting[:TAKEN_MAX])
                del self._waiting[:TAKEN_MAX]
            return taken

        try:
            self._write(take)
        except StoreError as fault:
            for one in taken or take():  # a store that cannot be had is not waited for by one after the other
                one.fault = fault
            raise
        except BaseException:
            for one in taken:
                one.fault = OutcomeUnknownError(_INTERRUPTED)
            raise
        finally:
            for one in taken:
                one.dealt_with = True
            for one, following in pairwise([mine, *(other for other in taken if other is not mine)]):
                one.next = following

    def _leave(self, one: Append) -> None:
        """Wait no longer; let the first of those who do write next, if it was this one's turn."""
        with self._lock:
            if not one.dealt_with and one in self._waiting:
                self._waiting.remove(one)
            if one.leads:
                self._led = bool(self._waiting)
                for first in self._waiting[:1]:
                    first.leads = True
                    first.waking.release()


_INTERRUPTED: Final = "whoever wrote for several was interrupted, and it is not known what stands: read the streams before appending again"
