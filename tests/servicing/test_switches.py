"""Kill switches as values: what they cover, and what waited for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Proposal
from collectkit.errors import ValidationError
from collectkit.servicing.dispatch import plan
from collectkit.servicing.switches import HandOversResumed, HandOversStopped, KillSwitch, is_dropped, spread, switchboard

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
PROPOSAL = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "sms", template="reminder-late", handler="agency")


class TestWhatASwitchCovers:
    @pytest.mark.parametrize(
        ("narrowed", "covered"),
        [
            ({}, True),
            ({"channel": "sms"}, True),
            ({"channel": "email"}, False),
            ({"handler": "agency", "template": "reminder-late"}, True),
            ({"handler": "agency", "template": "final-notice"}, False),
            ({"jurisdiction": "US"}, True),
            ({"jurisdiction": "US-NY"}, True),
            ({"jurisdiction": "US-N"}, False),
            ({"jurisdiction": "GB"}, False),
        ],
    )
    def test_what_is_given_narrows_it(self, narrowed: dict[str, str], covered: bool) -> None:
        """
        What is left empty does not; a country covers its parts.
        """
        assert covered == KillSwitch("k-1", "test", **narrowed).stops(PROPOSAL, ["US-NY"])

    def test_a_doubtful_place_is_covered(self) -> None:
        """
        Of whom no region is known may live there, and so may one of whom only the country is known.
        """
        switch = KillSwitch("k-1", "test", jurisdiction="US-NY")

        assert switch.stops(PROPOSAL, [])
        assert switch.stops(PROPOSAL, ["US"])
        assert not switch.stops(PROPOSAL, ["US-CA"])

    def test_a_switch_says_why(self) -> None:
        """
        Without a reason nothing is stopped.
        """
        with pytest.raises(ValidationError, match="reason"):
            KillSwitch("k-1", "")


class TestSwitchboard:
    def test_a_switch_is_on_until_it_is_lifted(self) -> None:
        """
        Another one that covers the same stays on.
        """
        on = [HandOversStopped(KillSwitch("k-1", "test"), AT), HandOversStopped(KillSwitch("k-2", "test", channel="sms"), AT)]
        board = switchboard([*on, HandOversResumed("k-1", AT + HOUR, "over")])

        assert ["k-2"] == [stopped.switch.id for stopped in board.on]
        assert "k-2" == board.against(PROPOSAL, []).id  # type: ignore[union-attr]
        assert board.against(attrs.evolve(PROPOSAL, channel="email"), []) is None

    def test_what_came_due_meanwhile_waited(self) -> None:
        """
        What is due only after the lift, or was planned after it, did not.
        """
        board = switchboard([HandOversStopped(KillSwitch("k-1", "test"), AT), HandOversResumed("k-1", AT + 2 * HOUR, "over")])

        def row(planned_at: datetime, due: datetime) -> object:
            return board.waited(plan(PROPOSAL, at=planned_at, not_before=due, not_after=None), [])

        assert AT + 2 * HOUR == row(AT, AT + HOUR)
        assert row(AT, AT + 3 * HOUR) is None
        assert row(AT + 2 * HOUR, AT + HOUR) is None

    @given(id=st.text(min_size=1), minutes=st.integers(1, 10_000))
    def test_what_waited_is_spread_after_the_lift(self, id: str, minutes: int) -> None:
        """
        Never before it, never later than the span, and the same contact always at the same moment.
        """
        moment = spread(id, AT, timedelta(minutes=minutes))

        assert AT <= moment < AT + timedelta(minutes=minutes)
        assert moment == spread(id, AT, timedelta(minutes=minutes))

    def test_a_notice_is_never_dropped(self) -> None:
        """
        Whatever the rule, what the law obliges us to give is given.
        """
        reminder = plan(PROPOSAL, at=AT, not_before=AT, not_after=None)
        notice = attrs.evolve(reminder, proposal=attrs.evolve(PROPOSAL, purpose="notice"))

        assert [True, False, False] == [is_dropped(reminder, "drop"), is_dropped(notice, "drop"), is_dropped(reminder, "replan")]
