"""What a notice must say, and what a model form may say besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.compliance._wording import listed
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

ONE_DATE: Final = "one_reference_date"
WHOLE_NAME: Final = "complete_consumer_name"
ELECTRONIC: Final = frozenset({"email", "sms", "app_push", "social_dm"})
"""Channels by which a notice is electronic."""


@attrs.frozen
class NoticeContent(PlainTerms):
    """
    Attributes:
        required: Fields of every notice.
        if_financial: Further fields when the debt is about a consumer financial product.
        if_electronic: Further fields of an electronic notice.
        blank_is_missing: A field that is there and blank is missing.
        one_reference_date: All figures must refer to one and the same date.
        optional: What a model form may add without losing its safe harbor.
    """

    required: frozenset[str]
    if_financial: frozenset[str] = frozenset()
    if_electronic: frozenset[str] = frozenset()
    blank_is_missing: bool = True
    one_reference_date: bool = False
    optional: frozenset[str] = frozenset()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Ask for what the notice lacks."""
        missing = tuple(sorted(self._missing(question)))
        if not missing:
            return None
        return rule.requires(f"The notice lacks: {listed([name.replace('_', ' ') for name in missing])}.", missing)

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Tell whether a notice on a model form stays within its safe harbor; one on no form has none to lose."""
        if question.fact("notice.form") is None:
            return {}
        extras = question.fact("notice.extras")
        added = set(extras) if isinstance(extras, (list, tuple)) else set()
        return {"safe_harbor": not self._missing(question) and added <= self.optional}

    def _missing(self, question: Question) -> set[str]:
        fields = question.fact("notice.fields")
        given = fields if isinstance(fields, Mapping) else {}
        present = {name for name, value in given.items() if not self.blank_is_missing or str(value or "").strip()}
        missing = set(self._due(question) - present)
        dates = question.fact("notice.reference_dates_used")
        if self.one_reference_date and isinstance(dates, Mapping) and len(set(dates.values())) > 1:
            missing.add(ONE_DATE)
        if question.fact("notice.name_parts_omitted"):
            missing.add(WHOLE_NAME)
        return missing

    def _due(self, question: Question) -> frozenset[str]:
        due = self.required
        if question.fact("notice.consumer_financial_product") is True:
            due |= self.if_financial
        return due | self.if_electronic if question.channel in ELECTRONIC else due


def read(params: Table, context: PackContext) -> NoticeContent:
    """Read the parameters of a `notice_content` rule."""
    terms = NoticeContent(
        required=frozenset(params.texts("required", None)),
        if_financial=frozenset(params.texts("required_if_financial_product")),
        if_electronic=frozenset(params.texts("required_if_electronic")),
        blank_is_missing=params.flag("blank_is_missing", default=True),
        one_reference_date=params.flag("one_reference_date", default=False),
        optional=frozenset(params.texts("optional_in_safe_harbor")),
    )
    params.finish()
    return terms
