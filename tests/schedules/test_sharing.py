"""One payment over several accounts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PolicyError, ValidationError
from collectkit.money import Money
from collectkit.schedules.sharing import STRATEGIES, Candidate, candidate_of, share_payment

MAY = date(2026, 5, 1)
OLD = Candidate("old", 3_000, 9_000, MAY, 60)
SMALL = Candidate("small", 1_000, 1_500, MAY + timedelta(days=30), 30)
PROMISED = Candidate("promised", 4_000, 8_000, MAY + timedelta(days=40), 20, date(2026, 6, 15), 2_500)
ALL = (SMALL, PROMISED, OLD)


def usd(minor):
    return Money(minor, "USD")


def shared(minor, candidates=ALL, strategy="oldest", **more):
    return {share.account: share.amount.minor for share in share_payment(usd(minor), candidates, strategy, **more)}


class TestStrategies:
    @pytest.mark.parametrize(
        ("strategy", "expected"),
        [
            ("oldest", {"old": 3_000, "small": 1_000, "promised": 500}),
            ("highest_days_past_due", {"old": 3_000, "small": 1_000, "promised": 500}),
            ("smallest_balance", {"small": 1_500, "promised": 3_000}),
            ("promise_first", {"promised": 2_500, "old": 2_000}),
            ("pro_rata", {"old": 1_688, "small": 562, "promised": 2_250}),
        ],
    )
    def test_who_gets_how_much_of_forty_five(self, strategy, expected):
        """
        Eighty dollars are past due on three accounts, and forty-five were paid.
        """
        assert expected == shared(4_500, strategy=strategy)

    def test_what_is_past_due_comes_before_what_is_not(self):
        """
        The oldest account gets no advance while another is late.
        """
        assert {"old": 3_500, "small": 1_000, "promised": 4_000} == shared(8_500)

    def test_the_customers_direction_comes_first(self):
        """
        Twenty were meant for the youngest account; the rest follows the strategy.
        """
        assert {"promised": 2_000, "old": 2_500} == shared(4_500, direction={"promised": usd(2_000)})

    def test_more_than_everything_is_credit_of_the_last_in_line(self):
        """
        Eighteen and a half thousand are outstanding; the surplus stays with one account.
        """
        shares = share_payment(usd(20_000), ALL)

        assert 20_000 == sum(share.amount.minor for share in shares)
        assert "credit" in next(share.why for share in shares if share.account == "promised")

    def test_a_rule_of_the_hosts_own(self):
        """
        By name in reverse; it must put every account in line once.
        """
        assert {"small": 1_000, "promised": 1_000} == shared(2_000, strategy=lambda held: sorted(held, key=lambda one: one.account)[::-1])
        with pytest.raises(PolicyError, match="every account in line once"):
            shared(2_000, strategy=lambda held: held[:1])


class TestRefusals:
    def test_what_cannot_be_shared(self):
        """
        An unknown strategy, no accounts, one twice, a direction elsewhere or for too much.
        """
        with pytest.raises(PolicyError, match="got 'loudest'"):
            shared(100, strategy="loudest")
        for candidates in ((), (OLD, OLD)):
            with pytest.raises(ValidationError, match="each named once"):
                shared(100, candidates)
        with pytest.raises(ValidationError, match="a direction names accounts"):
            shared(100, direction={"other": usd(1)})
        with pytest.raises(ValidationError, match="asks for more"):
            shared(100, direction={"old": usd(101)})


@st.composite
def candidates(draw):
    """Generate one to five accounts."""
    found = []
    for index in range(draw(st.integers(1, 5))):
        past_due = draw(st.integers(0, 500))
        outstanding = past_due + draw(st.integers(0, 500))
        oldest = MAY + timedelta(days=draw(st.integers(0, 9))) if outstanding else None
        promised = draw(st.integers(0, 600))
        days = draw(st.integers(1, 9)) if past_due else 0
        found.append(Candidate(f"a-{index}", past_due, outstanding, oldest, days, MAY if promised else None, promised))
    return tuple(found)


class TestLaws:
    @given(held=candidates(), minor=st.integers(1, 6_000), strategy=st.sampled_from((*STRATEGIES, "pro_rata")))
    def test_nothing_is_created_or_lost(self, held, minor, strategy):
        """
        The parts add up to the payment, and nobody gets more than is outstanding while another could use it.
        """
        got = shared(minor, held, strategy)
        room = sum(one.outstanding_minor for one in held)

        assert minor == sum(got.values())
        if minor <= room:
            assert all(got.get(one.account, 0) <= one.outstanding_minor for one in held)

    @given(held=candidates(), minor=st.integers(1, 5_000), more=st.integers(1, 500), strategy=st.sampled_from((*STRATEGIES, "pro_rata")))
    def test_more_money_gives_nobody_less(self, held, minor, more, strategy):
        """
        A larger payment is at least as good for every account.
        """
        less, greater = shared(minor, held, strategy), shared(minor + more, held, strategy)

        assert all(greater.get(account, 0) >= part for account, part in less.items())

    @given(held=candidates(), minor=st.integers(1, 5_000), strategy=st.sampled_from((*STRATEGIES, "pro_rata")), data=st.data())
    def test_the_order_in_which_accounts_are_named_is_nothing(self, held, minor, strategy, data):
        """
        Only what is known of them decides.
        """
        assert shared(minor, held, strategy) == shared(minor, data.draw(st.permutations(held)), strategy)


class TestCandidates:
    def test_from_a_book(self):
        """
        An account as it stood on the value date.
        """
        from collectkit.schedules import replay
        from collectkit.schedules.building import pay_in_4

        book = replay(pay_in_4(Money.of("200.00", "USD"), bought_on=MAY), (), as_of=date(2026, 5, 20))

        assert Candidate("a-1", 10_000, 20_000, MAY, 19) == candidate_of("a-1", book)
