"""The parts of the page about agencies: moves between handlers, agencies side by side, batches by month."""

from __future__ import annotations

from fractions import Fraction

from collectkit.reports._flows import Band, flows
from collectkit.reports._html import Markup, join, table, tag
from collectkit.reports._sections import Money, count, long_day, share
from collectkit.reports.agencies import Agencies
from collectkit.reports.batches import Batches
from collectkit.reports.moves import Moves
from collectkit.reports.rates import Rate, decimal_text


def moves_part(made: Moves) -> Markup:
    """Return who had accounts on the first day and who has them on the last, as a picture and as a table."""
    caption = f"Accounts by handler on {long_day(made.first)} and on {long_day(made.last)}"
    bands = [
        Band(
            line.before or "nobody",
            line.after or "nobody",
            line.accounts,
            f"{line.accounts} from {line.before or 'nobody'} to {line.after or 'nobody'}",
        )
        for line in made.lines
    ]
    rows = [(line.before or "nobody", line.after or "nobody", count(line.accounts)) for line in made.lines]
    return join([flows(caption, bands), table(caption, ("before", "after", "accounts"), rows, words=(0, 1))])


def _percent(value: Fraction) -> str:
    return f"{decimal_text(value * 100, 1)}%"


def _by_account(rate: Rate, times: int) -> str:
    return decimal_text(Fraction(rate.numerator * times, rate.denominator), 1) if rate.denominator else "n/a"


def agencies_part(made: Agencies, currency: str, money: Money) -> Markup:
    """Return agencies side by side, with the intervals of their net-back on equal paper."""
    lines = [line for line in made.lines if line.currency == currency]
    rows = [
        (
            line.handler,
            count(line.accounts),
            money(line.placed_minor),
            share(line.liquidation),
            _percent(line.fair),
            f"{_percent(line.interval.low)} to {_percent(line.interval.high)}",
            f"{line.best_rank}" if line.best_rank == line.worst_rank else f"{line.best_rank} to {line.worst_rank}",
            share(line.penetration),
            _by_account(line.attempts, 1),
            _by_account(line.contacts, 1),
            share(line.kept),
            _by_account(line.complaints, 1_000),
            share(line.on_time),
        )
        for line in lines
    ]
    of_paper = ("accounts", "placed", "liquidation", "net-back, equal paper", "95 % interval", "rank")
    head = ("agency", *of_paper, "worked", "tries", "reached", "kept", "complaints", "in time")
    text = (
        "Net-back is collected less cost, of the amount placed, on the same mix of lateness and amount for all. Ranks are those that the "
        "intervals leave open: where two overlap, chance may have ordered them. Tries are attempts by account, reached are "
        "conversations by account, complaints are told by thousand accounts; all are counted from what was recorded."
    )
    caption = f"Agencies by net-back until {long_day(made.as_of)}"
    return join([table(caption, head, rows), tag("p", text, class_="note")]) if rows else Markup()


def batches_part(made: Batches, currency: str) -> Markup:
    """Return what came in of each month's placements, month by month after."""
    lines = [line for line in made.lines if line.currency == currency]
    months = sorted({line.month for line in lines})
    keys = list(dict.fromkeys((line.batch, line.handler) for line in lines))
    cells = {(line.batch, line.handler, line.month): line for line in lines}
    rows = []
    for batch, handler in keys:
        held = [cells.get((batch, handler, month)) for month in months]
        shown = [share(line.liquidation) if line is not None and line.liquidation is not None else "" for line in held]
        size = next(line.accounts for line in held if line is not None)
        rows.append((f"{batch:%Y-%m} {handler}", count(size), *shown))
    head = ("batch", "accounts", *(f"month {month}" for month in months))
    return (
        table("Collected of placed, by months since the placement; empty until the month is over for all", head, rows) if rows else Markup()
    )
