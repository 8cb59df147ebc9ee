"""The made-up book: the same for the same seed, and nobody in it can be reached."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit.demo.book import AUSTRALIAN, SOLD_AFTER_DAYS, SOLD_BEFORE_DAYS, generate
from collectkit.demo.people import Kind
from collectkit.errors import ValidationError
from collectkit.person import Email, Phone

MONDAY = date(2026, 3, 2)
FICTION = re.compile(rf"\+1(212|415|312|617|206)55501\d\d|\+447700900\d{{3}}|\+61491570({'|'.join(AUSTRALIAN)})")


class TestBook:
    def test_the_same_seed_is_the_same_book(self) -> None:
        """
        Drawn twice, the books are equal to the last field.
        """
        assert generate(7, 200, MONDAY) == generate(7, 200, MONDAY)

    def test_another_seed_is_another_book(self) -> None:
        """
        Chance comes from the seed.
        """
        assert generate(7, 50, MONDAY).accounts != generate(8, 50, MONDAY).accounts

    def test_everybody_and_everything_is_in_it(self) -> None:
        """
        Three countries, four kinds of plan, all habits, and people with several orders.
        """
        book = generate(7, 3_000, MONDAY)

        assert 3_000 == len(book.accounts) == len(book.habits)
        assert {"US", "GB", "AU"} == {consumer.region[:2] for consumer in book.consumers}
        assert {"pay_in_4", "pay_in_3", "pay_in_30", "monthly"} == {account.plan.kind for account in book.accounts}
        assert {"USD", "GBP", "AUD"} == {account.plan.currency for account in book.accounts}
        assert set(Kind) == {habit.kind for habit in book.habits.values()}
        assert len(book.consumers) < len({account.id for account in book.accounts})

    def test_outcomes_follow_the_portfolio_they_come_from(self) -> None:
        """
        About 807 of 1,159 accounts pay in time; seed 7 keeps within three hundredths of it.
        """
        habits = generate(7, 3_000, MONDAY).habits.values()
        in_time = sum(habit.kind is Kind.PROMPT for habit in habits)

        assert 3_000 * (807 / 1_159 - 0.03) < in_time < 3_000 * (807 / 1_159 + 0.03)

    def test_a_book_without_accounts_is_refused(self) -> None:
        """
        There would be nothing to show.
        """
        with pytest.raises(ValidationError, match="at least one account, got 0"):
            generate(7, 0, MONDAY)


class TestBookLaws:
    @given(seed=st.integers(0, 2**32), accounts=st.integers(1, 40))
    @settings(max_examples=25)
    def test_nobody_can_be_reached(self, seed: int, accounts: int) -> None:
        """
        All numbers are kept free for fiction, all addresses are under example.com, and purchases lie around the first night.
        """
        book = generate(seed, accounts, MONDAY)
        points = [point for consumer in book.consumers for point in consumer.contacts]

        assert [] == [point for point in points if isinstance(point, Phone) and not FICTION.fullmatch(point.value)]
        assert [] == [point for point in points if isinstance(point, Email) and not point.value.endswith("@example.com")]
        assert {Phone, Email} == {type(point) for point in points}
        assert all(-SOLD_BEFORE_DAYS <= (account.plan.bought_on - MONDAY).days <= SOLD_AFTER_DAYS for account in book.accounts)
        assert {account.consumer for account in book.accounts} == {consumer.id for consumer in book.consumers}
