"""A second reading of holds, slow and plain: is it in force on this local day, asked of the raw parameters and day by day.

Nothing of the rule modules is used here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time

from collectkit.calendars.dates import zone as zone_of
from collectkit.compliance import Question
from collectkit.compliance.past import HoldFact

from .oracle import DAY, Raw, raw_rules


def in_force(id: str, question: Question, at: datetime, zone: str) -> bool:
    """Tell whether some hold that the question names stops the act at an instant."""
    params = raw_rules()[id][1]["params"]
    if question.action not in params["blocks_actions"]:
        return False
    excepted = set(params.get("exceptions", []))
    if excepted & question.purposes or any(given.kind in excepted for given in question.consents):
        return False
    if "place_in" in params and question.place and question.place not in params["place_in"]:
        return False
    return any(held.kind == params["hold_type"] and _stops(params, held, question, at, zone) for held in question.holds)


def free_again(id: str, question: Question, zone: str, days: int = 140) -> datetime | None:
    """Return the first instant from the question's on at which nothing is in force: each midnight is tried, and each named instant."""
    named = [moment for held in question.holds for moment in (held.until, held.repeat_answered_at) if moment is not None]
    tried = sorted([question.at, *(moment for moment in named if moment > question.at), *_midnights(question.at, zone, days)])
    return next((moment for moment in tried if not in_force(id, question, moment, zone)), None)


def _midnights(at: datetime, zone: str, days: int) -> Iterator[datetime]:
    today = at.astimezone(zone_of(zone)).date()
    for number in range(1, days):
        yield datetime.combine(today + number * DAY, time(0), zone_of(zone))


def _stops(params: Raw, held: HoldFact, question: Question, at: datetime, zone: str) -> bool:
    today = at.astimezone(zone_of(zone)).date()
    if held.debts and not set(held.debts) & set(question.debts):
        return False
    if "writing" in params.get("form", "") + params.get("must_be", "") and (held.form == "oral" or not held.accepted):
        return False
    if held.since is not None and at < held.since:
        return False
    if held.due_by is not None and held.since is not None and held.since.astimezone(zone_of(zone)).date() > held.due_by:
        return False
    apart = params.get("once_per_months", params.get("repeat_notice_months"))
    if apart and held.earlier_on and held.noticed_on and held.noticed_on < months_later(held.earlier_on, apart):
        return False
    if _is_released(params, held, question, at):
        return False
    if held.repeats and held.repeat_answered_at is not None:
        return at < held.repeat_answered_at
    if held.until is not None:
        return at < held.until
    if params.get("start") == "day after registration" and held.noticed_on is not None and today <= held.noticed_on:
        return False
    if held.last_on is not None:
        return today <= held.last_on
    return today in _Days(params, held)


class _Days:
    """The local days on which a hold without a named end is in force, one asked at a time."""

    def __init__(self, params: Raw, held: HoldFact) -> None:
        self.params, self.held = params, held

    def __contains__(self, day: date) -> bool:
        params, held = self.params, self.held
        if "ends_days_after_treatment" in params:
            return held.treatment_ended_on is None or (day - held.treatment_ended_on).days <= params["ends_days_after_treatment"]
        if "after_refusal_days" in params:
            # "14 days after the refusal": that of the refusal is the first where the file says so.
            first = 1 if params.get("refusal_day_is_day_one") else 0
            return held.refused_on is None or (day - held.refused_on).days + first <= params["after_refusal_days"]
        length = self.length()
        if length is None or held.noticed_on is None:
            return True
        nth = (day - held.noticed_on).days + (0 if params.get("start") == "day after registration" else 1)
        return nth <= length

    def length(self) -> int | None:
        params, held = self.params, self.held
        days: int | None = params.get("days", params.get("default_days"))
        if held.form == "oral" and "oral_days" in params:
            written, within = held.confirmed_in_writing_on, params.get("oral_extended_if_written_within_days")
            confirmed = written and held.noticed_on and within is not None and (written - held.noticed_on).days <= within
            return days if confirmed else params["oral_days"]
        return days + params["extension_days"] if held.extended and days is not None and "extension_days" in params else days


def _is_released(params: Raw, held: HoldFact, question: Question, at: datetime) -> bool:
    name = params.get("release_event", "")
    if " " in name:
        return False  # a sentence tells people when it ends; no event has it for a name
    for event in question.events:
        since = held.since is None or held.since <= event.at
        about = set(question.debts) & set(held.debts) if held.debts else set(question.debts)
        if event.kind == name and since and event.at <= at and (not event.debts or about <= set(event.debts)):
            return True
    return False


def months_later(day: date, months: int) -> date:
    """Return the day so many months later, or the last day of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
