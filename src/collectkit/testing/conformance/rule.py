"""The suite that every compliance rule of a host or a plugin must pass.

A plugin's test is one class::

    class TestThreeCallsAWeek(RuleConformance):
        cap, days = 3, 7

        @pytest.fixture
        def rule(self):
            return pack().rule("acme.three_calls")

What the rule is meant to say is claimed as attributes and held against what it says; the other laws hold for every rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import ClassVar, Final

import attrs
import pytest

from collectkit.actions import Finding, Outcome
from collectkit.calendars.dates import zone
from collectkit.compliance import Question, Rule
from collectkit.compliance.past import PastContact
from collectkit.plugins.manager import is_ours
from collectkit.testing.conformance._aloud import not_tested

PLACES: Final = ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe")
NOON: Final = datetime(2026, 6, 10, 16, tzinfo=UTC)
"""Noon in New York, on a Wednesday."""

_DAYS: Final = (date(2026, 6, 10), date(2026, 6, 13), date(2026, 3, 8), date(2026, 11, 1))
"""A Wednesday, a Saturday, and the days on which New York changes its clocks."""
_INSTANT: Final = timedelta(microseconds=1)
_ROUNDS_MAX: Final = 64


class RuleConformance:
    """
    One test a law; give it a fixture ``rule`` that returns the rule.

    Attributes:
        channel: Through which channel the acts go that the laws are tried with.
        action: What is done.
        cap: How many contacts the rule lets happen in its window; None when it is no cap.
        days: Length of that window in consecutive local days, the day of a contact being day one.
        hours: First lawful local time and the one at which it ends; None when it is no window of hours.
        end_included: Whether the end itself is lawful, to the microsecond.
        facts: Facts that the rule asks for, under which it allows; without any of them it must not be milder.
    """

    channel: ClassVar[str] = "phone"
    action: ClassVar[str] = "contact"
    cap: ClassVar[int | None] = None
    days: ClassVar[int | None] = None
    hours: ClassVar[tuple[time, time] | None] = None
    end_included: ClassVar[bool] = False
    facts: ClassVar[Mapping[str, object]] = MappingProxyType({})

    def question(self, at: datetime = NOON, **changes: object) -> Question:
        """Return an act that nothing is known to stand against, with some of it changed."""
        base = Question(
            self.action,
            at,
            zones=PLACES[:1],
            person="person-7f3a",
            recipient="consumer",
            channel=self.channel,
            point="point-9c1d",
            debts=("account-2b",),
            regions=frozenset({"US-NY"}),
            products=frozenset({"bnpl"}),
            stages=frozenset({"arrears"}),
            facts=MappingProxyType(dict(self.facts)),
        )
        return attrs.evolve(base, **changes)  # type: ignore[arg-type]

    def said(self, rule: Rule, question: Question) -> Finding | None:
        """Return what the rule says against an act, None when it says that nothing stands against it."""
        answer: object = rule.terms.judge(rule, question)
        if answer is None and is_ours(rule.terms):
            return None
        assert isinstance(answer, Finding), (
            f"the rule answered {answer!r}; a rule answers with a finding, and when nothing is wrong with allows()"
        )
        return None if answer.outcome is Outcome.ALLOW else answer

    def denies(self, rule: Rule, question: Question) -> bool:
        """Tell whether the rule stands against an act."""
        return self.said(rule, question) is not None

    # Laws of every rule

    def test_it_answers_every_question(self, rule: Rule) -> None:
        """
        With a finding, at any hour, for any past, wherever the person may be; it never raises and never stays silent.
        """
        for question in self._questions():
            self.said(rule, question)

    def test_the_same_question_has_the_same_answer(self, rule: Rule) -> None:
        """
        Whatever was asked before: a verdict that is asked again from the record must come out the same.
        """
        first = [self.said(rule, question) for question in self._questions()]
        backwards = [self.said(rule, question) for question in reversed(list(self._questions()))]

        assert first == backwards[::-1]

    def test_it_leaves_the_question_alone(self, rule: Rule) -> None:
        """
        The facts are shared with the rules that come after it.
        """
        facts = dict(self.facts) | {"acme.fact": 1}
        question = self.question(facts=facts, history=(self.contact(NOON - timedelta(days=1)),))
        before = attrs.asdict(question, recurse=False) | {"facts": dict(facts)}
        rule.terms.judge(rule, question)

        assert before == attrs.asdict(question, recurse=False)

    def test_its_findings_are_its_own(self, rule: Rule) -> None:
        """
        They carry its id, paragraph and status, so that the evidence of refraining names the right law.
        """
        for found in self._findings(rule):
            assert (rule.id, rule.citation, rule.status) == (found.rule, found.citation, found.status)

    def test_its_findings_say_why_and_name_nobody(self, rule: Rule) -> None:
        """
        A sentence for a person to read, without the ids of people, accounts and contact points.
        """
        for found in self._findings(rule):
            assert found.text.strip(), "a finding without a text"
            assert not any(word in found.text for word in ("person-7f3a", "account-2b", "point-9c1d")), found.text

    def test_what_it_puts_off_is_lawful_then(self, rule: Rule) -> None:
        """
        The earliest moment of a denial lies ahead, has a zone, and following it leads to a moment that is not denied.
        """
        # Places all over the world may have no lawful moment in common.
        for question in (question for question in self._questions() if len(question.zones) <= 2):
            current = question
            for _ in range(_ROUNDS_MAX):
                found = self.said(rule, current)
                if found is None or found.outcome is not Outcome.DENY or found.earliest is None:
                    break
                assert found.earliest.utcoffset() is not None, "an earliest moment without a zone"
                assert found.earliest > current.at, f"at {current.at} it puts off to {found.earliest}, which is no later"
                current = current.moved(found.earliest)
            else:
                pytest.fail(f"asked at {question.at}, it puts off again and again")

    def test_more_contacts_never_help(self, rule: Rule) -> None:
        """
        What is denied stays denied when there was one more contact, and one more.
        """
        for days in (0, 1, 6):
            made = tuple(self.contact(NOON - timedelta(days=days, minutes=5 + number)) for number in range(15))
            denied = [self.denies(rule, self.question(history=made[:number])) for number in range(len(made) + 1)]
            assert denied == sorted(denied), f"denied after {denied.index(True)} contacts and allowed after more"

    def test_a_contact_in_doubt_counts(self, rule: Rule) -> None:
        """
        One of which nobody knows whether it was made weighs as much as one that was not answered.
        """
        for history in self._pasts():
            if self.denies(rule, self.question(history=history)):
                doubtful = tuple(attrs.evolve(contact, outcome="unknown") for contact in history)
                assert self.denies(rule, self.question(history=doubtful))

    def test_every_place_counts(self, rule: Rule) -> None:
        """
        What is denied where the person may be is denied, whatever the other places say, in any order.
        """
        for at in self._instants():
            for here, there in ((PLACES[0], other) for other in PLACES[1:]):
                alone = [self.denies(rule, self.question(at, zones=(place,))) for place in (here, there)]
                if any(alone):
                    assert self.denies(rule, self.question(at, zones=(here, there))), f"at {at}: {here} and {there} {alone}"
                    assert self.denies(rule, self.question(at, zones=(there, here))), f"at {at}: {there} and {here} {alone}"

    def test_an_unknown_place_closes_the_hours(self, rule: Rule) -> None:
        """
        A rule that looks at the clock denies when it is not known where the person is.
        """
        answers = {self.denies(rule, self.question(at)) for at in self._instants()}
        if answers == {True, False}:
            assert all(self.denies(rule, self.question(at, zones=())) for at in self._instants())

    def test_an_unknown_fact_never_helps(self, rule: Rule) -> None:
        """
        Leaving out a fact that it asks for does not make an act lawful.
        """
        for name in self.facts:
            for value in (None, "something else", False):
                without = {key: held for key, held in self.facts.items() if key != name}
                known = self.denies(rule, self.question(facts={**without, name: value}))
                if known:
                    assert self.denies(rule, self.question(facts=without)), f"{name} is unknown"

    def test_its_budgets_are_budgets(self, rule: Rule) -> None:
        """
        A cap of at least none, a window of at least a day, the local day, and a subject that names the person.
        """
        for question in self._questions():
            for spend in rule.terms.spends(rule, question):
                assert type(spend.cap) is int, f"a cap of {spend.cap!r}"
                assert spend.cap >= 0, f"a cap of {spend.cap!r}"
                assert type(spend.days) is int, f"a window of {spend.days!r} days"
                assert spend.days >= 1, f"a window of {spend.days!r} days"
                assert type(spend.day) is date, f"a day of {spend.day!r}"
                assert "person-7f3a" in spend.subject, f"a budget of {spend.subject!r}"

    def test_its_judgement_and_its_budget_agree(self, rule: Rule) -> None:
        """
        The judgement denies exactly when the budget it would spend is full: two workers racing see the budget, one sees the judgement.
        """
        for spend in rule.terms.spends(rule, self.question()):
            if spend.cap > 50 or spend.day != NOON.astimezone(zone(PLACES[0])).date():
                continue
            made = tuple(self.contact(NOON - timedelta(minutes=number + 1)) for number in range(spend.cap))
            assert self.denies(rule, self.question(history=made)), f"{spend.cap} were made, and one more is allowed"
            assert not self.denies(rule, self.question(history=made[:-1])), f"{spend.cap - 1} were made, and one more is denied"

    def test_what_holds_until_an_end_holds_until_then(self, rule: Rule) -> None:
        """
        A permit that lasts until an instant is still lawful at that instant.
        """
        for at in self._instants():
            question = self.question(at)
            end = None if self.denies(rule, question) else rule.terms.holds_until(rule, question)
            if end is not None:
                assert end >= at, f"at {at} it is lawful until {end}"
                for share in (0.25, 0.5, 0.75, 1.0):
                    moment = at + (end - at) * share
                    assert not self.denies(rule, question.moved(moment)), f"allowed at {at} until {end}, denied at {moment}"

    # Claims

    def test_its_cap_is_the_one_claimed(self, rule: Rule) -> None:
        """
        One contact fewer than the cap leaves room; the cap does not, in any place and on the last day of the window.
        """
        if self.cap is None or self.days is None:
            not_tested(f"{type(self).__name__} claims no cap")
        oldest = NOON - timedelta(days=self.days - 1)
        for place in PLACES:
            for first in (NOON - timedelta(hours=1), oldest):
                made = tuple(self.contact(first + timedelta(minutes=number)) for number in range(self.cap))
                assert self.denies(rule, self.question(zones=(place,), history=made)), f"number {self.cap + 1} is allowed"
                assert not self.denies(rule, self.question(zones=(place,), history=made[:-1])), f"number {self.cap} is denied"

    def test_its_window_ends_when_claimed(self, rule: Rule) -> None:
        """
        A contact of the day before the window does not count any more.
        """
        if self.cap is None or self.days is None:
            not_tested(f"{type(self).__name__} claims no window")
        made = tuple(self.contact(NOON - timedelta(days=self.days)) for _ in range(self.cap))

        assert not self.denies(rule, self.question(history=made)), f"contacts of {self.days} days ago still count"

    def test_its_hours_are_those_claimed(self, rule: Rule) -> None:
        """
        Lawful from the first minute to the last instant, and neither before nor after, in every place and on days with 23 and 25 hours.
        """
        if self.hours is None:
            not_tested(f"{type(self).__name__} claims no hours")
        for place in PLACES:
            for day in _DAYS:
                opens, closes = (datetime.combine(day, moment, zone(place)).astimezone(UTC) for moment in self.hours)
                last, after = (closes, closes + _INSTANT) if self.end_included else (closes - _INSTANT, closes)
                asked = {at: self.denies(rule, self.question(at, zones=(place,))) for at in (opens, last)}
                assert not any(asked.values()), f"in {place}: {asked}"
                shut = {at: self.denies(rule, self.question(at, zones=(place,))) for at in (opens - _INSTANT, after)}
                assert all(shut.values()), f"in {place}: {shut}"

    # What the laws are tried with

    def contact(self, at: datetime, outcome: str = "no_answer") -> PastContact:
        """Return one contact of the past with the same person about the same account."""
        return PastContact(
            at, self.channel, outcome=outcome, person="person-7f3a", debts=("account-2b",), point="point-9c1d", place="personal"
        )

    def _instants(self) -> Iterator[datetime]:
        for day in _DAYS:
            midnight = datetime.combine(day, time(0), UTC)
            yield from (midnight + timedelta(minutes=90 * number) for number in range(17))

    def _pasts(self) -> Iterator[tuple[PastContact, ...]]:
        for count in (0, 1, 2, 3, 7, 12):
            for days in (0, 1, 6, 30):
                last = NOON - timedelta(days=days, minutes=5)
                yield tuple(self.contact(last - timedelta(minutes=number)) for number in range(count))

    def _questions(self) -> Iterator[Question]:
        yield from (self.question(at) for at in self._instants())
        yield from (self.question(history=history) for history in self._pasts())
        yield from (self.question(zones=zones) for zones in ((), PLACES[:2], PLACES, ("Nowhere/Land",)))
        yield self.question(facts={})
        yield self.question(debts=("account-2b", "account-2c"))

    def _findings(self, rule: Rule) -> Iterator[Finding]:
        for question in self._questions():
            found = self.said(rule, question)
            if found is not None:
                yield found


__all__ = ["NOON", "PLACES", "RuleConformance"]
