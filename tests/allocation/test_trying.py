from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, NotEligible, allocate, dry_run, what_if
from collectkit.errors import ValidationError
from collectkit.identifiers import HandlerId

TEAM, CENTER = HandlerId("team"), HandlerId("center")


def policy(capacity: int = 1) -> AllocationPolicy:
    """Two handlers, the better one with little room."""
    handlers = [
        Handler("team", "Team", "in_house", yield_bp=4_000, capacity=capacity),
        Handler("center", "Center", "call_center", yield_bp=1_000, capacity=2),
    ]
    return AllocationPolicy(handlers, [AllocationRule("all", ["team", "center"], distribution="optimal")])


class TestDryRun:
    def test_counts_moves_value_and_what_does_not_fit(self, standing, today):
        """
        Four accounts, three places: the largest goes where most comes back, one finds no room, and each has its reasons.
        """
        book = [(standing(f"a-{n}", person=f"c-{n}", outstanding=1_000 * n), None) for n in (1, 2, 3, 4)]
        book[0] = (attrs.evolve(book[0][0], handler=CENTER), None)
        tried = dry_run(book, policy(), loads={CENTER: 1}, on=today, seed=1)

        assert [(None, None, 1), (None, "center", 1), (None, "team", 1), ("center", "center", 1)] == [
            (flow.before, flow.after, flow.accounts) for flow in tried.flows
        ]
        assert (2, (1, 2), (0, 1)) == (tried.moves, tried.accounts("center"), tried.accounts("team"))
        assert ({"USD": 100}, {"USD": 1_600 + 300 + 100}) == (tried.worth_before, tried.worth_after)
        assert {NotEligible.CAPACITY: 2} == tried.unplaced

    def test_nothing_else_than_a_run(self, standing, today):
        """
        The answers are those that a run would give.
        """
        book = [(standing(f"a-{n}", person=f"c-{n}"), None) for n in range(5)]

        assert allocate(book, policy(), loads={}, on=today, seed=3) == dry_run(book, policy(), loads={}, on=today, seed=3).allocations

    def test_what_is_at_law_stays_and_takes_up_its_room(self, standing, today):
        """
        The one account that the team has room for is in court: it stays there, and the other goes to the center.
        """
        book = [(attrs.evolve(standing("a-1", person="c-1"), handler=TEAM), None), (standing("a-2", person="c-2"), None)]
        tried = dry_run(book, policy(), loads={TEAM: 1}, on=today, seed=1, at_law={"a-1"})

        assert [("a-1", "team"), ("a-2", "center")] == [(one.account, one.handler) for one in tried.allocations]
        assert ("its referral to a law firm is not over",) == tried.allocations[0].why


class TestWhatIf:
    def test_two_more_places(self, standing, today):
        """
        The team brings in 30 points more of an account than the center: the second largest and the third move over, and a place at
        the center comes free for the smallest.
        """
        book = [(standing(f"a-{n}", person=f"c-{n}", outstanding=1_000 * n), None) for n in (1, 2, 3, 4)]
        (more,) = what_if(book, policy(), more={"team": 2}, on=today)

        assert (900 + 600 + 100) - 0 == more.gain_minor
        assert more.gain_minor <= 2 * more.price_minor

    @given(
        minor=st.lists(st.integers(1, 10**6), min_size=1, max_size=9),
        capacity=st.integers(0, 5),
        places=st.integers(0, 4),
    )
    def test_a_price_is_never_too_low(self, standing, today, minor, capacity, places):
        """
        So many more places never bring more than so many times the price, and never less than nothing.
        """
        book = [(standing(f"a-{n}", person=f"c-{n}", outstanding=amount), None) for n, amount in enumerate(minor)]
        for more in what_if(book, policy(capacity), more={"team": places, "center": places}, on=today):
            assert 0 <= more.gain_minor <= places * more.price_minor

    @pytest.mark.parametrize("more", [{"nobody": 1}, {"team": -1}])
    def test_refused(self, standing, today, more):
        """
        An unknown handler, and fewer places than there are.
        """
        with pytest.raises(ValidationError, match="nothing was tried"):
            what_if([(standing("a-1"), None)], policy(), more=more, on=today)

    def test_one_currency_at_a_time(self, standing, today):
        """
        Amounts of two currencies have no order.
        """
        book = [(standing("a-1"), None), (standing("a-2", person="c-2", currency="EUR"), None)]
        with pytest.raises(ValidationError, match="one currency"):
            what_if(book, policy(), more={"team": 1}, on=today)
