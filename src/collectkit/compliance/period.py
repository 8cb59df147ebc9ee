"""A period that a notice opens, such as the time for a dispute: it gates nothing, others count by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import attrs

from collectkit.compliance.consent_period import Silent
from collectkit.compliance.day_counts import BUSINESS, CALENDAR, DayCount, business_calendar
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import Rule

ACT = "compute_validation_period"


@attrs.frozen
class NoticePeriod(Silent):
    """
    Attributes:
        receipt_days: Days after which a notice is taken to be received.
        receipt: How those are counted.
        days: Length of the period from then on.
        counted: How those are counted.
        end_inclusive: The last day itself belongs to it.
    """

    receipt_days: int
    receipt: DayCount
    days: int
    counted: DayCount
    end_inclusive: bool = True

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """
        Return the day of assumed receipt and the last day of the period.

        A replacement that was sent after the first notice came back governs; when it was really received does not matter.

        Source:
            12 CFR 1006.34(b)(5) and comments 34(b)(5)-1 and -2 (Regulation F).
        """
        provided = question.day_fact("when.replacement_provided_on") or question.day_fact("when.provided_on")
        if question.action != ACT or provided is None:
            return {}
        received = self.receipt.nth(provided, self.receipt_days)
        end = self.counted.nth(received, self.days)
        return {"assumed_receipt_on": received, "validation_period_end": end if self.end_inclusive else end - timedelta(days=1)}


def read(params: Table, context: PackContext) -> NoticePeriod:
    """Read the parameters of a `period` rule."""
    terms = NoticePeriod(
        receipt_days=params.whole("assumed_receipt_days"),
        receipt=_counted(params, context, "assumed_receipt_day_kind"),
        days=params.whole("then_days"),
        counted=_counted(params, context, "then_day_kind"),
        end_inclusive=params.flag("end_inclusive", default=True),
    )
    params.finish()
    return terms


def _counted(params: Table, context: PackContext, key: str) -> DayCount:
    kind = params.text(key, CALENDAR)
    if kind.startswith(BUSINESS):
        return DayCount(BUSINESS, business_calendar(params, context, needs_holidays=True))
    if kind != CALENDAR:
        raise params.fault(key, "calendar, business or a kind of business day")
    return DayCount(kind)
