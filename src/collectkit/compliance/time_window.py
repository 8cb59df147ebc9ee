"""Hours of the day at which contact is allowed, in every place where the person may be."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.calendars.hours import DailyWindow, Hours, next_open, open_until
from collectkit.compliance._wording import a_nth, clock, count, listed
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import VOICE, Question
from collectkit.compliance.rule import PlainTerms, Rule

_FIXED: Final = "fixed:"
_24_HOURS: Final = timedelta(hours=24)


@attrs.frozen
class TimeWindow(PlainTerms):
    """
    Attributes:
        hours: The windows.
        fixed_zone: The one zone by which the law counts; empty means every place where the person may be.
        exempt_channels: Channels without an hour, such as letters.
        overridable_by: Purposes and consents that lift the hours.
        calendar: The holidays that the windows speak of.
        calls_in_24h: How many calls fit into 24 elapsed hours; None without such a limit.
    """

    hours: Hours
    fixed_zone: str = ""
    exempt_channels: frozenset[str] = frozenset()
    overridable_by: frozenset[str] = frozenset()
    calendar: HolidayCalendar | None = None
    calls_in_24h: int | None = None

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny outside the hours of any place; an unknown place has no hours."""
        if self._is_free(question):
            return None
        zones = self._zones(question)
        if self._open_until(question, zones) is not None:
            return self._too_many(rule, question)
        if not zones:
            return rule.denies("Contact hours cannot be kept: no place is known where the person may be.")
        return rule.denies(
            f"Contact is allowed {self._described()} in {listed(zones)} only.",
            earliest=next_open(question.at, zones, self.hours, self.calendar),
        )

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        """Return the last instant before the hours of some place end."""
        return None if self._is_free(question) else self._open_until(question, self._zones(question))

    def _open_until(self, question: Question, zones: tuple[str, ...]) -> datetime | None:
        """Return until when the hours stay open; asked twice of one question, and many laws set the same hours."""
        key = (zones, id(self.hours), id(self.calendar))
        found = question.memo.get(key, question)
        if found is question:
            found = question.memo[key] = open_until(question.at, zones, self.hours, self.calendar)
        return found if isinstance(found, datetime) else None

    def _too_many(self, rule: Rule, question: Question) -> Finding | None:
        if self.calls_in_24h is None:
            return None
        since = question.at - _24_HOURS
        # A law of sales calls that reaches texts counts them too.
        channels = rule.scope.channels or VOICE
        calls = sorted(
            c.at for c in question.history if c.direction == "outbound" and c.channel in channels and since < c.at <= question.at
        )
        if len(calls) < self.calls_in_24h:
            return None
        text = f"This would be {a_nth(len(calls) + 1)} call within 24 hours; {count(self.calls_in_24h)} may be made."
        return rule.denies(text, earliest=calls[len(calls) - self.calls_in_24h] + _24_HOURS if self.calls_in_24h else None)

    def _zones(self, question: Question) -> tuple[str, ...]:
        return (self.fixed_zone,) if self.fixed_zone else question.zones

    def _is_free(self, question: Question) -> bool:
        return question.channel in self.exempt_channels or question.is_excepted(self.overridable_by)

    def _described(self) -> str:
        spans = dict.fromkeys(f"{clock(window.start)} to {clock(window.end, is_end=True)}" for window in self.hours.windows)
        return listed(list(spans)) + (" on allowed days" if len(spans) > 1 or self.hours.closed_on else "")


def read(params: Table, context: PackContext) -> TimeWindow:
    """Read the parameters of a `time_window` rule."""
    start_inclusive = params.flag("start_inclusive", default=True)
    end_inclusive = params.flag("end_inclusive", default=True)
    windows, closed = [], set[str]()
    for table in params.tables("windows"):
        days = table.texts("days", None)
        if table.flag("closed", default=False):
            closed.update(days)
        else:
            start, end = _time(table, "start"), _time(table, "end")
            windows.append(DailyWindow(start, end, days, start_inclusive=start_inclusive, end_inclusive=end_inclusive))
        table.finish()
    basis = params.text("zone_basis")
    if basis not in ("all_plausible", "called_party_location") and not basis.startswith(_FIXED):
        raise params.fault("zone_basis", "all_plausible, called_party_location or fixed:Area/City")
    terms = TimeWindow(
        _shared(Hours(tuple(windows), tuple(closed))),
        fixed_zone=basis.removeprefix(_FIXED) if basis.startswith(_FIXED) else "",
        exempt_channels=frozenset(params.texts("exempt_channels")),
        overridable_by=frozenset(params.texts("overridable_by")),
        calendar=_calendar(params, context),
        calls_in_24h=params.whole_or_none("max_calls_24h_same_subject"),
    )
    if terms.hours.names_holidays and terms.calendar is None:
        raise params.fault("holiday_calendar", "the name of a calendar, because the windows speak of holidays")
    params.finish("applies_at")
    return terms


@lru_cache(maxsize=1024)
def _shared(hours: Hours) -> Hours:
    """Return one and the same object for equal hours, so that the answer for one rule serves the others."""
    return hours


def _time(table: Table, key: str) -> time:
    try:
        return time.fromisoformat(table.text(key))
    except ValueError:
        raise table.fault(key, "a time such as 08:00:00") from None


def _calendar(params: Table, context: PackContext) -> HolidayCalendar | None:
    if "holiday_calendar" not in params:
        return None
    name = params.text("holiday_calendar")
    if name not in context.calendars:
        raise params.fault("holiday_calendar", f"one of the calendars given ({', '.join(sorted(context.calendars)) or 'none'})")
    return context.calendars[name]
