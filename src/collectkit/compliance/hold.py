"""Holds: facts that stop work, for how long, and what may be done all the same."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from collectkit.actions import Finding
from collectkit.calendars.dates import add_months
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.past import HoldFact
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule


@attrs.frozen
class HoldTerms(PlainTerms):
    """
    Attributes:
        hold: Kind of hold.
        blocks: Acts that it stops.
        exceptions: Purposes and consents for which acts remain allowed.
        places: Places where it holds; empty means all.
        in_writing: Only a written notice starts it.
        days: It lasts so many local days; None for no set length.
        starts_next_day: The day of the notice itself is still free.
        oral_days: It lasts so many local days when it was asked for orally; None for no such limit.
        treatment_days: It lasts so many local days after a treatment ended; None for no such rule.
        extension_days: So many more when it was extended; None when it cannot be.
        refusal_days: It lasts so many local days after it was refused, that of the refusal being day one; None for no such rule.
        months_between: A new one counts only so many months after an earlier one; None for no such rule.
        writing_days: An oral one confirmed in writing within so many days lasts; None for no such rule.
        released_by: Name of the event that ends it; empty when the law names none.
    """

    hold: str
    blocks: frozenset[str]
    exceptions: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    in_writing: bool = False
    days: int | None = None
    starts_next_day: bool = False
    oral_days: int | None = None
    treatment_days: int | None = None
    extension_days: int | None = None
    refusal_days: int | None = None
    months_between: int | None = None
    writing_days: int | None = None
    released_by: str = ""

    def rests_on(self) -> str:
        """Return that without a hold nothing is said."""
        return "holds"

    def hears(self) -> frozenset[str]:
        """Return the event that ends such a hold."""
        return frozenset({self.released_by} - {""})

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny while a hold of this kind is in force for any account of the act."""
        if question.action not in self.blocks or question.is_excepted(self.exceptions):
            return None
        if self.places and question.place and question.place not in self.places:
            return None
        holding = [(held, self._ends(held, question)) for held in question.holds if held.kind == self.hold]
        binding = [ends for held, ends in holding if self._binds(held, question, ends)]
        if not binding:
            return None
        known = [ends for ends in binding if ends is not None]
        earliest = max(known) if len(known) == len(binding) else None
        return rule.denies(f"A hold is in force: {self.hold.replace('_', ' ')}.", earliest=earliest)

    def _binds(self, held: HoldFact, question: Question, ends: datetime | None) -> bool:
        if held.debts and question.debts and set(held.debts).isdisjoint(question.debts):
            return False
        if self.in_writing and (held.form == "oral" or not held.accepted):
            return False
        if held.since is not None and held.since > question.at:
            return False
        if held.due_by is not None and held.since is not None and min(question.day_of(held.since)) > held.due_by.toordinal():
            return False
        if self.starts_next_day and held.noticed_on is not None and question.at < question.start_after(held.noticed_on, 1):
            return False
        if self._comes_too_soon(held):
            return False
        return ends is None or question.at < ends

    def _comes_too_soon(self, held: HoldFact) -> bool:
        """Whether an earlier one is too near; what brings something new is told without an earlier one."""
        if self.months_between is None or held.earlier_on is None or held.noticed_on is None:
            return False
        return held.noticed_on < add_months(held.earlier_on, self.months_between)

    def _ends(self, held: HoldFact, question: Question) -> datetime | None:
        """Return the first instant at which the hold is over everywhere, or None when that is not known."""
        released = self._released_at(held, question)
        if released is not None:
            return released
        if held.repeats and held.repeat_answered_at is not None:
            return held.repeat_answered_at
        if held.until is not None:
            return held.until
        if held.last_on is not None:
            return question.start_after(held.last_on, 1)
        if self.treatment_days is not None:
            return question.start_after(held.treatment_ended_on, self.treatment_days + 1) if held.treatment_ended_on else None
        if self.refusal_days is not None:
            return question.start_after(held.refused_on, self.refusal_days) if held.refused_on else None
        length = self._length(held)
        if length is None or held.noticed_on is None:
            return None
        return question.start_after(held.noticed_on, length + 1 if self.starts_next_day else length)

    def _released_at(self, held: HoldFact, question: Question) -> datetime | None:
        """Return when the event that ends such a hold took place, for every account that the act and the hold have in common."""
        # Whether an event came before or after a hold whose start is unknown cannot be told, unless all facts are given.
        if not self.released_by or not question.events or (held.since is None and not question.all_given):
            return None
        about = set(question.debts) & set(held.debts) if held.debts else set(question.debts)
        ends = [
            event.at
            for event in question.events
            if event.kind == self.released_by
            and event.at <= question.at
            and (held.since is None or event.at >= held.since)
            and (not event.debts or about <= set(event.debts))
        ]
        return min(ends, default=None)

    def _length(self, held: HoldFact) -> int | None:
        if held.form == "oral" and self.oral_days is not None:
            return self.days if self._is_confirmed(held) else self.oral_days
        if held.extended and self.days is not None and self.extension_days is not None:
            return self.days + self.extension_days
        return self.days

    def _is_confirmed(self, held: HoldFact) -> bool:
        if self.writing_days is None or held.noticed_on is None or held.confirmed_in_writing_on is None:
            return False
        return held.confirmed_in_writing_on <= held.noticed_on + timedelta(days=self.writing_days)


def read(params: Table, context: PackContext) -> HoldTerms:
    """Read the parameters of a `hold` rule."""
    default_days = params.whole_or_none("default_days")
    terms = HoldTerms(
        hold=params.text("hold_type"),
        blocks=frozenset(params.texts("blocks_actions", None)),
        exceptions=frozenset(params.texts("exceptions")),
        places=frozenset(params.texts("place_in")),
        in_writing="writing" in params.text("form", "") or "writing" in params.text("must_be", ""),
        days=params.whole_or_none("days") if "days" in params else default_days,
        starts_next_day=params.text("start", "", choices=("", "day after registration")) != "",
        oral_days=params.whole_or_none("oral_days"),
        treatment_days=params.whole_or_none("ends_days_after_treatment"),
        extension_days=params.whole_or_none("extension_days"),
        refusal_days=_refusal_days(params),
        months_between=params.whole_or_none("once_per_months")
        if "once_per_months" in params
        else params.whole_or_none("repeat_notice_months"),
        released_by=_event(params),
        writing_days=params.whole_or_none("oral_extended_if_written_within_days"),
    )
    params.finish(*_NOTED)
    return terms


def _event(params: Table) -> str:
    """Return the name of the event that ends the hold; a sentence tells people, and what it says is a fact of the hold itself."""
    name = params.text("release_event", "")
    return "" if " " in name else name


def _refusal_days(params: Table) -> int | None:
    """Return the days from the refusal to the first free one."""
    days = params.whole_or_none("after_refusal_days")
    is_day_one = params.flag("refusal_day_is_day_one", default=False)
    return days if days is None or is_day_one else days + 1


# What ends or renews a hold is a fact that the host records; these keys tell people which.
_NOTED = (
    "needs",
    "effective_on",
    "extension_if",
    "limit_per_year",
    "creditor_review_request_days",
    "midway_review_days",
    "review_decision_days",
    "terminate_after_business_days",
)
