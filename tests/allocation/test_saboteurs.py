"""Strategies with one planted fault each: a suite that accepts one of them proves nothing about the others."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from collectkit.allocation import STRATEGIES, Desk, Performance, Request, Returning
from collectkit.allocation.strategies import LeastLoaded
from collectkit.identifiers import HandlerId
from collectkit.testing.conformance import StrategyConformance

Answer = Sequence[HandlerId | None]


class TestBuiltIn(StrategyConformance):
    @pytest.fixture(params=sorted(STRATEGIES))
    def strategy(self, request):
        return STRATEGIES[request.param]


class TestPerformance(StrategyConformance):
    @pytest.fixture
    def strategy(self):
        return Performance({HandlerId("a"): 7_000, HandlerId("c"): 3_000})


class TestReturning(StrategyConformance):
    @pytest.fixture
    def strategy(self):
        return Returning({f"c-{place}": HandlerId("abcd"[place % 4]) for place in range(40)})


class Honest:
    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Answer:
        return LeastLoaded().distribute(requests, desks, key)


class IgnoresEligibility(Honest):
    def distribute(self, requests, desks, key):
        return [max(desks, key=lambda desk: desk.room).handler if r.size <= 1 else h for r, h in self._with(requests, desks, key)]

    def _with(self, requests, desks, key):
        return zip(requests, super().distribute(requests, desks, key), strict=True)


class CountsRequestsNotAccounts(Honest):
    def distribute(self, requests, desks, key):
        ones = [attrs.evolve(r, size=1) for r in requests]
        return super().distribute(ones, desks, key)


class OneTooMany(Honest):
    def distribute(self, requests, desks, key):
        return super().distribute(requests, [attrs.evolve(desk, room=desk.room + 1) for desk in desks], key)


class IgnoresUnitsOfWork(Honest):
    def distribute(self, requests, desks, key):
        return super().distribute(requests, [attrs.evolve(desk, units=None) for desk in desks], key)


class IgnoresWhatIsOutstanding(Honest):
    def distribute(self, requests, desks, key):
        return super().distribute(requests, [attrs.evolve(desk, outstanding=()) for desk in desks], key)


class GivesUpWhenTheFirstIsFull(Honest):
    def distribute(self, requests, desks, key):
        first = [attrs.evolve(r, eligible=r.eligible[:1], values=r.values[:1]) for r in requests]
        return super().distribute(first, desks, key)


class Remembers(Honest):
    def __init__(self):
        self.turn = 0

    def distribute(self, requests, desks, key):
        self.turn += 1
        order = desks[self.turn % len(desks) :] + desks[: self.turn % len(desks)]
        return super().distribute(requests, [attrs.evolve(desk, load=place) for place, desk in enumerate(order)], key)


class HashesObjects(Honest):
    def distribute(self, requests, desks, key):
        return super().distribute(requests, [attrs.evolve(desk, load=id(requests) % (7 + place)) for place, desk in enumerate(desks)], key)


class DropsTheLastAnswer(Honest):
    def distribute(self, requests, desks, key):
        return super().distribute(requests, desks, key)[:-1]


class SortsTheCallersList(Honest):
    def distribute(self, requests, desks, key):
        if isinstance(requests, list):
            requests.sort(key=lambda request: -request.size)
        return super().distribute(requests, desks, key)


class InventsAHandler(Honest):
    def distribute(self, requests, desks, key):
        return [HandlerId("friend") if handler is None else handler for handler in super().distribute(requests, desks, key)]


class FillsADeskWithoutRoom(Honest):
    def distribute(self, requests, desks, key):
        return [handler or request.eligible[0] for request, handler in zip(requests, super().distribute(requests, desks, key), strict=True)]


CONVICTED_BY = {
    IgnoresEligibility: "only_eligible_handlers_are_chosen",
    CountsRequestsNotAccounts: "nobody_gets_more_than_it_has_room_for",
    IgnoresUnitsOfWork: "nobody_gets_more_than_it_has_room_for",
    IgnoresWhatIsOutstanding: "nobody_gets_more_than_it_has_room_for",
    OneTooMany: "one_handler_without_room_gets_nothing",
    GivesUpWhenTheFirstIsFull: "nobody_waits_beside_a_free_place",
    Remembers: "the_same_question_has_the_same_answer",
    HashesObjects: "hashing_decides_nothing",
    DropsTheLastAnswer: "each_request_has_one_answer",
    SortsTheCallersList: "the_arguments_are_left_as_they_were",
    InventsAHandler: "each_request_has_one_answer",
    FillsADeskWithoutRoom: "nobody_gets_more_than_it_has_room_for",
}


class TestTheSuiteConvicts:
    @pytest.mark.parametrize("saboteur", CONVICTED_BY, ids=lambda saboteur: saboteur.__name__)
    def test_every_saboteur(self, saboteur):
        """
        The law that a fault breaks finds it, and an honest strategy passes the same law.
        """
        law = getattr(StrategyConformance(), f"test_{CONVICTED_BY[saboteur]}")
        law(Honest())

        with pytest.raises((AssertionError, ValueError)):
            law(saboteur())
