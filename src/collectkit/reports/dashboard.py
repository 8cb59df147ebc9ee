"""The dashboard: one page of HTML that needs nothing but itself, for a team to look at in the morning.

It shows aggregates only and no personal data. Every figure stands in a table; charts repeat what tables say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from collectkit.calendars.periods import require_period
from collectkit.errors import ValidationError
from collectkit.money import format_money
from collectkit.reports import _sections as parts
from collectkit.reports._agency_sections import agencies_part, batches_part, moves_part
from collectkit.reports._html import Markup, join, section, tag
from collectkit.reports._sections import count, long_day, share
from collectkit.reports._style import style_sheet
from collectkit.reports._work_sections import coaching_part, workers_part
from collectkit.reports.ageing import Ageing
from collectkit.reports.agencies import Agencies
from collectkit.reports.batches import Batches
from collectkit.reports.cash import Cash
from collectkit.reports.coaching import Coaching
from collectkit.reports.contacts import Contacts
from collectkit.reports.cures import cures
from collectkit.reports.holds import Holds, Stops
from collectkit.reports.moves import Moves
from collectkit.reports.placements import Placements
from collectkit.reports.productivity import Productivity
from collectkit.reports.promises import Promises
from collectkit.reports.rolls import Rolls, late_bands


def _some(instance: object, attribute: attrs.Attribute[tuple[Ageing, ...]], value: Sequence[Ageing]) -> None:
    if not value or value[-1].as_of is None:
        raise ValidationError("a report needs the ageing of at least one day with accounts; no report was made")


@attrs.frozen(kw_only=True)
class NightlyReport:
    """
    What the dashboard shows.

    Attributes:
        title: Name of the book, for the heading.
        first: First day of the period of cash, contacts and placements, inclusive.
        last: Its last day, inclusive: the day of the newest ageing.
        ageings: Ageings in order of their days, the last one of the day of the report.
        rolls: Transitions between snapshots.
        collected: What was collected.
        due: What fell due.
        contacts: What was attempted and refused.
        promises: What promises have come to.
        placements: What handlers hold and collected.
        holds: Holds in force.
        stops: People who asked that contact cease.
        moves: Who had accounts on the first day and has them on the last; None leaves the part out.
        agencies: Agencies side by side; None leaves the part out.
        batches: What came in of each month's placements; None leaves the part out.
        productivity: What people and teams did; None leaves the part out.
        coaching: Whose figures differ beyond chance; None says nothing of it.
        notice: A sentence to stand on top, such as that the data is made up; empty for none.
        packs: Names and versions of the rule packs that were asked.
        locale: For writing amounts.

    Raises:
        ValidationError: No ageing of a day with accounts; a `TimeError` where the last day is before the first.
    """

    title: str
    first: date
    last: date
    ageings: tuple[Ageing, ...] = attrs.field(converter=tuple[Ageing, ...], validator=_some)
    rolls: Rolls
    collected: Cash
    due: Cash
    contacts: Contacts
    promises: Promises
    placements: Placements
    holds: Holds
    stops: Stops
    moves: Moves | None = None
    agencies: Agencies | None = None
    batches: Batches | None = None
    productivity: Productivity | None = None
    coaching: Coaching | None = None
    notice: str = ""
    packs: tuple[str, ...] = ()
    locale: str = "en_US"

    def __attrs_post_init__(self) -> None:
        require_period(self.first, self.last, "no report was made")

    @property
    def currencies(self) -> tuple[str, ...]:
        """Return the currencies of the newest ageing, sorted."""
        return self.ageings[-1].currencies

    def money(self, currency: str) -> parts.Money:
        """Return what writes minor units of *currency*."""
        return lambda minor: format_money(minor, currency, self.locale)


def render(report: NightlyReport) -> str:
    """Return the page: HTML with its styles and pictures inside, no script, and nothing to be fetched."""
    newest = report.ageings[-1]
    title = f"{report.title}: collections on {long_day(report.last)}"
    head = tag(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'),
        Markup("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"),
        tag("title", title),
        tag("style", Markup(style_sheet(len(late_bands(newest.bands))))),
    )
    sections = [(id, name, body) for id, name, body in _sections(report) if body]
    links = tag("nav", tag("ul", *(tag("li", tag("a", name, href=f"#{id}")) for id, name, _ in sections)), aria_label="Parts of the report")
    body = tag(
        "body",
        _header(report, links),
        tag("main", _totals(report), *(section(id, name, held) for id, name, held in sections)),
        tag("footer", tag("p", "Made by collectkit. Aggregates only; no personal data.")),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _header(report: NightlyReport, links: Markup) -> Markup:
    period = f"As of {long_day(report.last)}. Cash, contacts and placements from {long_day(report.first)} to {long_day(report.last)}."
    return tag(
        "header",
        tag("h1", report.title),
        tag("p", period, class_="sub"),
        tag("p", report.notice, class_="notice", role="note") if report.notice else None,
        links,
    )


def _totals(report: NightlyReport) -> Markup:
    return join(
        join([tag("h2", currency) if len(report.currencies) > 1 else None, _tiles(report, currency)]) for currency in report.currencies
    )


def _tiles(report: NightlyReport, currency: str) -> Markup:
    money, newest = report.money(currency), report.ageings[-1]
    late = newest.delinquency_rate(currency)
    came = report.collected.total(currency, first=report.first, last=report.last)
    fell = report.due.total(currency, first=report.first, last=report.last)
    kept = report.promises.kept_rate(currency)
    tiles = [
        ("Outstanding", money(newest.outstanding_minor(currency)), f"{count(newest.open_accounts(currency))} running accounts"),
        ("Past due", money(newest.past_due_minor(currency)), f"{share(late)} of outstanding is on late accounts"),
        ("Collected in the period", money(came), f"{money(fell)} fell due"),
        ("Promises kept", share(kept), f"{count(kept.numerator)} of {count(kept.denominator)} judged"),
    ]
    if currency in report.rolls.currencies:
        cured = cures(report.rolls).of(currency).accounts
        tiles.append(("Cured", share(cured), f"{count(cured.numerator)} of {count(cured.denominator)} late accounts"))
    refused = report.contacts.acts_refused
    if len(report.currencies) == 1:
        tiles.append(("Contacts", count(report.contacts.attempts), f"{count(refused)} more refused by law"))
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", figure, tag("small", text))) for name, figure, text in tiles), class_="tiles")


def _sections(report: NightlyReport) -> list[tuple[str, str, Markup]]:
    """Return id, title and body of each part, in order."""
    first, last = report.first, report.last

    def each(draw: parts.PerCurrency, held: Sequence[str] = report.currencies) -> Markup:
        several = len(report.currencies) > 1
        return join(join([tag("h3", one) if several else None, draw(one, report.money(one))]) for one in held)

    def ageing(currency: str, money: parts.Money) -> Markup:
        return join([parts.ageing_part(report.ageings, currency, money), parts.ageing_history(report.ageings, currency, money)])

    return [
        ("ageing", "Ageing", each(ageing)),
        ("rolls", "Roll rates", each(lambda currency, _: parts.rolls_part(report.rolls, currency), report.rolls.currencies)),
        ("cash", "Cash", each(lambda one, money: parts.cash_part(report.collected, report.due, one, money, first=first, last=last))),
        ("contacts", "Contacts", parts.contacts_part(report.contacts)),
        ("promises", "Promises", each(lambda currency, money: parts.promises_part(report.promises, currency, money))),
        ("placements", "Placements", each(lambda currency, money: parts.placements_part(report.placements, currency, money))),
        ("moves", "Moves between handlers", moves_part(report.moves) if report.moves is not None and report.moves.lines else Markup()),
        ("agencies", "Agencies", each(lambda currency, money: _agencies(report, currency, money), _placed_in(report))),
        ("work", "People and teams", each(lambda currency, money: _work(report, currency, money), _worked_in(report))),
        (
            "holds",
            "Holds and requests to cease",
            join([each(lambda currency, money: parts.holds_part(report.holds, currency, money)), parts.stops_part(report.stops)]),
        ),
        ("method", "How to read this", _method(report)),
    ]


def _placed_in(report: NightlyReport) -> tuple[str, ...]:
    held = {line.currency for line in report.agencies.lines} if report.agencies is not None else set()
    return tuple(sorted(held))


def _agencies(report: NightlyReport, currency: str, money: parts.Money) -> Markup:
    side_by_side = agencies_part(report.agencies, currency, money) if report.agencies is not None else None
    return join([side_by_side, batches_part(report.batches, currency) if report.batches is not None else None])


def _worked_in(report: NightlyReport) -> tuple[str, ...]:
    """Return the currencies in which somebody but the host itself did something."""
    lines = report.productivity.lines if report.productivity is not None else ()
    return tuple(sorted({line.currency for line in lines if line.worker}))


def _work(report: NightlyReport, currency: str, money: parts.Money) -> Markup:
    done = workers_part(report.productivity, currency, money) if report.productivity is not None else None
    return join([done, coaching_part(report.coaching, currency) if report.coaching is not None else None])


_METHOD = (
    (
        "Days past due",
        "Calendar days since the oldest due date with something unpaid; 0 on the due date itself.",
    ),
    (
        "Outstanding",
        "All that remains to be paid on running accounts, due or not; not on those before their purchase, nor on closed ones.",
    ),
    ("Past due", "The part of outstanding that fell due before the day of the report."),
    ("Roll rate", "Of the accounts in a band at one snapshot, the share found in each band at the next. Each row adds up to 100%."),
    ("Cured", "Late at one snapshot and current or closed at the next. A snapshot does not tell why."),
    ("Collected", "Payments by value date. A payment that was taken back counts on no day."),
    ("Fell due", "Installments and charges by due date, waivers taken off, paid or not."),
    ("Refused by law", "Contacts that were wanted and that a rule of the rule packs stood against. Nothing was sent."),
    ("Kept", "Enough was paid by the last day of the promise. Invalidated: the debt was cleared by other means."),
    ("Collected by handler", "A payment is credited to whoever held the account on its value date."),
    ("Net-back on equal paper", "What an agency brought in less its cost, by what its accounts brought in with everybody, on the mean."),
    ("Credited", "Payments by the declared rule of attribution. What nobody earned stands with nobody; what was taken back is taken off."),
    ("Reasons to talk", "A figure whose interval lies wholly on the wrong side. Intervals rest on people, and widen with each comparison."),
    ("Status of rule", "Verified: its parameters were checked against the source. Mixed: in part. From memory: not yet."),
)


def _method(report: NightlyReport) -> Markup:
    packs = f" Rule packs asked: {', '.join(report.packs)}." if report.packs else ""
    words = join(join([tag("dt", name), tag("dd", text)]) for name, text in _METHOD)
    advice = f"The report is no legal advice, and neither is the library: rules say how well they were checked.{packs}"
    exact = "Amounts are exact to the minor unit and are never added up over currencies. Only percentages are rounded."
    return join([tag("p", exact), tag("dl", words, class_="method"), tag("p", advice, class_="note")])
