"""`collectkit explain`: how one account stands and why."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from collectkit.cli.options import OK, Book, opened


def explain_command(
    account: str,
    /,
    *,
    options: Book,
    as_of: Annotated[date | None, Parameter(help="Business date; by default that of the last recorded event.")] = None,
) -> int:
    """
    Explain how an account stands and why.

    Args:
        account: Id of the account.
    """
    with opened(options) as kit:
        print(kit.explain(account, as_of=as_of))
    return OK
