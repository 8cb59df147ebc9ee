from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation import (
    AllocationPolicy,
    AllocationRule,
    Handler,
    NotEligible,
    Stage,
    Timer,
    Timers,
    allocate,
    eligible,
    exempt,
    lifecycle,
    next_recall_on,
    overdue,
    recall_notice,
    recalls,
    scrub,
    stage_now,
)
from collectkit.identifiers import AccountId, HandlerId
from collectkit.placement import TRANSITIONS, AccountRecalled, Placement, PlacementMoved, PlacementState, ended_as

HANDLERS = {
    handler.id: handler
    for handler in (
        Handler("team", "Team", "in_house"),
        Handler("a", "A", "agency", licences=["US"], term_days=180, inactivity_days=60, notice_days=10),
        Handler("b", "B", "agency", licences=["US"]),
        Handler("c", "C", "agency", licences=["US"]),
        Handler("law", "Law", "law_firm", licences=["US"]),
    )
}
DAY = date(2026, 3, 2)
TABLE = Path(__file__).parents[2] / "docs" / "reference" / "placements.md"


def moves(*steps):
    """``+a`` places with a, ``-a term`` recalls from a; a day apart."""
    found = []
    for place, step in enumerate(steps):
        handler, _, reason = step[1:].partition(" ")
        on = DAY + timedelta(days=place)
        found.append(Placement("x-1", handler, on) if step[0] == "+" else AccountRecalled("x-1", handler, on, reason))
    return found


