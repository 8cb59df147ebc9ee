"""Laws of budgets: a cap is never exceeded, whatever comes in whichever order."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.storage.store import Store
from collectkit.testing.conformance._examples import TENANT, spend
from collectkit.testing.conformance._record import Aborted
from collectkit.testing.conformance._rows import one_store

_fresh = count()


def fullest(days: list[int], length: int) -> int:
    """Return how many of *days* the fullest window of *length* consecutive days holds, by looking at each."""
    return max((sum(first <= day < first + length for day in days) for first in range(min(days) - length, max(days) + 1)), default=0)


class BudgetLaws:
    """What every store promises about budgets."""

    @one_store
    @given(days=st.lists(st.integers(0, 20), min_size=1, max_size=25), cap=st.integers(0, 3), length=st.integers(1, 8))
    def test_no_window_holds_more_than_the_cap(self, store: Store, days: list[int], cap: int, length: int) -> None:
        """
        For any order of days a spend goes through exactly when no window of consecutive days would exceed the cap.
        """
        subject, spent = f"person/{next(_fresh)}", list[int]()
        for day in days:
            fits = fullest([*spent, day], length) <= cap
            with store.unit(TENANT) as unit:
                refused = unit.spend([spend(day, subject=subject, cap=cap, days=length)])
            assert fits == (refused is None)
            spent += [day] * fits

    @one_store
    @given(steps=st.lists(st.tuples(st.sampled_from(("spend", "refund", "count")), st.integers(0, 5)), max_size=20))
    def test_refund_gives_back_exactly_one(self, store: Store, steps: list[tuple[str, int]]) -> None:
        """
        Refunds restore room and never make more of it than was spent; contacts elsewhere take it, room or not.
        """
        subject, spent = f"person/{next(_fresh)}", list[int]()
        for step, day in steps:
            one = spend(day, subject=subject, cap=2, days=3)
            with store.unit(TENANT) as unit:
                if step == "refund":
                    unit.refund([one])
                    spent.remove(day) if day in spent else None
                elif step == "count":
                    unit.count([one])
                    spent.append(day)
                else:
                    near = [other for other in spent if abs(other - day) < 3]
                    fits = max(sum(first <= other < first + 3 for other in [*near, day]) for first in range(day - 2, day + 1)) <= 2
                    assert fits == (unit.spend([one]) is None)
                    spent += [day] * fits

    def test_a_window_ends_with_its_last_day(self, store: Store) -> None:
        """
        Seven days: the day of a contact is day one and the seventh day is the last, before it as after it.
        """
        with store.unit(TENANT) as unit:
            assert unit.spend([spend(0, cap=1)]) is None
            assert [spend(day, cap=1) for day in (0, 6, -6)] == [unit.spend([spend(day, cap=1)]) for day in (0, 6, -6)]
            assert [unit.spend([spend(day, cap=1)]) for day in (7, -7)] == [None, None]

    def test_a_refund_gives_back_one_unit_of_its_day(self, store: Store) -> None:
        """
        What was not spent on that day is not given back, and what was is given back once.
        """
        with store.unit(TENANT) as unit:
            assert unit.spend([spend(0, cap=2), spend(0, cap=2)]) is None
            unit.refund([spend(3, cap=2), spend(0, cap=2, rule="other")])
            assert spend(0, cap=2) == unit.spend([spend(0, cap=2)])
            unit.refund([spend(0, cap=2)])
            assert unit.spend([spend(0, cap=2)]) is None
            assert spend(0, cap=2) == unit.spend([spend(0, cap=2)])

    def test_several_budgets_are_spent_together_or_not_at_all(self, store: Store) -> None:
        """
        The first without room is named, and the others keep theirs, although the unit goes on.
        """
        wide, narrow = spend(0, rule="wide", cap=1), spend(0, rule="narrow", cap=0)
        with store.unit(TENANT) as unit:
            assert narrow == unit.spend([wide, narrow])
        with store.unit(TENANT) as unit:
            assert unit.spend([wide]) is None
            assert wide == unit.spend([wide])

    def test_the_same_budget_twice_needs_room_for_two(self, store: Store) -> None:
        """
        Two units of one budget in one call are two.
        """
        with store.unit(TENANT) as unit:
            assert spend(0, cap=1) == unit.spend([spend(0, cap=1), spend(0, cap=1)])
            assert unit.spend([spend(0, cap=2), spend(0, cap=2)]) is None

    def test_contacts_elsewhere_count_beyond_the_cap(self, store: Store) -> None:
        """
        What took place took place; the room is gone until enough days have passed.
        """
        with store.unit(TENANT) as unit:
            unit.count([spend(0, cap=2)] * 3)
            assert spend(6, cap=2) == unit.spend([spend(6, cap=2)])
            assert spend(6, cap=3) == unit.spend([spend(6, cap=3)])
            assert unit.spend([spend(6, cap=4)]) is None
            assert unit.spend([spend(7, cap=2)]) is None

    def test_a_day_long_past_is_not_forgotten(self, store: Store) -> None:
        """
        A contact recorded late, and a window that grew, are held against everything that was spent.
        """
        with store.unit(TENANT) as unit:
            assert unit.spend([spend(0, cap=1)]) is None
            assert unit.spend([spend(400, cap=1)]) is None
            assert spend(1, cap=1) == unit.spend([spend(1, cap=1)])
            assert spend(200, cap=1, days=365) == unit.spend([spend(200, cap=1, days=365)])

    def test_budgets_of_others_are_others(self, store: Store) -> None:
        """
        Subject, rule and tenant each tell budgets apart.
        """
        with store.unit(TENANT) as unit:
            assert unit.spend([spend(0, cap=1), spend(0, cap=1, subject="person/c-2"), spend(0, cap=1, rule="other")]) is None
        with store.unit("other") as unit:
            assert unit.spend([spend(0, cap=1)]) is None

    def test_an_error_gives_the_budget_back(self, store: Store) -> None:
        """
        A unit that is rolled back spent nothing.
        """
        with pytest.raises(Aborted), store.unit(TENANT) as unit:
            assert unit.spend([spend(0, cap=1)]) is None
            raise Aborted
        with store.unit(TENANT) as unit:
            assert unit.spend([spend(0, cap=1)]) is None
