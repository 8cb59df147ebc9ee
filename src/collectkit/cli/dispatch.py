"""`collectkit dispatch`: hand over the planned contacts that are lawful now."""

from __future__ import annotations

from typing import Annotated

import attrs
from cyclopts import Parameter

from collectkit.cli.options import OK, AsJson, At, Book, instant, opened, print_json


def dispatch_command(
    *,
    options: Book,
    worker: Annotated[str, Parameter(help="Id of this process; one name for each that runs at once.")] = "command-line",
    at: At = None,
    as_json: AsJson = False,
) -> int:
    """Hand over planned contacts that are lawful now; what is not yet lawful waits."""
    with opened(options) as kit:
        report = kit.dispatch(at=instant(at), worker=worker)
    if as_json:
        print_json(attrs.asdict(report))
    else:
        print(report.summary())
    return OK
