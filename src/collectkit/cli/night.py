"""`collectkit night`: the nightly run over one book."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import attrs
from cyclopts import Parameter

from collectkit.cli.options import OK, AsJson, At, Book, instant, opened, print_json


def night_command(
    *,
    options: Book,
    as_of: Annotated[date | None, Parameter(help="Business date; by default that of the instant.")] = None,
    worker: Annotated[str, Parameter(help="Id of this process; a night is in the hands of one worker at a time.")] = "command-line",
    at: At = None,
    as_json: AsJson = False,
) -> int:
    """Judge promises, charge fees, place accounts and plan contacts; the same night again does nothing."""
    now = instant(at)
    with opened(options) as kit:
        report = kit.run_night(as_of=kit.business_date(now) if as_of is None else as_of, at=now, worker=worker)
    if as_json:
        print_json(attrs.asdict(report))
    else:
        print(report.summary())
    return OK
