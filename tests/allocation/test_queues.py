"""Queues are evened out by few moves that nobody has to take back."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, WorkUnits, allocate, loads_of, new_on
from collectkit.allocation.queues import Staying, even_queues
from collectkit.errors import ValidationError
from collectkit.person import Consumer
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS

from .conftest import TODAY, standing_of

ANN, BOB, EVE = (Handler(id, id, "agent") for id in ("ann", "bob", "eve"))
AGENCY = Handler("agency", "Agency", "agency", licences=["US-NY"])
TEAM = ("ann", "bob", "eve")


def under(*handlers, names=TEAM, distribution="least_loaded", **more):
    return AllocationPolicy(handlers or (ANN, BOB, EVE, AGENCY), [AllocationRule("all", names, distribution=distribution)], **more)


def evened(standings, policy=None, **more):
    policy = under() if policy is None else policy
    book = [(one, Consumer(one.person, region="US-NY", locale="es_US" if one.person.endswith("s") else "en_US")) for one in standings]
    return even_queues(book, policy, loads=loads_of(standings), on=TODAY, new_today=new_on(standings, TODAY), **more)


def held(**counts):
    """So many accounts with each handler, of as many people."""
    return [standing_of(f"{id}-{n}", person=f"{id}-p{n}", handler=id) for id, count in counts.items() for n in range(count)]


def after(standings, made):
    to = {move.account: move.to for move in made.moves}
    return [attrs.evolve(one, handler=to[one.account], placed_on=TODAY) if one.account in to else one for one in standings]


def queues(made):
    return {line.handler: (line.accounts_before, line.accounts_after) for line in made.queues}


class TestWorkedExamples:
    def test_from_the_longest_to_the_shortest(self):
        """
        Nine, three and none become four each, by five moves, each with its reason.
        """
        made = evened(held(ann=9, bob=3))

        assert {"ann": (9, 4), "bob": (3, 4), "eve": (0, 4)} == queues(made)
        assert 5 == len(made.moves)
        assert {"ann"} == {move.before for move in made.moves}
        assert "ann has 9 units of work and eve 0; rule all names both" in {move.why for move in made.moves}
        assert {} == made.stays

    def test_who_came_last_goes_first(self):
        """
        Whoever has had an account for longest keeps it.
        """
        book = [attrs.evolve(one, placed_on=TODAY - timedelta(days=n)) for n, one in enumerate(held(ann=4), 1)]

        assert ["ann-0", "ann-1"] == [move.account for move in evened(book, under(ANN, BOB, names=("ann", "bob"))).moves]

    def test_by_what_each_may_have(self):
        """
        Who works half the time gets half as much: 60 and 30 places for 30 accounts are 20 and 10.
        """
        whole, half = attrs.evolve(ANN, capacity=60), attrs.evolve(BOB, capacity=30)
        made = evened(held(ann=30), under(whole, half, names=("ann", "bob")))

        assert {"ann": (30, 20), "bob": (0, 10)} == queues(made)
        assert [60, 30] == [line.limit for line in made.queues]

    def test_in_units_of_work(self):
        """
        An account that is four units of work weighs as much as four others.
        """
        work = [WorkUnits(4, parse("days_past_due > 60", STANDING_FIELDS))]
        book = [*held(ann=4), standing_of("heavy", person="h", days=70, handler="ann")]
        made = evened(book, under(ANN, BOB, names=("ann", "bob"), units=work))

        assert ["heavy"] == [move.account for move in made.moves]
        assert [(8, 4), (0, 4)] == [(line.units_before, line.units_after) for line in made.queues]

    def test_a_whole_account_in_a_small_queue(self):
        """
        An account is not cut: at 51 of 100 and 0 of 4 units the small queue becomes the fuller one, and they differ by less than before.
        """
        work = [WorkUnits(3, parse("days_past_due > 60", STANDING_FIELDS))]
        large, small = attrs.evolve(ANN, units_most=100), attrs.evolve(BOB, units_most=4)
        book = [standing_of(f"h-{n}", person=f"h-{n}", days=70, handler="ann") for n in range(17)]
        made = evened(book, under(large, small, names=("ann", "bob"), units=work))

        assert [(51, 48, 100), (0, 3, 4)] == [(line.units_before, line.units_after, line.limit) for line in made.queues]

    def test_people_stay_together(self):
        """
        Three accounts of one person go as one or not at all.
        """
        together = [standing_of(f"t-{n}", person="t", handler="ann") for n in range(3)]
        made = evened([*held(ann=2), *together], under(ANN, BOB, names=("ann", "bob")))

        assert {"ann-0", "ann-1"} == {m.account for m in made.moves} or {"t-0", "t-1", "t-2"} == {m.account for m in made.moves}

    def test_skills_licences_leave_and_room(self):
        """
        Nobody is given whom they cannot speak with, anything on leave, or more than fits; an agency gives and gets nothing.
        """
        spanish = [standing_of(f"s-{n}", person=f"s{n}s", handler="ann") for n in range(6)]
        english = attrs.evolve(BOB, languages=["en"])
        away = attrs.evolve(EVE, leave=[f"{TODAY} to {TODAY}"])
        full = attrs.evolve(BOB, max_new_per_day=1)

        assert {Staying.ALONE: 6} == evened(spanish, under(ANN, english, names=("ann", "bob"))).stays
        assert () == evened(held(ann=6), under(ANN, away, names=("ann", "eve"))).moves
        assert 1 == len(evened(held(ann=6), under(ANN, full, names=("ann", "bob"))).moves)
        assert () == evened(held(agency=6), under(names=("ann", "agency"))).moves
        assert () == evened(held(ann=6), under(names=("ann", "agency"))).moves

    def test_who_stays(self):
        """
        What somebody is at, what was promised, what a hold stops, and whom several have.
        """
        plain = held(ann=6)
        promised = attrs.evolve(standing_of("x", person="x", handler="ann"), promise_due_on=TODAY)
        stopped = [standing_of("h-1", person="h", handler="ann", holds=("dispute",)), standing_of("h-2", person="h", handler="ann")]
        apart = [standing_of("q-1", person="q", handler="ann"), standing_of("q-2", person="q", handler="bob")]
        made = evened([*plain, promised, *stopped, *apart], keep=["ann-0"])

        assert {Staying.HOLD: 2, Staying.KEPT: 1, Staying.AGREED: 1, Staying.APART: 2} == made.stays
        assert not {"ann-0", "x", "h-1", "h-2", "q-1", "q-2"} & {move.account for move in made.moves}

    def test_what_a_rule_shares_on_purpose(self):
        """
        The first with room, or by shares, stays as it is, unless the rule is named.
        """
        first = under(distribution="first")
        shares = AllocationPolicy([ANN, BOB], [AllocationRule("all", ("ann", "bob"), distribution="stratified", shares_bp=[9_000, 1_000])])

        assert () == evened(held(ann=6), first).moves == evened(held(ann=6), shares).moves
        assert 4 == len(evened(held(ann=6), first, rules=["all"]).moves)

    def test_few_moves(self):
        """
        Within the tolerance nothing moves, and never more than may.
        """
        assert () == evened(held(ann=4, bob=3, eve=3)).moves
        assert () == evened(held(ann=6, bob=3, eve=3), tolerance=3).moves
        few = evened(held(ann=9), moves_most=2)
        assert 2 == len(few.moves)
        assert 4 == len(evened(after(held(ann=9), few)).moves)

    def test_what_is_refused(self):
        """
        A rule that is not there, or a tolerance below nothing.
        """
        with pytest.raises(ValidationError, match="all, not 'other'"):
            evened(held(ann=1), rules=["other"])
        with pytest.raises(ValidationError, match="tolerance"):
            evened(held(ann=1), tolerance=-1)


handlers = st.builds(
    lambda id, capacity, daily, languages: Handler(id, id, "agent", capacity=capacity, max_new_per_day=daily, languages=languages),
    id=st.just("x"),
    capacity=st.none() | st.integers(0, 12),
    daily=st.none() | st.integers(0, 4),
    languages=st.sampled_from([(), ("en",), ("es",)]),
)


@st.composite
def books(draw, agents_least=1):
    """Up to four agents with limits, and people with one to three accounts, some of them with an agent."""
    found = [attrs.evolve(draw(handlers), id=f"w-{n}", name=f"w-{n}") for n in range(draw(st.integers(agents_least, 4)))]
    work = [WorkUnits(draw(st.integers(1, 5)), parse("days_past_due > 40", STANDING_FIELDS))]
    policy = under(*found, names=tuple(handler.id for handler in found), units=work)
    standings = []
    for number in range(draw(st.integers(0, 14))):
        person, holder = f"p{number}{draw(st.sampled_from('es'))}", draw(st.sampled_from([None, *(handler.id for handler in found)]))
        for part in range(draw(st.integers(1, 3))):
            one = standing_of(f"a-{number}-{part}", person=person, days=draw(st.sampled_from([5, 50])), handler=holder)
            held_back = draw(st.sampled_from([None, None, None, "promise", "dispute"]))
            one = attrs.evolve(one, promise_due_on=TODAY if held_back == "promise" else None, holds=("dispute",) * (held_back == "dispute"))
            standings.append(one)
    return standings, policy


@st.composite
def uneven_books(draw):
    """Such books in which one agent has people whom another, who has least and has room, may have as well: mostly somebody moves."""
    standings, policy = draw(books(agents_least=2))
    has = loads_of(standings)
    taker, *others = sorted(policy.handlers, key=lambda handler: has.get(handler.id, 0))
    giver = draw(st.sampled_from(others))
    roomy = attrs.evolve(
        taker,
        capacity=None if taker.capacity is None else max(taker.capacity, has.get(taker.id, 0) + 1),
        max_new_per_day=None if taker.max_new_per_day is None else max(taker.max_new_per_day, 1),
        languages=taker.languages if {*taker.languages, *giver.languages} != {"en", "es"} else (),
    )
    spoken = {*roomy.languages, *giver.languages} or {"en", "es"}
    end = draw(st.sampled_from([end for end, language in (("e", "en"), ("s", "es")) if language in spoken]))
    more = [standing_of(f"b-{n}", person=f"q{n}{end}", handler=giver.id) for n in range(draw(st.integers(2, 10)))]
    return [*standings, *more], attrs.evolve(policy, handlers=[roomy if one.id == taker.id else one for one in policy.handlers])


def squares(standings, policy, limits):
    load = Counter()
    for one in standings:
        if one.handler is not None:
            load[one.handler] += policy.units_of(one, None)
    return sum(Fraction(units**2, max(1, limits.get(handler) or 1)) for handler, units in load.items())


class TestLaws:
    @given(given_book=books())
    def test_what_always_holds(self, given_book):
        """
        Nothing is lost, people stay together, nobody gets more than fits, queues are more even, and a second proposal is empty.
        """
        standings, policy = given_book
        made = evened(standings, policy)
        moved = after(standings, made)
        limits = {line.handler: line.limit for line in made.queues}
        before, now, new = loads_of(standings), loads_of(moved), new_on(moved, TODAY)

        assert sum(before.values()) == sum(now.values())
        for handler in policy.handlers:
            gained = now.get(handler.id, 0) > before.get(handler.id, 0)
            assert not gained or handler.capacity is None or now[handler.id] <= handler.capacity
            assert handler.max_new_per_day is None or new.get(handler.id, 0) <= handler.max_new_per_day
        for person in {one.person for one in standings}:
            assert len({one.handler for one in standings if one.person == person}) == len({m.handler for m in moved if m.person == person})
        assert not made.moves or squares(moved, policy, limits) < squares(standings, policy, limits)
        assert () == evened(moved, policy).moves

    @given(given_book=books(), data=st.data())
    def test_the_order_never_matters(self, given_book, data):
        """
        The same accounts in any order give the same proposal.
        """
        standings, policy = given_book

        assert evened(standings, policy) == evened(data.draw(st.permutations(standings)), policy)

    @given(given_book=uneven_books())
    def test_the_night_takes_nothing_back(self, given_book):
        """
        What was moved stays where it was moved to, when the night allocates after it.
        """
        standings, policy = given_book
        made = evened(standings, policy)
        assume(made.moves)
        moved = after(standings, made)
        book = [(one, Consumer(one.person, region="US-NY", locale="es_US" if one.person.endswith("s") else "en_US")) for one in moved]
        night = allocate(book, policy, loads=loads_of(moved), on=TODAY, seed=0, new_today=new_on(moved, TODAY))
        to = {move.account: move.to for move in made.moves}

        assert to == {one.account: one.handler for one in night if one.account in to}
