"""A bar on suing, or threatening to, once a state's period of limitation has run out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from collectkit.actions import Finding
from collectkit.compliance.limitation import Period, earliest_expiry, judge_expiry
from collectkit.compliance.params import LimitationYears, PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

OPEN = "open"
WRITTEN = "written"


@attrs.frozen
class LimitationBar(PlainTerms):
    """
    Attributes:
        blocks: Acts that it bars.
        exception: Purpose for which it does not hold.
        years: The periods by state.
    """

    blocks: frozenset[str]
    exception: str
    years: Mapping[str, LimitationYears]

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny when the governing state's period has run out for any account of the act."""
        if question.action not in self.blocks or self.exception in question.purposes:
            return None
        # A state that the table does not know leaves the day unknown; a debt without a governing state is barred nowhere here.
        return judge_expiry(rule, question, [self._expiry(question, debt) for debt in question.debts if self._is_governed(question, debt)])

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the last day for a suit."""
        return earliest_expiry(self._expiry(question, debt) for debt in question.debts)

    def _is_governed(self, question: Question, debt: str) -> bool:
        return not question.all_given or question.about(debt, "limitation_state") is not None

    def _expiry(self, question: Question, debt: str) -> date | None:
        state = question.about(debt, "limitation_state")
        found = self.years.get(state) if isinstance(state, str) else None
        if found is None:
            return None
        form = question.about(debt, "contract_form")
        lengths = {OPEN: found.open, WRITTEN: found.written}
        # The form being unknown, the shorter period is the one that cannot be overstepped.
        years = lengths[form] if isinstance(form, str) and form in lengths else min(lengths.values())
        return Period(years, revived_by_payment=found.revived_by_payment).expires_on(question, debt)


def read(params: Table, context: PackContext) -> LimitationBar:
    """Read the parameters of a `limitation_bar` rule."""
    if not context.limitations:
        raise params.fault("table", "a table of limitation periods that is given to the loader")
    terms = LimitationBar(
        blocks=frozenset(params.texts("blocks_actions", None)), exception=params.text("exception", ""), years=context.limitations
    )
    params.finish("table", "knowledge_required")
    return terms
