"""Two records of one person who are reached at one number share the caps that the law sets on a person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from collectkit import Account, Consumer, Email, Kit, Phone, plans
from collectkit.actions import Spend
from collectkit.money import Money
from collectkit.person import Contact

AT = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
NUMBER = "+61212345678"


@pytest.fixture
def kit() -> Kit:
    """Two records in Australia with one number, where a person may be reached three times a week."""
    kit = Kit.open("memory://", policy="au-bnpl", actor="test")
    for person, account in (("c-1", "a-1"), ("c-2", "a-2")):
        kit.register(
            Consumer(person, region="AU-NSW", contacts=[Phone(NUMBER, source="checkout"), Email("x@example.com", source="checkout")]), at=AT
        )
        plan = plans.pay_in_4(Money.of("200.00", "AUD"), bought_on=date(2026, 9, 1))
        kit.open_account(Account(account, consumer=person, plan=plan), at=AT)
    return kit


def reached(kit: Kit, person: str, account: str, number: int, point: str = "phone-1") -> None:
    at = AT + timedelta(minutes=number)
    kit.record_contact(Contact(person, at, "phone", point, (account,), "conversation"), at=at, command_id=f"x-{number}")


class TestSharedBudgets:
    def test_a_record_sees_what_the_other_spent_at_the_same_number(self, kit: Kit) -> None:
        """
        Two conversations with one record and one with the other fill the week of the number.
        """
        for number, (person, account) in enumerate([("c-1", "a-1"), ("c-1", "a-1"), ("c-2", "a-2")]):
            reached(kit, person, account, number)
        with kit.store.unit("default") as unit:
            name = kit._point_name(Consumer("c-1", contacts=[Phone(NUMBER, source="checkout")]), "phone-1")
            spend = Spend(f"point/{name}", "au.rg96.week3", 3, 1, date(2026, 10, 19))
            full = unit.spend([spend])

        assert spend == full
