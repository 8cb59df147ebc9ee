"""One account of four installments of which nothing is paid but what a test says, read on any day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest

from collectkit.arrangements import FIRM
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.standing import FOREVER, Standing

OPENED = date(2026, 9, 1)
DUE_ON = (date(2026, 9, 15), date(2026, 9, 29), date(2026, 10, 13))


def standing_of(
    as_of: date,
    *,
    account: str = "a-1",
    person: str = "c-1",
    unpaid: Sequence[date] = DUE_ON,
    holds: tuple[str, ...] = (),
    promise_due_on: date | None = None,
    promises_broken: int = 0,
    closed_on: date | None = None,
    handler: str | None = None,
) -> Standing:
    """25.00 dollars are owed for each unpaid due date; the standing holds until the next day on which one is reached."""
    late = [day for day in unpaid if day < as_of]
    ahead = [day for day in unpaid if day >= as_of]
    reached = sorted(day for due in unpaid for day in (due, due + timedelta(days=1)) if day > as_of)
    ends = [day - timedelta(days=1) for day in reached[:1]] + ([promise_due_on] if promise_due_on else [])
    return Standing(
        account=AccountId(account),
        person=PersonId(person),
        as_of=as_of,
        currency="USD",
        plan_kind="pay_in_4",
        product="pay-in-4",
        merchant="",
        opened_on=OPENED,
        total_minor=10_000,
        paid_minor=10_000 - 2_500 * len(unpaid),
        outstanding_minor=2_500 * len(unpaid),
        owed_minor=2_500 * sum(day <= as_of for day in unpaid),
        past_due_minor=2_500 * len(late),
        fee_minor=0,
        credit_minor=0,
        disputed_minor=0,
        fees_charged_minor=0,
        oldest_unpaid_due_on=late[0] if late else None,
        next_due_on=ahead[0] if ahead else None,
        next_due_minor=2_500 if ahead else 0,
        last_due_on=DUE_ON[-1],
        last_paid_on=None,
        installments_total=4,
        installments_paid=4 - len(unpaid),
        installments_past_due=len(late),
        promise_due_on=promise_due_on,
        promised_minor=2_500 if promise_due_on else 0,
        promises_broken=promises_broken,
        holds=holds,
        hold_until=None,
        handler=HandlerId(handler) if handler else None,
        placed_on=None,
        closed_on=closed_on,
        valid_through=min(ends, default=FOREVER),
        agreed="promise" if promise_due_on else "",
        paused=tuple(sorted(effect.value for effect in FIRM.effects)) if promise_due_on else (),
    )


@pytest.fixture(scope="session")
def standing() -> Callable[..., Standing]:
    """Make a standing."""
    return standing_of


@pytest.fixture(scope="session")
def due_on() -> tuple[date, ...]:
    """The due dates of the account."""
    return DUE_ON
