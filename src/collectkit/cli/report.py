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


def _work(portfolio: Portfolio) -> dict[str, int]:
    """Return what waits for people: counts over the accounts that are not closed and not paid."""
    running = portfolio.select((portfolio.closed_on == 0) & (portfolio.outstanding_minor != 0))
    held = {code for code, kinds in enumerate(running.holds.values) if kinds}
    return {
        "accounts": len(running),
        "people": len(set(running.person)),
        "on_hold": sum(code in held for code in running.holds.codes.tolist()),
        "promised": int((running.promise_due_on != 0).sum()),
        "placed": int((running.handler.codes >= 0).sum()),
    }


def _show(day: date, portfolio: Portfolio, aged: Ageing) -> None:
    console = Console()
    if not aged.lines:
        print(f"no account is on the book on {day.isoformat()}")
        return
    for currency in aged.currencies:
        console.print(_table(day, aged, currency))
        print(f"delinquency rate: {_percent(aged.delinquency_rate(currency))}")
    print(", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in _work(portfolio).items()))


def _table(day: date, aged: Ageing, currency: str) -> Table:
    """Return one currency's bands; the total is that of the accounts that run."""
    table = Table(title=f"ageing on {day.isoformat()}, {currency}", title_justify="left", show_footer=True)
    table.add_column("days past due", "running")
    table.add_column("accounts", f"{aged.open_accounts(currency):,}", justify="right")
    table.add_column("outstanding", str(Money.aggregate(aged.outstanding_minor(currency), currency)), justify="right")
    table.add_column("past due", str(Money.aggregate(aged.past_due_minor(currency), currency)), justify="right")
    for line in (line for line in aged.lines if line.currency == currency):
        amounts = (Money.aggregate(minor, currency) for minor in (line.outstanding_minor, line.past_due_minor))
        table.add_row(line.band.replace("_", " "), f"{line.accounts:,}", *map(str, amounts))
    return table


def _percent(rate: Rate) -> str:
    return f"{rate.percent()} %, {rate.what}" if rate.denominator else "nothing is outstanding"
