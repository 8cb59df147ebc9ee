"""A second reading of the packs, slow and plain: it looks at the raw parameters and walks over days and minutes.

Nothing of the rule modules is used here, so that a mistake in them cannot be made twice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from collectkit.calendars.dates import zone as zone_of
from collectkit.compliance import Question
from collectkit.compliance.past import PastContact
from collectkit.compliance.shipped import SHIPPED, shipped_text

Raw = Mapping[str, Any]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
CALLS = {"phone", "prerecorded_call", "rvm"}


@lru_cache(maxsize=1)
def raw_rules() -> dict[str, tuple[str, Raw]]:
    """Return each shipped rule as its file states it, with the name of its pack."""
    found = {}
    for name in SHIPPED:
        for rule in tomllib.loads(shipped_text(name)).get("rule", []):
            found[rule["id"]] = (name, rule)
    return found


@lru_cache(maxsize=1)
def raw_holidays() -> Mapping[str, list[date]]:
    from importlib.resources import files

    text = files("collectkit.compliance").joinpath("packs", "calendars.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["calendar"])


def ids(kind: str) -> list[str]:
    return [id for id, (_, rule) in raw_rules().items() if rule["kind"] == kind]


@lru_cache(maxsize=64)
def week_start(id: str) -> str:
    pack, rule = raw_rules()[id]
    meta = tomllib.loads(shipped_text(pack))["meta"]
    return str(rule["params"].get("week_start", meta.get("week_start", "mon")))


@lru_cache(maxsize=64)
def calendar_of(id: str) -> str:
    """Return the name of the calendar by which the rule counts business days."""
    pack, rule = raw_rules()[id]
    return str(rule["params"].get("calendar") or tomllib.loads(shipped_text(pack))["meta"]["holiday_calendar"])


# Hours


def open_at(id: str, at: datetime, zones: tuple[str, ...]) -> bool:
    """Tell whether the clock of every place reads a time inside a window of its day."""
    params = raw_rules()[id][1]["params"]
    basis = params["zone_basis"]
    places = (basis.removeprefix("fixed:"),) if basis.startswith("fixed:") else zones
    return bool(places) and all(_open_locally(params, at.astimezone(zone_of(place))) for place in places)


def _open_locally(params: Raw, local: datetime) -> bool:
    windows = params["windows"]
    holiday = "holiday_calendar" in params and local.date() in raw_holidays()[params["holiday_calendar"]]
    names_holidays = any("holiday" in window["days"] for window in windows)
    names = {"holiday"} if holiday and names_holidays else {WEEKDAYS[local.weekday()], "all"}
    for window in windows:
        if names & set(window["days"]):
            if window.get("closed"):
                return False
            start, end = time.fromisoformat(window["start"]), time.fromisoformat(window["end"])
            clock = local.time()
            after = clock >= start if params["start_inclusive"] else clock > start
            before = clock <= end if params["end_inclusive"] else clock < end
            return after and before
    return False


def opens(id: str, at: datetime, zones: tuple[str, ...], days: int = 12) -> datetime | None:
    """
    Return the first instant from *at* on at which it is open: each quarter of an hour is tried, and the second after it.

    No law sets other bounds, and no clock of these years is off by anything but quarters.
    """
    if open_at(id, at, zones):
        return at
    moment = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    for _ in range(days * 24 * 4):
        for tried in (moment, moment + timedelta(seconds=1)):
            if tried >= at and open_at(id, tried, zones):
                return tried
        moment += QUARTER
    return None


# Counts


def counted(id: str, question: Question, debt: str, at: datetime, zone: str) -> int:
    """Return how many contacts count against one more at *at*, by reading the history from its beginning."""
    params = raw_rules()[id][1]["params"]
    place = zone_of(zone)
    today = at.astimezone(place).date()
    talks = [c.at for c in question.history if c.outcome == "conversation" and (debt in c.debts or not c.debts or not debt)]
    number = 0
    for contact in question.history:
        if contact.at > at or not _is_counted(params, contact, question, debt):
            continue
        if params.get("after_first_conversation") and (not talks or contact.at <= min(talks)):
            continue
        day = contact.at.astimezone(place).date()
        number += _in_window(params, day, today, week_start(id))
    return number


def _is_counted(params: Raw, contact: PastContact, question: Question, debt: str) -> bool:
    channels, outcomes = params.get("channels", ["any"]), params.get("count_outcomes", ["any"])
    if "any" not in channels and contact.channel not in channels:
        return False
    if params.get("direction", "any") not in ("any", contact.direction):
        return False
    if outcomes == ["any_communication"]:
        outcomes = ["conversation", "voicemail", "delivered", "answered_dropped", "third_party_answered", "wrong_number"]
    if "any" not in outcomes and contact.outcome not in [*outcomes, "unknown"]:
        return False
    if contact.outcome in params.get("exclude_outcomes", []):
        return False
    if "place_in" in params and contact.place not in [*params["place_in"], ""]:
        return False
    if params.get("per_collector") and contact.collector != question.collector:
        return False
    if params["unit"] != "per_debt" and contact.person not in ("", question.person):
        return False
    return params["unit"] == "per_person" or not contact.debts or debt in contact.debts


def _in_window(params: Raw, day: date, today: date, starts: str) -> bool:
    kind = params["period_kind"]
    if kind == "consecutive_days":
        return day > today - params["period_days"] * DAY
    if kind == "calendar_month":
        return (day.year, day.month) == (today.year, today.month)
    if kind == "calendar_week":
        first = today - ((today.weekday() - WEEKDAYS.index(starts)) % 7) * DAY
        return day >= first
    return True


def fits(id: str, question: Question, at: datetime, zone: str) -> bool:
    params = raw_rules()[id][1]["params"]
    subjects = ("",) if params["unit"] == "per_person" else question.debts
    return all(counted(id, question, debt, at, zone) < params["max"] for debt in subjects)


def first_fit(id: str, question: Question, zone: str, days: int = 70) -> datetime | None:
    """Return the first instant from the question's on at which one more contact fits: only a new local day can bring it."""
    if fits(id, question, question.at, zone):
        return question.at
    for midnight in midnights(question.at, zone, days):
        if fits(id, question, midnight, zone):
            return midnight
    return None


def midnights(at: datetime, zone: str, days: int) -> Iterator[datetime]:
    place = zone_of(zone)
    today = at.astimezone(place).date()
    for number in range(1, days):
        yield datetime.combine(today + number * DAY, time(0), place)


# Waits


def wait_is_over(id: str, question: Question, at: datetime, zone: str) -> bool:
    """Tell whether no conversation about an account of the act still makes one wait."""
    params = raw_rules()[id][1]["params"]
    place = zone_of(zone)
    today = at.astimezone(place).date()
    for contact in question.history:
        if contact.at > at or contact.outcome != "conversation" or contact.channel not in CALLS:
            continue
        if params.get("per_collector") and contact.collector != question.collector:
            continue
        if contact.person not in ("", question.person) or (contact.discussed and not set(contact.discussed) & set(question.debts)):
            continue
        day = contact.at.astimezone(place).date()
        if today < day + (params["days"] if params["trigger_day_is_day_one"] else params["days"] + 1) * DAY:
            return False
    return True


# Periods


def plus_years(day: date, years: int, *, late: bool) -> date:
    """Return the anniversary; of 29 February the day before or after, where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1) if late else date(day.year + years, 2, 28)
