"""The parts of the page, one for each measure: a chart where it helps, and always the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from collectkit.arrangements.promises import PromiseVerdict
from collectkit.reports._charts import Column, Part, columns, gauge, legend, shares
from collectkit.reports._html import Markup, framed, join, table, tag
from collectkit.reports.ageing import CLOSED, NOT_STARTED, Ageing
from collectkit.reports.cash import Cash
from collectkit.reports.contacts import Contacts
from collectkit.reports.cures import cures
from collectkit.reports.holds import Holds, Stops
from collectkit.reports.placements import Placements
from collectkit.reports.promises import Promises
from collectkit.reports.rates import Rate
from collectkit.reports.rolls import Rolls, late_bands

Money = Callable[[int], str]
"""Writes minor units of the currency at hand."""

PerCurrency = Callable[[str, Money], Markup]
"""Draws a part for one currency."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WORDS = {NOT_STARTED: "not started", "current": "current", CLOSED: "closed"}
_PROMISE_STYLES = {
    PromiseVerdict.KEPT: "good",
    PromiseVerdict.PARTIALLY_KEPT: "late-0",
    PromiseVerdict.BROKEN: "bad",
    PromiseVerdict.OPEN: "open",
    PromiseVerdict.CANCELLED: "other",
    PromiseVerdict.SUPERSEDED: "other",
    PromiseVerdict.INVALIDATED: "other",
}
_STATUSES = {"verified": "verified", "mixed": "mixed", "from-memory": "from memory", "": "not told"}


def long_day(day: date) -> str:
    """Write a day for a heading: ``30 Jun 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date) -> str:
    """Write a day below a chart: ``30 Jun``."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def count(number: int) -> str:
    """Write a whole number with its thousands apart."""
    return f"{number:,}"


def share(rate: Rate) -> str:
    """Write a rate in percent."""
    return "n/a" if rate.value is None else f"{rate.percent(1)}%"


def words(text: str) -> str:
    """Write a code as words: ``dispute_part`` becomes ``dispute part``."""
    return text.replace("_", " ")


def _style(band: str, late: Sequence[str]) -> str:
    return f"late-{late.index(band)}" if band in late else "current" if band == "current" else "other"


def _named(band: str, unit: str = "") -> str:
    return _WORDS.get(band, band.replace("-", "–") + unit)


def ageing_part(snapshots: Sequence[Ageing], currency: str, money: Money) -> Markup:
    """Return what is outstanding by band of lateness: over time as columns, on the last day as a table."""
    last = snapshots[-1]
    late = late_bands(last.bands)
    held = [
        Column(
            short_day(made.as_of),
            tuple(
                Part(
                    _style(line.band, late),
                    line.outstanding_minor,
                    f"{long_day(made.as_of)}, {_named(line.band)}: {money(line.outstanding_minor)} on {count(line.accounts)} accounts",
                )
                for line in made.open_lines(currency)
            ),
        )
        for made in snapshots
        if made.as_of is not None
    ]
    total = last.outstanding_minor(currency)
    rows = [
        (
            join([tag("i", class_=f"swatch {_style(line.band, late)}", aria_hidden="true"), _named(line.band)]),
            count(line.accounts),
            money(line.outstanding_minor),
            share(Rate(line.outstanding_minor, total, "minor", "share")) if line.band not in (NOT_STARTED, CLOSED) else "–",
            money(line.past_due_minor),
        )
        for line in last.lines
        if line.currency == currency and (line.accounts or line.band not in (NOT_STARTED, CLOSED))
    ]
    foot = (
        "running",
        count(last.open_accounts(currency)),
        money(total),
        "100.0%" if total else "n/a",
        money(last.past_due_minor(currency)),
    )
    head = ("days past due", "accounts", "outstanding", "of running", "of it past due")
    return join(
        [
            legend([(_style(band, late), _named(band, " days")) for band in ("current", *late)]),
            columns(f"Outstanding in {currency} by days past due", currency, held),
            table(f"Accounts and money on {long_day(last.as_of)}", head, rows, foot=foot) if last.as_of else None,
        ]
    )