class TestStates:
    def test_the_documented_table_is_the_code(self):
        """
        The reference lists what may follow each state, and nothing else may.
        """
        rows = [line.split("|")[1:3] for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
        documented = {name.strip(" `"): {part.strip(" `") for part in follows.split(",")} - {"—"} for name, follows in rows}

        assert documented == {state.value: {after.value for after in TRANSITIONS[state]} for state in PlacementState}

    def test_every_state_can_be_reached_and_left_or_is_an_end(self):
        """
        From a proposal, everything; and whoever has the account can be parted from it.
        """
        reached = {PlacementState.PROPOSED}
        while more := {after for state in reached for after in TRANSITIONS[state]} - reached:
            reached |= more

        assert set(PlacementState) == reached
        assert all(PlacementState.RECALLED in TRANSITIONS[state] for state in PlacementState if state.held)
        assert not any(state.held for state in PlacementState if state.ended)

    @pytest.mark.parametrize(
        ("reason", "state"), [("paid", "paid_in_full"), ("sold", "sold"), ("term", "recalled"), ("refused", "refused")]
    )
    def test_a_recall_says_how_it_ended(self, reason, state):
        """
        Its reason decides the last state.
        """
        assert PlacementState(state) is ended_as(reason)


class TestLifecycle:
    def test_stages_follow_failure(self):
        """
        First agency primary, second secondary, and so on; back with the first it is primary again, in court it is legal.
        """
        steps = moves("+team", "-team rule", "+a", "-a term", "+b", "-b inactivity", "+a", "-a term", "+c", "-c term", "+law")

        assert ["internal", "primary", "secondary", "primary", "tertiary", "legal"] == [
            held.stage.value for held in lifecycle(steps, (), HANDLERS)
        ]
        assert Stage.WAREHOUSE is stage_now(lifecycle(steps[:-1], (), HANDLERS))
        assert Stage.SOLD is stage_now(lifecycle(steps, (), HANDLERS), sold=True)

    def test_progress_that_cannot_follow_is_passed_over(self):
        """
        Acknowledged, active, asked back; an acknowledgement that comes again moves nothing.
        """
        told = [
            PlacementMoved("x-1", "a", to, DAY + timedelta(days=n)) for n, to in ((1, "acknowledged"), (2, "active"), (3, "acknowledged"))
        ]
        (held,) = lifecycle(moves("+a"), told, HANDLERS)

        assert (PlacementState.ACTIVE, DAY + timedelta(days=2)) == (held.state, held.state_since)

    @given(st.lists(st.sampled_from(["+a", "+b", "+team", "-a term", "-b paid", "-team rule"]), max_size=12))
    def test_exactly_one_holder(self, steps):
        """
        Whatever is recorded in whatever order, at most one placement is open, and it is the last.
        """
        found = lifecycle(moves(*steps), (), HANDLERS)

        assert not [held for held in found[:-1] if held.ended_on is None]
        assert all(held.ended_on is None or held.state.ended for held in found)

    @pytest.mark.parametrize(
        ("told", "days", "timer"),
        [
            ((), 3, None),
            ((), 4, Timer.ACKNOWLEDGEMENT),
            (("acknowledged",), 8, Timer.FIRST_ACTIVITY),
            (("active",), 400, None),
            (("recall_requested",), 7, Timer.RECALL),
        ],
    )
    def test_timers(self, told, days, timer):
        """
        Three days to acknowledge, seven to begin, five to give back; on the due day nobody is late.
        """
        (held,) = lifecycle(moves("+a"), [PlacementMoved("x-1", "a", to, DAY + timedelta(days=1)) for to in told], HANDLERS)
        late = overdue(held, Timers(), DAY + timedelta(days=days))

        assert timer is (late.timer if late else None)


class TestTerms:
    AGENCY = HANDLERS[HandlerId("a")]

    def held(self, standing, *, days, **more):
        made = standing("x-1", handler="a")
        return attrs.evolve(made, placed_on=made.as_of - timedelta(days=days), **more)

    @pytest.mark.parametrize(
        ("days", "paid_before", "reason"),
        [
            (59, None, None),
            (60, None, NotEligible.INACTIVITY),
            (179, 59, None),
            (180, 1, NotEligible.TERM),
            (100, 60, NotEligible.INACTIVITY),
        ],
    )
    def test_term_and_inactivity(self, standing, days, paid_before, reason):
        """
        180 days in all, 60 without a payment: the first day after decides, and a payment begins the sixty anew.
        """
        made = self.held(standing, days=days)
        made = attrs.evolve(made, last_paid_on=made.as_of - timedelta(days=paid_before) if paid_before is not None else None)
        answer = eligible(attrs.evolve(self.AGENCY, party="first_party"), made, None, made.as_of)

        assert reason is (answer.reason if answer else None)

    def test_what_is_agreed_stays(self, standing):
        """
        Who took a promise sees it through.
        """
        made = self.held(standing, days=400, agreed="promise", paused=("placement",))

        assert "a promise is in force" == exempt(made)
        assert eligible(attrs.evolve(self.AGENCY, party="first_party"), made, None, made.as_of) is None

    def test_it_does_not_come_back(self, standing, today):
        """
        After its term the account goes to the next agency, and not to the first again while that one is barred.
        """
        agencies = [attrs.evolve(HANDLERS[HandlerId(id)], party="first_party") for id in "ab"]
        policy = AllocationPolicy(agencies, [AllocationRule("out", ["a", "b"])])
        made = self.held(standing, days=200)
        (recall,) = recalls([(made, None)], policy, today)
        (moved,) = allocate([(made, None)], policy, loads={"a": 1}, on=today, seed=1)
        back = attrs.evolve(made, handler=None, placed_on=None)
        failed = {AccountId("x-1"): frozenset({HandlerId("a")})}
        (barred,) = allocate([(back, None)], policy, loads={}, on=today, seed=1, failed=failed)

        assert ("term", "b", "b") == (recall.reason.value, moved.handler, barred.handler)
        assert [NotEligible.FAILED_BEFORE] == [why.reason for why in barred.why_not]

    def test_notice_is_given_in_time(self, standing, today):
        """
        Ten days ahead, of whatever ends first; and the night knows the day.
        """
        policy = AllocationPolicy([self.AGENCY], [])
        early, due, over = (self.held(standing, days=days) for days in (49, 50, 60))

        assert recall_notice(early, self.AGENCY, today) is None
        assert (today + timedelta(days=10), "inactivity") == (
            recall_notice(due, self.AGENCY, today).on,
            recall_notice(due, self.AGENCY, today).reason,
        )
        assert recall_notice(over, self.AGENCY, today) is None
        assert today + timedelta(days=10) == next_recall_on(due, policy, today)

    def test_scrub(self, standing):
        """
        A dispute or an arrangement keeps an account at home.
        """
        policy = AllocationPolicy([], [])

        assert () == scrub(standing("x-1"), policy)
        assert ("insolvency", "promise") == scrub(
            attrs.evolve(standing("x-1", holds=("insolvency",)), agreed="promise", paused=("placement",)), policy
        )
