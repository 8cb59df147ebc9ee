from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, RecallReason, allocate, loads_of, recalls
from collectkit.person import Consumer
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS

TEAM = Handler("team", "Team", "in_house")
AGENCY = Handler("agency", "Agency", "agency", licences=["US-NY"])
LATE = AllocationRule("late", ("agency",), when=parse("days_past_due >= 30", STANDING_FIELDS))
EARLY = AllocationRule("early", ("team",), when=parse("days_past_due in [1, 2, 3, 4, 5]", STANDING_FIELDS))
POLICY = AllocationPolicy([TEAM, AGENCY], [LATE, EARLY])


def book_of(*standings, region="US-NY"):
    return [(standing, Consumer(standing.person, region=region)) for standing in standings]


class TestRecalls:
    @pytest.mark.parametrize(
        ("change", "reason", "text"),
        [
            ({"closed": True}, RecallReason.CLOSED, "closed since 2026-09-19"),
            ({"outstanding": 0}, RecallReason.PAID, "nothing is left to be paid"),
            ({"holds": ("deceased",)}, RecallReason.HOLD, "in force: deceased"),
            ({"days": 10}, RecallReason.RULE, "no allocation rule that matches leaves it with agency"),
        ],
    )
    def test_each_cause_is_named(self, standing, today, change, reason, text):
        """
        An agency gives back what is closed, paid, under a hold that takes it back, or no longer for it.
        """
        (recall,) = recalls(book_of(standing("a-1", **{"days": 40, "handler": "agency", **change})), POLICY, today)

        assert (reason, text, "agency", today) == (recall.reason, recall.text, recall.handler, recall.on)

    def test_a_contract_that_ended_ends_its_placements(self, standing, today):
        """
        The term is the reason, whatever else holds.
        """
        over = attrs.evolve(POLICY, handlers=(TEAM, attrs.evolve(AGENCY, active_to=today - timedelta(days=1))))
        (recall,) = recalls(book_of(standing("a-1", days=40, handler="agency")), over, today)

        assert RecallReason.TERM is recall.reason

    def test_a_lapsed_licence_takes_it_back(self, standing, today):
        """
        The consumer moved to a state where the agency may not collect.
        """
        (recall,) = recalls(book_of(standing("a-1", days=40, handler="agency"), region="US-CA"), POLICY, today)

        assert "agency: holds no licence for US-CA" == recall.text

    @pytest.mark.parametrize(
        "change",
        [{}, {"handler": None}, {"holds": ("dispute",)}, {"handler": "team", "days": 5, "holds": ("deceased",)}],
    )
    def test_the_others_stay(self, standing, today, change):
        """
        A dispute stops new placements and moves; a death takes accounts from outside alone.
        """
        assert () == recalls(book_of(standing("a-1", **{"days": 40, "handler": "agency", **change})), POLICY, today)


class TestLaws:
    @given(
        accounts=st.lists(
            st.fixed_dictionaries(
                {
                    "person": st.sampled_from(["c-1", "c-2", "c-3"]),
                    "days": st.sampled_from([0, 5, 10, 40]),
                    "handler": st.sampled_from([None, "team", "agency", "left"]),
                    "holds": st.sampled_from([(), (), ("dispute",), ("deceased",)]),
                    "closed": st.sampled_from([False, False, True]),
                }
            ),
            max_size=8,
        )
    )
    def test_what_is_recalled_never_stays(self, accounts, standing, today):
        """
        The run that places accounts agrees: every recalled account leaves its handler, and no other one loses it for nobody.
        """
        book = book_of(*[standing(f"a-{i}", **account) for i, account in enumerate(accounts)])
        recalled = {recall.account for recall in recalls(book, POLICY, today)}
        given = allocate(book, POLICY, loads=loads_of(s for s, _ in book), on=today, seed=0)

        assert set() == recalled - {allocation.account for allocation in given if allocation.moved}
        assert set() == {a.account for a in given if a.before is not None and a.handler is None} - recalled
