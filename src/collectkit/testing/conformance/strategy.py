"""The suite that every allocation strategy must pass.

A plugin's test is one class::

    class TestMine(StrategyConformance):
        @pytest.fixture
        def strategy(self):
            return Mine()
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from collectkit.allocation.rooms import Desk, Request, Rooms
from collectkit.allocation.strategies import Strategy, stable_number
from collectkit.identifiers import HandlerId

_HANDLERS = tuple(HandlerId(name) for name in ("a", "b", "c", "d"))
_KEYS = ("1/2026-03-02/rule", "2/2026-03-02/rule", "1/2026-03-03/rule")


def case(number: int, *, largest: int = 3) -> tuple[tuple[Request, ...], tuple[Desk, ...]]:
    """Return one of as many situations as you like, the same for the same number on every machine: some with too little room."""

    def draw(what: str, below: int) -> int:
        return stable_number(f"{number}/{what}") % below

    rooms = [draw(f"room/{handler}", 12 if draw("tight", 2) else 60) for handler in _HANDLERS]
    # By turns some desks count units of work, or what is outstanding, besides accounts.
    works = [20 + draw(f"work/{handler}", 40) if number % 3 == 1 and draw(f"works/{handler}", 2) else None for handler in _HANDLERS]
    limits = [
        (("USD", 400 + draw(f"limit/{handler}", 2_000)),) if number % 4 == 2 and draw(f"limits/{handler}", 2) else ()
        for handler in _HANDLERS
    ]
    desks = tuple(
        Desk(handler, room, draw(f"load/{handler}", 30), draw(f"held/{handler}", 5), share, work, limit)
        for handler, room, share, work, limit in zip(_HANDLERS, rooms, (4_000, 3_000, 2_000, 1_000), works, limits, strict=True)
    )
    requests = []
    for place in range(draw("requests", 40)):
        able = tuple(handler for handler in _HANDLERS if draw(f"able/{place}/{handler}", 3)) or _HANDLERS[:1]
        size = 1 + draw(f"size/{place}", largest)
        values = tuple(1 + draw(f"value/{place}/{handler}", 9_000) for handler in able)
        minor, work = 100 * size, size + draw(f"units/{place}", 4)
        stratum = f"USD/{draw(f'stratum/{place}', 3)}/7"
        requests.append(Request(f"c-{place}", size, able, minor, stratum, values, work, (("USD", minor),)))
    return tuple(requests), desks


class StrategyConformance:
    """
    One test a law; give it a fixture ``strategy`` that returns the strategy.

    Attributes:
        cases: In how many situations each law is tried.
    """

    cases: int = 60

    def answers(self, strategy: Strategy, number: int, key: str = _KEYS[0]) -> tuple[HandlerId | None, ...]:
        """Ask the strategy about one situation."""
        requests, desks = case(number)
        return tuple(strategy.distribute(requests, desks, key))

    def test_each_request_has_one_answer(self, strategy: Strategy) -> None:
        """
        As many answers as requests, each a handler of the rule or None; no requests, no answers.
        """
        for number in range(self.cases):
            requests, desks = case(number)
            answer = self.answers(strategy, number)
            assert len(requests) == len(answer)
            assert set(answer) <= {desk.handler for desk in desks} | {None}
        assert tuple(strategy.distribute((), case(0)[1], _KEYS[0])) == ()

    def test_only_eligible_handlers_are_chosen(self, strategy: Strategy) -> None:
        """
        Nobody gets what it cannot take.
        """
        for number in range(self.cases):
            for request, handler in zip(case(number)[0], self.answers(strategy, number), strict=True):
                assert handler is None or handler in request.eligible

    def test_nobody_gets_more_than_it_has_room_for(self, strategy: Strategy) -> None:
        """
        Sizes count, not requests: two accounts of one person need two places; so do units of work and what is outstanding where
        a handler has a limit on them.
        """
        for number in range(self.cases):
            requests, desks = case(number)
            rooms = Rooms(desks)
            for request, handler in zip(requests, self.answers(strategy, number), strict=True):
                if handler is not None:
                    assert rooms.fits(handler, request)
                    rooms.take(handler, request)

    def test_nobody_waits_beside_a_free_place(self, strategy: Strategy) -> None:
        """
        A request without an answer fits with no eligible handler once all are answered.
        """
        for number in range(self.cases):
            requests, desks = case(number)
            answer = self.answers(strategy, number)
            rooms = Rooms(desks)
            for request, handler in zip(requests, answer, strict=True):
                if handler is not None:
                    rooms.take(handler, request)
            waiting = [request for request, handler in zip(requests, answer, strict=True) if handler is None]
            assert not [request for request in waiting if any(rooms.fits(handler, request) for handler in request.eligible)]

    def test_the_same_question_has_the_same_answer(self, strategy: Strategy) -> None:
        """
        No dice, no clock, no memory: asked again, and again after other questions, it answers as before.
        """
        first = [self.answers(strategy, number) for number in range(self.cases)]
        again = [self.answers(strategy, number) for number in reversed(range(self.cases))]
        assert first == again[::-1]

    def test_hashing_decides_nothing(self, strategy: Strategy) -> None:
        """
        Equal questions built anew have the same answer, whatever their objects are called in memory.
        """
        for number in range(self.cases):
            requests, desks = case(number)
            anew = [attrs.evolve(request, unit=f"{request.unit}"[:], values=tuple(request.values)) for request in requests]
            assert self.answers(strategy, number) == tuple(strategy.distribute(anew, list(desks), _KEYS[0]))

    def test_the_arguments_are_left_as_they_were(self, strategy: Strategy) -> None:
        """
        Lists that the strategy is given are the caller's own.
        """
        asked, around = case(7)
        requests, desks = list(asked), list(around)
        copies = (list(requests), list(desks))
        strategy.distribute(requests, desks, _KEYS[0])
        assert copies == (requests, desks)

    def test_other_keys_keep_the_same_promises(self, strategy: Strategy) -> None:
        """
        Another day or seed may change who gets what, and never whether it fits.
        """
        for key in _KEYS:
            requests, desks = case(3, largest=1)
            answer = tuple(strategy.distribute(requests, desks, key))
            given = [handler for handler in answer if handler is not None]
            assert all(handler in request.eligible for request, handler in zip(requests, answer, strict=True) if handler is not None)
            assert all(given.count(desk.handler) <= desk.room for desk in desks)

    def test_one_handler_without_room_gets_nothing(self, strategy: Strategy) -> None:
        """
        The dullest case: one request, one handler, no place; and the same with one place.
        """
        (only,) = (Request("c-1", 1, _HANDLERS[:1], 100, "USD/1/4", (50,)),)
        for room, expected in ((0, None), (1, _HANDLERS[0])):
            desks: Sequence[Desk] = [Desk(_HANDLERS[0], room, 5, 0, 10_000)]
            assert (expected,) == tuple(strategy.distribute([only], desks, _KEYS[0]))
