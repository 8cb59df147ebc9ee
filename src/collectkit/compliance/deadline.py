"""A day by which something must be answered or sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.compliance.day_counts import BUSINESS, CALENDAR, DayCount, business_calendar, read_day_count
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

REQUIRED = "respond_by_due_date"
_SPOKEN: Final = "oral"


@attrs.frozen
class Interim:
    """
    Something that is due on the way to the answer.

    Attributes:
        name: What is due; its fact is the day on which it was done, or False when it is known not to be.
        days: How many days after the event.
        counted: How they are counted.
        form: In which form the event must have come; empty for any.
    """

    name: str
    days: int
    counted: DayCount
    form: str = ""

    def applies(self, question: Question) -> bool:
        """Whether the event came in its form; of a form that nobody told, the spoken one counts, whose time is shorter."""
        return not self.form or self.form == (question.fact("when.form") or _SPOKEN)


@attrs.frozen
class Deadline(PlainTerms):
    """
    Attributes:
        days: How many days after the event.
        counted: How they are counted.
        extension_days: So many more when the person sends more in the meantime; None when nothing extends it.
        after_information: So many days after the information asked for came; None when it changes nothing.
        without_information: So many days after it was asked for when none came; None when it changes nothing.
        interim: What is due on the way.
    """

    days: int
    counted: DayCount
    extension_days: int | None = None
    after_information: int | None = None
    without_information: int | None = None
    interim: tuple[Interim, ...] = ()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Name the last day, of the place where it comes first; without a known event it is not known."""
        due = self.due_on(question)
        if due is None:
            return rule.doubts(question, "from_event_on", "It is not known since when the time for an answer runs.")
        # What is known not to be done yet is due before the answer; what nobody spoke of is told as a figure.
        open_steps = [(step.name, on) for step, on in self._steps(question) if question.fact(_DONE[step.name][0]) is False and on < due]
        sentences = [_said(question, _DONE[name][1], on) for name, on in open_steps]
        required = (*(f"{name}_by_due_date" for name, _ in open_steps), REQUIRED)
        first = min([*(on for _, on in open_steps), due])
        return rule.requires(" ".join([*sentences, _said(question, "An answer", due)]), required, due_on=first)

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the last day of what is due on the way."""
        return {f"{step.name}_by": on for step, on in self._steps(question)}

    def _steps(self, question: Question) -> Iterator[tuple[Interim, date]]:
        since = question.day_fact("when.from_event_on")
        if since is not None:
            yield from ((step, step.counted.nth(since, step.days)) for step in self.interim if step.applies(question))

    def due_on(self, question: Question) -> date | None:
        """Return the last day."""
        received, asked = question.day_fact("when.information_received_on"), question.day_fact("when.information_requested_on")
        if self.after_information is not None and received is not None:
            return self.counted.nth(received, self.after_information)
        if self.without_information is not None and asked is not None:
            return self.counted.nth(asked, self.without_information)
        since = question.day_fact("when.from_event_on")
        if since is None:
            return None
        extended = self.extension_days if question.fact("when.additional_information_received") is True else None
        return self.counted.nth(since, self.days + (extended or 0))


def _said(question: Question, what: str, on: date) -> str:
    return f"{what} {'was' if min(question.days) > on.toordinal() else 'is'} due on {on.isoformat()}."


def read(params: Table, context: PackContext) -> Deadline:
    """Read the parameters of a `deadline` rule."""
    # Without the holidays of a place the day comes out too early, which is the careful side here.
    if "decide_business_days" in params:
        days = params.whole("decide_business_days")
        counted = DayCount(BUSINESS, business_calendar(params, context, needs_holidays=False))
    else:
        days = params.whole("days")
        counted = read_day_count(params, context, needs_holidays=False) if "day_kind" in params else DayCount(CALENDAR)
    terms = Deadline(
        days,
        counted,
        extension_days=params.whole_or_none("extension_days"),
        after_information=params.whole_or_none("after_info_days"),
        without_information=params.whole_or_none("no_info_days"),
        interim=tuple(_interim(params, context, counted)),
    )
    params.finish(*_NOTED)
    return terms


def _interim(params: Table, context: PackContext, counted: DayCount) -> Iterator[Interim]:
    """Yield what the rule says is due on the way; it is counted as the answer is, unless its key says business days."""
    for key, (name, form) in _INTERIM.items():
        days = params.whole_or_none(key)
        if days is not None:
            in_business = DayCount(BUSINESS, business_calendar(params, context, needs_holidays=False)) if "business" in key else counted
            yield Interim(name, days, in_business, form)


_INTERIM: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "acknowledge_business_days": ("acknowledge", ""),
        "info_request_within_days": ("request_information", ""),
        "instructions_days_oral_dispute": ("instruct", "oral"),
        "instructions_days_written_dispute": ("instruct", "written"),
    }
)
"""What is due on the way, and in which form the event must have come for it; of a form that nobody told, the spoken one."""

_DONE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "acknowledge": ("when.acknowledged_on", "An acknowledgment"),
        "request_information": ("when.information_requested_on", "A request for information"),
        "instruct": ("when.instructed_on", "An instruction how to ask"),
    }
)
"""The fact that says when it was done, and how it is called in a sentence."""

# From what the days run is a fact that the host records; these keys tell people which.
_NOTED = (
    "from",
    "from_event",
    "trigger",
    "trigger_day_is_day_one",
    "statutory_days",
    "payments_needed_if_weekly",
    "repeat_max_months",
    "failure",
    "interest",
    "interest_free_days",
    "debt_kind",
)
