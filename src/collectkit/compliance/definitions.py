"""Definitions, scopes and procedures: they stand against nothing, and answer when they are asked."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from collectkit.calendars.dates import add_business_days
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.compliance.consent_period import Silent
from collectkit.compliance.day_counts import business_calendar
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import Rule


@attrs.frozen
class MessageDefinition(Silent):
    """
    What a message of a named sort must and may contain.

    Attributes:
        must: Elements that it must have.
        may: Elements that it may have besides; any other makes it another sort of message.
    """

    must: frozenset[str]
    may: frozenset[str] = frozenset()

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Tell whether the message of the act is of that sort."""
        elements = question.fact("when.message")
        if question.action != "classify_voicemail" or not isinstance(elements, (list, tuple)):
            return {}
        found = frozenset(str(element) for element in elements)
        # "A message knowingly left for someone else" is none: comment 2(j)-2 of Regulation F.
        for_the_person = question.fact("when.left_for") in (None, "consumer", question.person)
        return {"limited_content": for_the_person and self.must <= found <= self.must | self.may}


@attrs.frozen
class Coverage(Silent):
    """
    Who is covered by a law.

    Attributes:
        covered: Roles that are.
    """

    covered: frozenset[str]

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Tell whether the one who acts is covered."""
        return {"covered": question.party in self.covered} if question.action == "classify_collector" else {}


@attrs.frozen
class StopPayment(Silent):
    """
    How long before a debit the person may stop it.

    Attributes:
        days: Business days.
        calendar: Days that are none.
    """

    days: int
    calendar: HolidayCalendar

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the last day for a stop order."""
        scheduled = question.day_fact("when.scheduled_on")
        if question.action != "compute_stop_payment_deadline" or scheduled is None:
            return {}
        return {"last_day_for_stop_payment": add_business_days(scheduled, -self.days, self.calendar)}


def read_definition(params: Table, context: PackContext) -> Silent:
    """Read a `definition`; one of a message can tell whether a message is such."""
    return MessageDefinition(frozenset(params.texts("must")), frozenset(params.texts("may"))) if "must" in params else Silent()


def read_scope(params: Table, context: PackContext) -> Silent:
    """Read a `scope`; one that lists who is covered can tell whether a party is."""
    return Coverage(frozenset(params.texts("covered"))) if "covered" in params else Silent()


def read_procedure(params: Table, context: PackContext) -> Silent:
    """Read a `procedure`; one about stop orders can tell the last day for one."""
    if "stop_payment_notice_business_days" not in params:
        return Silent()
    return StopPayment(params.whole("stop_payment_notice_business_days"), business_calendar(params, context, needs_holidays=True))
