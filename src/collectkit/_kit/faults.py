"""What is written down about an error of somebody else's code: what it was and where, never its text."""

from __future__ import annotations

from pathlib import PurePath

from collectkit.errors import CollectkitError

CAUSE_MAX = 500


def cause_of(error: BaseException) -> str:
    """Return type and place of an error; of one of ours also its text, which holds no personal data."""
    if isinstance(error, CollectkitError):
        return f"{type(error).__name__}: {error}"[:CAUSE_MAX]
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" at {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return f"{type(error).__name__}{place}"
