"""A notice must have been sent within a window of business days before an act: not too late, and not too early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import attrs

from collectkit.actions import Finding
from collectkit.compliance.day_counts import DayCount, read_day_count
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.past import PastEvent
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

ANY = "any"


@attrs.frozen
class Span:
    """
    How long before the act a notice is sent.

    Attributes:
        least: Business days.
        most: Business days; None for no such limit.
    """

    least: int
    most: int | None = None


@attrs.frozen
class NoticeWindow(PlainTerms):
    """
    Attributes:
        event: Name of the notice.
        by_means: The window for each way of sending; ``any`` for all others.
        counted: How days are counted.
        match: Facts under which the rule applies.
        not_before: A day named by the act before which it may not be done; empty for none.
    """

    event: str
    by_means: Mapping[str, Span]
    counted: DayCount
    match: Mapping[str, tuple[object, ...]] = attrs.Factory(dict)
    not_before: str = ""

    def hears(self) -> frozenset[str]:
        """Return the notice."""
        return frozenset({self.event})

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny outside the window of every notice; lawful again on the first day of a window that is still to come."""
        if self.match and not question.matches(self.match):
            return None
        days = [
            day for event in question.events if event.kind == self.event and event.at <= question.at for day in self._days(question, event)
        ]
        if not days:
            return rule.denies(f"This needs a {self.event.replace('_', ' ')} before it, and none is in time.")
        earliest = question.start_after(min(days))
        if question.at >= earliest:
            return None
        return rule.denies("The notice before it must be older.", earliest=earliest)

    def _days(self, question: Question, event: PastEvent) -> Iterator[date]:
        """Yield the first day that a notice opens, unless it is stale by then or today."""
        span = self.by_means.get(event.means) or self.by_means.get(ANY)
        if span is None:
            return
        sent = date.fromordinal(max(question.day_of(event.at)))
        first = self.counted.nth(sent, span.least)
        bound = question.day_fact(f"when.{self.not_before}") if self.not_before else None
        opens = max(first, bound) if bound is not None else first
        last = self.counted.nth(sent, span.most) if span.most is not None else date.max
        if opens <= last and max(question.days) <= last.toordinal():
            yield opens


def read(params: Table, context: PackContext) -> NoticeWindow:
    """Read the parameters of a `notice_window` rule."""
    means = params.table("by_means")
    spans = {}
    for name in means.names():
        table = means.table(name)
        spans[name] = Span(table.whole("min"), table.whole_or_none("max"))
        table.finish()
    terms = NoticeWindow(
        event=params.text("event"),
        by_means=spans,
        counted=read_day_count(params, context, needs_holidays=True),
        match=params.conditions("match"),
        not_before=params.text("not_before", ""),
    )
    params.finish()
    return terms
