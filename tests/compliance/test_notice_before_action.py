"""Notices that must come before an act: whose they are, and whether they took place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compliance.asking import ruled, word

from collectkit.actions import Outcome
from collectkit.compliance.past import PastContact

SENT = datetime.fromisoformat("2026-06-01T10:00:00-04:00")
LETTER = PastContact(SENT, "letter", outcome="delivered", person="P1", debts=("D1",), discussed=("D1",), collector="C1")


def reported(
    *history: PastContact, party: str = "third_party", collector: str = "C1", at: str = "2026-06-20T10:00:00-04:00", **facts: Any
) -> str:
    """Return what Regulation F says about reporting the account."""
    zones = ("America/New_York",)
    return word(ruled("us-federal", at, "report_credit", party=party, collector=collector, zones=zones, history=history, **facts))


class TestWhoseNoticeItIs:
    """12 CFR 1006.30(a)(1): "before the debt collector" speaks or writes, and nobody else for it."""

    def test_the_letter_of_another_is_no_step_of_this_collector(self) -> None:
        """
        Neither an earlier collector's nor the creditor's.
        """
        letters = [attrs.evolve(LETTER, collector=collector) for collector in ("C1", "C2", "")]
        assert ["allow", "deny", "deny"] == [reported(letter) for letter in letters]

    def test_a_talk_with_another_is_none_either(self) -> None:
        """
        The creditor spoke with the person the day before.
        """
        talk = attrs.evolve(LETTER, channel="phone", outcome="conversation")
        assert ["allow", "deny"] == [reported(one) for one in (talk, attrs.evolve(talk, collector=""))]

    def test_of_a_collector_that_is_not_known_nothing_is_its_own(self) -> None:
        """
        What is not known must not open what is closed; where every fact is given, no name is one and the same collector.
        """
        unnamed = attrs.evolve(LETTER, collector="")
        assert ["allow", "deny"] == [reported(unnamed, collector="", unknown=doubt) for doubt in (Outcome.ALLOW, Outcome.DENY)]

    def test_ontario_asks_for_the_letter_of_the_agency(self) -> None:
        """
        Reg. 74 s21: the agency's own notice, then six days.
        """
        letters = [attrs.evolve(LETTER, collector=collector) for collector in ("C1", "C2")]
        zones, at = ("America/Toronto",), "2026-06-09T10:00:00-04:00"
        asked = [
            word(ruled("ca-on", at, channel="phone", party="third_party", collector="C1", zones=zones, history=(letter,)))
            for letter in letters
        ]
        assert ["allow", "deny"] == asked


class TestWhetherItTookPlace:
    @pytest.mark.parametrize("channel", ["letter", "email", "sms"])
    def test_a_message_in_doubt_is_no_notice(self, channel: str) -> None:
        """
        It counts against every cap, for it was possibly made, and opens nothing, for it possibly was not.
        """
        doubtful = attrs.evolve(LETTER, channel=channel, outcome="unknown")
        assert ["allow", "deny"] == [reported(one) for one in (attrs.evolve(LETTER, channel=channel), doubtful)]

    @given(days=st.integers(0, 40), collector=st.sampled_from(["C1", "C2", ""]), outcome=st.sampled_from(["delivered", "unknown"]))
    def test_only_an_own_letter_that_took_place_opens_and_only_after_its_days(self, days: int, collector: str, outcome: str) -> None:
        """
        Fourteen days, that of sending being the first.
        """
        at = SENT + timedelta(days=days)
        letter = attrs.evolve(LETTER, collector=collector, outcome=outcome)
        opens = collector == "C1" and outcome == "delivered" and days >= 14
        assert ("allow" if opens else "deny") == reported(letter, at=at.isoformat())
