"""What was read or written last, kept by the form in which it is stored, so that it need not be made of that form again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Nothing:
    """What is kept of a form that is not known."""


_NOTHING: Final = _Nothing()


class Recent(Generic[K, V]):
    """
    A function of stored forms whose answers are kept, those that were kept longest ago given up first.

    Unlike `functools.lru_cache` it can be told an answer: whoever writes an object has it at hand already. The form decides, so
    an answer holds whatever is rolled back or written by others.

    Args:
        read: Makes the object of its stored form; the object is never changed.
        size: So many are kept.
    """

    def __init__(self, read: Callable[[K], V], size: int) -> None:
        self._read, self._size = read, size
        self._held: dict[K, V] = {}
        self._lock = Lock()

    def __call__(self, form: K) -> V:
        """Return the object of a stored form."""
        found = self._held.get(form, _NOTHING)
        if isinstance(found, _Nothing):
            found = self._read(form)
            self.keep(form, found)
        return found

    def keep(self, form: K, made: V) -> None:
        """Remember the object that was written in a form and would be read from it."""
        with self._lock:
            self._held[form] = made
            if len(self._held) > self._size:
                del self._held[next(iter(self._held))]
