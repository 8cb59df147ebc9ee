"""A fault of SQLite in the words of the store, told where it happens."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, TypeVar

from collectkit.errors import StoreUnavailableError

K = TypeVar("K", bound=type)


_OF_THE_BOOK: Final = (sqlite3.OperationalError, sqlite3.DatabaseError)
"""What SQLite raises when the book cannot be used; what comes of these is the fault of a statement."""


@contextmanager
def told_as(fault: Callable[[sqlite3.Error], StoreUnavailableError]) -> Iterator[None]:
    """Tell that the book cannot be used, in the words of the store, when a block meets it: the disk is full, or the file is damaged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if type(error) not in _OF_THE_BOOK:
            raise
        raise fault(error) from error


def told_at_once(cls: K) -> K:
    """
    Have every public method of a unit tell that the book cannot be used: the disk is full, the file is gone or damaged.

    Whoever goes over many records must not take it for a fault of one of them.
    """
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        if inspect.isfunction(method) and not name.startswith("_"):
            setattr(cls, name, _telling(method))
    return cls


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def telling(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return method(self, *arguments, **options)
        except sqlite3.DatabaseError as error:
            if type(error) not in _OF_THE_BOOK:
                raise
            raise self.fault(error) from error

    return telling
