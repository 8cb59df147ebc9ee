"""Rules with one planted fault each, and honest ones: a suite that accepts the first or rejects the second proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

import attrs
import pytest

from collectkit.actions import Finding, Spend
from collectkit.calendars.dates import zone
from collectkit.compliance import Question, Rule, shipped_pack
from collectkit.compliance.rule import PlainTerms, Scope
from collectkit.testing.conformance import RuleConformance


def rule_with(terms: object) -> Rule:
    return Rule("acme.rule", "Acme Code 1", "A rule", "acme", "verified", "acme", date(2020, 1, 1), None, Scope(), terms)  # type: ignore[arg-type]


class ThreeAWeek(PlainTerms):
    """An honest cap: three contacts in seven local days, at any place where the person may be."""

    cap, days = 3, 7

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        made = self.made(question)
        if made < self.cap:
            return rule.allows()
        frees = sorted(min(days) for days in question.history_days)[made - self.cap] + self.days
        return rule.denies("Three contacts were made within seven days.", earliest=question.start_of([frees] * len(question.days)))

    def made(self, question: Question) -> int:
        return sum(
            any(today - self.days < day <= today for day, today in zip(days, question.days, strict=True)) for days in question.history_days
        )

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        return (Spend(f"person/{question.person}", rule.id, self.cap, self.days, question.today),)


class Daytime(PlainTerms):
    """Honest hours: 9 to 18 at every place where the person may be, and never when no place is known."""

    opens, closes = time(9), time(18)

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        ends = [self.earliest(question.at, place) for place in self.places(question)]
        if not ends:
            return rule.denies("It is not known where the person is.")
        late = [end for end in ends if end is not None]
        return rule.denies("It is outside the hours.", earliest=max(late)) if late else rule.allows()

    def places(self, question: Question) -> tuple[str, ...]:
        return tuple(place for place in question.zones if place != "Nowhere/Land")

    def earliest(self, at: datetime, place: str) -> datetime | None:
        local = at.astimezone(zone(place))
        if self.opens <= local.time() < self.closes:
            return None
        day = local.date() + timedelta(days=local.time() >= self.closes)
        return datetime.combine(day, self.opens, zone(place)).astimezone(UTC)

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        ends = [
            datetime.combine(question.at.astimezone(zone(place)).date(), self.closes, zone(place)).astimezone(UTC)
            for place in self.places(question)
        ]
        return min(ends, default=question.at) - timedelta(microseconds=1) if ends else None


class NeedsLicence(PlainTerms):
    """An honest condition on a fact; what is not known is not so."""

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return rule.allows() if question.facts.get("acme.licensed") is True else rule.denies("Nobody is licensed for this place.")


# Each breaks one law, after which it is named in CONVICTED_BY.


class ForgetsToAnswer(ThreeAWeek):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        found = super().judge(rule, question)
        return found if found is not None and found.text else None


class AnswersYes(ThreeAWeek):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return super().judge(rule, question) if self.made(question) >= self.cap else "yes"  # type: ignore[return-value]


class RemembersCalls(ThreeAWeek):
    def __init__(self) -> None:
        self.calls = count()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return rule.denies("Every tenth is too many.") if next(self.calls) % 10 == 9 else rule.allows()


class ChangesTheFacts(ThreeAWeek):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        question.facts.pop("acme.fact", None)  # type: ignore[attr-defined]
        return super().judge(rule, question)


class SignsAsAnother(ThreeAWeek):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        found = super().judge(rule, question)
        return found and attrs.evolve(found, rule="us.regf.14b.7in7")


class TellsWho(ThreeAWeek):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        found = super().judge(rule, question)
        return found and attrs.evolve(found, text=f"{question.person} was contacted too often." if found.text else "")


class PutsOffToThePast(ThreeAWeek):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        found = super().judge(rule, question)
        return found and attrs.evolve(found, earliest=question.at if found.text else None)


class PutsOffWithoutAZone(Daytime):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        found = super().judge(rule, question)
        return found and attrs.evolve(found, earliest=found.earliest and found.earliest.replace(tzinfo=None))


class ForgivesTheStubborn(ThreeAWeek):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return rule.allows() if self.made(question) > 5 else super().judge(rule, question)


class ReleasesOnTimeOut(ThreeAWeek):
    def made(self, question: Question) -> int:
        known = [n for n, contact in enumerate(question.history) if contact.outcome != "unknown"]
        return min(super().made(question), len(known))


class LooksAtTheFirstPlace(Daytime):
    def places(self, question: Question) -> tuple[str, ...]:
        return super().places(question)[:1]


class OpenWithoutAPlace(Daytime):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return super().judge(rule, question) if self.places(question) else rule.allows()


class UnknownIsYes(NeedsLicence):
    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return rule.allows() if "acme.licensed" not in question.facts else super().judge(rule, question)


class BudgetBelowZero(ThreeAWeek):
    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        return (attrs.evolve(super().spends(rule, question)[0], cap=-1),)


class WindowOfNoDays(ThreeAWeek):
    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        return (attrs.evolve(super().spends(rule, question)[0], days=0),)


class BudgetOfNobody(ThreeAWeek):
    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        return (attrs.evolve(super().spends(rule, question)[0], subject="everybody"),)


class BudgetIsWider(ThreeAWeek):
    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        return (attrs.evolve(super().spends(rule, question)[0], cap=self.cap + 1),)


class CapOffByOne(ThreeAWeek):
    cap = 4


class WindowOffByOne(ThreeAWeek):
    days = 6


class WindowTooLong(ThreeAWeek):
    days = 8


class CountsHoursNotDays(ThreeAWeek):
    def made(self, question: Question) -> int:
        return sum(question.at - contact.at < timedelta(days=6) for contact in question.history)


class OpensAMinuteEarly(Daytime):
    opens = time(8, 59)


class ClosesAMinuteLate(Daytime):
    closes = time(18, 1)


class KeepsOneOffset(Daytime):
    """Reads the clock of one day for the whole year."""

    def earliest(self, at: datetime, place: str) -> datetime | None:
        offset = datetime(2026, 6, 10, tzinfo=zone(place)).utcoffset()
        assert offset is not None
        local = (at + offset).time()
        return None if self.opens <= local < self.closes else at + timedelta(hours=1)


class LastsTooLong(Daytime):
    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        end = super().holds_until(rule, question)
        return None if end is None else end + timedelta(hours=1)


class CapSuite(RuleConformance):
    cap, days = 3, 7


class HoursSuite(RuleConformance):
    hours = (time(9), time(18))


class FactSuite(RuleConformance):
    facts = {"acme.licensed": True}


CONVICTED_BY = {
    ForgetsToAnswer: (CapSuite, "it_answers_every_question"),
    AnswersYes: (CapSuite, "it_answers_every_question"),
    RemembersCalls: (CapSuite, "the_same_question_has_the_same_answer"),
    ChangesTheFacts: (CapSuite, "it_leaves_the_question_alone"),
    SignsAsAnother: (CapSuite, "its_findings_are_its_own"),
    TellsWho: (CapSuite, "its_findings_say_why_and_name_nobody"),
    PutsOffToThePast: (CapSuite, "what_it_puts_off_is_lawful_then"),
    PutsOffWithoutAZone: (HoursSuite, "what_it_puts_off_is_lawful_then"),
    ForgivesTheStubborn: (CapSuite, "more_contacts_never_help"),
    ReleasesOnTimeOut: (CapSuite, "a_contact_in_doubt_counts"),
    LooksAtTheFirstPlace: (HoursSuite, "every_place_counts"),
    OpenWithoutAPlace: (HoursSuite, "an_unknown_place_closes_the_hours"),
    UnknownIsYes: (FactSuite, "an_unknown_fact_never_helps"),
    BudgetBelowZero: (CapSuite, "its_budgets_are_budgets"),
    WindowOfNoDays: (CapSuite, "its_budgets_are_budgets"),
    BudgetOfNobody: (CapSuite, "its_budgets_are_budgets"),
    BudgetIsWider: (CapSuite, "its_judgement_and_its_budget_agree"),
    CapOffByOne: (CapSuite, "its_cap_is_the_one_claimed"),
    WindowOffByOne: (CapSuite, "its_cap_is_the_one_claimed"),
    CountsHoursNotDays: (CapSuite, "its_cap_is_the_one_claimed"),
    WindowTooLong: (CapSuite, "its_window_ends_when_claimed"),
    OpensAMinuteEarly: (HoursSuite, "its_hours_are_those_claimed"),
    ClosesAMinuteLate: (HoursSuite, "its_hours_are_those_claimed"),
    KeepsOneOffset: (HoursSuite, "its_hours_are_those_claimed"),
    LastsTooLong: (HoursSuite, "what_holds_until_an_end_holds_until_then"),
}


class TestHonestCap(CapSuite):
    @pytest.fixture
    def rule(self) -> Rule:
        return rule_with(ThreeAWeek())


class TestHonestHours(HoursSuite):
    @pytest.fixture
    def rule(self) -> Rule:
        return rule_with(Daytime())


class TestHonestCondition(FactSuite):
    @pytest.fixture
    def rule(self) -> Rule:
        return rule_with(NeedsLicence())


class TestSevenCallsInSevenDays(RuleConformance):
    """The cap of Regulation F as the library ships it."""

    cap, days = 7, 7

    @pytest.fixture
    def rule(self) -> Rule:
        found = shipped_pack("us-federal").rule("us.regf.14b.7in7")
        assert found is not None
        return found


class TestHoursOfCourtesy(RuleConformance):
    """The hours that the library keeps where no law does."""

    hours, end_included = (time(8), time(21)), True

    @pytest.fixture
    def rule(self) -> Rule:
        (found,) = [rule for rule in shipped_pack("courtesy").rules if rule.kind == "time_window"][:1]
        return found


class TestTheSuiteConvicts:
    @pytest.mark.parametrize("saboteur", CONVICTED_BY, ids=lambda saboteur: saboteur.__name__)
    def test_every_saboteur(self, saboteur: type[ThreeAWeek]) -> None:
        """
        The law that a fault breaks finds it, and an honest rule passes the same law.
        """
        suite, law = CONVICTED_BY[saboteur]
        honest = next(kind for kind in (ThreeAWeek, Daytime, NeedsLicence) if issubclass(saboteur, kind))
        test = getattr(suite(), f"test_{law}")
        test(rule=rule_with(honest()))

        with pytest.raises((Exception, pytest.fail.Exception)):
            test(rule=rule_with(saboteur()))


def laws() -> Iterator[str]:
    return (name for name in dir(RuleConformance) if name.startswith("test_"))


def test_every_law_convicts_somebody() -> None:
    """
    A law that no saboteur breaks was never seen to fail.
    """
    assert set(laws()) == {f"test_{law}" for _, law in CONVICTED_BY.values()}
