from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given

from collectkit.errors import PlanError, TimeError, UnknownCurrencyError
from collectkit.money import Money
from collectkit.schedules import Installment, Plan
from collectkit.testing.strategies import plans

DAY, LATER = date(2026, 9, 1), date(2026, 10, 1)


def plan(**changes):
    terms = {"kind": "test", "currency": "USD", "bought_on": DAY, "due_on": (DAY, LATER), "principal": (100, 200), "interest": (0, 5)}
    return Plan(**terms | changes)


class TestPlan:
    def test_rows_on_demand(self):
        """
        A row has its number, day and amounts.
        """
        assert Installment(2, LATER, Money(200, "USD"), Money(5, "USD")) == plan().installment(2)
        assert Money(205, "USD") == plan().installment(2).amount
        assert Money(305, "USD") == plan().total

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"due_on": ()}, "one principal amount"),
            ({"principal": (100,)}, "2 dates, 1 principal"),
            ({"interest": (1,)}, "1 interest"),
            ({"due_on": (LATER, DAY)}, "go back"),
            ({"principal": (300, -100)}, "negative"),
            ({"interest": (5, -5)}, "negative"),
            ({"principal": (0, 0), "interest": ()}, "got 0"),
            ({"principal": (10**15, 1)}, "1 to"),
        ],
    )
    def test_what_is_no_plan(self, changes, message):
        """
        Each refusal says what is wrong.
        """
        with pytest.raises(PlanError, match=message):
            plan(**changes)

    @pytest.mark.parametrize("due", [None, "2026-09-01", ["2026-09-01"], datetime(2026, 9, 1, tzinfo=UTC)])
    def test_what_is_no_due_date(self, due):
        """
        Text, a list of it, or a day with a time.
        """
        with pytest.raises(TimeError, match="a due date"):
            plan(due_on=(due, LATER))

    def test_currency_must_exist(self):
        """
        A plan is in money that exists.
        """
        with pytest.raises(UnknownCurrencyError):
            plan(currency="XXX")

    @given(made=plans())
    def test_rows_add_up(self, made):
        """
        The rows are the columns.
        """
        assert made.total_minor == sum(row.amount.minor for row in made.rows())
