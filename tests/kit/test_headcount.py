"""What handlers have, from chunk to chunk of a night: moved on, it is what a count of the whole book would say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Account, Kit, Money, plans
from collectkit._kit.headcount import Headcount
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, WorkUnits
from collectkit.placement import Placement
from collectkit.policy import Policy, load_policy
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS
from collectkit.servicing.reassigning import Reassignment
from collectkit.standing import Standing
from collectkit.storage.memory import MemoryStore, MemoryUnit
from collectkit.storage.store import Burden, Store, Unit
from collectkit.testing.conformance._examples import standing
from collectkit.testing.digests import book_digest
from collectkit.testing.faults import FaultyStore, Killed, StoreFault

from .conftest import NOW, TODAY, consumer

DAY = timedelta(days=1)
FEW = Handler("few", "Few", "in_house", capacity=3, max_new_per_day=2)
EASY = Handler("easy", "Easy", "in_house", units_most=5)
POOR = Handler("poor", "Poor", "in_house", outstanding_most=[Money.of("400.00", "USD")])
BENCH = Handler("bench", "Bench", "in_house")
ALL = Handler("all", "All", "in_house")
HARD = parse("days_past_due >= 20 or locale == 'es_US'", STANDING_FIELDS)
LOCALES = ("en_US", "es_US", "es_US")
_PRESET = load_policy("us-bnpl")


def policy(*handlers: Handler, chunk: int = 2, units: Sequence[WorkUnits] = (), idle: Sequence[Handler] = ()) -> Policy:
    """The preset, with nights that commit after every few people, and handlers of whom each may have every account but the idle."""
    rules = [AllocationRule("any", [handler.id for handler in handlers], distribution="least_loaded")]
    return attrs.evolve(
        _PRESET,
        allocation=AllocationPolicy([*handlers, *idle], rules, units=units),
        night=attrs.evolve(_PRESET.night, chunk_people=chunk),
    )


def kit_on(store: Store, policy: Policy) -> Kit:
    """A kit on a store."""
    kit = Kit.open("memory://", policy=policy, actor="tests")
    return Kit(attrs.evolve(kit.parts, store=store), actor="tests")


def furnish(kit: Kit, people: int) -> None:
    """People with one to three accounts, of different age and size."""
    for number in range(people):
        person = f"c-{number:03}"
        kit.register(attrs.evolve(consumer(person), locale="es_US" if number % 3 else "en_US"), at=NOW - 60 * DAY)
        for letter in "abc"[: 1 + number % 3]:
            plan = plans.pay_in_4(Money(5_000 + 1_700 * (number % 5), "USD"), bought_on=TODAY - (5 + 7 * (number % 8)) * DAY)
            kit.open_account(Account(f"a-{number:03}{letter}", consumer=person, plan=plan), at=NOW - 60 * DAY)


SIZED = policy(FEW, EASY, POOR, ALL, units=[WorkUnits(2, HARD)])


@st.composite
def rows(draw: st.DrawFn) -> Standing:
    """A standing of one of a few accounts, with somebody or with nobody, open or closed, late or not."""
    number = draw(st.integers(0, 5))
    return attrs.evolve(
        standing(f"a-{number}", person=f"c-{number % 3}", handler=draw(st.sampled_from([None, "few", "easy", "poor", "gone"]))),
        as_of=draw(st.sampled_from([TODAY, TODAY - DAY])),
        valid_through=TODAY,
        currency=draw(st.sampled_from(["USD", "EUR"])),
        outstanding_minor=draw(st.integers(0, 50_000)),
        oldest_unpaid_due_on=draw(st.sampled_from([None, TODAY - 20 * DAY, TODAY - 19 * DAY])),
        placed_on=draw(st.sampled_from([None, TODAY, TODAY - DAY])),
        closed_on=draw(st.sampled_from([None, None, TODAY])),
    )


class TestMovedOn:
    @given(
        before=st.lists(rows(), max_size=6),
        chunks=st.lists(st.tuples(st.lists(rows(), max_size=4, unique_by=lambda one: one.account), st.booleans()), max_size=5),
    )
    def test_it_is_what_a_count_of_the_book_would_say(self, before: list[Standing], chunks: list[tuple[list[Standing], bool]]) -> None:
        """
        Whatever is written of whichever accounts, whether it is kept or not.
        """
        with Kit.open("memory://", policy=SIZED, actor="tests") as kit:
            kit.register_all(
                [attrs.evolve(consumer(f"c-{number}"), locale=f"{'es' if number else 'en'}_US") for number in range(3)], at=NOW
            )
            with kit.store.unit("default") as unit:
                unit.save_standings([(row, None) for row in before])
            known = Headcount(TODAY)
            for written, kept in chunks:
                fresh = {row.account: row for row in written}
                with taken_back(kit, kept) as unit:
                    assert kit._crowd(unit, TODAY, fresh) == kit._crowd(unit, TODAY, fresh, known)
                    stood = {row.account: held for row in written if (held := unit.standing(row.account)) is not None}
                    unit.save_standings([(row, None) for row in written])
                    kit._move_on(unit, known, stood, written)
                if kept:
                    known.keep()
                else:
                    known.forget()

    def test_it_is_made_anew_after_as_many_accounts_as_it_counted(self) -> None:
        """
        What others do meanwhile is seen then: of three accounts that somebody had, one was closed by its last payment.
        """
        first, *others = [attrs.evolve(standing(f"a-{number}", handler="all"), placed_on=TODAY) for number in (1, 2, 3)]
        known, seen = Headcount(TODAY), []
        with Kit.open("memory://", policy=policy(ALL), actor="tests") as kit:
            for written_by_others in ([first, *others], [attrs.evolve(first, closed_on=TODAY)], [], [], []):
                with kit.store.unit("default") as unit:
                    unit.save_standings([(row, None) for row in written_by_others])
                with kit.store.unit("default") as unit:
                    seen.append(kit._crowd(unit, TODAY, known=known).loads[ALL.id])
                    kit._move_on(unit, known, {row.account: row for row in others}, others[:1])
                known.keep()

        assert [3, 3, 3, 2, 2] == seen


class TestNights:
    @settings(max_examples=15)
    @given(kills=st.lists(st.integers(1, 300), min_size=1, max_size=4))
    def test_whoever_goes_on_and_counts_anew_decides_the_same(self, kills: list[int]) -> None:
        """
        Room is short with three of four; a night that was killed anywhere and begun anew gives it to those whom a quiet one gives it.
        """
        expected = MemoryStore()
        kit = kit_on(expected, SIZED)
        furnish(kit, 8)
        kit.run_night(as_of=TODAY, at=NOW)
        held = Counter(standing.handler for standing in kit.standings(as_of=TODAY))

        store = FaultyStore(MemoryStore())
        kit = kit_on(store, SIZED)
        furnish(kit, 8)
        for at in kills:
            store.faults = {store.operations + at: StoreFault.KILL}
            with suppress(Killed):
                kit.run_night(as_of=TODAY, at=NOW)
        store.faults = {}
        kit.run_night(as_of=TODAY, at=NOW)

        assert book_digest(expected) == book_digest(store)
        assert {"few", "easy", "poor", "all"} <= held.keys() and held[FEW.id] == 2

    @pytest.mark.parametrize("hand", ["place", "reassign"])
    def test_a_place_that_was_given_by_hand_between_two_chunks_is_not_given_twice(self, hand: str) -> None:
        """
        Of three places the first chunk takes one and a supervisor two: the next ones find none, wherever the count stood.
        """
        few = attrs.evolve(FEW, max_new_per_day=None)
        store = Between()
        kit = kit_on(store, policy(few, chunk=1, idle=[BENCH]))
        furnish(kit, 12)
        for number in range(3, 12 if hand == "reassign" else 10):  # so many that the first chunks do not use the count up
            kit.place(Placement(f"a-{number:03}a", "bench", TODAY - DAY), at=NOW - DAY)

        def by_hand() -> None:
            for name in ("a-011a", "a-010a"):
                if hand == "place":
                    kit.place(Placement(name, "few", TODAY), at=NOW)
                else:
                    kit.reassign(Reassignment(name, "bench", "few", TODAY, "workload"), at=NOW)

        store.after = {3: by_hand}  # when the first chunk has been kept
        kit.run_night(as_of=TODAY, at=NOW)

        held = [standing.account for standing in kit.standings(as_of=TODAY) if standing.handler == "few"]
        assert 3 == len(held) and {"a-010a", "a-011a"} <= set(held)

    @pytest.mark.parametrize("people", [30, 120])
    def test_a_night_counts_once_for_as_many_accounts_as_there_are(self, people: int) -> None:
        """
        Not once a chunk: a new book is counted when it is empty, and then each time that it has grown to twice the size.
        """
        store = Counting()
        kit = kit_on(store, policy(ALL))
        furnish(kit, people)
        store.counts = 0
        kit.run_night(as_of=TODAY, at=NOW)
        first, store.counts = store.counts, 0
        kit.run_night(as_of=TODAY + DAY, at=NOW + DAY)

        assert first <= 2 + people.bit_length() < people // 2
        assert 1 == store.counts


class Between(MemoryStore):
    """A store beside which something is done after the so-manieth unit."""

    def __init__(self) -> None:
        super().__init__()
        self.after: dict[int, Callable[[], None]] = {}
        self.units = 0

    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        with super().unit(tenant) as unit:
            yield unit
        if self.after:
            self.units += 1
            if (act := self.after.pop(self.units, None)) is not None:
                act()


class Counting(MemoryStore):
    """A store that knows how often it was asked what handlers have."""

    counts = 0

    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        store = self

        class Unit(MemoryUnit):
            def burdens(self, on: date) -> list[Burden]:
                store.counts += 1
                return super().burdens(on)

        with super().unit(tenant) as unit:
            unit.__class__ = Unit
            yield unit


@contextmanager
def taken_back(kit: Kit, kept: bool) -> Iterator[Unit]:
    """A unit of which nothing stays unless it is to be *kept*."""
    with suppress(ArithmeticError), kit.store.unit("default") as unit:
        yield unit
        if not kept:
            raise ArithmeticError
