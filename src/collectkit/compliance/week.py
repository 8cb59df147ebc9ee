"""The coming days as the law sees them for one act: when it is open, when it is closed, and by which rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

import attrs

from collectkit.actions import ActionKind, Outcome, Proposal, Verdict
from collectkit.calendars.dates import zone as place_of
from collectkit.compliance.circumstances import NOTHING_FURTHER, Circumstances
from collectkit.compliance.gate import review
from collectkit.compliance.rulebook import RuleBook
from collectkit.errors import TimeError, ValidationError
from collectkit.person_standing import PersonStanding

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAYS_MAX: Final = 31
_TICK: Final = timedelta(microseconds=1)
_CELL: Final = timedelta(minutes=30)
_ASKED_MAX: Final = 2_000
_SIGNS: Final = {Outcome.ALLOW: "█", Outcome.REQUIRE: "▒", Outcome.DENY: "·"}
_WORDS: Final = {Outcome.ALLOW: "open", Outcome.REQUIRE: "open once what is missing is there", Outcome.DENY: "closed"}


@attrs.frozen
class Stretch:
    """
    A stretch of time with one answer.

    Attributes:
        start: First instant.
        end: First instant after it.
        outcome: What the gate answers.
        rules: Ids of the rules that decided at its start; empty when it is open.
        citations: Their paragraphs, in the same order.
    """

    start: datetime
    end: datetime
    outcome: Outcome
    rules: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()


@attrs.frozen
class Week:
    """
    Some days of one person, for one act.

    Attributes:
        channel: Of the act.
        zone: By whose clock the days are drawn: the surest place of the person.
        first_on: First local day.
        days: How many days.
        stretches: From the instant asked about to the end of the last day, without a gap.
    """

    channel: str
    zone: str
    first_on: date
    days: int
    stretches: tuple[Stretch, ...]

    def at(self, at: datetime) -> Stretch | None:
        """Return the stretch that holds an instant, or None before the first."""
        return next((stretch for stretch in self.stretches if stretch.start <= at < stretch.end), None)


def lawful_week(
    proposal: Proposal,
    person: PersonStanding,
    rules: RuleBook,
    at: datetime,
    *,
    days: int = 7,
    unknown: str = "deny",
    circumstances: Circumstances = NOTHING_FURTHER,
) -> Week:
    """
    Ask the gate about every moment of the coming days, with what is known now.

    Args:
        proposal: The act.
        person: Everything known about the person.
        rules: The host's rule book.
        at: From when on; aware.
        days: Local days, today being the first; at most 31.
        unknown: What an unknown fact means.
        circumstances: What is known about the act besides.

    Raises:
        ValidationError: *days* is not between 1 and 31, or contact is proposed and not through which channel.
    """
    if not 1 <= days <= DAYS_MAX:
        raise ValidationError(f"a picture has 1 to {DAYS_MAX} days, got {days}; nothing was judged")
    if proposal.action is ActionKind.CONTACT and not proposal.channel:
        raise ValidationError("a picture of contact is drawn for one channel, such as phone, sms or email, got none; nothing was judged")
    first = review(proposal, person, rules, at, unknown=unknown, circumstances=circumstances)
    name = next((zone for zone in first.zones if _is_place(zone)), "UTC")
    today = at.astimezone(place_of(name)).date()
    end = _midnight(today + timedelta(days=days), place_of(name))
    stretches: list[Stretch] = []

    def ask(moment: datetime) -> Verdict:
        return review(proposal, person, rules, moment, unknown=unknown, circumstances=circumstances)

    for verdict, until in _answers(first, end, ask):
        stretch = _stretch(verdict, until)
        if stretches and (stretches[-1].outcome, stretches[-1].rules) == (stretch.outcome, stretch.rules):
            stretches[-1] = attrs.evolve(stretches[-1], end=until)
        else:
            stretches.append(stretch)
    return Week(proposal.channel, name, today, days, tuple(stretches))


def _stretch(verdict: Verdict, until: datetime) -> Stretch:
    decided = () if verdict.outcome is Outcome.ALLOW else tuple(f for f in verdict.findings if f.outcome is verdict.outcome)
    return Stretch(verdict.at, until, verdict.outcome, tuple(f.rule for f in decided), tuple(f.citation for f in decided))


def _answers(first: Verdict, end: datetime, ask: Callable[[datetime], Verdict]) -> Iterator[tuple[Verdict, datetime]]:
    """Yield each answer with the first instant after it: a denial lasts until its earliest end, an allowance until its last."""
    verdict = first
    for _ in range(_ASKED_MAX):
        if verdict.outcome is Outcome.DENY:
            until = verdict.earliest_lawful_at
        else:
            until = None if verdict.not_after is None else verdict.not_after + _TICK
        until = end if until is None else min(until, end)
        yield verdict, until
        if until >= end:
            return
        verdict = ask(until)


def _is_place(name: str) -> bool:
    try:
        place_of(name)
    except TimeError:
        return False
    return True


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), place).astimezone(UTC)


def week_text(week: Week) -> str:
    """Return the picture for a terminal: one row a day, one sign for each half hour, then the reasons."""
    place = place_of(week.zone)
    lines = [f"{week.channel or 'act'}, by the clock of {week.zone}: {', '.join(f'{_SIGNS[one]} {_WORDS[one]}' for one in _shown(week))}"]
    lines.append(" " * 11 + "".join(f"{hour:<6}" for hour in range(0, 24, 3)))
    for day in _days(week):
        lines.append(f"{day:%a %m-%d}  " + "".join(_sign(week, day, cell, place) for cell in range(48)))
    for stretch in week.stretches:
        if stretch.rules:
            span = f"{_local(stretch.start, place)} to {_local(stretch.end, place)}"
            why = "; ".join(f"{rule} [{citation}]" for rule, citation in zip(stretch.rules, stretch.citations, strict=True))
            lines.append(f"{span}  {_WORDS[stretch.outcome]}: {why}")
    return "\n".join(lines)


def _shown(week: Week) -> list[Outcome]:
    found = {stretch.outcome for stretch in week.stretches}
    return [outcome for outcome in _SIGNS if outcome in found]


def _days(week: Week) -> list[date]:
    return [week.first_on + timedelta(days=step) for step in range(week.days)]


def _sign(week: Week, day: date, cell: int, place: ZoneInfo) -> str:
    """Return the sign of a half hour: open only if it is open throughout; blank before the instant asked about."""
    start = datetime.combine(day, time(cell // 2, cell % 2 * 30), place).astimezone(UTC)
    inside = [stretch for stretch in week.stretches if stretch.start < start + _CELL and start < stretch.end]
    if not inside:
        return " "
    return _SIGNS[max((stretch.outcome for stretch in inside), key=list(_SIGNS).index)]


def _local(at: datetime, place: ZoneInfo) -> str:
    return f"{at.astimezone(place):%a %m-%d %H:%M}"


_ROW, _LEFT, _TOP, _HOUR = 26, 90, 34, 26
_FILLS: Final = {Outcome.ALLOW: "#2e8b57", Outcome.REQUIRE: "#d9a400", Outcome.DENY: "#c9ccd1"}


def week_svg(week: Week) -> str:
    """Return the picture as an SVG document; each bar tells its times and rules when it is pointed at."""
    place = place_of(week.zone)
    width, height = _LEFT + 24 * _HOUR + 10, _TOP + week.days * _ROW + 30
    title = f"{week.channel or 'act'}: when it is lawful, by the clock of {week.zone}"
    body = [f'<title>{escape(title)}</title><text x="4" y="14" font-weight="600">{escape(title)}</text>']
    for hour in range(0, 25, 3):
        x = _LEFT + hour * _HOUR
        body.append(f'<text x="{x}" y="{_TOP - 5}" text-anchor="middle">{hour:02}</text>')
    for row, day in enumerate(_days(week)):
        y = _TOP + row * _ROW
        body.append(f'<text x="4" y="{y + 17}">{day:%a %m-%d}</text>')
        body += [_bar(stretch, day, y, place) for stretch in week.stretches]
    legend = "   ".join(_WORDS[outcome] for outcome in _shown(week))
    x = _LEFT
    for outcome in _shown(week):
        body.append(f'<rect x="{x}" y="{height - 18}" width="12" height="12" fill="{_FILLS[outcome]}"/>')
        body.append(f'<text x="{x + 17}" y="{height - 8}">{_WORDS[outcome]}</text>')
        x += 40 + 7 * len(_WORDS[outcome])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
    style = ' font-family="system-ui, sans-serif" font-size="12" fill="#333"'
    return f'{head} aria-label="{escape(title)}. {legend}"{style}>' + "".join(body) + "</svg>\n"


def _bar(stretch: Stretch, day: date, y: int, place: ZoneInfo) -> str:
    """Return the part of a stretch that lies on a local day; the clock on the wall decides where it is drawn."""
    first, last = _midnight(day, place), _midnight(day + timedelta(days=1), place)
    start, end = max(stretch.start, first), min(stretch.end, last)
    if start >= end:
        return ""
    left = _hours(start, place)
    right = 24.0 if end == last else _hours(end, place)
    told = f"{_local(start, place)} to {_local(end, place)}: {_WORDS[stretch.outcome]} {', '.join(stretch.rules)}".strip()
    x, width = _LEFT + left * _HOUR, max(right - left, 0.0) * _HOUR
    return (
        f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 6}" fill="{_FILLS[stretch.outcome]}">'
        f"<title>{escape(told)}</title></rect>"
    )


def _hours(at: datetime, place: ZoneInfo) -> float:
    wall = at.astimezone(place)
    return wall.hour + wall.minute / 60 + wall.second / 3600
