"""A night looks only at accounts on which something may change; whoever would look at all of them places none otherwise."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Hold, Kit, Money, Payment
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, WorkUnits
from collectkit.plugins import hookimpl
from collectkit.policy import load_policy
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS

from .conftest import BOUGHT_ON, account, at, consumer, night

_PRESET = load_policy("us-bnpl")
QUIET = attrs.evolve(_PRESET, late_fees=None, treatment=attrs.evolve(_PRESET.treatment, steps=()))
"""Nothing is done about late accounts but placing them."""
TEAM = Handler("team", "Team", "in_house")


def when(text: str):
    return parse(text, STANDING_FIELDS)


def book_under(handlers, rules, people=1, plugins=(), **more) -> Kit:
    """A book of people with an account each, bought on one day."""
    policy = attrs.evolve(QUIET, allocation=AllocationPolicy(handlers, rules, **more))
    kit = Kit.open("memory://", policy=policy, actor="tests", plugins=plugins)
    for number in range(1, people + 1):
        kit.register(consumer(f"c-{number}"), at=at(BOUGHT_ON))
        kit.open_account(account(f"a-{number}", f"c-{number}"), at=at(BOUGHT_ON))
    return kit


def placed(kit: Kit, until: date) -> dict[str, list[tuple[int, str | None]]]:
    """Run each night, and tell after how many days each account came to whom."""
    found: dict[str, list[tuple[int, str | None]]] = {}
    day = BOUGHT_ON
    while day < until:
        day += timedelta(days=1)
        night(kit, day)
        for standing in kit.standings(as_of=day):
            moves = found.setdefault(standing.account, [])
            if standing.handler != (moves[-1][1] if moves else None):
                moves.append(((day - BOUGHT_ON).days, standing.handler))
    return found


class TestInTime:
    def test_the_night_after_a_strategy_failed(self):
        """
        Nothing falls due on either day.
        """
        nights = iter([RuntimeError("no connection"), None])

        class Strategy:
            def distribute(self, requests, desks, key):
                if (fault := next(nights)) is not None:
                    raise fault
                return ["team"] * len(requests)

        class Plugin:
            @hookimpl
            def collectkit_allocation_strategies(self):
                return {"acme": Strategy()}

        rules = [AllocationRule("all", ["team"], distribution="acme")]
        with book_under([TEAM], rules, plugins=[Plugin()]) as kit:
            assert {"a-1": [(2, "team")]} == placed(kit, BOUGHT_ON + timedelta(days=3))

    def test_on_the_day_on_which_a_rule_begins_to_hold(self):
        """
        Seventeen days late, although nothing falls due that day; and forty days for who takes nothing younger.
        """
        late = [AllocationRule("late", ["field"], when=when("operational_days_past_due >= 33"))]
        calls = [AllocationRule("calls", ["team"], when=when("operational_days_past_due >= 17"))]
        field = Handler("field", "Field", "in_house", days_past_due_least=40)

        assert {"a-1": [(17, "team"), (40, "field")]} == placed(book_under([TEAM, field], late + calls), BOUGHT_ON + timedelta(days=45))

    @pytest.mark.parametrize(
        ("limits", "days"),
        [
            ({}, [4, 4, 4]),
            ({"max_new_per_day": 1}, [4, 5, 6]),
            ({"active_from": BOUGHT_ON + timedelta(days=9)}, [9, 9, 9]),
            # The fifth of September 2026 is a Saturday.
            ({"shifts": ["mon-fri 09:00-17:00"], "zone": "America/New_York"}, [6, 6, 6]),
        ],
    )
    def test_who_waits_is_tried_again(self, limits, days):
        """
        The next night: what was full or away yesterday need not be today.
        """
        rules = [AllocationRule("calls", ["team"], when=when("days_past_due >= 4"))]
        found = placed(book_under([attrs.evolve(TEAM, **limits)], rules, people=3), BOUGHT_ON + timedelta(days=12))

        assert days == sorted(moves[0][0] for moves in found.values())
        assert {1} == {len(moves) for moves in found.values()}

    def test_a_place_that_becomes_free(self):
        """
        Goes to whoever waits for it, though nothing changed about that account.
        """
        kit = book_under([attrs.evolve(TEAM, capacity=1)], [AllocationRule("calls", ["team"], when=when("days_past_due >= 4"))], people=2)
        placed(kit, BOUGHT_ON + timedelta(days=5))
        (first,) = [one for one in kit.standings(as_of=BOUGHT_ON + timedelta(days=5)) if one.handler]
        kit.post(
            Payment("p-1", first.account, Money.of("200.00", "USD"), BOUGHT_ON + timedelta(days=6)), at=at(BOUGHT_ON + timedelta(days=6))
        )
        for number in (6, 7):
            night(kit, BOUGHT_ON + timedelta(days=number))

        held = [one.account for one in kit.standings(as_of=BOUGHT_ON + timedelta(days=7)) if one.handler]
        assert 1 == len(held) and held != [first.account]

    def test_a_dispute_does_not_age_an_account(self):
        """
        After thirty days of dispute it is as late for work as before: it does not leave the house the day the dispute ends.
        """
        rules = [
            AllocationRule("out", ["field"], when=when("operational_days_past_due >= 30")),
            AllocationRule("calls", ["team"], when=when("operational_days_past_due >= 4")),
        ]
        kit = book_under([TEAM, Handler("field", "Field", "in_house", days_past_due_least=30)], rules)
        disputed_on, over_on = BOUGHT_ON + timedelta(days=10), BOUGHT_ON + timedelta(days=40)
        hold = Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=disputed_on, reason="letter", review_on=over_on)
        for number in range(1, 62):
            day = BOUGHT_ON + timedelta(days=number)
            if day == disputed_on:
                kit.hold(hold, at=at(day))
            if day == over_on:
                kit.lift(hold, on=day, reason="settled", at=at(day))
            night(kit, day)
            assert (None if number < 4 else "team" if number < 60 else "field") == kit.standing("a-1", as_of=day).handler

    def test_units_are_counted_as_they_are_on_the_day(self):
        """
        Two accounts that grew to two units each since they were placed fill a desk of four, though nobody wrote them down since.
        """
        rules = [AllocationRule("calls", ["team"], when=when("days_past_due >= 1"))]
        work = [WorkUnits(2, when("days_past_due >= 5"))]
        kit = book_under([attrs.evolve(TEAM, units_most=4)], rules, people=2, units=work)
        placed(kit, BOUGHT_ON + timedelta(days=3))
        later = BOUGHT_ON + timedelta(days=8)
        kit.register(consumer("c-3"), at=at(later))
        kit.open_account(account("a-3", "c-3"), at=at(later))
        night(kit, later)

        assert {"team": 2, None: 1} == Counter(one.handler for one in kit.standings(as_of=later))


class TestLaws:
    @settings(max_examples=25)
    @given(
        bounds=st.lists(st.integers(1, 30), min_size=1, max_size=3, unique=True),
        fact=st.sampled_from(["days_past_due", "operational_days_past_due", "contractual_days_past_due"]),
        form=st.sampled_from(["{} >= {}", "{} > {}", "{} == {}", "{} * 2 >= {}"]),
        least=st.integers(0, 20),
        most=st.none() | st.integers(20, 28),
    )
    def test_after_a_night_nothing_is_left_to_move(self, bounds, fact, form, least, most):
        """
        Trying the allocation of the whole book after each night moves nothing: no account was overlooked.
        """
        handlers = [Handler("h-0", "H", "in_house", days_past_due_least=least, days_past_due_most=most)]
        handlers += [Handler(f"h-{n}", "H", "in_house") for n in range(1, len(bounds))]
        rules = [AllocationRule(f"r-{n}", [f"h-{n}"], when=when(form.format(fact, bound))) for n, bound in enumerate(bounds)]
        kit = book_under(handlers, rules)
        for number in range(1, 34):
            day = BOUGHT_ON + timedelta(days=number)
            night(kit, day)
            assert 0 == kit.dry_allocation(as_of=day).moves
