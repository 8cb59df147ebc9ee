"""Caps over a portfolio agree with the rule that judges one contact, and with counting the whole log."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import Outcome
from collectkit.compliance import Question, load_pack, rule_on
from collectkit.compliance.past import PastContact
from collectkit.errors import ValidationError
from collectkit.portfolio.contact_caps import RecentAttempts, may_attempt_from_log

TODAY = date(2026, 10, 20).toordinal()
ACCOUNTS = 4
PACK = """
schema_version = 1
[meta]
jurisdiction = "*"
default_timezone = "UTC"
[[rule]]
id = "cap"
citation = "Art. 1"
title = "A cap"
kind = "frequency_cap"
status = "verified"
source = "test"
effective_from = 1970-01-01
[rule.applies_to]
party = ["any"]
actions = ["contact"]
channels = ["any"]
products = ["any"]
stage = ["any"]
recipients = ["any"]
[rule.params]
max = {cap}
period_kind = "consecutive_days"
period_days = {days}
unit = "per_debt"
"""

attempts = st.lists(st.tuples(st.integers(0, ACCOUNTS - 1), st.integers(0, 20)), max_size=40).map(
    lambda pairs: sorted(((account, TODAY - back) for account, back in pairs), key=lambda pair: pair[1])
)
caps = st.integers(1, 5)
windows = st.integers(1, 9)


def index_of(log: list[tuple[int, int]], cap: int, days: int) -> RecentAttempts:
    accounts, local_days = columns(log)
    return RecentAttempts.of_log(accounts, local_days, ACCOUNTS, cap=cap, days=days)


def columns(log: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([account for account, _ in log], np.int32), np.array([day for _, day in log], np.int32)


def counted(log: list[tuple[int, int]], cap: int, days: int, today: int) -> list[bool]:
    """The oracle: count the whole log of each account."""
    return [sum(1 for a, day in log if a == account and day > today - days) < cap for account in range(ACCOUNTS)]


class TestRecentAttempts:
    def test_seven_calls_since_the_14th_leave_no_room_before_the_21st(self) -> None:
        """
        The eighth fits when the first of seven has left the window of seven days.
        """
        index = index_of([(0, TODAY - back) for back in range(6, -1, -1)], 7, 7)

        assert not index.fits(0, TODAY)
        assert index.fits(0, TODAY + 1)
        assert [False, True, True, True] == index.may_attempt(TODAY).tolist()

    @pytest.mark.parametrize(("cap", "days"), [(0, 7), (7, 0)])
    def test_a_cap_of_nothing_is_refused(self, cap: int, days: int) -> None:
        """
        The message says what came.
        """
        with pytest.raises(ValidationError, match=f"got {cap} in {days} days"):
            index_of([], cap, days)

    def test_an_account_that_does_not_exist_is_refused(self) -> None:
        """
        Nothing is counted to a neighbour.
        """
        with pytest.raises(ValidationError, match="numbered from 0 to 3"):
            index_of([(4, TODAY)], 7, 7)

    def test_columns_of_two_lengths_are_refused(self) -> None:
        """
        Each attempt has an account and a day.
        """
        with pytest.raises(ValidationError, match="got 1 and 0"):
            RecentAttempts.of_log(np.zeros(1, np.int32), np.zeros(0, np.int32), ACCOUNTS, cap=1, days=1)


class TestRecentAttemptsLaws:
    @given(log=attempts, cap=caps, days=windows, ahead=st.integers(0, 12))
    def test_the_index_and_the_log_answer_as_counting_does(self, log: list[tuple[int, int]], cap: int, days: int, ahead: int) -> None:
        """
        On every day from the last attempt on.
        """
        today = TODAY + ahead
        accounts, local_days = columns(log)
        expected = counted(log, cap, days, today)

        assert expected == index_of(log, cap, days).may_attempt(today).tolist()
        assert expected == may_attempt_from_log(accounts, local_days, ACCOUNTS, cap=cap, days=days, today=today).tolist()

    @given(log=attempts, cap=caps, days=windows)
    def test_the_log_need_not_be_in_order_to_be_read_whole(self, log: list[tuple[int, int]], cap: int, days: int) -> None:
        """
        A log in the order of accounts gives the same answer.
        """
        accounts, local_days = columns(sorted(log))

        assert (
            counted(log, cap, days, TODAY) == may_attempt_from_log(accounts, local_days, ACCOUNTS, cap=cap, days=days, today=TODAY).tolist()
        )

    @given(log=attempts, cap=caps, days=windows, later=st.lists(st.tuples(st.integers(0, ACCOUNTS - 1), st.integers(0, 2)), max_size=30))
    def test_what_was_recorded_since_is_seen(self, log: list[tuple[int, int]], cap: int, days: int, later: list[tuple[int, int]]) -> None:
        """
        Check and record one at a time, and look at all: both agree with counting.
        """
        index, today = index_of(log, cap, days), TODAY
        written = list(log)
        for account, step in later:
            today += step
            fits = counted(written, cap, days, today)[account]
            assert fits == index.check_and_record(account, today)
            written += [(account, today)] if fits else []

        assert counted(written, cap, days, today) == index.may_attempt(today).tolist()

    @given(log=attempts, cap=caps, days=windows)
    def test_the_columns_agree_with_the_rule_that_judges_one(self, log: list[tuple[int, int]], cap: int, days: int) -> None:
        """
        The same log as past contacts of each account, judged by a cap per account.
        """
        pack = load_pack(PACK.format(cap=cap, days=days), "caps")
        noon = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
        history = tuple(PastContact(noon - timedelta(days=TODAY - day), "phone", debts=(f"a-{account}",)) for account, day in log)
        judged = [
            rule_on(Question("contact", noon, ("UTC",), channel="phone", debts=(f"a-{account}",), history=history), [pack]).outcome
            is Outcome.ALLOW
            for account in range(ACCOUNTS)
        ]

        assert judged == index_of(log, cap, days).may_attempt(TODAY).tolist()
