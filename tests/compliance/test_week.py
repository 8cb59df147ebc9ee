"""The picture of the coming days agrees with the gate at every moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import Outcome
from collectkit.compliance import RuleBook, lawful_week, review, shipped_pack, week_svg, week_text
from collectkit.errors import ValidationError
from collectkit.person import Stop

from .people import AT, call, person, proposal

FEDERAL = RuleBook([shipped_pack("library"), shipped_pack("us-federal")])
SEVEN = tuple(call(AT - timedelta(days=days)) for days in range(7))


class TestLawfulWeek:
    def test_days_open_at_eight_and_close_at_nine(self) -> None:
        """
        From the afternoon asked about, seven openings and seven nights.
        """
        week = lawful_week(proposal(), person(), FEDERAL, AT)
        opened = [stretch for stretch in week.stretches if stretch.outcome is Outcome.ALLOW]

        assert ("America/New_York", 7) == (week.zone, len(opened))
        assert AT == opened[0].start
        assert datetime(2026, 10, 21, 12, 0, tzinfo=UTC) == opened[1].start
        assert "us.regf.6b1.hours" in week.stretches[1].rules

    def test_a_full_week_is_closed_until_the_first_call_has_left(self) -> None:
        """
        The reason stands with the stretch.
        """
        week = lawful_week(proposal(), person(contacts=SEVEN), FEDERAL, AT)

        assert "us.regf.14b.7in7" in week.stretches[0].rules
        assert datetime(2026, 10, 21, 12, 0, tzinfo=UTC) == week.stretches[0].end

    def test_stop_closes_all_of_it(self) -> None:
        """
        One stretch without an end in sight.
        """
        week = lawful_week(proposal(), person(stops=(Stop("c-1", (), AT - timedelta(days=1)),)), FEDERAL, AT)

        assert [Outcome.DENY] == [stretch.outcome for stretch in week.stretches]

    @pytest.mark.parametrize("days", [0, 32])
    def test_a_picture_has_up_to_a_month(self, days: int) -> None:
        """
        The message says what came.
        """
        with pytest.raises(ValidationError, match=f"got {days}"):
            lawful_week(proposal(), person(), FEDERAL, AT, days=days)

    def test_contact_through_no_channel_has_no_picture(self) -> None:
        """
        All of it would be closed, for want of a channel and not by law.
        """
        with pytest.raises(ValidationError, match=r"drawn for one channel, .*nothing was judged"):
            lawful_week(proposal(channel=""), person(), FEDERAL, AT)

    @given(minutes=st.integers(0, 7 * 24 * 60 - 1), calls=st.integers(0, 7))
    def test_the_picture_says_what_the_gate_says(self, minutes: int, calls: int) -> None:
        """
        At every minute of it, and without a gap.
        """
        who = person(contacts=SEVEN[:calls])
        week = lawful_week(proposal(), who, FEDERAL, AT)
        at = AT + timedelta(minutes=minutes)
        stretch = week.at(at)

        assert all(before.end == after.start for before, after in zip(week.stretches, week.stretches[1:], strict=False))
        assert (None if at >= week.stretches[-1].end else review(proposal(), who, FEDERAL, at).outcome) == (
            None if stretch is None else stretch.outcome
        )


class TestPictures:
    def test_the_terminal_shows_a_row_a_day_and_the_reasons(self) -> None:
        """
        48 half hours; before the moment asked about nothing is said.
        """
        lines = week_text(lawful_week(proposal(), person(), FEDERAL, AT)).splitlines()

        assert lines[0].startswith("phone, by the clock of America/New_York: █ open, · closed")
        assert f"Tue 10-20  {' ' * 28}{'█' * 14}{'·' * 6}".rstrip() == lines[2].rstrip()
        assert f"Wed 10-21  {'·' * 16}{'█' * 26}{'·' * 6}" == lines[3]
        assert any("us.regf.6b1.hours [12 CFR 1006.6(b)(1)(i)" in line for line in lines)

    def test_the_svg_is_well_formed_and_tells_its_rules(self) -> None:
        """
        Each bar has a title; a name that could break the markup cannot.
        """
        week = lawful_week(proposal(), person(), FEDERAL, AT)
        drawn = ElementTree.fromstring(week_svg(attrs.evolve(week, channel="<phone>")))
        titles = [element.text or "" for element in drawn.iter("{http://www.w3.org/2000/svg}title")]

        assert "<phone>: when it is lawful, by the clock of America/New_York" == titles[0]
        assert any("closed us.regf.6b1.hours" in title for title in titles)
