from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import attrs
import pytest

from collectkit import Kit, Money, Promise, RefusedError
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, WorkUnits
from collectkit.holds import Hold
from collectkit.placement import Placement, PlacementState
from collectkit.policy import load_policy
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS
from collectkit.servicing.accounts import PlacingReason

from .conftest import NOW, TODAY, account, consumer

NORTH = Handler("north", "North", "agency", licences=["US-NY until 2026-11-30"], term_days=20)
SOUTH = Handler("south", "South", "agency", licences=["US-CA"])
LEAVING = Handler("leaving", "Leaving", "agency", licences=["US"], winding_down_from=date(2026, 10, 1))


@pytest.fixture
def placed(tmp_path) -> Iterator[Kit]:
    """A book with one late account, three agencies, and a rule that names the first."""
    handlers = [NORTH, SOUTH, LEAVING]
    policy = attrs.evolve(load_policy("us-bnpl"), allocation=AllocationPolicy(handlers, [AllocationRule("out", ["north"])]))
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as kit:
        kit.register(consumer(), at=NOW)
        kit.open_account(account(), at=NOW)
        yield kit


def refused(call) -> str:
    """Return the code of the reason with which a command is refused."""
    with pytest.raises(RefusedError) as caught:
        call()
    return caught.value.refusal.reason.value


class TestRoom:
    @pytest.mark.parametrize(
        "limit",
        [
            {"capacity": 1},
            {"max_new_per_day": 1},
            {"outstanding_most": (Money(30_000, "USD"),)},
            {"units_most": 3},
        ],
    )
    def test_nobody_is_given_more_than_fits(self, tmp_path, limit):
        """
        By hand and by night: whatever is counted, the second account finds no room, and a second night changes nothing.
        """
        team = Handler("team", "Team", "in_house", **limit)
        work = [WorkUnits(2, parse("days_past_due > 0", STANDING_FIELDS))]
        rules = [AllocationRule("all", ["team"])]
        policy = attrs.evolve(load_policy("us-bnpl"), allocation=AllocationPolicy([team], rules, units=work))
        with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as kit:
            for number in range(4):
                kit.register(consumer(f"c-{number}"), at=NOW)
                kit.open_account(attrs.evolve(account(f"a-{number}"), consumer=f"c-{number}"), at=NOW)
            kit.place(Placement("a-0", "team", TODAY), at=NOW)

            assert "no_room" == refused(lambda: kit.place(Placement("a-1", "team", TODAY), at=NOW))
            kit.run_night(as_of=TODAY, at=NOW)
            assert ["a-0"] == [standing.account for standing in kit.standings(as_of=TODAY) if standing.handler]


class TestWhom:
    def test_a_handler_that_the_policy_does_not_name_is_refused(self) -> None:
        """
        A misspelt one would get an account that no recall, file or report finds; those that there are are told.
        """
        with Kit.open("memory://", policy="us-bnpl", actor="tests") as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)
            refused = kit.try_place(Placement("a-1", "agency-easst", TODAY), at=NOW)

            assert PlacingReason.UNKNOWN_HANDLER is refused.reason
            assert "agency-east, agency-nationwide, got 'agency-easst' (unknown_handler); nothing was placed" in str(refused)
            assert kit.standing("a-1", as_of=TODAY).handler is None

    def test_without_any_handler_in_the_policy_everybody_may_have_it(self) -> None:
        """
        Who keeps its handlers elsewhere is not asked to name them here.
        """
        policy = load_policy("us-bnpl")
        with Kit.open(
            "memory://", policy=attrs.evolve(policy, allocation=attrs.evolve(policy.allocation, handlers=(), rules=())), actor="tests"
        ) as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)

            assert "anybody" == kit.place(Placement("a-1", "anybody", TODAY), at=NOW).placement.handler


