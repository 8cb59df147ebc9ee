"""A vulnerable person is contacted as their adjustments say, and in no other way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import attrs
import pytest

from collectkit import Account, Consumer, Email, Hold, HoldKind, Kit, Money, Phone, plans
from collectkit.actions import ActionKind
from collectkit.errors import ValidationError
from collectkit.holds import Adjustments, HoldLifted, adjustments_on
from collectkit.policy import load_policy

START = date(2026, 9, 2)
POLICY = attrs.evolve(load_policy("us-bnpl"), late_fees=None)


def hold(id: str = "h-1", adjustments: Adjustments | None = None, **more: object) -> Hold:
    given: dict[str, object] = {"person": "c-1", "starts_on": START, "reason": "told us", "review_on": date(2027, 3, 1), **more}
    return Hold(id, HoldKind.VULNERABILITY, adjustments=adjustments, **given)  # type: ignore[arg-type]


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Two accounts of one person that nobody pays."""
    with Kit.open("memory://", policy=POLICY, actor="tests") as opened:
        points = [
            Phone("+12125550123", source="checkout", consents=["sms"]),
            Email("c1@example.com", source="checkout", consents=["email"]),
        ]
        opened.register(Consumer("c-1", name="Test Consumer", region="US-NY", contacts=points), at=at(date(2026, 9, 1)))
        for number in (1, 2):
            plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 8, 30 + number % 2))
            opened.open_account(Account(f"a-{number}", consumer="c-1", plan=plan), at=at(date(2026, 9, 1)))
        yield opened


def at(day: date) -> datetime:
    return datetime.combine(day, time(15), UTC)


def contacts(kit: Kit, days: int = 75) -> list[tuple[date, str, str]]:
    """Run nights with their hand-overs; return day, channel and text of every contact planned."""
    for number in range(days):
        on = START + timedelta(days=number)
        kit.run_night(as_of=on, at=at(on))
        kit.dispatch(at=at(on) + timedelta(minutes=5), worker="w")
    rows = {row.id: row for number in (1, 2) for row in kit.contacts(f"a-{number}") if row.proposal.action is ActionKind.CONTACT}
    return sorted((row.planned_at.date(), row.proposal.channel, row.proposal.template) for row in rows.values())


class TestAdjustments:
    def test_without_adjustments_nobody_is_contacted_and_with_them_as_they_say(self, kit: Kit) -> None:
        """
        By e-mail alone, at most once in thirty days over both accounts, in the words that the adjustments name.
        """
        kit.hold(hold(adjustments=Adjustments(channels=["email"], every_days=30, template="reminder-late")), at=at(START))
        found = contacts(kit)

        assert 2 <= len(found) <= 3
        assert {("email", "reminder-late")} == {(channel, template) for _, channel, template in found}
        assert all((later[0] - one[0]).days >= 30 for one, later in pairwise(found))

    def test_a_hold_without_them_allows_nothing(self, kit: Kit) -> None:
        """
        Also beside another that has some; and who is not held is contacted by more than e-mail.
        """
        kit.hold(hold(), at=at(START))
        kit.hold(hold("h-2", Adjustments(channels=["email"])), at=at(START))
        assert [] == contacts(kit, 40)
        assert any("vulnerability" in one.why for one in kit.barred_steps("a-1", as_of=START + timedelta(days=40)))

    def test_what_adjustments_are(self) -> None:
        """
        They name a channel, belong to a hold for vulnerability on the person, and end with it.
        """
        one = Adjustments(channels=["letter"], every_days=30)
        with pytest.raises(ValidationError, match="at least one channel"):
            Adjustments(channels=[])
        with pytest.raises(ValidationError, match="whole number of at least 0"):
            Adjustments(channels=["letter"], every_days=-1)
        with pytest.raises(ValidationError, match="belong to a hold of kind vulnerability"):
            hold(adjustments=one, account="a-1")
        lifted = HoldLifted("h-1", START + timedelta(days=3), "better")
        assert ((one,), (), ()) == (
            adjustments_on([hold(adjustments=one)], [lifted], START),
            adjustments_on([hold(adjustments=one)], [lifted], START + timedelta(days=3)),
            adjustments_on([hold(adjustments=one), hold("h-2")], [], START),
        )
        assert (True, False) == (one.rests_on(START, START - timedelta(days=29)), one.rests_on(START, START - timedelta(days=30)))
