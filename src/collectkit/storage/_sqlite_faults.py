"""A fault of SQLite in the words of the store, told where it happens."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

K = TypeVar("K", bound=type)


def of_the_book(error: sqlite3.DatabaseError) -> bool:
    """Tell whether the book cannot be used: the disk is full, or the file is damaged, and not a statement at fault."""
    return type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError)


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
            if of_the_book(error):
                raise self.fault(error) from error
            raise

    return telling
