from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation import (
    AllocationPolicy,
    AllocationRule,
    Handler,
    RecallReason,
    allocate,
    at_law,
    loads_of,
    recall_notice,
    recalls,
    spared,
)
from collectkit.court import SuitState
from collectkit.errors import PolicyError
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


FIRM = Handler("firm", "Firm", "law_firm", licences=["US-NY"], term_days=90, inactivity_days=60, notice_days=10)
COURT = AllocationPolicy([TEAM, FIRM], [AllocationRule("court", ("firm",))])


def with_firm(standing, today, days):
    return attrs.evolve(standing("a-1", days=40, handler="firm"), placed_on=today - timedelta(days=days))


class TestTermsAndSuits:
    @pytest.mark.parametrize(
        ("days", "text"),
        [
            (90, "firm: its term of 90 days was over on 2026-09-19; it waits for the suit that is in court"),
            (60, "firm: 60 days without a payment were over on 2026-09-19; it waits for the suit that is in court"),
        ],
    )
    def test_a_term_waits_for_the_suit(self, standing, today, days, text):
        """
        What would come back today stays while a suit about it is in court, and is told with the term that is over.
        """
        book = book_of(with_firm(standing, today, days))

        assert [RecallReason.TERM if days == 90 else RecallReason.INACTIVITY] == [one.reason for one in recalls(book, COURT, today)]
        assert () == recalls(book, COURT, today, in_court={"a-1"})
        assert [("a-1", "firm", text)] == [(one.account, one.handler, one.text) for one in spared(book, COURT, today, in_court={"a-1"})]

    def test_a_firm_may_be_made_to_give_it_back(self, standing, today):
        """
        The policy says so of a firm, and then a suit spares nothing.
        """
        strict = attrs.evolve(COURT, handlers=(TEAM, attrs.evolve(FIRM, waits_for_suits=False)))
        book = book_of(with_firm(standing, today, 90))

        assert recalls(book, strict, today) == recalls(book, strict, today, in_court={"a-1"})
        assert () == spared(book, strict, today, in_court={"a-1"})

    @pytest.mark.parametrize(("region", "days_of_work"), [("US-NY", -1), ("US-CA", 1)])
    def test_the_end_of_its_work_does_not_wait(self, standing, today, region, days_of_work):
        """
        A firm whose last day of work is over, or that has no licence for where the consumer lives now, cannot see a suit through.
        """
        over = attrs.evolve(COURT, handlers=(TEAM, attrs.evolve(FIRM, active_to=today + timedelta(days=days_of_work))))
        (recall,) = recalls(book_of(with_firm(standing, today, 90), region=region), over, today, in_court={"a-1"})

        assert (RecallReason.TERM if region == "US-NY" else RecallReason.RULE) is recall.reason

    @given(st.data())
    def test_a_suit_only_ever_turns_a_recall_into_a_stay(self, standing, today, data):
        """
        Whatever is in court: who is recalled without a suit is recalled or spared with one, and nobody else is either.
        """
        days = data.draw(st.lists(st.integers(0, 120), min_size=1, max_size=6))
        ids = [f"a-{number}" for number in range(len(days))]
        book = book_of(
            *(
                attrs.evolve(standing(id, days=40, handler="firm"), placed_on=today - timedelta(days=ago))
                for id, ago in zip(ids, days, strict=True)
            )
        )
        in_court = data.draw(st.sets(st.sampled_from(ids)))
        without, left = (recalls(book, COURT, today, in_court=those) for those in ((), in_court))
        stay = spared(book, COURT, today, in_court=in_court)

        assert {one.account for one in without} == {one.account for one in left} | {one.account for one in stay}
        assert {one.account for one in without} & in_court == {one.account for one in stay}
        assert set(left) <= set(without)

    @pytest.mark.parametrize(
        ("days", "suit", "stays", "is_spared"),
        [
            (10, SuitState.READY, True, False),
            (10, SuitState.FILED, True, False),
            (90, SuitState.READY, False, False),
            (90, SuitState.FILED, True, True),
            (90, SuitState.WITHDRAWN, False, False),
            (10, SuitState.DISMISSED, False, False),
        ],
    )
    def test_who_stays_at_law(self, standing, today, days, suit, stays, is_spared):
        """
        A referral that is not over, until the term of the firm is; a suit in court holds up the term as well.
        """
        book = book_of(with_firm(standing, today, days))
        staying, kept = at_law(book, COURT, today, suits={"a-1": [SuitState.WITHDRAWN, suit]})

        assert (stays, is_spared) == (staying == {"a-1"}, bool(kept))

    @given(st.data())
    def test_whoever_stays_at_law_was_referred_and_leaves_by_no_term(self, standing, today, data):
        """
        Nobody stays whom a term takes back, and no account of which no referral runs.
        """
        days = data.draw(st.lists(st.integers(0, 120), min_size=1, max_size=6))
        ids = [f"a-{number}" for number in range(len(days))]
        held = (standing(id, days=40, handler="firm") for id in ids)
        book = book_of(*(attrs.evolve(one, placed_on=today - timedelta(days=ago)) for one, ago in zip(held, days, strict=True)))
        suits = data.draw(st.dictionaries(st.sampled_from(ids), st.lists(st.sampled_from(SuitState), min_size=1, max_size=2)))
        staying, kept = at_law(book, COURT, today, suits=suits)
        in_court = {id for id, states in suits.items() if any(state.in_court for state in states)}
        left = {one.account for one in recalls(book, COURT, today, in_court=in_court)}

        assert staying == {id for id, states in suits.items() if not all(state.ended for state in states)} - left
        assert {one.account for one in kept} <= staying

    def test_it_gets_no_notice(self, standing, today):
        """
        A firm is told ten days before its term is over, but not of what it keeps for a suit.
        """
        one = with_firm(standing, today, 55)

        assert "inactivity" == recall_notice(one, FIRM, today).reason
        assert recall_notice(one, FIRM, today, in_court=True) is None
        assert recall_notice(one, attrs.evolve(FIRM, waits_for_suits=False), today, in_court=True) is not None

    def test_it_is_true_or_false(self):
        """
        Anything else is refused by its name.
        """
        with pytest.raises(PolicyError, match="waits_for_suits is true or false, got 'yes'"):
            attrs.evolve(FIRM, waits_for_suits="yes")


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
