"""A wait after something happened: no call within so many local days of a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import attrs

from collectkit.actions import Finding, Outcome
from collectkit.compliance._wording import count
from collectkit.compliance.consent_period import lifts
from collectkit.compliance.params import ConsentPeriod, PackContext, Table
from collectkit.compliance.past import CONVERSATION, UNKNOWN, PastContact
from collectkit.compliance.question import VOICE, Question
from collectkit.compliance.rule import PlainTerms, Rule

COUNT: Final = "compute_call_count"
TRIGGERS: Final = ("telephone_conversation",)
UNITS: Final = ("per_person_per_debt",)


@attrs.frozen
class CoolingOff(PlainTerms):
    """
    Attributes:
        days: Length of the wait in local days.
        first_day_counts: The day of the trigger is day one.
        direction: Who must have started the conversation: ``outbound``, ``inbound`` or ``any``.
        per_collector: Other collectors' conversations are left out.
        lifted_by: A consent that lifts the wait.
        presumption: The law presumes a violation, which facts may rebut.
    """

    days: int
    first_day_counts: bool
    direction: str = "any"
    per_collector: bool = False
    lifted_by: ConsentPeriod | None = None
    presumption: bool = False

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny a call while the wait runs for any account it is about; one of which nobody told what came of it may have started it."""
        if question.direction == "inbound":
            return None  # whoever calls us is not called
        end = self._last_end(question, CONVERSATION)
        if end is not None:
            text = f"A conversation about the same account took place less than {count(self.days)} days ago; its day is day one."
            return rule.denies(text, earliest=end, rebuttable=self.presumption)
        end = None if question.all_given else self._last_end(question, UNKNOWN)
        if end is None:
            return None
        text = f"What came of a call less than {count(self.days)} days ago is not known, and it may have been about the same account."
        if question.unknown is Outcome.REQUIRE:
            return rule.requires(text, ("outcome_of_last_call",))
        return rule.denies(text, earliest=end, rebuttable=self.presumption)

    def _last_end(self, question: Question, outcome: str) -> datetime | None:
        """Return when the last wait is over that a call with this outcome started for any account of the act; None when none runs."""
        running = self._running(question, outcome)
        return max((end for debt in question.debts or ("",) if (end := self._ends(question, debt, running)) is not None), default=None)

    def wait_until(self, question: Question, debt: str) -> date | None:
        """Return the first local day after the wait for *debt* that runs at the question's instant, or None without one."""
        days = [max(ends) for contact, ends in self._running(question, CONVERSATION) if _is_about(contact, debt)]
        return date.fromordinal(max(days)) if days else None

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the first day after the wait of each account, or None where none runs."""
        return {"wait_until": {debt: self.wait_until(question, debt) for debt in question.debts}} if question.action == COUNT else {}

    def _ends(self, question: Question, debt: str, running: list[tuple[PastContact, list[int]]]) -> datetime | None:
        if self.lifted_by is not None and lifts(self.lifted_by, question, (debt,) if debt else (), question.at, question.days):
            return None
        return max((question.start_of(ends) for contact, ends in running if _is_about(contact, debt)), default=None)

    def _running(self, question: Question, outcome: str) -> list[tuple[PastContact, list[int]]]:
        """Return the calls with an outcome whose wait still runs in some place, with the day on which it ends at each."""
        if not any(contact.outcome == outcome for contact in question.history):
            return []
        length = self.days if self.first_day_counts else self.days + 1
        earliest = question.at - timedelta(days=length + 2)
        found = []
        for place, contact in enumerate(question.history):
            if contact.outcome != outcome or not earliest < contact.at <= question.at or not self._triggers(contact, question):
                continue
            days = question.history_days[place]
            ends = [day + length for day in days]
            if any(today < end for today, end in zip(question.days, ends, strict=True)):
                found.append((contact, ends))
        return found

    def _triggers(self, contact: PastContact, question: Question) -> bool:
        return (
            contact.channel in VOICE
            and self.direction in ("any", contact.direction)
            and (not contact.person or contact.person == question.person)
            and (not self.per_collector or question.counts_as_own(contact))
        )


def _is_about(contact: PastContact, debt: str) -> bool:
    return not debt or not contact.discussed or debt in contact.discussed


def read(params: Table, context: PackContext) -> CoolingOff:
    """Read the parameters of a `cooling_off` rule."""
    params.text("trigger", choices=TRIGGERS)
    params.text("unit", choices=UNITS)
    terms = CoolingOff(
        days=params.whole("days"),
        first_day_counts=params.flag("trigger_day_is_day_one", default=True),
        direction=params.text("trigger_direction", "any", choices=("outbound", "inbound", "any")),
        per_collector=params.flag("per_collector", default=False),
        lifted_by=context.lifting(params.text("exclude_consent", "")),
        presumption=params.text("strength", "") == "presumption_of_violation",
    )
    params.finish()
    return terms