class TestPlacing:
    @pytest.mark.parametrize("agency", ["south", "leaving"])
    def test_an_agency_that_may_not_have_it(self, placed, agency):
        """
        Without a licence where the consumer lives, or on recall, it gets nothing, by hand either.
        """
        assert "not_eligible" == refused(lambda: placed.place(Placement("a-1", agency, TODAY), at=NOW))

    def test_two_at_once(self, placed):
        """
        The second waits for the recall of the first.
        """
        placed.place(Placement("a-1", "north", TODAY), at=NOW)

        assert "already_held" == refused(lambda: placed.place(Placement("a-1", "north", TODAY), at=NOW))
        assert "handler 'north' holds it; recall it first" == placed.try_place(Placement("a-1", "south", TODAY), at=NOW).detail

    def test_the_scrub(self, placed):
        """
        A dispute, or a promise that is open, keeps the account at home.
        """
        fields = {"person": "c-1", "account": "a-1", "starts_on": TODAY, "reason": "goods not received", "review_on": TODAY}
        dispute = Hold("h-1", "dispute", **fields)
        placed.hold(dispute, at=NOW)
        assert "held_back" == refused(lambda: placed.place(Placement("a-1", "north", TODAY), at=NOW))

        placed.lift(dispute, on=TODAY, reason="settled", at=NOW)
        placed.promise(Promise("pp-1", "a-1", Money.of("50.00", "USD"), TODAY + timedelta(days=5), NOW), at=NOW)
        assert "held_back" == refused(lambda: placed.place(Placement("a-1", "north", TODAY), at=NOW))

    def test_nothing_after_a_sale(self, placed):
        """
        Once it is closed as sold nothing is placed, planned, charged or decided any more, however many nights pass.
        """
        placed.close("a-1", on=TODAY, reason="sold", at=NOW)
        assert "closed" == refused(lambda: placed.place(Placement("a-1", "north", TODAY), at=NOW))
        nights = [placed.run_night(as_of=TODAY + timedelta(days=day), at=NOW + timedelta(days=day)) for day in range(40)]

        assert not any(night.placed or night.planned or night.fees_minor or night.decisions for night in nights)
        assert 0 == placed.standing("a-1", as_of=TODAY).collectable_minor


class TestProgress:
    def test_from_acknowledged_to_asked_back(self, placed):
        """
        Each state once and in its order; the same again is refused, and an end is a recall.
        """
        placed.place(Placement("a-1", "north", TODAY), at=NOW)
        placed.advance_placement("a-1", PlacementState.ACKNOWLEDGED, on=TODAY, at=NOW)
        again = placed.try_advance_placement("a-1", PlacementState.ACKNOWLEDGED, on=TODAY, at=NOW)
        placed.advance_placement("a-1", PlacementState.RECALL_REQUESTED, on=TODAY, at=NOW, reason="complaint")

        assert "from acknowledged a placement comes into active, recall_requested, not acknowledged" == again.detail
        assert "not_from_there" == refused(lambda: placed.advance_placement("a-1", PlacementState.SOLD, on=TODAY, at=NOW))
        placed.recall("a-1", on=TODAY, reason="request", at=NOW)
        assert "not_held" == refused(lambda: placed.advance_placement("a-1", PlacementState.ACTIVE, on=TODAY, at=NOW))


class TestNights:
    def test_a_term_ends_by_itself(self, placed):
        """
        Placed on the first night, taken back twenty days later although nothing else happens, and not given back to it.
        """
        moved = {}
        for day in range(30):
            night = placed.run_night(as_of=TODAY + timedelta(days=day), at=NOW + timedelta(days=day))
            if night.placed or night.recalled:
                moved[day] = (dict(night.placed), dict(night.recalled))

        assert {0: ({"north": 1}, {}), 20: ({}, {"term": 1})} == moved

    def test_a_licence_lapses(self, placed):
        """
        The first day after its licence ends is its last, whatever the term says.
        """
        handlers = [attrs.evolve(NORTH, term_days=None)]
        policy = attrs.evolve(placed.policy, allocation=AllocationPolicy(handlers, [AllocationRule("out", ["north"])]))
        kit = Kit(attrs.evolve(placed.parts, policy=policy), actor="tests", tenant="default")
        kit.run_night(as_of=TODAY, at=NOW)
        later = {day: kit.run_night(as_of=day, at=NOW + (day - TODAY)) for day in (date(2026, 11, 30), date(2026, 12, 1))}

        assert [{}, {"rule": 1}] == [dict(night.recalled) for night in later.values()]


class TestAnnouncing:
    def test_a_handler_is_told_once(self, tmp_path):
        """
        Within the days of notice it is told of the recall by term; a second time, and before those days, nothing is recorded.
        """
        agency = attrs.evolve(NORTH, term_days=30, notice_days=7)
        policy = attrs.evolve(load_policy("us-bnpl"), allocation=AllocationPolicy([agency], [AllocationRule("out", ["north"])]))
        with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.place(Placement("a-1", "north", TODAY), at=NOW)
            early, day = TODAY + timedelta(days=22), TODAY + timedelta(days=23)

            assert [] == kit.announce_recalls("north", on=early, at=NOW + timedelta(days=22))
            (told,) = kit.announce_recalls("north", on=day, at=NOW + timedelta(days=23))
            assert ("a-1", "north", TODAY + timedelta(days=30), "term", day) == attrs.astuple(told)
            assert [] == kit.announce_recalls("north", on=day + timedelta(days=1), at=NOW + timedelta(days=24))
            assert [] == kit.announce_recalls("nobody", on=day, at=NOW + timedelta(days=23))
            assert "recall-announced/1" in [envelope.body.TYPE for envelope in kit.history("a-1")]
            (row,) = kit.recall_file("north", on=day, id="f-1", number=1).rows
            assert (told.on.isoformat(), "term", "no") == (row["on"], row["reason"], row["stop_at_once"])
