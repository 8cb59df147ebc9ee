"""What a night costs for an account, however large the book is; counted in the steps of SQLite, which is the same on any machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from collectkit import Account, Kit, Money, Payment, plans
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, WorkUnits
from collectkit.policy import Policy, load_policy
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS

from .conftest import NOW, TODAY, consumer

DAY = timedelta(days=1)
FEW, MANY = 50, 200


@attrs.define
class Steps:
    """How many steps SQLite has taken over all connections, in tens."""

    tens: int = 0

    def ten(self) -> int:
        self.tens += 1
        return 0


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Count the steps of every connection from here on."""
    counted, connect = Steps(), sqlite3.connect

    def counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_progress_handler(counted.ten, 10)
        return connection

    monkeypatch.setattr(sqlite3, "connect", counting)
    return counted


def policy() -> Policy:
    """The preset; those who are late go to agencies by lot, and who owes most to a clerk who can only do so much; small chunks."""
    preset = load_policy("us-bnpl")
    late = parse("days_past_due >= 15", STANDING_FIELDS)
    agencies = [Handler(f"agency-{name}", name, "agency", licences=["US"]) for name in ("north", "south")]
    own = [Handler("clerk", "Clerk", "in_house", units_most=12), Handler("team", "Team", "in_house", capacity=1_000_000)]
    rules = [
        AllocationRule("large", ["clerk"], when=parse("outstanding >= money('300.00 USD')", STANDING_FIELDS)),
        AllocationRule("late", [agency.id for agency in agencies], when=late),
        AllocationRule("rest", ["team"]),
    ]
    allocation = AllocationPolicy([*own, *agencies], rules, units=[WorkUnits(2, late)])
    return attrs.evolve(preset, allocation=allocation, night=attrs.evolve(preset.night, chunk_people=5))


def furnished(folder: Path, people: int) -> Kit:
    """A book of so many people with an account each; every tenth is late."""
    kit = Kit.open(f"sqlite:///{folder}/book-{people}.db", policy=policy(), actor="tests")
    kit.register_all((consumer(f"c-{number:05}") for number in range(people)), at=NOW - 60 * DAY)
    kit.open_accounts((bought(number) for number in range(people)), at=NOW - 60 * DAY)
    return kit


def bought(number: int) -> Account:
    """An account whose first installment falls due today or fell due twenty days ago."""
    total, late = Money.of("320.00" if number % 12 == 0 else "80.00", "USD"), number % 10 == 0
    return Account(f"a-{number:05}", consumer=f"c-{number:05}", plan=plans.pay_in_4(total, bought_on=TODAY - (20 if late else 0) * DAY))


class TestBulk:
    def test_what_comes_into_a_large_book_costs_what_it_costs_in_a_small_one(self, tmp_path: Path, steps: Steps) -> None:
        """
        People, accounts, payments, and the same payments again, fifty at a time: the last fifty take the steps that the second fifty took.
        """
        costs: dict[str, list[int]] = {}
        with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy(), actor="tests") as kit:
            for first in range(0, 8 * FEW, FEW):
                numbers = range(first, first + FEW)
                accounts = [bought(number) for number in numbers]
                paid = [Payment(f"p-{one.id}", one.id, Money.of("20.00", "USD"), TODAY) for one in accounts]
                acts: dict[str, Callable[[], object]] = {
                    "people": partial(kit.register_all, [consumer(f"c-{number:05}") for number in numbers], at=NOW),
                    "accounts": partial(kit.open_accounts, accounts, at=NOW),
                    "payments": partial(kit.post_all, paid, at=NOW),
                    "payments again": partial(kit.post_all, paid, at=NOW),
                }
                for what, act in acts.items():
                    before = steps.tens
                    act()
                    costs.setdefault(what, []).append(steps.tens - before)

        assert {} == {what: taken for what, taken in costs.items() if taken[-1] > 1.1 * taken[1]}


class TestNights:
    def test_an_account_costs_the_same_in_a_book_four_times_as_large(self, tmp_path: Path, steps: Steps) -> None:
        """
        The first night of a book, which looks at every account, and those after it, which look at few; and handing over what they planned.
        """
        costs: dict[str, list[float]] = {}
        for people in (FEW, MANY):
            with furnished(tmp_path, people) as kit:
                for number in range(2):
                    day, at = TODAY + number * DAY, NOW + number * DAY
                    before = steps.tens
                    kit.run_night(as_of=day, at=at)
                    costs.setdefault(f"night {number}", []).append((steps.tens - before) / people)
                    before = steps.tens
                    kit.dispatch(at=at + timedelta(minutes=1), worker="w")
                    costs.setdefault(f"hand-over {number}", []).append((steps.tens - before) / people)

        assert {} == {what: pair for what, pair in costs.items() if pair[1] > 1.1 * pair[0]}
