"""`collectkit archive`: the older events of accounts that were closed long ago, out of the way of daily work."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from collectkit.cli.options import FAILED, OK, AsJson, At, Book, instant, opened, print_json
from collectkit.errors import ValidationError
from collectkit.events import Receipt


def archive_command(
    *,
    options: Book,
    closed_before: Annotated[date, Parameter(help="Accounts that were closed before this day, such as three years ago.")],
    receipts: Annotated[Path | None, Parameter(help="File to which the receipts of what was moved are added, JSON Lines.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> int:
    """Move the older events of accounts closed before a day to the archive; everything reads and verifies as before."""
    events, accounts, broken, after = 0, 0, list[str](), ""
    with opened(options) as kit:
        while True:
            done = kit.archive(closed_before=closed_before, at=instant(at), after=after)
            events, accounts, broken = events + done.events, accounts + len(done.receipts), broken + list(done.broken)
            if receipts is not None:
                _keep(receipts, done.receipts)
            if done.after is None:
                break
            after = done.after
    if as_json:
        print_json({"events": events, "accounts": accounts, "broken": broken})
    else:
        print(f"{events} events of {accounts} accounts archived")
        for stream in broken:
            print(f"BROKEN {stream} stays where it is; `collectkit verify` tells more")
    return FAILED if broken else OK


def _keep(path: Path, receipts: tuple[Receipt, ...]) -> None:
    lines = [json.dumps({"stream": one.stream, "version": one.version, "digest": one.digest}) + "\n" for one in receipts]
    try:
        with path.open("a", encoding="utf-8") as out:
            out.writelines(lines)
    except OSError as error:
        raise ValidationError(f"{path} cannot be written: {error}; what was archived stays archived, and verifies") from error
