"""How long records must be kept before they may be purged."""

from __future__ import annotations

from datetime import date

import attrs

from collectkit.actions import Finding
from collectkit.compliance._wording import count
from collectkit.compliance.day_counts import late_anniversary
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

ANY = "any"


@attrs.frozen
class Keeping:
    """
    One class of records.

    Attributes:
        kind: Such as ``call_recording``; ``any`` for all.
        years: How long.
        since: Name of the day from which the years run.
    """

    kind: str
    years: int
    since: str


@attrs.frozen
class Retention(PlainTerms):
    """
    Attributes:
        records: What must be kept how long.
    """

    records: tuple[Keeping, ...]

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny a purge through the whole of the last day of keeping, for every class that the record belongs to."""
        kind = question.fact("record.kind")
        fitting = [keeping for keeping in self.records if keeping.kind in (ANY, kind)]
        lasts = [(keeping, question.day_fact(f"record.{keeping.since}")) for keeping in fitting]
        ends = [(question.start_after(late_anniversary(day, keeping.years), 1), keeping) for keeping, day in lasts if day is not None]
        running = [(end, keeping) for end, keeping in ends if question.at < end]
        if running:
            end, keeping = max(running, key=lambda pair: pair[0])
            text = f"This record must be kept for {count(keeping.years)} years from {_worded(keeping.since)}."
            return rule.denies(text, earliest=end)
        # An unknown day is doubtful; where the facts are complete, a class whose day is absent has not begun to run.
        unknown = next((keeping for keeping, day in lasts if day is None), None)
        if unknown is None:
            return None
        return rule.doubts(question, unknown.since, f"The day of {_worded(unknown.since)} is unknown, so the record must be kept.")


def _worded(name: str) -> str:
    return name.replace("_", " ")


def last_day(keeping: Keeping, day: date) -> date:
    """Return the last day on which a record must be kept."""
    return late_anniversary(day, keeping.years)


def read(params: Table, context: PackContext) -> Retention:
    """Read the parameters of a `retention` rule."""
    records = []
    for table in params.tables("records"):
        records.append(Keeping(table.text("kind"), table.whole("years"), table.text("from_event")))
        table.finish()
    params.finish()
    return Retention(tuple(records))
