"""Reading ahead: the next rows are read by a thread of their own while those before them are written."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from typing import TypeVar

T = TypeVar("T")

_PATIENCE_SECONDS = 0.1


class _End:
    """The last thing in the queue: everything was read, or the fault that ended it."""

    def __init__(self, fault: BaseException | None) -> None:
        self.fault = fault


def read_ahead(source: Iterable[T], depth: int = 1) -> Generator[T, None, None]:
    """
    Yield what *source* yields, in order; one thread reads it, up to *depth* items further than was asked for.

    A fault of the source is raised where it would have been without the thread. When the reader of this generator
    leaves early, the thread ends with the item it is at.
    """
    ready: Queue[T | _End] = Queue(maxsize=depth)
    left = threading.Event()

    def put(item: T | _End) -> None:
        while not left.is_set():
            try:
                return ready.put(item, timeout=_PATIENCE_SECONDS)
            except Full:
                continue

    def read() -> None:
        try:
            for item in source:
                put(item)
                if left.is_set():
                    return
        except BaseException as fault:
            put(_End(fault))
        else:
            put(_End(None))

    thread = threading.Thread(target=read, name="collectkit-read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, _End):
                if item.fault is not None:
                    raise item.fault
                return
            yield item
    finally:
        left.set()
        _drain(ready)
        thread.join()


def _drain(ready: Queue[T | _End]) -> None:
    """Make room, so that a thread that waits for it goes on and sees that nobody reads any more."""
    try:
        while True:
            ready.get_nowait()
    except Empty:
        return
