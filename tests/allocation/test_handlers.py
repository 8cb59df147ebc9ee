from __future__ import annotations

from datetime import date

import pytest

from collectkit.allocation import AllocationPolicy, AllocationRule, AmountRange, Handler
from collectkit.errors import PolicyError
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS


class TestShares:
    @pytest.mark.parametrize(("shares", "got"), [((6_000, 3_900), "99.00"), ((6_000, 4_100), "101.00"), ((3_333, 3_333), "66.66")])
    def test_shares_that_are_not_all_are_refused(self, shares, got):
        """
        99 % or 101 % would leave accounts over or hand some out twice.
        """
        with pytest.raises(PolicyError, match=f"'late' add up to 100 %, got {got} %"):
            AllocationRule("late", ("a", "b"), distribution="weighted", shares_bp=shares)

    def test_shares_of_one_hundred_percent_are_read(self):
        """
        Shares stand in the order of the handlers.
        """
        rule = AllocationRule("late", ("a", "b"), distribution="weighted", shares_bp=(6_000, 4_000))

        assert [6_000, 4_000] == [rule.share_bp(handler) for handler in rule.handlers]

    @pytest.mark.parametrize("shares", [(), (10_000,), (11_000, -1_000)])
    def test_each_handler_needs_one(self, shares):
        """
        A weighted rule without a share for each handler is refused.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            AllocationRule("late", ("a", "b"), distribution="weighted", shares_bp=shares)


class TestPolicy:
    def test_unknown_handlers_are_named(self):
        """
        A rule cannot place with somebody who is not listed.
        """
        with pytest.raises(PolicyError, match="'early' names nobody, ghost; known handlers are team"):
            AllocationPolicy([Handler("team", "Team", "in_house")], [AllocationRule("early", ("nobody", "team", "ghost"))])

    def test_names_are_unique(self):
        """
        Neither two handlers nor two rules share a name.
        """
        team = Handler("team", "Team", "in_house")
        with pytest.raises(PolicyError, match="each handler stands once"):
            AllocationPolicy([team, team], [])
        with pytest.raises(PolicyError, match="each allocation rule stands once"):
            AllocationPolicy([team], [AllocationRule("r", ("team",)), AllocationRule("r", ("team",))])

    def test_a_condition_cannot_ask_for_its_own_outcome(self):
        """
        "Give it to the team while nobody has it" would take it back on the next day.
        """
        with pytest.raises(PolicyError, match="'handler', which allocation decides itself"):
            AllocationRule("early", ("team",), when=parse("handler is None", STANDING_FIELDS))


class TestHandler:
    def test_an_agency_is_a_third_party(self):
        """
        Nobody has to say so.
        """
        assert ["third_party", "first_party"] == [Handler("h", "H", kind).party for kind in ("agency", "call_center")]

    @pytest.mark.parametrize(
        "given",
        [
            {"capacity": -1},
            {"max_new_per_day": True},
            {"days_past_due_least": 30, "days_past_due_most": 29},
            {"amounts": [AmountRange("USD"), AmountRange("USD", 500)]},
            {"active_from": date(2026, 2, 1), "active_to": date(2026, 1, 31)},
            {"languages": "en"},
            {"kind": "robot"},
        ],
    )
    def test_impossible_limits_are_refused(self, given):
        """
        What no handler can be is refused when the policy is loaded, not when the night runs.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            Handler("h", "H", **{"kind": "in_house", **given})

    def test_a_range_that_runs_backwards_is_refused(self):
        """
        A range that nothing can lie in is a mistake.
        """
        with pytest.raises(PolicyError, match="amounts in USD"):
            AmountRange("USD", 500, 499)