def ageing_history(snapshots: Sequence[Ageing], currency: str, money: Money) -> Markup:
    """Return the columns of the chart as a table, folded."""
    bands = ("current", *late_bands(snapshots[-1].bands))
    rows = [
        (
            long_day(made.as_of),
            *(money(line.outstanding_minor) for line in made.open_lines(currency)),
            money(made.outstanding_minor(currency)),
        )
        for made in snapshots
        if made.as_of is not None and currency in made.currencies
    ]
    caption = f"Outstanding in {currency} on each day of the chart"
    return tag("details", tag("summary", "Figures of the chart"), table(caption, ("day", *map(_named, bands), "total"), rows))


def rolls_part(matrix: Rolls, currency: str) -> Markup:
    """Return the transition matrix as a table shaded by share."""
    origins = [band for band in matrix.bands if band not in (NOT_STARTED, CLOSED)]
    targets = [*origins, CLOSED]
    rows = []
    for origin in origins:
        cells = [_roll(matrix.roll(currency, origin, target), stay=origin == target) for target in targets]
        whole = sum(matrix.row(currency, origin).values())
        rows.append(tag("tr", tag("th", _named(origin), scope="row", class_="word"), *cells, tag("td", count(whole), class_="all")))
    first, last = matrix.pairs[0][0], matrix.pairs[-1][1]
    pairs = f"{len(matrix.pairs)} pairs of snapshots" if len(matrix.pairs) > 1 else "one pair of snapshots"
    span = f"{long_day(first)} to {long_day(last)}, {pairs} pooled"
    caption = f"By days past due, from row to column: share of the row, accounts below ({span})"
    head = tag("tr", *(tag("th", title, scope="col") for title in ("from ↓ to →", *map(_named, targets), "accounts")))
    inner = tag("table", tag("thead", head), tag("tbody", *rows), class_="heat", aria_label=caption)
    return join([framed(caption, inner), _cured(matrix, currency)])


def _roll(rate: Rate, *, stay: bool) -> Markup:
    if not rate.numerator:
        return tag("td", tag("span", "–", aria_label="none"), class_="stay" if stay else None)
    tint = f"--p:{rate.percent(0)}"
    return tag("td", share(rate), tag("small", count(rate.numerator)), style=tint, class_="stay" if stay else None)


def _cured(matrix: Rolls, currency: str) -> Markup:
    line = cures(matrix).of(currency)
    text = (
        f"Cured: {share(line.accounts)} of late accounts ({count(line.accounts.numerator)} of {count(line.accounts.denominator)}) were "
        f"current or closed at the next snapshot; by opening balance {share(line.balance)}."
    )
    return tag("p", text, class_="note")


def cash_part(collected: Cash, due: Cash, currency: str, money: Money, *, first: date, last: date) -> Markup:
    """Return what came in beside what fell due, day by day."""
    came, fell = collected.by_day(currency), due.by_day(currency)
    days = [first + timedelta(days=after) for after in range((last - first).days + 1)]
    held = [
        Column(
            short_day(day),
            (Part("good", came.get(day, 0), f"{long_day(day)}: {money(came.get(day, 0))} collected"),),
            fell.get(day, 0),
            f"{long_day(day)}: {money(fell.get(day, 0))} fell due",
        )
        for day in days
    ]
    sources = collected.by_source(currency, first=first, last=last)
    total = sum(sources.values())
    by_source = [(words(name) or "not told", money(minor), share(Rate(minor, total, "minor", "share"))) for name, minor in sources.items()]
    by_day = [(long_day(day), money(came.get(day, 0)), money(fell.get(day, 0))) for day in days]
    foot = ("all days", money(total), money(due.total(currency, first=first, last=last)))
    folded = table("Collected and fallen due by day", ("day", "collected", "fell due"), by_day, foot=foot)
    return join(
        [
            tag(
                "ul",
                tag("li", tag("i", class_="good", aria_hidden="true"), "collected that day"),
                tag("li", tag("i", class_="line", aria_hidden="true"), "fell due that day"),
                class_="legend",
            ),
            columns(f"Collected and fallen due in {currency} by day", currency, held),
            table("Collected by source", ("source", "collected", "share"), by_source, foot=("all sources", money(total), "")),
            tag("details", tag("summary", "Figures of the chart"), folded),
        ]
    )


