"""Deciding again: what a kit does when somebody else wrote first, and what it says when a commit was not answered."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from collectkit._kit.core import Core
from collectkit.errors import ConcurrencyConflictError, ContendedError, OutcomeUnknownError

ATTEMPTS: Final = 10
"""So often a command is decided before its conflict is given to the caller."""

C = TypeVar("C", bound=type[Core])
F = TypeVar("F", bound=Callable[..., Any])


def decided_again(cls: C) -> C:
    """
    Have every public command of a class decided again when somebody else wrote first.

    A command reads, decides and writes in units of its own and is idempotent, so it is simply run anew. One inside the
    host's transaction is not: the host decides what becomes of the whole.
    """
    for name, member in vars(cls).items():
        if inspect.isfunction(member) and not name.startswith("_") and not inspect.isgeneratorfunction(member):
            setattr(cls, name, again(member))
    return cls


def again(command: F) -> F:
    """Return a command that is run anew after a conflict, the outermost call only."""

    @wraps(command)
    def run(self: Core, *arguments: Any, **options: Any) -> Any:
        kept = self._kept
        if kept.running:
            return command(self, *arguments, **options)
        kept.running = True
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return command(self, *arguments, **options)
                except (ConcurrencyConflictError, ContendedError):
                    if attempt == ATTEMPTS or not self.DECIDES_AGAIN:
                        raise
        except OutcomeUnknownError as error:
            error.command = kept.command
            raise
        finally:
            kept.running = False
        raise AssertionError("unreachable")

    return run  # type: ignore[return-value]
