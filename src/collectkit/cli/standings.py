"""`collectkit standings`: what the book says of each account, compared with what its events mean, and made anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import attrs
from cyclopts import App, Parameter

from collectkit.cli.options import FAILED, OK, AsJson, Book, BookOptions, instant, opened, print_json

if TYPE_CHECKING:
    from collectkit._kit.rebuilding import Rebuilt

SHOWN_MAX = 20

commands = App(name="standings", help="Compare standings with the events they come from, or make them anew.")

AsOf = Annotated[
    date | None, Parameter(name="--as-of", help="Business date for accounts without a standing, and of the next look; by default today.")
]


@commands.command(name="compare")
def compare_command(*, options: Book, as_of: AsOf = None, as_json: AsJson = False) -> int:
    """Replay every account and tell whose standing is not what its events mean; the book is not changed."""
    return _told(_replayed(options, as_of, write=False), as_json=as_json)


@commands.command(name="rebuild")
def rebuild_command(*, options: Book, as_of: AsOf = None, as_json: AsJson = False) -> int:
    """Replay every account and write anew what differs, to be looked at by the next night. After a change of policy many may."""
    return _told(_replayed(options, as_of, write=True), as_json=as_json)


def _replayed(options: BookOptions, as_of: date | None, *, write: bool) -> Rebuilt:
    with opened(options) as kit:
        return kit.rebuild_standings(as_of=kit.business_date(instant(None)) if as_of is None else as_of, write=write)


def _told(found: Rebuilt, *, as_json: bool) -> int:
    """Show what was found; what was only found and not put right is a failure."""
    if as_json:
        print_json({**attrs.asdict(found), "sound": found.sound})
    else:
        print(found.summary())
        for what, accounts in (("missing", found.missing), ("different", found.different)):
            for account in accounts[:SHOWN_MAX]:
                print(f"{what} {account}")
            if len(accounts) > SHOWN_MAX:
                print(f"{what} and {len(accounts) - SHOWN_MAX} more; --json has them all")
    return OK if found.sound or found.written else FAILED
