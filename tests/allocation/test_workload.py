from __future__ import annotations

import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation import AllocationPolicy, WorkUnits
from collectkit.allocation.workload import COLUMNS_FROM, _in_columns, asks_for_people, work_units
from collectkit.person import Consumer
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS
from collectkit.testing.strategies import standings

CONDITIONS = (
    "days_past_due >= 30",
    "outstanding >= money('50.00 USD')",
    "past_due * 2 > total",
    "product == 'card' or merchant is None",
    "region in ['US-NY', 'US-NJ'] and not on_hold",
    "locale is None",
    "last_paid_on is None",
    "promise_days_left <= 3",
    "agreed == 'promise'",
    "charged_off or closed_on is not None",
    "True",
)


def counting(*rules: tuple[int, str | None]) -> AllocationPolicy:
    """A policy that counts work in this way."""
    return AllocationPolicy([], [], units=[WorkUnits(n, parse(when, STANDING_FIELDS) if when else None) for n, when in rules])


class TestWork:
    def test_worked(self, standing):
        """
        Late accounts are three units, large ones two, all others one; the first count that holds decides.
        """
        policy = counting((3, "days_past_due >= 30"), (2, "outstanding >= money('75.00 USD')"))
        book = [standing("a", days=40), standing("b", days=5), standing("c", days=5, outstanding=100), standing("d", currency="EUR")]

        assert [3, 2, 1, 1] == work_units([(one, None) for one in book], policy)
        assert [3, 2, 1, 1] * COLUMNS_FROM == work_units([(one, None) for one in book] * COLUMNS_FROM, policy)

    def test_nothing_is_counted_and_everything_is(self, standing):
        """
        Without counts an account is one unit; a count without a condition is of every account.
        """
        book = [(standing("a"), None)] * COLUMNS_FROM

        assert [1] * COLUMNS_FROM == work_units(book, counting())
        assert [4] * COLUMNS_FROM == work_units(book, counting((4, None)))
        assert [] == work_units([], counting((4, None)))

    def test_without_numpy(self, standing, monkeypatch):
        """
        A core without extras counts one account at a time.
        """
        policy = counting((3, "days_past_due >= 30"), (7, "days_past_due >= 20"))
        for name in ("collectkit.rules.columns", "numpy"):
            monkeypatch.setitem(sys.modules, name, None)

        assert [3] * COLUMNS_FROM == work_units([(standing("a", days=40), None)] * COLUMNS_FROM, policy)
        _in_columns.cache_clear()

    @pytest.mark.parametrize(
        ("when", "asked"), [("region == 'US-NY'", True), ("on_hold and locale == 'en_US'", True), ("days_past_due > 3", False)]
    )
    def test_people_are_read_where_a_count_asks_for_them(self, when, asked):
        """
        Their region and language stand with them; everything else does not.
        """
        assert asked is asks_for_people(counting((2, when)))


class TestBothEngines:
    @given(
        book=st.lists(st.tuples(standings(), st.sampled_from([None, Consumer("c-1", region="US-NY"), Consumer("c-2")])), max_size=8),
        whens=st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=4),
        product=st.sampled_from(["card", ""]),
    )
    def test_columns_say_what_one_account_says(self, book, whens, product):
        """
        The same units for each account, whichever facts are known and whichever engine counts.
        """
        book = [(attrs.evolve(one, product=product), consumer) for one, consumer in book]
        policy = counting(*((number + 2, when) for number, when in enumerate(whens)))
        expected = [policy.units_of(one, consumer) for one, consumer in book]

        assert expected == work_units(book, policy)
        if book:
            copies = COLUMNS_FROM // len(book) + 1
            assert expected * copies == work_units(book * copies, policy)
