"""A rule that a host has set aside: it binds no more while the override stands, and every verdict says so."""

from __future__ import annotations

from datetime import datetime

import attrs

from collectkit.actions import Finding, Outcome, Spend
from collectkit.compliance.overrides import Override
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule, Terms


@attrs.frozen
class SetAside(PlainTerms):
    """
    Attributes:
        terms: What the rule says.
        override: The recorded decision.
    """

    terms: Terms
    override: Override

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Return what the rule says; while the override stands, that it would have stood against the act and was set aside."""
        found = self.terms.judge(rule, question)
        if found is None or not self._stands(question):
            return found
        text = f"Set aside by {self.override.by} on {self.override.on.isoformat()}: {self.override.reason}"
        return Finding(found.rule, found.citation, found.status, Outcome.ALLOW, f"{text} It says: {found.text}")

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        """Return the budgets of the rule, none while the override stands."""
        return () if self._stands(question) else self.terms.spends(rule, question)

    def duties(self, rule: Rule, question: Question) -> tuple[str, ...]:
        """Return the words that the rule asks for, none while the override stands."""
        return () if self._stands(question) else self.terms.duties(rule, question)

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        """Return until when the rule lets the act begin; it has no say while the override stands."""
        return None if self._stands(question) else self.terms.holds_until(rule, question)

    def _stands(self, question: Question) -> bool:
        """Whether the override stands on the local day of every place: in doubt the rule binds."""
        return all(self.override.stands(day) for day in question.dates)