def contacts_part(made: Contacts) -> Markup:
    """Return what was attempted by channel, and what the law refused by rule."""
    most = max((line.attempts for line in made.lines), default=0)
    rows = [
        (
            words(line.channel),
            join([count(line.attempts), gauge(line.attempts, most)]),
            count(line.people),
            count(line.reached),
            count(line.failed),
            count(line.unknown),
        )
        for line in made.lines
    ]
    head = ("channel", "made", "people", "reached", "not reached", "unknown")
    titles = ("rule and source", "contacts", "by channel", "status of rule")
    rate = made.refusal_rate
    said = (
        f"{count(rate.numerator)} of {count(rate.denominator)} contacts that were wanted were refused by law ({share(rate)}). "
        "A contact that two rules stand against is counted with both."
    )
    return join(
        [
            table("Contacts made, by channel", head, rows),
            tag("h3", "Refused by law"),
            tag("p", said, class_="note"),
            table("Contacts refused, by rule", titles, _rules(made), words=(0, 2, 3)),
        ]
    )


def _rules(made: Contacts) -> list[tuple[object, ...]]:
    """Return a row for each rule, the most frequent one first."""
    rows = []
    for rule in dict.fromkeys(line.rule for line in made.refused):
        lines = [line for line in made.refused if line.rule == rule]
        said, total = lines[0], sum(line.acts for line in lines)
        id = tag("code", rule)
        name = tag("span", said.reason or id, tag("small", said.citation), tag("small", id) if said.reason else None, class_="long")
        channels = ", ".join(f"{words(line.channel)}\u00a0{count(line.acts)}" for line in lines)
        rows.append((total, (name, count(total), channels, _STATUSES.get(said.status, said.status))))
    return [row for _, row in sorted(rows, key=lambda pair: -pair[0])]


def promises_part(made: Promises, currency: str, money: Money) -> Markup:
    """Return what promises have come to."""
    lines = [line for line in made.lines if line.currency == currency]
    rows = [
        (
            join([tag("i", class_=f"swatch {_PROMISE_STYLES[line.verdict]}", aria_hidden="true"), words(line.verdict.value)]),
            count(line.promises),
            money(line.promised_minor),
            money(line.counted_minor),
        )
        for line in lines
    ]
    by_number, by_amount = made.kept_rate(currency), made.kept_rate_by_amount(currency)
    text = (
        f"Kept: {share(by_number)} of judged promises ({count(by_number.numerator)} of {count(by_number.denominator)}), "
        f"{share(by_amount)} by amount. Open, cancelled, superseded and invalidated promises are left out of both."
    )
    return join(
        [
            shares([(_PROMISE_STYLES[line.verdict], line.promises) for line in lines]),
            table("Promises by what they have come to", ("verdict", "promises", "promised", "paid towards them"), rows),
            tag("p", text, class_="note"),
        ]
    )


def placements_part(made: Placements, currency: str, money: Money) -> Markup:
    """Return what each handler holds and what came in while they held it."""
    lines = [line for line in made.lines if line.currency == currency]
    most = max((line.collected_minor for line in lines), default=0)
    rows = [
        (
            line.handler or "nobody",
            count(line.accounts),
            money(line.outstanding_minor),
            money(line.past_due_minor),
            join([money(line.collected_minor), gauge(line.collected_minor, most)]),
        )
        for line in lines
    ]
    head = ("handler", "accounts", "outstanding", "past due", "collected")
    foot = (
        "all",
        count(sum(line.accounts for line in lines)),
        money(sum(line.outstanding_minor for line in lines)),
        money(sum(line.past_due_minor for line in lines)),
        join([money(sum(line.collected_minor for line in lines)), gauge(0, 0)]),
    )
    caption = f"Running accounts by handler; collected from {long_day(made.first)} to {long_day(made.last)}"
    return table(caption, head, rows, foot=foot)


def holds_part(held: Holds, currency: str, money: Money) -> Markup:
    """Return the accounts on which work stops."""
    rows = [
        (words(line.kind), count(line.accounts), money(line.outstanding_minor), money(line.disputed_minor))
        for line in held.lines
        if line.currency == currency
    ]
    return table("Accounts under a hold, by kind", ("hold", "accounts", "outstanding", "disputed"), rows)


def stops_part(made: Stops) -> Markup:
    """Return the people who asked that contact cease."""
    rows = [(words(line.reason), words(line.channel), count(line.people), count(line.asked_in_period)) for line in made.lines]
    return table("People who asked that contact cease", ("what was asked", "channel", "people", "new in the period"), rows, words=(0, 1))
