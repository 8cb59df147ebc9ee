"""Something must have been said or sent so many days before an act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import attrs

from collectkit.actions import FIRST_PARTIES, Finding
from collectkit.compliance._wording import count, listed
from collectkit.compliance.day_counts import BUSINESS, DayCount, read_day_count
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.past import CONVERSATION, UNKNOWN, PastContact
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

UNDELIVERABLE = "undeliverable"


@attrs.frozen
class Notice:
    """
    One way to have given notice.

    Attributes:
        event: Name of the event, or of the channel, or ``conversation``.
        min_days: Days that must have passed since.
        void_if: Outcome of a message that makes it no notice; empty for none.
    """

    event: str
    min_days: int
    void_if: str = ""


@attrs.frozen
class NoticeBeforeAction(PlainTerms):
    """
    Attributes:
        notices: Ways of which one is enough.
        counted: How days are counted.
        match: Facts under which the rule applies.
        exempt: Purposes for which no notice is needed.
        conditions: What must hold besides.
        default_days: Business days for which the person must have been in default; None when not asked.
        states: What the notice must say; one that is known not to say it is none.
    """

    notices: tuple[Notice, ...]
    counted: DayCount
    match: Mapping[str, tuple[object, ...]] = attrs.Factory(dict)
    exempt: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    default_days: int | None = None
    states: frozenset[str] = frozenset()

    def hears(self) -> frozenset[str]:
        """Return the notices of which one is enough."""
        return frozenset(notice.event for notice in self.notices)

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny until the notice about every account of the act is old enough."""
        if not question.purposes.isdisjoint(self.exempt) or (self.match and not question.matches(self.match)):
            return None
        days = [self._lawful_on(question, debt) for debt in question.debts or ("",)]
        if None in days:
            return rule.denies(f"This needs {listed([_worded(notice) for notice in self.notices])} before it.")
        missing = sorted(self.conditions - _conditions(question))
        if missing:
            return rule.denies(f"This also needs: {listed([name.replace('_', ' ') for name in missing])}.")
        earliest = question.start_after(max(day for day in days if day is not None))
        if question.at >= earliest:
            return None
        least = min(notice.min_days for notice in self.notices)
        return rule.denies(f"The notice before it must be at least {count(least)} days old.", earliest=earliest)

    def _lawful_on(self, question: Question, debt: str) -> date | None:
        """Return the first day on which enough time has passed since some notice, or None without one."""
        days = [day for notice in self.notices for at in self._given(notice, question, debt) if (day := self._passed(question, notice, at))]
        if not days:
            return None
        if self.default_days is None:
            return min(days)
        defaulted = question.about(debt, "default_on")
        return max(min(days), self.counted.passed(defaulted, self.default_days)) if isinstance(defaulted, date) else None

    def _given(self, notice: Notice, question: Question, debt: str) -> Iterator[datetime]:
        """Yield when such a notice about the account was given, up to the act."""
        for event in question.events:
            is_about = not event.debts or not debt or debt in event.debts
            says_it = event.states is None or self.states <= set(event.states)
            if event.kind == notice.event and event.at <= question.at and is_about and says_it:
                yield event.at
        for contact in question.history:
            # "The debt collector" must have spoken or written: what the creditor or an earlier collector did is no step of this one.
            if contact.at > question.at or (contact.person and contact.person != question.person) or not _is_own(contact, question):
                continue
            if _is_such(contact, notice) and _is_about(contact, debt) and not _is_void(contact, notice, question):
                yield contact.at

    def _passed(self, question: Question, notice: Notice, at: datetime) -> date:
        return self.counted.passed(date.fromordinal(max(question.day_of(at))), notice.min_days)


def _is_own(contact: PastContact, question: Question) -> bool:
    """Whether whoever acts made the contact; of a collector that is not known it is not, for it would open what must stay closed."""
    return contact.collector == question.collector and (question.collector != "" or question.party in FIRST_PARTIES or question.all_given)


def _is_such(contact: PastContact, notice: Notice) -> bool:
    """Whether a contact is such a step; of one in doubt it is not known that it took place."""
    if notice.event == CONVERSATION:
        return contact.outcome == CONVERSATION
    return contact.channel == notice.event and contact.direction == "outbound" and contact.outcome != UNKNOWN


def _is_about(contact: PastContact, debt: str) -> bool:
    debts = contact.discussed or contact.debts
    return not debt or debt in debts


def _is_void(contact: PastContact, notice: Notice, question: Question) -> bool:
    if not notice.void_if or contact.outcome != notice.void_if:
        return False
    return contact.returned_at is None or contact.returned_at <= question.at


def _conditions(question: Question) -> frozenset[str]:
    given = question.fact("when.conditions")
    return frozenset(str(name) for name in given) if isinstance(given, (list, tuple, frozenset)) else frozenset()


def _worded(notice: Notice) -> str:
    name = notice.event.replace("_", " ")
    return f"{name} ({count(notice.min_days)} days)" if notice.min_days else name


def read(params: Table, context: PackContext) -> NoticeBeforeAction:
    """Read the parameters of a `notice_before_action` rule."""
    notices = []
    for table in params.tables("satisfied_by"):
        notices.append(Notice(table.text("event"), table.whole("min_days"), table.text("void_if", "", choices=("", UNDELIVERABLE))))
        table.finish()
    counted = read_day_count(params, context, needs_holidays=True)
    terms = NoticeBeforeAction(
        tuple(notices),
        counted,
        match=params.conditions("match"),
        exempt=frozenset(params.texts("exempt")),
        conditions=frozenset(params.texts("also")),
        default_days=params.whole_or_none("min_business_days_in_default"),
        states=frozenset(params.texts("must_state")),
    )
    if terms.default_days is not None and counted.kind != BUSINESS:
        raise params.fault("min_business_days_in_default", "used with day_kind business")
    params.finish("action", "service", "measures", "receipt_assumption", "range_option")
    return terms
