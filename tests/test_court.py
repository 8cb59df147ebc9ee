from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.court_page import rows

from collectkit.court import (
    STEPS,
    AccountReferred,
    CourtFact,
    CourtStep,
    CourtStepTaken,
    DocumentReceived,
    Referral,
    SuitState,
    suits_of,
)
from collectkit.errors import ValidationError

DAY = date(2026, 3, 2)
DOCUMENTS = ("contract", "statement")


def referred(id: str = "r-1", documents: tuple[str, ...] = DOCUMENTS) -> AccountReferred:
    """A referral of 75.00 USD to a firm."""
    return AccountReferred(Referral(id, "a-1", "firm-1", DAY, "USD", 7_500, documents, DAY + timedelta(days=1_095)))


def taken(step: str, days: int, **more: object) -> CourtStepTaken:
    """A step so many days after the referral; a hearing is a week later."""
    on = DAY + timedelta(days=days)
    hearing_on = on + timedelta(days=7) if step == "hearing_set" else None
    return CourtStepTaken("a-1", "r-1", CourtFact(step, on, hearing_on=hearing_on, **more))


class TestTable:
    def test_the_documented_table_is_the_code(self) -> None:
        """
        The reference lists every step from every state, and nothing else can follow.
        """
        steps = {(state.value, step.value, to.value) for state, table in STEPS.items() for step, to in table.items()}

        assert set(rows()) == steps | {("documents_awaited", "the last document is there", "ready")}
        assert len(rows()) == len(steps) + 1

    def test_every_state_is_reached_and_every_step_is_used(self) -> None:
        """
        From a referral, everything; three ends, and none of them is in court.
        """
        reached = {SuitState.DOCUMENTS_AWAITED, SuitState.READY}
        while more := {to for state in reached for to in STEPS[state].values()} - reached:
            reached |= more

        assert set(SuitState) == reached
        assert set(CourtStep) == {step for table in STEPS.values() for step in table}
        assert {SuitState.SATISFIED, SuitState.DISMISSED, SuitState.WITHDRAWN} == {state for state in SuitState if state.ended}
        assert not any(state.in_court for state in SuitState if state.ended)
        assert [False, False, True] == [state.in_court for state in (SuitState.DOCUMENTS_AWAITED, SuitState.READY, SuitState.FILED)]

    def test_nobody_is_judged_who_was_not_served(self) -> None:
        """
        Every way to a judgment leads through service, after the last filing.
        """
        before = {SuitState.FILED, *SuitState} - {SuitState.SERVED}
        reached = {SuitState.FILED}
        while more := {to for state in reached for to in STEPS[state].values() if to in before} - reached:
            reached |= more

        assert SuitState.JUDGMENT not in reached and SuitState.HEARING_SET not in reached


class TestSuits:
    def test_a_whole_suit(self) -> None:
        """
        Two documents, filed, served, adjourned once, judged, enforced without success and then with it.
        """
        events = [
            referred(),
            DocumentReceived("a-1", "r-1", "statement", DAY),
            DocumentReceived("a-1", "r-1", "contract", DAY + timedelta(days=1)),
            taken("filed", 2, amount_minor=7_000),
            taken("served", 10),
            taken("hearing_set", 12),
            taken("hearing_held", 19, outcome="adjourned"),
            taken("hearing_set", 20),
            taken("hearing_held", 27),
            taken("judgment", 28, amount_minor=7_100),
            taken("officer_instructed", 40, by="officer-3"),
            taken("unsatisfied", 70),
            taken("officer_instructed", 80, by="officer-4"),
            taken("satisfied", 90, amount_minor=7_100),
        ]
        seen = [suits_of(events[: count + 1])[-1] for count in range(len(events))]

        expected = "documents_awaited documents_awaited ready filed served hearing_set heard hearing_set heard judgment"
        assert [*expected.split(), "enforcement", "unsatisfied", "enforcement", "satisfied"] == [suit.state.value for suit in seen]
        assert [DOCUMENTS, ("contract",), ()] == [suit.missing for suit in seen[:3]]
        hearings = {n: suit.hearing_on for n, suit in enumerate(seen) if suit.hearing_on}
        assert {5: DAY + timedelta(days=19), 7: DAY + timedelta(days=27)} == hearings
        assert {10: "officer-3", 12: "officer-4"} == {n: suit.officer for n, suit in enumerate(seen) if suit.officer}
        assert DAY + timedelta(days=90) == seen[-1].last_on

    def test_a_document_that_comes_twice(self) -> None:
        """
        Is there since the first time: the suit may be brought as early as before.
        """
        came = [DocumentReceived("a-1", "r-1", name, DAY) for name in DOCUMENTS]
        (once,) = suits_of([referred(), *came])

        assert (once,) == suits_of([referred(), *came, DocumentReceived("a-1", "r-1", "contract", DAY + timedelta(days=5))])

    def test_a_judgment_that_is_set_aside(self) -> None:
        """
        The claim is as it was filed: it must be served anew before anything else.
        """
        (suit,) = suits_of([referred(documents=()), *(taken(s, n) for n, s in enumerate(("filed", "served", "judgment", "set_aside")))])

        assert SuitState.FILED is suit.state
        assert CourtStep.JUDGMENT not in STEPS[suit.state]

    @given(st.lists(st.tuples(st.sampled_from(CourtStep), st.integers(0, 9)), max_size=12))
    def test_what_cannot_follow_changes_nothing(self, steps: list[tuple[CourtStep, int]]) -> None:
        """
        Whatever is told, a suit moves by the table alone, and an end stays one.
        """
        events = [referred(documents=()), *(taken(step.value, days) for step, days in steps)]
        before = suits_of(events[:1])[0].state
        for count in range(2, len(events) + 1):
            state = suits_of(events[:count])[0].state
            step = events[count - 1].fact.step
            assert STEPS[before].get(step, before) is state
            before = state

    def test_what_belongs_to_no_referral_is_passed_over(self) -> None:
        """
        A step of another referral does not move this one; the same referral twice is one.
        """
        other = CourtStepTaken("a-1", "r-9", CourtFact("filed", DAY))
        (suit,) = suits_of([referred(documents=()), other, referred(documents=())])

        assert SuitState.READY is suit.state


class TestFacts:
    @pytest.mark.parametrize(
        ("step", "more", "said"),
        [
            ("hearing_set", {}, "has its day"),
            ("hearing_held", {"hearing_on": DAY}, "has its day"),
            ("hearing_set", {"hearing_on": DAY - timedelta(days=1)}, "or later"),
            ("judgment", {"amount_minor": -1}, "at least 0"),
            ("judgment", {"amount_minor": True}, "at least 0"),
            ("field", {}, "one of filed, served, .*, got 'field'"),
        ],
    )
    def test_what_is_no_fact(self, step: str, more: dict[str, object], said: str) -> None:
        """
        A hearing has a day that is not over, and nothing else has one; amounts are whole and at least 0; steps are those of the table.
        """
        with pytest.raises(ValidationError, match=said) as caught:
            CourtFact(step, DAY, **more)
        assert "nothing was recorded" in str(caught.value)
