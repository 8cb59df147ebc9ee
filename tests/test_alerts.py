"""What whoever works an account is told, when it is over, and that nothing moves in a way that stands in no table."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.treatment.conftest import DUE_ON, standing_of

from collectkit.alerts import (
    LIFECYCLE,
    AlertEvent,
    AlertMoved,
    AlertPolicy,
    AlertRaised,
    AlertReason,
    AlertRule,
    AlertState,
    alerts_of,
    alerts_tonight,
    complete,
    snooze,
)
from collectkit.errors import PolicyError
from collectkit.history import HAPPENINGS, Happening, History
from collectkit.refusals import Refusal
from collectkit.rules import Expression, parse
from collectkit.segments import STANDING_FIELDS

DAY = timedelta(days=1)
ON = date(2026, 9, 20)


def when(text: str) -> Expression:
    return parse(text, STANDING_FIELDS, happenings=HAPPENINGS)


SILENT = AlertRule(
    "silent",
    when("count('no_answer', 10) >= 3 and count('reply', 10) == 0"),
    "Look for another number.",
    due_days=1,
    escalate_days=2,
    escalate_to="supervisor",
)
POLICY = AlertPolicy((SILENT,))
CALLS = [Happening(ON - n * DAY, "no_answer", str(n)) for n in range(3)]


def night(on: date, known: list[AlertEvent], calls: list[Happening], policy: AlertPolicy = POLICY, **given: Any) -> list[AlertEvent]:
    standing = standing_of(on, handler="team", **given)
    return alerts_tonight(policy, standing, None, History(calls), alerts_of(known))


class TestWorkedExamples:
    def test_three_calls_without_an_answer_raise_one_alert(self) -> None:
        """
        Whoever has the account gets it, with what was seen; the next night raises no second one.
        """
        raised = night(ON, [], CALLS)
        (alert,) = alerts_of(raised)

        assert ("silent/2026-09-20", AlertState.OPEN, date(2026, 9, 21), "team") == (alert.id, alert.state, alert.due_on, alert.owner)
        assert "count_no_answer_10 is 3" in alert.why
        assert [] == night(ON + DAY, raised, CALLS)

    def test_it_lapses_when_the_person_answers(self) -> None:
        """
        And is raised again when the condition holds again.
        """
        events = night(ON, [], CALLS)
        events += night(ON + DAY, events, [*CALLS, Happening(ON + DAY, "reply")])
        (alert,) = alerts_of(events)

        assert AlertState.LAPSED is alert.state
        again = [Happening(ON + n * DAY, "no_answer", str(n)) for n in (20, 21, 22)]
        assert ["AlertRaised"] == [type(one).__name__ for one in night(ON + 23 * DAY, events, again)]

    def test_what_is_left_lying_goes_to_the_supervisor(self) -> None:
        """
        Due on the 21st and two days on: the 24th is the first night on which it is too late.
        """
        events = night(ON, [], CALLS)

        assert [] == night(date(2026, 9, 23), events, CALLS)
        (moved,) = night(date(2026, 9, 24), events, CALLS)
        assert isinstance(moved, AlertMoved)
        assert (AlertState.ESCALATED, "supervisor") == (moved.to, moved.owner)

    def test_a_snooze_hides_it_until_its_day(self) -> None:
        """
        It is shown again on that day, and the night opens it.
        """
        events = night(ON, [], CALLS)
        put_off = snooze(alerts_of(events), "silent/2026-09-20", until=ON + 3 * DAY, on=ON, by="u-1", reason="wrote a letter")
        assert isinstance(put_off, AlertMoved)
        (alert,) = alerts_of([*events, put_off])

        assert [False, True] == [alert.shown(ON + days * DAY) for days in (2, 3)]
        (opened,) = night(ON + 3 * DAY, [*events, put_off], CALLS)
        assert isinstance(opened, AlertMoved)
        assert AlertState.OPEN is opened.to

    def test_what_was_dealt_with_rests(self) -> None:
        """
        For seven days, although the condition still holds.
        """
        calls = [Happening(ON + n * DAY, "no_answer", str(n)) for n in range(-3, 12)]
        events = night(ON, [], calls)
        done = complete(alerts_of(events), "silent/2026-09-20", on=ON, by="u-1", reason="reached")
        assert isinstance(done, AlertMoved)

        assert [] == night(ON + 6 * DAY, [*events, done], calls)
        assert 1 == len(night(ON + 7 * DAY, [*events, done], calls))

    def test_a_closed_account_has_no_alerts(self) -> None:
        """
        What was open lapses.
        """
        (moved,) = night(ON + DAY, night(ON, [], CALLS), CALLS, closed_on=ON + DAY)

        assert isinstance(moved, AlertMoved)
        assert AlertState.LAPSED is moved.to

    @pytest.mark.parametrize(
        ("text", "given", "expected"),
        [
            ("promise_days_left == 0", {"promise_due_on": ON}, 1),
            ("promise_days_left == 0", {"promise_due_on": ON + DAY}, 0),
            ("promises_broken >= 1", {"promises_broken": 1}, 1),
            ("rising('delay', 3)", {}, 1),
            ("days_since('evidence_awaited') >= 7 and count('evidence_settled', 30) == 0", {}, 1),
            ("days_past_due >= 5 and days_since('attempt') is None", {}, 1),
        ],
    )
    def test_the_conditions_that_a_team_asks_for(self, text: str, given: dict[str, object], expected: int) -> None:
        """
        A promise due today or broken, a growing delay, a missing document, a due date missed and nobody called.
        """
        rows = [Happening(ON - n * DAY, "delay", str(n), 10 - n) for n in (8, 6, 4, 2)]
        rows.append(Happening(ON - 8 * DAY, "evidence_awaited", "h-1"))
        policy = AlertPolicy((AlertRule("r", when(text), "Look."),))

        assert expected == len(night(ON, [], rows, policy, **given))


class TestFaults:
    def test_what_cannot_be_moved_is_refused(self) -> None:
        """
        An alert that there is not, one that is over, and a day that is not ahead.
        """
        events = night(ON, [], CALLS)
        done = complete(alerts_of(events), "silent/2026-09-20", on=ON, by="u-1", reason="reached")
        assert isinstance(done, AlertMoved)
        asked = [
            complete(alerts_of(events), "x", on=ON, by="u-1", reason="r"),
            complete(alerts_of([*events, done]), "silent/2026-09-20", on=ON, by="u-1", reason="r"),
            snooze(alerts_of(events), "silent/2026-09-20", until=ON, on=ON, by="u-1", reason="r"),
        ]

        assert [AlertReason.UNKNOWN, AlertReason.NOT_LIVE, AlertReason.DAY_NOT_AHEAD] == [
            one.reason for one in asked if isinstance(one, Refusal)
        ]

    def test_rules_that_contradict_themselves_are_refused(self) -> None:
        """
        Two of one name, and an escalation to nobody.
        """
        with pytest.raises(PolicyError, match="name of its own"):
            AlertPolicy((SILENT, SILENT))
        with pytest.raises(PolicyError, match="together"):
            AlertRule("r", when("on_hold"), "Look.", escalate_days=1)


class TestTable:
    def test_the_page_has_the_table(self) -> None:
        """
        Every row stands in docs/reference/lifecycles.md.
        """
        page = (Path(__file__).parents[1] / "docs" / "reference" / "lifecycles.md").read_text(encoding="utf-8")
        rows: dict[tuple[str, str, str], list[str]] = {}
        for state, event, to, effect in LIFECYCLE:
            rows.setdefault((event, to, effect), []).append(f"`{state}`" if state else "—")
        expected = [f"| {', '.join(states)} | {event} | `{to}` | {effect} |" for (event, to, effect), states in rows.items()]

        assert [] == [row for row in expected if row not in page]


class AlertMachine(RuleBasedStateMachine):
    """Nights and people, in any order: an alert moves by rows of the table alone, and at most one of a rule is live."""

    def __init__(self) -> None:
        super().__init__()
        self.on, self.events, self.rows = ON, list[AlertEvent](), list[Happening]()
        self.closed: date | None = None

    def add(self, new: list[AlertEvent]) -> None:
        for event in new:
            before = {alert.id: alert.state.value for alert in alerts_of(self.events)}
            state = before.get(event.alert, "") if isinstance(event, AlertMoved) else ""
            to = event.to.value if isinstance(event, AlertMoved) else "open"
            assert (state, to) in {(row[0], row[2]) for row in LIFECYCLE}
            self.events.append(event)

    @rule(days=st.integers(1, 6), kinds=st.lists(st.sampled_from(["no_answer", "reply"]), max_size=4))
    def night(self, days: int, kinds: list[str]) -> None:
        self.on += days * DAY
        self.rows += [Happening(self.on, kind, f"{self.on} {number}") for number, kind in enumerate(kinds)]
        new = night(self.on, self.events, self.rows, unpaid=DUE_ON, closed_on=self.closed)
        self.add(new)
        assert [] == night(self.on, self.events, self.rows, unpaid=DUE_ON, closed_on=self.closed)
        holds = SILENT.holds(History(self.rows).figures(POLICY.aggregates, self.on)) and self.closed is None
        assert holds or not any(alert.live for alert in alerts_of(self.events))

    @rule(days=st.integers(0, 9))
    def snooze(self, days: int) -> None:
        for alert in alerts_of(self.events)[-1:]:
            moved = snooze(alerts_of(self.events), alert.id, until=self.on + days * DAY, on=self.on, by="u-1", reason="r")
            assert isinstance(moved, AlertMoved) is (alert.live and days > 0)
            self.add([moved] if isinstance(moved, AlertMoved) else [])

    @rule()
    def complete(self) -> None:
        for alert in alerts_of(self.events)[-1:]:
            moved = complete(alerts_of(self.events), alert.id, on=self.on, by="u-1", reason="r")
            assert isinstance(moved, AlertMoved) is alert.live
            self.add([moved] if isinstance(moved, AlertMoved) else [])

    @rule()
    def close(self) -> None:
        self.closed = self.closed or self.on

    @invariant()
    def at_most_one_is_live(self) -> None:
        assert 1 >= sum(alert.live for alert in alerts_of(self.events))
        raised = [event.id for event in self.events if isinstance(event, AlertRaised)]
        assert len(set(raised)) == len(raised)


TestAlertMachine = AlertMachine.TestCase
