from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation import STRATEGIES, Desk, Request, apportion
from collectkit.allocation.strategies import checked
from collectkit.errors import PluginFaultError
from collectkit.identifiers import HandlerId

A, B, C = HandlerId("a"), HandlerId("b"), HandlerId("c")


def desks(*rooms, loads=(0, 0, 0), shares=(5_000, 3_000, 2_000)):
    return [Desk(h, room, load, 0, share) for h, room, load, share in zip((A, B, C), rooms, loads, shares, strict=True)]


def requests(count, *, size=1, eligible=(A, B, C)):
    return [Request(f"c-{i}", size, eligible) for i in range(count)]


class TestApportion:
    @pytest.mark.parametrize(
        ("total", "weights", "expected"),
        [(10, [5, 3, 2], (5, 3, 2)), (3, [5, 3, 2], (1, 1, 1)), (2, [1, 1, 1], (1, 1, 0)), (0, [1, 2], (0, 0)), (7, [0, 1], (0, 7))],
    )
    def test_worked_examples(self, total, weights, expected):
        """
        The largest remainders get what is left, of equal ones the earlier.
        """
        assert expected == apportion(total, weights)

    @given(st.integers(0, 10_000), st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any))
    def test_nothing_is_lost_and_nobody_is_one_away(self, total, weights):
        """
        The parts add up, and each is the exact share rounded up or down.
        """
        parts = apportion(total, weights)

        assert total == sum(parts)
        assert all(-1 < part - total * weight / sum(weights) < 1 for part, weight in zip(parts, weights, strict=True))


class TestStrategies:
    def test_first_fills_in_order(self):
        """
        The second gets something only when the first is full.
        """
        assert (A, A, B, B, B) == STRATEGIES["first"].distribute(requests(5), desks(2, 9, 9), "k")

    def test_round_robin_deals(self):
        """
        Everyone gets the same, and who has no room is left out.
        """
        dealt = Counter(STRATEGIES["round_robin"].distribute(requests(7), desks(9, 1, 9), "k"))

        assert {A: 3, B: 1, C: 3} == dealt

    def test_round_robin_starts_with_another_handler_on_another_day(self):
        """
        A trickle of one account a day reaches everyone.
        """
        first = {STRATEGIES["round_robin"].distribute(requests(1), desks(9, 9, 9), f"day-{i}")[0] for i in range(30)}

        assert {A, B, C} == first

    def test_least_loaded_levels(self):
        """
        Whoever has the least gets the next one; of equals the first.
        """
        assert (C, C, B, C) == STRATEGIES["least_loaded"].distribute(requests(4), desks(9, 9, 9, loads=(4, 2, 0)), "k")

    def test_weighted_is_exact(self):
        """
        Ten accounts at 50, 30 and 20 percent are five, three and two.
        """
        assert {A: 5, B: 3, C: 2} == Counter(STRATEGIES["weighted"].distribute(requests(10), desks(99, 99, 99), "k"))

    def test_weighted_makes_up_for_what_is_held(self):
        """
        Who has its share already gets nothing: of 10 in all, A's five are there.
        """
        held = [Desk(A, 99, 5, 5, 5_000), Desk(B, 99, 0, 0, 3_000), Desk(C, 99, 0, 0, 2_000)]

        assert {B: 3, C: 2} == Counter(STRATEGIES["weighted"].distribute(requests(5), held, "k"))


class TestLaws:
    @given(
        name=st.sampled_from(sorted(STRATEGIES)),
        rooms=st.tuples(*[st.integers(0, 6)] * 3),
        asked=st.lists(st.tuples(st.integers(1, 3), st.sets(st.sampled_from([A, B, C]), min_size=1)), max_size=12),
        key=st.text(max_size=4),
    )
    def test_every_strategy_keeps_to_room_and_leaves_nobody_out(self, name, rooms, asked, key):
        """
        Answers pass the check, and a request without an answer has no eligible handler with room when all are answered.
        """
        wanted = [Request(str(i), size, tuple(sorted(fit))) for i, (size, fit) in enumerate(asked)]
        answer = checked(name, STRATEGIES[name].distribute(wanted, desks(*rooms), key), wanted, desks(*rooms))
        room = dict(zip((A, B, C), rooms, strict=True))
        for request, handler in zip(wanted, answer, strict=True):
            if handler is not None:
                room[handler] -= request.size

        left_out = [request for request, handler in zip(wanted, answer, strict=True) if handler is None]
        assert not any(room[handler] >= request.size for request in left_out for handler in request.eligible)


class TestChecked:
    @pytest.mark.parametrize(
        ("answer", "fault"),
        [([A], "1 answers to 2 requests"), ([A, C], "who is not eligible for c-1"), ([A, A], "more than it has room for")],
    )
    def test_a_plugin_that_breaks_the_rules_is_stopped(self, answer, fault):
        """
        No strategy can place where the rules do not let it.
        """
        asked = requests(2, eligible=(A, B))
        with pytest.raises(PluginFaultError, match=fault):
            checked("mine", answer, asked, desks(1, 1, 1))
