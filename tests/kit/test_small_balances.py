"""Small balances in the night: given up, taken back, left alone while a hold is in force, and too little to be contacted about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest

from collectkit import Hold, Kit, Money, Payment, Reversal
from collectkit.actions import ActRefused
from collectkit.ledger import CreditPosted, EntryUndone, Undo
from collectkit.policy import Policy, load_policy
from collectkit.schedules import SmallBalances

from .conftest import account, at, consumer, night

PAID_ON = date(2026, 9, 1)
AFTER_ALL = date(2026, 10, 20)
"""Every due date of the account has passed."""


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def policy(**floors: Money) -> Policy:
    """The bundled policy with floors, and without the condition that stops its treatment below a dollar."""
    held = load_policy("us-bnpl")
    return attrs.evolve(
        held, late_fees=None, small_balances=SmallBalances(**floors), treatment=attrs.evolve(held.treatment, stop_when=None)
    )


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """An account on which twelve cents are missing."""
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy(close_up_to=usd(50)), actor="tests") as opened:
        opened.register(consumer(), at=at(PAID_ON))
        opened.open_account(account(), at=at(PAID_ON))
        opened.post(Payment("p-1", account="a-1", amount=usd(19_988), value_on=PAID_ON), at=at(PAID_ON))
        yield opened


def small(kit: Kit, on: date) -> tuple[dict[str, int], dict[str, int]]:
    report = night(kit, on)
    return dict(report.small_closed_minor), dict(report.small_reopened_minor)


class TestGivenUp:
    def test_by_the_night_with_a_movement_that_says_why(self, kit: Kit) -> None:
        """
        Twelve cents of two hundred dollars are given up once, by an entry of its own that explains itself.
        """
        assert ({"USD": 12}, {}) == small(kit, AFTER_ALL)
        assert ({}, {}) == small(kit, AFTER_ALL + timedelta(days=1))

        standing = kit.standing("a-1", as_of=AFTER_ALL)
        assert ("paid", 0, 19_988) == (standing.state, standing.outstanding_minor, standing.paid_minor)
        (event,) = (one.body for one in kit.history("a-1") if isinstance(one.body, CreditPosted))
        assert ("small_balance", "small balance", usd(12)) == (event.credit.kind, event.credit.reason, event.credit.amount)
        assert [("installment 4", 12)] == [(part.due, part.minor) for part in event.believed]
        assert 12 == sum(line.minor for line in kit.explain_payment("a-1", event.credit.id, as_of=AFTER_ALL).lines)

    def test_not_before_every_due_date_has_passed(self, kit: Kit) -> None:
        """
        On the last due date the twelve cents may still be paid.
        """
        assert ({}, {}) == small(kit, date(2026, 10, 13))

    def test_not_while_a_hold_is_in_force(self, kit: Kit) -> None:
        """
        A dispute is about something: the account is looked at by a person, and closed by the night after the dispute.
        """
        kit.hold(
            Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=PAID_ON, ends_on=date(2026, 10, 21), reason="r"), at=at(PAID_ON)
        )

        assert ({}, {}) == small(kit, AFTER_ALL)
        assert ({}, {}) == small(kit, date(2026, 10, 21))
        assert ({"USD": 12}, {}) == small(kit, date(2026, 10, 22))


class TestTakenBack:
    def test_when_a_payment_bounces(self, kit: Kit) -> None:
        """
        The whole of it is owed again at once, and the night takes the credit back as well.
        """
        night(kit, AFTER_ALL)
        on = date(2026, 10, 25)
        kit.reverse(Reversal("r-1", account="a-1", payment="p-1", value_on=on), at=at(on))

        assert 19_988 == kit.standing("a-1", as_of=on).outstanding_minor
        assert ({}, {"USD": 12}) == small(kit, on)
        assert 20_000 == kit.standing("a-1", as_of=on).outstanding_minor
        assert any(isinstance(one.body, EntryUndone) for one in kit.history("a-1"))

    def test_by_a_person_and_then_for_good(self, kit: Kit) -> None:
        """
        What a person undid no night gives again.
        """
        night(kit, AFTER_ALL)
        on = date(2026, 10, 25)
        kit.undo(Undo("u-1", "a-1", f"small-balance/a-1/{AFTER_ALL}", "small_balance", on, "they want to pay it"), at=at(on))

        assert ({}, {}) == small(kit, on)
        assert 12 == kit.standing("a-1", as_of=on).outstanding_minor


class TestContact:
    @pytest.mark.parametrize(("floor", "written_to"), [(12, True), (13, False)])
    def test_nobody_is_contacted_about_less(self, tmp_path: Path, floor: int, written_to: bool) -> None:
        """
        The floor itself is enough; below it the step is refused with its reason, and taken.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy(contact_from=usd(floor)), actor="tests") as kit:
            kit.register(consumer(), at=at(PAID_ON))
            kit.open_account(account(), at=at(PAID_ON))
            kit.post(Payment("p-1", account="a-1", amount=usd(19_988), value_on=PAID_ON), at=at(PAID_ON))
            report = night(kit, date(2026, 10, 14))
            evidence = [one.body for one in kit.person_history("c-1") if isinstance(one.body, ActRefused)]

            assert written_to == bool(report.planned)
            assert (not written_to) == (set(report.refused) == {"small_balances.contact_from"})
            assert (not written_to) == any("less than 0.13 USD" in cited for one in evidence for cited in one.citations)
