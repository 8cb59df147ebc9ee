"""Every hold that ships, against a second and plain reading of its file."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit.actions import Outcome
from collectkit.calendars.dates import zone as zone_of
from collectkit.compliance import rule_on
from collectkit.compliance.past import GivenConsent, HoldFact, PastEvent

from . import oracle, oracle_holds
from .test_oracle import DAY, ZONES, act, alone, moments


@st.composite
def held(draw: st.DrawFn, id: str, at: datetime, zone: str) -> HoldFact:
    """A hold of the rule's kind, begun before the act or a little later, with one way to end at most."""
    params = oracle.raw_rules()[id][1]["params"]
    today = at.astimezone(zone_of(zone)).date()

    def ago(least: int, most: int) -> date:
        return today - draw(st.integers(least, most)) * DAY

    noticed = ago(-2, 75)
    given: dict[str, Any] = {
        "since": draw(st.none() | st.integers(-90, 90 * 24 * 60).map(lambda minutes: at - timedelta(minutes=minutes))),
        "debts": draw(st.sampled_from([(), ("D1",), ("D2",), ("D1", "D2")])),
        "form": draw(st.sampled_from(["", "written", "oral"])),
        "accepted": draw(st.sampled_from([True, True, False])),
        "noticed_on": draw(st.none() | st.just(noticed)),
        "due_by": draw(st.none() | st.just(ago(-5, 80))),
        "earlier_on": draw(st.none() | st.integers(0, 450).map(lambda days: noticed - days * DAY)),
        "extended": draw(st.booleans()),
        "confirmed_in_writing_on": draw(st.none() | st.integers(0, 12).map(lambda days: noticed + days * DAY)),
    }
    ways: dict[str, Any] = {
        "until": lambda: at + timedelta(minutes=draw(st.integers(-30 * 24 * 60, 30 * 24 * 60))),
        "last_on": lambda: ago(-20, 20),
        "treatment_ended_on": lambda: ago(-3, 40),
        "refused_on": lambda: ago(-3, 20),
        "repeat_answered_at": lambda: at + timedelta(minutes=draw(st.integers(-3000, 3000))),
    }
    way = draw(st.sampled_from(["", "", *ways]))
    if way:
        given[way] = ways[way]()
        given["repeats"] = way == "repeat_answered_at"
    return HoldFact(draw(st.sampled_from([params["hold_type"]] * 4 + ["some_other"])), **given)


@pytest.mark.parametrize("id", oracle.ids("hold"))
class TestHolds:
    @given(data=st.data(), at=moments, zone=st.sampled_from(ZONES))
    @settings(max_examples=60, deadline=None)
    def test_a_hold_stops_what_and_as_long_as_its_file_says(self, id: str, data: st.DataObject, at: datetime, zone: str) -> None:
        """
        Its acts and no others, on its days, for the accounts that it is about; free again at the first midnight or instant of a walk.
        """
        params = oracle.raw_rules()[id][1]["params"]
        holds = tuple(data.draw(st.lists(held(id, at, zone), max_size=3)))
        scope = [action for action in oracle.raw_rules()[id][1]["applies_to"]["actions"] if action != "any"]
        excepted = params.get("exceptions", [])
        purposes = data.draw(st.just(()) | st.sampled_from([*[(name,) for name in excepted], ("else",)]))
        named = data.draw(st.just("") | st.sampled_from(["", *excepted]))
        released = data.draw(st.lists(st.tuples(st.integers(0, 90 * 24), st.sampled_from([(), ("D1",), ("D2",)])), max_size=2))
        events = tuple(
            PastEvent(params.get("release_event", "released"), at - hours * timedelta(hours=1), debts) for hours, debts in released
        )
        question = act(
            id,
            at,
            (zone,),
            holds=holds,
            events=events,
            purposes=frozenset(purposes),
            consents=(GivenConsent(named),) if named else (),
            debts=data.draw(st.sampled_from([("D1",), ("D2",), ("D1", "D2")])),
            place=data.draw(st.sampled_from(["", "personal", "workplace"])),
        )
        question = attrs.evolve(question, action=data.draw(st.sampled_from(sorted({*scope, *params["blocks_actions"]}))))
        ruling = rule_on(question, alone(id))

        reached = question.action in scope
        stops = reached and oracle_holds.in_force(id, question, at, zone)
        assert stops == (ruling.outcome is Outcome.DENY)
        if stops:
            assert oracle_holds.free_again(id, question, zone) == ruling.earliest
