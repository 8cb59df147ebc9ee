"""Periods that end before they begin: each question about a period refuses one, and none answers as if nothing had happened in it."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import attrs
import pytest

import collectkit.allocation
import collectkit.delinquency
import collectkit.reports
from collectkit import Kit, reports
from collectkit.allocation.commission import statement
from collectkit.allocation.contracts import Contract
from collectkit.compliance import RuleBook
from collectkit.delinquency import MONTHLY, days_in, times_entered
from collectkit.errors import TimeError
from collectkit.facts import AccountFacts
from collectkit.policy import load_policy
from collectkit.portfolio import Portfolio
from collectkit.reports import Attribution, Cash, CreditRule
from collectkit.reports.attribution import credits
from collectkit.reports.work import Measured

from ..reports.sample import sample
from .conftest import account

DAY = date(2026, 10, 20)
AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
RULE = Attribution.by(CreditRule.NONE)

PAIRS = (("first", "last"), ("first", "on"), ("since", "until"))
"""What the two ends of a period are called."""

ASKED: Mapping[str, Callable[[Kit, Any, Any], object]] = {
    "Kit.hearings": lambda kit, first, last: kit.hearings(first=first, last=last),
    "Kit.placement_file": lambda kit, first, last: kit.placement_file("x", first=first, last=last, id="f", number=1),
    "Kit.productivity": lambda kit, first, last: kit.productivity(RULE, first=first, last=last),
    "Kit.recall_file": lambda kit, first, last: kit.recall_file("x", first=first, on=last, id="f", number=1),
    "Kit.recheck_verdicts": lambda kit, first, last: kit.recheck_verdicts(since=first, until=last),
    "Kit.replay_law": lambda kit, first, last: kit.replay_law(RuleBook(()), since=first, until=last),
    "Cash.by_source": lambda _, first, last: Cash("sold", ()).by_source("USD", first=first, last=last),
    "Cash.total": lambda _, first, last: Cash("sold", ()).total("USD", first=first, last=last),
    "NightlyReport": lambda _, first, last: attrs.evolve(sample(2, 2), first=first, last=last),
    "contacts": lambda _, first, last: reports.contacts((), (), first=first, last=last, zone="UTC"),
    "Measured": lambda _, first, last: Measured(first=first, last=last, zone="UTC", attribution=RULE),
    "credits": lambda _, first, last: credits(AccountFacts(account()), (), RULE, first, last),
    "days_in": lambda _, first, last: days_in((), "1-30", first=first, last=last),
    "moves": lambda _, first, last: reports.moves((), first=first, last=last),
    "placements": lambda _, first, last: reports.placements(Portfolio.of(()), (), first=first, last=last),
    "productivity": lambda _, first, last: reports.productivity((), RULE, first=first, last=last, zone="UTC"),
    "statement": lambda _, first, last: statement((), Contract("x", "1", "USD"), first=first, last=last),
    "stops": lambda _, first, last: reports.stops((), first=first, last=last, zone="UTC"),
    "times_entered": lambda _, first, last: times_entered((), MONTHLY, MONTHLY.names[1], first=first, last=last),
}
"""Every question about a period, by its name."""

ANSWERS = ("Coaching", "Contacts", "Leave", "Moves", "Placements", "Productivity", "Statement", "Stops")
"""Classes that hold a period: what was asked for already, and a leave, which refuses one in the words of a policy."""


def named() -> Iterator[tuple[str, Callable[..., Any]]]:
    yield from ((f"Kit.{name}", getattr(Kit, name)) for name in dir(Kit) if not name.startswith("_"))
    for room in (collectkit.allocation, collectkit.delinquency, collectkit.reports):
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            held = vars(import_module(module.name)).items() if "._" not in module.name else ()
            for name, found in held:
                if name[0] != "_" and getattr(found, "__module__", "") == module.name and callable(found):
                    yield name, found
                    if inspect.isclass(found):
                        yield from ((f"{name}.{key}", one) for key, one in vars(found).items() if key[0] != "_" and inspect.isfunction(one))


def takes_a_period(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    days = {name for name, parameter in parameters.items() if str(parameter.annotation).startswith("date")}
    return any({one, two} <= days for one, two in PAIRS)


@pytest.fixture(scope="module")
def kit() -> Iterator[Kit]:
    with Kit.open("memory://", policy=load_policy("us-bnpl"), actor="tests") as opened:
        yield opened


BY_INSTANTS = ("Kit.recheck_verdicts", "Kit.replay_law")


class TestPeriods:
    def test_every_question_about_a_period_is_in_the_table(self):
        """
        A new one joins it.
        """
        assert {*ASKED, *ANSWERS} == {name for name, function in named() if takes_a_period(function)}

    @pytest.mark.parametrize("name", ASKED)
    def test_one_that_ends_before_it_begins_is_refused(self, kit, name):
        """
        At once, also by what yields its answer one by one; the error says what was given, what is allowed and what did not happen.
        """
        last = AT if name in BY_INSTANTS else DAY
        first = last + timedelta(days=1)

        with pytest.raises(TimeError) as told:
            ASKED[name](kit, first, last)

        assert f"a period from {first.isoformat()} to {last.isoformat()} ends before it begins" in str(told.value)
        assert str(told.value).rpartition("; ")[2].startswith(("nothing was ", "no "))

    @pytest.mark.parametrize("name", ASKED)
    def test_a_single_day_is_a_period(self, kit, name):
        """
        Both ends are inclusive; of two instants that are the same it is empty, and says so.
        """
        end = AT if name in BY_INSTANTS else DAY

        ASKED[name](kit, end, end)
