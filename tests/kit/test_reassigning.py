"""A supervisor gives somebody's accounts to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Kit, RefusedError
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.errors import ApprovalRequiredError, UnknownIdError
from collectkit.holds import Hold
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.policy import load_policy
from collectkit.principals import NeedsApproval, Principal
from collectkit.refusals import Refusal
from collectkit.servicing.authority import FourEyes
from collectkit.servicing.reassigning import Reassigned, Reassignment

from .conftest import NOW, TODAY, account, consumer

ANN, BOB = Handler("ann", "Ann", "agent"), Handler("bob", "Bob", "agent", capacity=3)
EVE = Handler("eve", "Eve", "agent", leave=[f"{TODAY} to {TODAY + timedelta(days=9)}"])
NORTH = Handler("north", "North", "agency", licences=["US-NY"])
RULES = [AllocationRule("all", ["ann", "bob", "eve"], distribution="round_robin")]
POLICY = attrs.evolve(load_policy("us-bnpl"), allocation=AllocationPolicy([ANN, BOB, EVE, NORTH], RULES))

to_bob = partial(Reassignment, before="ann", to="bob", since=TODAY, reason="absence")


def book(path: object = None, people: int = 2) -> Kit:
    """Each person has two accounts with Ann, for two weeks."""
    kit = Kit.open("memory://" if path is None else f"sqlite:///{path}/book.db", policy=POLICY, actor="lead")
    for person in range(people):
        kit.register(consumer(f"c-{person}"), at=NOW - timedelta(days=14))
        for part in range(2):
            kit.open_account(account(f"a-{person}{part}", f"c-{person}"), at=NOW - timedelta(days=14))
            kit.place(Placement(f"a-{person}{part}", "ann", TODAY - timedelta(days=14)), at=NOW - timedelta(days=14))
    return kit


@pytest.fixture
def kit(tmp_path) -> Iterator[Kit]:
    """Two people, four accounts."""
    with book(tmp_path) as kit:
        yield kit


def who(kit: Kit) -> dict[str, str | None]:
    return {standing.account: standing.handler for standing in kit.standings(as_of=TODAY)}


class TestReassigning:
    def test_all_of_a_person_at_once(self, kit):
        """
        Both accounts of the person go, the other person's stay; who did it and why stands in the record, and a retry changes nothing.
        """
        done = kit.reassign(to_bob("a-00"), at=NOW)
        recalled, placed = kit.history("a-01")[-2:]

        assert (("a-00", "a-01"), "ann", "bob") == (done.accounts, done.before, done.to)
        assert {"a-00": "bob", "a-01": "bob", "a-10": "ann", "a-11": "ann"} == who(kit)
        assert AccountRecalled("a-01", "ann", TODAY, "reassigned") == recalled.body
        assert AccountPlaced(Placement("a-01", "bob", TODAY, why=["reassigned from ann: absence"])) == placed.body
        assert "lead" == placed.context.actor
        before = len(kit.history("a-00"))
        assert done == kit.reassign(to_bob("a-00"), at=NOW + timedelta(hours=1)) == kit.reassign(to_bob("a-01"), at=NOW)
        assert before == len(kit.history("a-00"))

    def test_the_night_leaves_it_there(self, kit):
        """
        A rule names both, so that the night has no reason to move it back; and it may come back to whoever had it.
        """
        kit.reassign(to_bob("a-00"), at=NOW)
        kit.run_night(as_of=TODAY, at=NOW)
        assert "bob" == who(kit)["a-00"]

        kit.reassign(Reassignment("a-00", "bob", "ann", TODAY, "workload"), at=NOW)
        assert {"ann"} == set(who(kit).values())

    @pytest.mark.parametrize(
        ("wanted", "reason"),
        [
            (Reassignment("a-00", "ann", "ann", TODAY, "skills"), "same_handler"),
            (Reassignment("a-00", "ann", "zoe", TODAY, "skills"), "unknown_handler"),
            (Reassignment("a-00", "ann", "north", TODAY, "skills"), "outside"),
            (Reassignment("a-00", "bob", "ann", TODAY, "skills"), "not_held"),
            (Reassignment("a-00", "ann", "bob", TODAY - timedelta(days=20), "skills"), "not_held"),
            (Reassignment("a-00", "ann", "eve", TODAY, "skills"), "not_eligible"),
        ],
    )
    def test_what_is_refused(self, kit, wanted, reason):
        """
        Nobody new, nobody known, an agency, whoever has it not, or whoever is away: nothing moves.
        """
        refused = kit.try_reassign(wanted, at=NOW)

        assert (reason, "nothing was moved") == (refused.reason.value, refused.not_done)
        assert {"ann"} == set(who(kit).values())
        with pytest.raises(RefusedError):
            kit.reassign(wanted, at=NOW)

    def test_no_room_for_both(self, kit):
        """
        There is room for one more and the person has two: neither goes.
        """
        kit.reassign(to_bob("a-00"), at=NOW)

        assert "no_room" == kit.try_reassign(to_bob("a-10"), at=NOW).reason.value
        assert {"a-10": "ann", "a-11": "ann"} == {id: handler for id, handler in who(kit).items() if id.startswith("a-1")}

    def test_somebody_was_faster(self, kit):
        """
        Whoever looked at yesterday's list moves nothing that somebody else has moved since.
        """
        kit.reassign(to_bob("a-00"), at=NOW)

        assert "not_held" == kit.try_reassign(Reassignment("a-00", "ann", "eve", TODAY, "skills"), at=NOW).reason.value

    def test_a_dispute_goes_along(self, kit):
        """
        A hold keeps an account from going outside; our own people go on looking after it, whoever they are.
        """
        hold = Hold("h-1", "dispute", person="c-0", account="a-00", starts_on=TODAY, review_on=TODAY + timedelta(days=20), reason="asked")
        kit.hold(hold, at=NOW)
        kit.reassign(to_bob("a-00"), at=NOW)

        assert "bob" == who(kit)["a-00"]

    def test_a_closed_account(self, kit):
        """
        Stays where it was closed, and the other of the person goes.
        """
        kit.close("a-01", on=TODAY, reason="cancelled", at=NOW)

        assert "closed" == kit.try_reassign(to_bob("a-01"), at=NOW).reason.value
        assert ("a-00",) == kit.reassign(to_bob("a-00"), at=NOW).accounts
        with pytest.raises(UnknownIdError):
            kit.reassign(to_bob("a-99"), at=NOW)


class TestMany:
    def test_evened_out(self, tmp_path):
        """
        What is proposed is carried out by two people, with what became of each; a second proposal is empty, and the night agrees.
        """
        with book(tmp_path, people=4) as kit:
            proposal = kit.even_queues(as_of=TODAY)
            outcomes = kit.reassign_all([Reassignment(m.account, m.before, m.to, TODAY, "workload") for m in proposal.moves], at=NOW)

            assert {("ann", 8, 6), ("bob", 0, 2), ("eve", 0, 0)} == {
                (q.handler, q.accounts_before, q.accounts_after) for q in proposal.queues
            }
            assert [proposal.moves[0].account, proposal.moves[1].account] == list(outcomes[0].accounts)
            assert outcomes[0] == outcomes[1]
            assert () == kit.even_queues(as_of=TODAY).moves
            now = who(kit)
            kit.run_night(as_of=TODAY, at=NOW)
            assert now == who(kit)

    def test_one_refused_keeps_no_other(self, kit):
        """
        The order is kept, and the others are carried out.
        """
        outcomes = kit.reassign_all(iter([Reassignment("a-00", "ann", "eve", TODAY, "left"), to_bob("a-10")]), at=NOW)

        assert [Refusal, Reassigned] == [type(one) for one in outcomes]
        assert "bob" == who(kit)["a-11"]

    def test_two_supervisors_at_once(self, tmp_path):
        """
        Both move the same people, each to somebody else: whoever is second is told that they are gone, and nobody is moved twice.
        """
        free = attrs.evolve(EVE, leave=())
        policy = attrs.evolve(POLICY, allocation=AllocationPolicy([ANN, attrs.evolve(BOB, capacity=None), free], RULES))
        with book(tmp_path, people=6) as opened:
            opened.close_store()
        with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="lead") as kit:
            ways = {to: [Reassignment(f"a-{n}0", "ann", to, TODAY, "absence") for n in range(6)] for to in ("bob", "eve")}
            with ThreadPoolExecutor(2) as pool:
                one, two = pool.map(lambda to: kit.reassign_all(iter(ways[to]), at=NOW), ways)
            now = who(kit)

            for number, outcomes in enumerate(zip(one, two, strict=True)):
                done, refused = sorted(outcomes, key=lambda outcome: isinstance(outcome, Refusal))
                assert {done.to} == {now[f"a-{number}0"], now[f"a-{number}1"]}
                assert "not_held" == refused.reason.value
                assert 2 == sum(isinstance(one.body, AccountPlaced) for one in kit.history(f"a-{number}0"))

    def test_it_takes_two_people(self, kit):
        """
        One at a time a supervisor may; many at once take a second one.
        """
        guarded = Kit(attrs.evolve(kit.parts, authority=FourEyes({"lead": ["*"]})), actor="app")
        lee, may = (guarded.acting(Principal(id, roles=["lead"])) for id in ("lee", "may"))

        assert ("a-00", "a-01") == lee.reassign(to_bob("a-00"), at=NOW).accounts
        back = [Reassignment("a-00", "bob", "ann", TODAY, "left")]
        with pytest.raises(ApprovalRequiredError) as asked:
            lee.reassign_all(back, at=NOW)
        lee.request_approval(asked.value.act, id="ap", needs=NeedsApproval("many"), at=NOW)
        may.approve("ap", at=NOW)
        (done,) = guarded.acting(Principal("lee", roles=["lead"]), approval="ap").reassign_all(back, at=NOW)

        assert ("a-00", "a-01") == done.accounts


class TestLaws:
    @settings(max_examples=25)
    @given(
        wanted=st.lists(
            st.tuples(
                st.sampled_from([f"a-{person}{part}" for person in range(3) for part in range(2)]), st.permutations(["ann", "bob", "eve"])
            ),
            max_size=8,
        )
    )
    def test_one_holder_and_people_together(self, wanted):
        """
        Whatever is asked for in whatever order: one holder each, a person with one of them, nobody over their room, retries alike.
        """
        kit = book(people=3)
        for id, (before, to, _) in wanted:
            asked = Reassignment(id, before, to, TODAY, "workload")
            first, again = (kit.try_reassign(asked, at=NOW) for _ in range(2))
            assert isinstance(first, Refusal) or first == again
        now = who(kit)

        assert {"a-00", "a-01", "a-10", "a-11", "a-20", "a-21"} == now.keys()
        assert all(now[f"a-{person}0"] == now[f"a-{person}1"] for person in range(3))
        assert sum(handler == "bob" for handler in now.values()) <= 3
        assert "eve" not in now.values()
