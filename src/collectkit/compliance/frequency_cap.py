"""At most so many contacts in a window of local days, a calendar week or month, or ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import attrs

from collectkit.actions import Finding, Spend
from collectkit.compliance._wording import a_nth, count
from collectkit.compliance.consent_period import lifts
from collectkit.compliance.params import ConsentPeriod, PackContext, Table
from collectkit.compliance.past import CONVERSATION, UNKNOWN, PastContact
from collectkit.compliance.question import VOICE, Question
from collectkit.compliance.rule import PlainTerms, Rule
from collectkit.identifiers import apart

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = ("per_person", "per_debt", "per_person_per_debt")
PERIODS = ("consecutive_days", "calendar_week", "calendar_month", "ever")
COUNT = "compute_call_count"
STUDENT_LOAN = "student_loan"
NUMBER = "account_number_at_acquisition"
NOT_THEIRS = "number_not_the_persons"
_NOBODY = frozenset[str]()
_ANY = frozenset({"any"})
COMMUNICATION = "any_communication"
"""Outcomes that count, said in one word: whatever reached somebody."""

_REACHED_NOBODY = frozenset({"no_answer", "busy", "not_in_service", "voicemail_full", "undeliverable"})


@attrs.frozen
class Window:
    """
    A window of local days; the day of a contact is day one.

    Attributes:
        kind: ``consecutive_days``, ``calendar_week``, ``calendar_month`` or ``ever``.
        days: Length of a window of consecutive days.
        week_start: First weekday of a calendar week, 0 for Monday.
    """

    kind: str
    days: int = 0
    week_start: int = 0

    def frees_on(self, day: int) -> int | None:
        """Return the first local day on which a contact of *day* no longer counts, as ordinals; None for never."""
        if self.kind == "consecutive_days":
            return day + self.days
        if self.kind == "calendar_week":
            return self.opens_on(day) + 7
        if self.kind == "calendar_month":
            first = date.fromordinal(day)
            return date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal()
        return None

    @property
    def reach(self) -> int:
        """Return after how many days, by the clock of any one place, a contact cannot count any more; for a quick look."""
        return {"consecutive_days": self.days, "calendar_week": 7, "calendar_month": 31}.get(self.kind, date.max.toordinal()) + 2

    def opens_on(self, day: int) -> int:
        """Return the first day of the fixed window that holds *day*, as ordinals."""
        if self.kind == "calendar_week":
            return day - (day - 1 - self.week_start) % 7
        return date.fromordinal(day).replace(day=1).toordinal() if self.kind == "calendar_month" else 1

    def spend(self, subject: str, rule: str, cap: int, day: int) -> Spend:
        """Return one unit of the budget; all days of a fixed window are booked on its first, so that they share one."""
        if self.kind == "consecutive_days":
            return Spend(subject, rule, cap, self.days, date.fromordinal(day))
        return Spend(subject, rule, cap, 1, date.fromordinal(self.opens_on(day)))

    def __str__(self) -> str:
        fixed = {"calendar_week": "in one calendar week", "calendar_month": "in one calendar month", "ever": "in all"}
        return fixed.get(self.kind) or f"within {count(self.days)} days"


@attrs.frozen
class FrequencyCap(PlainTerms):
    """
    Attributes:
        cap: How many fit into one window.
        window: The window.
        unit: Whether accounts are counted apart, and persons.
        channels: Channels that count; empty means all.
        direction: ``outbound``, ``inbound`` or ``any``.
        counted: Outcomes that count; empty means all. An unknown outcome always counts.
        uncounted: Outcomes that do not.
        places: Places that count; empty means all. An unknown place always counts.
        per_collector: Other collectors' contacts are left out.
        after_talk: Counting starts with the first conversation.
        lifted_by: A consent that takes contacts out of the count.
        exceptions: Purposes for which the cap does not hold.
        free_recipients: Recipients for whom it does not hold.
        presumption: The law presumes a violation, which facts may rebut.
        folds_student_loans: Student loans under one account number are one account.
    """

    cap: int
    window: Window
    unit: str
    channels: frozenset[str] = frozenset()
    direction: str = "outbound"
    counted: frozenset[str] = frozenset()
    uncounted: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    per_collector: bool = False
    after_talk: bool = False
    lifted_by: ConsentPeriod | None = None
    exceptions: frozenset[str] = frozenset()
    free_recipients: frozenset[str] = frozenset()
    presumption: bool = False
    folds_student_loans: bool = False

    def hears(self) -> frozenset[str]:
        """Return the event by which a number turns out to be somebody else's."""
        return frozenset({NOT_THEIRS})

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny the contact that does not fit into the window of any account it is about."""
        if len(question.history) < self.cap or not self._holds(question):
            return None
        if not self.cap:
            return rule.denies("No such contact may be made at all.")
        worst = 0
        earliest: datetime | None = question.at
        for debt in self._subjects(question):
            frees = list(self._spent(question, debt))
            if len(frees) >= self.cap:
                worst = max(worst, len(frees))
                freed = self._fits_again(question, frees)
                earliest = None if freed is None or earliest is None else max(earliest, freed)
        if worst < self.cap:
            return None
        noun = "call" if self.channels and self.channels <= VOICE else "contact"
        whose = "" if self.unit == "per_person" else " about the same account"
        text = f"This would be {a_nth(worst + 1)} {noun} {self.window}{whose}; {count(self.cap)} may be made."
        return rule.denies(text, earliest=earliest, rebuttable=self.presumption)

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        """Return one unit for each account whose budget the contact uses."""
        if not self._holds(question):
            return ()
        day = question.days[0]
        return tuple([self.window.spend(self.subject(question, debt), rule.id, self.cap, day) for debt in self._subjects(question)])

    def used(self, question: Question, debt: str) -> int:
        """Return how many contacts about *debt* lie in the window that ends with the question's day."""
        return sum(1 for _ in self._spent(question, debt))

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return how many contacts about each account count, where accounts and persons are counted apart."""
        if question.action != COUNT or self.unit != "per_person_per_debt" or self.window.kind == "ever":
            return {}
        return {"calls_counted": {debt: self.used(question, debt) for debt in question.debts}}

    def _holds(self, question: Question) -> bool:
        return (
            (not self.channels or question.channel in self.channels)
            and question.recipient not in self.free_recipients
            and question.purposes.isdisjoint(self.exceptions)
            and self.direction in ("any", question.direction)
            and (not self.places or not question.place or question.place in self.places)
        )

    def _subjects(self, question: Question) -> tuple[str, ...]:
        """
        Return each account that has a budget of its own, or one empty id for the person; none for which a consent lifts the cap.

        A contact about no account that is known may be about any: it must fit into what all contacts of the person leave.
        """
        subjects = ("",) if self.unit == "per_person" or not question.debts else question.debts
        if self.lifted_by is None or not question.consents:
            return subjects
        lifted = self.lifted_by
        return tuple(
            debt for debt in subjects if not lifts(lifted, question, (debt,) if debt else question.debts, question.at, question.days)
        )

    def subject(self, question: Question, debt: str) -> str:
        """Return whose budget a contact about *debt* would spend, or the person's where that is empty: nobody else's is called so."""
        account = f"/account/{apart(debt, '/by')}" if debt else ""
        collector = f"/by/{question.collector}" if self.per_collector and question.collector else ""
        parted = account or self.per_collector
        person = apart(question.person, "/account", "/by") if parted else question.person
        return f"person/{person}{account}{collector}"

    def _spent(self, question: Question, debt: str) -> Iterator[tuple[int, ...] | None]:
        """Yield, for each contact that still counts, the day at each place on which it no longer will; None for never."""
        first_talk = self._first_talk(question, debt) if self.after_talk else None
        if self.after_talk and first_talk is None:
            return
        too_old = question.days[0] - self.window.reach
        debts = self._folded(question, debt)
        strangers = _strangers(question) if question.events else _NOBODY
        for contact, days in zip(question.history, question.history_days, strict=True):
            if days[0] < too_old or (self.counted and contact.outcome not in self.counted and contact.outcome != UNKNOWN):
                continue
            if (
                not self._counts(contact, question, debts)
                or contact.point in strangers
                or (first_talk is not None and contact.at <= first_talk)
            ):
                continue
            ends = [end for day in days if (end := self.window.frees_on(day)) is not None]
            # While places disagree about the day, a contact counts as long as it does in any of them.
            if ends and all(today >= end for today, end in zip(question.days, ends, strict=True)):
                continue
            about = (debt,) if debt else contact.debts
            if self.lifted_by is None or not question.consents or not lifts(self.lifted_by, question, about, contact.at, days):
                yield tuple(ends) if ends else None

    def _folded(self, question: Question, debt: str) -> frozenset[str]:
        """Return the accounts that are one with *debt*; none for the person as a whole."""
        if not debt or not self.folds_student_loans or question.about(debt, "kind") != STUDENT_LOAN:
            return frozenset({debt} if debt else ())
        number = question.about(debt, NUMBER)
        same = {
            other
            for other in question.debt_facts
            if question.about(other, "kind") == STUDENT_LOAN and question.about(other, NUMBER) == number
        }
        return frozenset(same | {debt}) if number is not None else frozenset({debt})

    def _counts(self, contact: PastContact, question: Question, debts: frozenset[str]) -> bool:
        return (
            contact.at <= question.at
            and (not self.channels or contact.channel in self.channels)
            and self.direction in ("any", contact.direction)
            and contact.outcome not in self.uncounted
            and (not self.places or not contact.place or contact.place in self.places)
            and (not self.per_collector or question.counts_as_own(contact))
            and (self.unit == "per_debt" or not contact.person or contact.person == question.person)
            and (not debts or not contact.debts or not debts.isdisjoint(contact.debts))
        )

    def _first_talk(self, question: Question, debt: str) -> datetime | None:
        talks = (c.at for c in question.history if c.outcome == CONVERSATION and (not debt or not c.debts or debt in c.debts))
        return min(talks, default=None)

    def _fits_again(self, question: Question, frees: list[tuple[int, ...] | None]) -> datetime | None:
        """Return the first instant at which one more contact fits: when enough of those that count have left."""
        leaving = sorted(question.start_of(days) for days in frees if days is not None)
        needed = len(frees) - self.cap
        return leaving[needed] if self.cap and needed < len(leaving) else None


def read(params: Table, context: PackContext) -> FrequencyCap:
    """Read the parameters of a `frequency_cap` rule."""
    kind = params.text("period_kind", choices=PERIODS)
    days = params.whole("period_days", 0)
    if kind == "consecutive_days" and not days:
        raise params.fault("period_days", "a whole number of at least 1")
    outcomes = params.texts("count_outcomes")
    week_start = WEEKDAYS.index(params.text("week_start", WEEKDAYS[context.week_start], choices=WEEKDAYS))
    terms = FrequencyCap(
        cap=params.whole("max"),
        window=Window(kind, days, week_start),
        unit=params.text("unit", choices=UNITS),
        channels=_unless_any(params.texts("channels")),
        direction=params.text("direction", "any", choices=("outbound", "inbound", "any")),
        counted=_unless_any(outcomes) if COMMUNICATION not in outcomes else frozenset(),
        uncounted=frozenset(params.texts("exclude_outcomes")) | (_REACHED_NOBODY if COMMUNICATION in outcomes else frozenset()),
        places=frozenset(params.texts("place_in")),
        per_collector=params.flag("per_collector", default=False),
        after_talk=params.flag("after_first_conversation", default=False),
        lifted_by=context.lifting(params.text("exclude_consent", "")),
        exceptions=frozenset(params.texts("exceptions")),
        free_recipients=frozenset(params.texts("exclude_recipients")),
        presumption=params.text("strength", "") == "presumption_of_violation",
        folds_student_loans=params.text("student_loans", "") != "",
    )
    params.finish()
    return terms


def _strangers(question: Question) -> frozenset[str]:
    """Return the contact points that turned out not to be the person's: what went there was no call to them."""
    return frozenset(event.point for event in question.events if event.kind == NOT_THEIRS and event.at <= question.at and event.point)


def _unless_any(names: tuple[str, ...]) -> frozenset[str]:
    """Return the names, or nothing when they say that any counts."""
    return frozenset() if _ANY & set(names) else frozenset(names)
