"""`collectkit report`: the whole book by band of lateness."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import attrs
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from collectkit.cli.options import OK, AsJson, Book, instant, need, opened, print_json
from collectkit.money import Money

if TYPE_CHECKING:
    from collectkit.portfolio import Portfolio
    from collectkit.reports import Ageing, Rate


def report_command(
    *,
    options: Book,
    as_of: Annotated[date | None, Parameter(help="Business date; by default today in the policy's zone.")] = None,
    as_json: AsJson = False,
) -> int:
    """Report how many accounts and how much money stand in each band of lateness."""
    need("numpy", "the report", "columns")
    from collectkit.portfolio import Portfolio
    from collectkit.reports import ageing

    with opened(options) as kit:
        day = kit.business_date(instant(None)) if as_of is None else as_of
        portfolio = Portfolio.of(kit.standings(as_of=day))
        aged = ageing(portfolio, kit.policy.buckets)
    if as_json:
        print_json({"as_of": day, **_work(portfolio), "lines": [attrs.asdict(line) for line in aged.lines]})
    else:
        _show(day, portfolio, aged)
    return OK


def _work(portfolio: Portfolio) -> dict[str, object]:
    """Return what waits for people: counts over the accounts that are not closed."""
    running = portfolio.select(portfolio.closed_on == 0)
    return {
        "accounts": len(portfolio),
        "people": len(set(portfolio.person)),
        "on_hold": sum(bool(kinds) for kinds in running.standings_holds()) if False else _on_hold(running),
        "promised": int((running.promise_due_on != 0).sum()),
        "placed": int((running.handler.codes >= 0).sum()),
    }
