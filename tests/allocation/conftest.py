"""Standings made from a few words, and runs that can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import attrs
import pytest

from collectkit.allocation import Allocation
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.standing import FOREVER, Standing

TODAY = date(2026, 9, 19)


def standing_of(
    account: str,
    *,
    person: str = "c-1",
    days: int = 5,
    outstanding: int = 7_500,
    holds: tuple[str, ...] = (),
    handler: str | None = None,
    product: str = "pay-in-4",
    currency: str = "USD",
    closed: bool = False,
) -> Standing:
    """An account of 75 dollars that fell due *days* before the test's day."""
    late = outstanding if days > 0 else 0
    return Standing(
        account=AccountId(account),
        person=PersonId(person),
        as_of=TODAY,
        currency=currency,
        plan_kind="pay_in_4",
        product=product,
        merchant="",
        opened_on=TODAY - timedelta(days=days + 14),
        total_minor=10_000,
        paid_minor=10_000 - outstanding,
        outstanding_minor=outstanding,
        owed_minor=late,
        past_due_minor=late,
        fee_minor=0,
        credit_minor=0,
        disputed_minor=0,
        fees_charged_minor=0,
        oldest_unpaid_due_on=TODAY - timedelta(days=days) if late else None,
        next_due_on=None,
        next_due_minor=0,
        last_due_on=TODAY,
        last_paid_on=None,
        installments_total=4,
        installments_paid=1,
        installments_past_due=1 if late else 0,
        promise_due_on=None,
        promised_minor=0,
        promises_broken=0,
        holds=holds,
        hold_until=None,
        handler=HandlerId(handler) if handler else None,
        placed_on=None,
        closed_on=TODAY if closed else None,
        valid_through=FOREVER,
    )


def applied(standings: Sequence[Standing], allocations: Sequence[Allocation]) -> list[Standing]:
    """The same accounts after the host carried the run out."""
    by_account = {allocation.account: allocation for allocation in allocations}
    result = []
    for standing in standings:
        allocation = by_account[standing.account]
        placed_on = TODAY if allocation.moved else standing.placed_on
        result.append(attrs.evolve(standing, handler=allocation.handler, placed_on=placed_on if allocation.handler else None))
    return result


@pytest.fixture(scope="session")
def today() -> date:
    """The business date of these tests."""
    return TODAY


@pytest.fixture(scope="session")
def standing() -> Callable[..., Standing]:
    """Make a standing."""
    return standing_of


@pytest.fixture(scope="session")
def apply() -> Callable[[Sequence[Standing], Sequence[Allocation]], list[Standing]]:
    """Carry a run out."""
    return applied
