"""Contacts: what was attempted and reached by channel, and what the law refused, by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import attrs

from collectkit.actions import ActRefused
from collectkit.calendars.dates import local_date
from collectkit.calendars.periods import require_period
from collectkit.person import Contact
from collectkit.reports.rates import Dataset, Rate

REACHED = frozenset({"conversation", "delivered", "voicemail"})
NOT_REACHED = frozenset({"no_answer", "busy", "not_in_service", "voicemail_full", "undeliverable", "wrong_number"})


@attrs.frozen
class ContactLine:
    """
    Outbound contacts through one channel.

    Attributes:
        channel: ``sms``, ``email``, ``phone`` …
        attempts: How many were made.
        reached: How many were delivered, heard or talked about.
        failed: How many certainly reached nobody.
        unknown: How many of which that cannot be told; they count against every cap.
        people: How many people were contacted.
    """

    channel: str
    attempts: int
    reached: int
    failed: int
    unknown: int
    people: int


@attrs.frozen
class RefusalLine:
    """
    Contacts that one rule stood against, through one channel.

    Attributes:
        rule: Id of the rule.
        citation: Its paragraph.
        reason: What it forbids, in words; empty when not told.
        status: ``verified``, ``mixed`` or ``from-memory``; empty when not told.
        channel: Through which they would have been made.
        acts: How many; an act that two rules stand against counts with both.
        people: How many people were left in peace by it.
    """

    rule: str
    citation: str
    reason: str
    status: str
    channel: str
    acts: int
    people: int


@attrs.frozen
class Contacts(Dataset):
    """
    Contacts of a period.

    Attributes:
        first: First day, inclusive.
        last: Last day, inclusive.
        lines: Contacts made, by channel.
        refused: Contacts refused by law, the most frequent rule first.
        acts_refused: How many acts were refused, each counted once.
    """

    first: date
    last: date
    lines: tuple[ContactLine, ...]
    refused: tuple[RefusalLine, ...]
    acts_refused: int

    @property
    def attempts(self) -> int:
        """Return how many contacts were made."""
        return sum(line.attempts for line in self.lines)

    @property
    def refusal_rate(self) -> Rate:
        """Return the acts refused of all that were made or refused."""
        return Rate(self.acts_refused, self.attempts + self.acts_refused, "contacts", "refused by law of wanted")


def contacts(
    made: Iterable[Contact],
    refused: Iterable[ActRefused],
    *,
    first: date,
    last: date,
    zone: str,
    reasons: Mapping[str, str] | None = None,
    statuses: Mapping[str, str] | None = None,
) -> Contacts:
    """
    Count the contacts of a period.

    Args:
        made: Contacts; inbound ones are left out.
        refused: Acts that were refused; the same act refused twice counts once.
        first: First day, inclusive.
        last: Last day, inclusive.
        zone: IANA zone in which days are counted.
        reasons: What each rule forbids, in words, by id.
        statuses: How well each rule was checked, by id.

    Raises:
        TimeError: The last day is before the first.
    """
    require_period(first, last, "nothing was counted")

    def inside(at: datetime) -> bool:
        return first <= local_date(at, zone) <= last

    held = [contact for contact in made if contact.direction == "outbound" and inside(contact.at)]
    acts = {act.message: act for act in refused if inside(act.at)}
    lines = tuple(
        _line(channel, [contact for contact in held if contact.channel == channel]) for channel in sorted({c.channel for c in held})
    )
    return Contacts(first, last, lines, _refused(acts.values(), reasons or {}, statuses or {}), len(acts))


def _line(channel: str, held: list[Contact]) -> ContactLine:
    reached = sum(contact.outcome in REACHED for contact in held)
    failed = sum(contact.outcome in NOT_REACHED for contact in held)
    people = len({contact.person for contact in held})
    return ContactLine(channel, len(held), reached, failed, len(held) - reached - failed, people)


def _refused(acts: Iterable[ActRefused], reasons: Mapping[str, str], statuses: Mapping[str, str]) -> tuple[RefusalLine, ...]:
    counts: Counter[tuple[str, str, str]] = Counter()
    people: dict[tuple[str, str, str], set[str]] = {}
    for act in acts:
        for rule, citation in zip(act.rules, act.citations, strict=True):
            key = (rule, citation, act.channel)
            counts[key] += 1
            people.setdefault(key, set()).add(act.person)
    lines = [
        RefusalLine(rule, citation, reasons.get(rule, ""), statuses.get(rule, ""), channel, count, len(people[rule, citation, channel]))
        for (rule, citation, channel), count in counts.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.acts, line.rule, line.channel)))
