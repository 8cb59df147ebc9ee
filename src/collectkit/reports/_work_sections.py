"""The part of the page about people and teams: what they did, how well, and whom to talk to."""

from __future__ import annotations

from collectkit.reports._html import Markup, join, table, tag
from collectkit.reports._sections import Money, count, long_day, share
from collectkit.reports.attribution import NOBODY
from collectkit.reports.coaching import Coaching
from collectkit.reports.productivity import Productivity, ProductivityLine

_HEAD = (
    "who",
    "accounts worked",
    "contacts",
    "right party",
    "promises",
    "credited",
    "coverage",
    "kept, by amount",
    "lawful contacts",
)


def workers_part(made: Productivity, currency: str, money: Money) -> Markup:
    """Return what each did in a currency; empty when nobody but the host itself did anything."""
    lines = [line for line in made.lines if line.currency == currency]
    if all(line.worker == NOBODY for line in lines):
        return Markup()
    rows = [
        (
            line.worker or "nobody",
            count(line.accounts),
            count(_contacts(line)),
            count(line.conversations),
            count(line.promises),
            money(line.credited_minor),
            share(line.coverage),
            share(line.quality),
            share(line.compliance),
        )
        for line in lines
    ]
    sums = (sum(line.accounts for line in lines), sum(map(_contacts, lines)), sum(line.conversations for line in lines))
    foot = ("all", *map(count, sums), count(sum(line.promises for line in lines)), money(made.collected_minor(currency)), "", "", "")
    caption = f"What people and teams did from {long_day(made.first)} to {long_day(made.last)}"
    text = (
        "Credits add up to what was collected. Coverage is of the late accounts that they had and that could be worked. Kept by amount is "
        "what was paid of all that was promised to them and fell due. Lawful contacts are those that the rules permitted then."
    )
    return join([table(caption, _HEAD, rows, foot=foot), tag("p", text, class_="note")])


def _contacts(line: ProductivityLine) -> int:
    """Attempts are contacts too, but where contacts were not asked for they are all that is known."""
    return max(line.attempts, line.compliance.denominator)


def coaching_part(made: Coaching, currency: str) -> Markup:
    """Return whom to talk to about what, where a figure differs beyond chance."""
    lines = [line for line in made.lines if line.currency == currency]
    if not lines:
        text = f"No figure differs beyond chance ({count(made.compared)} compared)." if made.compared else ""
        return tag("p", text, class_="note") if text else Markup()
    items = [tag("li", str(line), tag("small", f": {line.advice}") if line.advice else None) for line in lines]
    return join([tag("p", "Reasons to talk, beyond chance:", class_="caption"), tag("ul", *items)])
