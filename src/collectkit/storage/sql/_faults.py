"""What a fault of the driver means for whoever asked the store."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from collectkit.errors import ContendedError, OutcomeUnknownError, StoreUnavailableError

_CONTENDED: Final = ("40001", "40P01", "55P03")
"""SQLSTATE: serialization failure, deadlock, lock not available."""


def fault(error: DBAPIError) -> StoreUnavailableError:
    """Return what a failed statement means for the caller; the transaction was rolled back."""
    if _state(error) in _CONTENDED:
        return ContendedError(f"others were deciding about the same people: {said(error)}; nothing was recorded")
    return StoreUnavailableError(f"the book cannot be used: {said(error)}; nothing was recorded")


def commit_fault(error: DBAPIError) -> StoreUnavailableError | OutcomeUnknownError:
    """Return what a failed commit means: refused by the server, or sent without an answer."""
    if _state(error) and not error.connection_invalidated:
        return fault(error)
    return OutcomeUnknownError(f"the commit was not answered: {said(error)}; send the same command again")


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def said(error: SQLAlchemyError) -> str:
    """Return the driver's own sentence, without the statement and its values, which may be personal."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
