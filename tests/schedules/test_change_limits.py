"""How often, how soon and after what a plan may be changed."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars.dates import Interval, add_months
from collectkit.errors import PolicyError
from collectkit.ledger import Chargeback, Entry, Payment, Reage, Reamortize, Undo
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules import Book, ChangePolicy, ChangeUse, MovementReason, Quote, move, quote, replay
from collectkit.schedules.building import pay_in_4

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2024, 1, 1))
ON = date(2026, 9, 1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def reage(id: str, on: date, first_on: date | None = None) -> Reage:
    return Reage(id, "a-1", on, first_on or on + timedelta(days=10), Interval(1, "weeks"), 2)


def book(*entries: Entry, as_of: date = ON) -> Book:
    return replay(PLAN, entries, as_of=as_of)


def refused(book: Book, policy: ChangePolicy, change: Reage | Reamortize | None = None) -> str:
    """What the refusal says, and that a quote says the same; empty when it is allowed and quoted."""
    wanted = change or reage("new", book.as_of)
    decided, told = move(book, wanted, policy=policy), quote(book, wanted, policy=policy)
    if isinstance(decided, Refusal):
        assert decided == told
        assert MovementReason.TOO_OFTEN is decided.reason
        return str(decided.detail)
    assert isinstance(told, Quote)
    return ""


class TestReage:
    def test_once_in_twelve_months(self) -> None:
        """
        The day a year later is free again; an undone one was none.
        """
        policy = ChangePolicy(reage_12_months_max=1)
        before = reage("m-1", date(2025, 9, 2))

        assert "reage_12_months_max: re-aged 1 times in twelve months, 1 are allowed" == refused(book(before), policy)
        assert "" == refused(book(before, as_of=date(2026, 9, 2)), policy)
        assert "" == refused(book(before, Undo("u-1", "a-1", "m-1", "reage", date(2025, 9, 3))), policy)

    def test_twice_in_five_years(self) -> None:
        """
        Two are too many to have a third, and other changes have no part in it.
        """
        policy = ChangePolicy(reage_5_years_max=2)
        first, second = reage("m-1", date(2024, 5, 1)), reage("m-2", date(2025, 5, 1))

        assert "" == refused(book(first), policy)
        assert "reage_5_years_max: re-aged 2 times in five years, 2 are allowed" == refused(book(first, second), policy)

    def test_not_before_the_account_has_its_age(self) -> None:
        """
        Nine months from the purchase, to the day.
        """
        policy = ChangePolicy(reage_age_months_min=9)

        assert "it may be re-aged from 2024-10-01 on" in refused(book(as_of=date(2024, 9, 30)), policy)
        assert "" == refused(book(as_of=date(2024, 10, 1)), policy)

    def test_good_payments_come_first(self) -> None:
        """
        Three of fifty dollars, or as much at once, in three months and since the last re-ageing.
        """
        policy = ChangePolicy(reage_good_payments_min=3)
        small, large, old = (Payment(f"p-{n}", "a-1", usd(minor), on) for n, (minor, on) in enumerate(PAID))

        assert "0.00 USD were paid in 92 days and since the last re-ageing, 3 payments, 150.00 USD in all" in refused(book(), policy)
        assert "140.00 USD were paid" in refused(book(large), policy)
        assert "140.00 USD were paid" in refused(book(large, old), policy)
        assert "" == refused(book(large, small), policy)
        assert "10.00 USD were paid" in refused(book(large, small, reage("m-1", date(2026, 8, 10))), policy)

    def test_what_was_charged_back_is_no_good_payment(self) -> None:
        """
        Of 150.00 that came one dollar went back.
        """
        policy = ChangePolicy(reage_good_payments_min=3)
        paid, back = Payment("p-1", "a-1", usd(15_000), date(2026, 8, 1)), Chargeback("cb-1", "a-1", "p-1", usd(100), date(2026, 8, 20))

        assert "" == refused(book(paid), policy)
        assert "149.00 USD were paid" in refused(book(paid, back), policy)

    def test_other_changes_do_not_ask(self) -> None:
        """
        Limits on re-ageing say nothing about spreading what is past due.
        """
        policy = ChangePolicy(reage_12_months_max=0, reage_age_months_min=99, reage_good_payments_min=9)
        early = date(2024, 1, 20)

        assert "" == refused(book(as_of=early), policy, Reamortize("new", "a-1", early))
        assert "reage_12_months_max" in refused(book(), policy)

    def test_bad_values(self) -> None:
        """
        Limits are whole numbers, and a span of days has at least one.
        """
        for bad in ({"count_max": -1}, {"reage_12_months_max": True}, {"good_payment_days": 0}, {"reage_age_months_min": 1.5}):
            with pytest.raises(PolicyError, match="nothing was loaded"):
                ChangePolicy(**bad)


PAID = ((1_000, date(2026, 8, 20)), (14_000, date(2026, 8, 1)), (5_000, date(2026, 6, 1)))


class TestLaws:
    @given(st.lists(st.integers(0, 2_435), max_size=8), st.integers(0, 3), st.integers(0, 3))
    def test_counters_are_what_a_plain_count_says(self, days: list[int], yearly: int, five: int) -> None:
        """
        Of re-ageings on any days, those of the last year and of five count; a quote shows them, and one is refused exactly at a limit.
        """
        made = [date(2020, 1, 1) + timedelta(days=day) for day in days]
        contract = attrs.evolve(PLAN, bought_on=date(2019, 1, 1), due_on=tuple(add_months(date(2019, 1, 1), n) for n in range(4)))
        held = replay(contract, [reage(f"m-{n}", on, on + timedelta(days=1)) for n, on in enumerate(made)], as_of=ON)
        policy = ChangePolicy(reage_12_months_max=yearly, reage_5_years_max=five)
        use = ChangeUse.of(held, policy, ON)
        wanted = Reage("new", "a-1", ON, max(ON, held.plan.due_on[-1]) + timedelta(days=1), Interval(1, "weeks"), 2)

        assert use.reages_12_months == sum(on > date(2025, 9, 1) for on in made)
        assert use.reages_5_years == sum(on > date(2021, 9, 1) for on in made)
        allowed = use.reages_12_months < yearly and use.reages_5_years < five
        assert allowed == isinstance(quote(held, wanted, policy=policy), Quote)
