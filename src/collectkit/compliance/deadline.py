"""A day by which something must be answered or sent."""

from __future__ import annotations

from datetime import date

import attrs

from collectkit.actions import Finding
from collectkit.compliance.day_counts import BUSINESS, CALENDAR, DayCount, business_calendar, read_day_count
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

REQUIRED = "respond_by_due_date"


@attrs.frozen
class Deadline(PlainTerms):
    """
    Attributes:
        days: How many days after the event.
        counted: How they are counted.
        extension_days: So many more when the person sends more in the meantime; None when nothing extends it.
        after_information: So many days after the information asked for came; None when it changes nothing.
        without_information: So many days after it was asked for when none came; None when it changes nothing.
    """

    days: int
    counted: DayCount
    extension_days: int | None = None
    after_information: int | None = None
    without_information: int | None = None

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Name the last day, of the place where it comes first; without a known event it is not known."""
        due = self.due_on(question)
        if due is None:
            return rule.doubts(question, "from_event_on", "It is not known since when the time for an answer runs.")
        late = min(question.days) > due.toordinal()
        return rule.requires(f"An answer {'was' if late else 'is'} due on {due.isoformat()}.", (REQUIRED,), due_on=due)

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
    )
    params.finish(*_NOTED)
    return terms


# From what the days run, and what else is due on the way, are facts that the host records; these keys tell people which.
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
    "acknowledge_business_days",
    "info_request_within_days",
    "debt_kind",
    "instructions_days_oral_dispute",
    "instructions_days_written_dispute",
)
