"""The small world in which stores are tried out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import attrs

from collectkit.account import Account, AccountOpened
from collectkit.actions import ActionKind, Proposal, Spend
from collectkit.events import Context, Event
from collectkit.facts import fold_account
from collectkit.identifiers import HandlerId
from collectkit.ledger import Payment, PaymentPosted
from collectkit.money import Money
from collectkit.schedules.plan import Plan
from collectkit.servicing.dispatch import Dispatch, plan
from collectkit.standing import Standing, standing_of
from collectkit.storage.store import Store

TENANT = "conformance"
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def context(command: str = "command-1", *, tenant: str = TENANT) -> Context:
    """Return who and when, under *command*."""
    return Context(tenant, "tester", NOON, command, policy="test@1")


def opened(account: str = "a-1", *, person: str = "c-1") -> AccountOpened:
    """Return the opening of an account that owes 4 times 25.00 dollars from `DAY` on."""
    due_on = tuple(DAY + timedelta(days=14 * number) for number in range(4))
    return AccountOpened(Account(account, person, Plan("pay_in_4", "USD", DAY, due_on, (2500,) * 4)))


def paid(id: str, *, account: str = "a-1", minor: int = 100) -> PaymentPosted:
    """Return the posting of a payment."""
    return PaymentPosted(Payment(id, account, Money(minor, "USD"), DAY))


def standing(account: str = "a-1", *, person: str = "c-1", handler: str | None = None, closed_on: date | None = None) -> Standing:
    """Return the standing of that account on `DAY`."""
    facts = fold_account([opened(account, person=person)])
    assert facts is not None
    return attrs.evolve(standing_of(facts, DAY), handler=HandlerId(handler) if handler else None, closed_on=closed_on)


def contact(id: str, *, accounts: Iterable[str] = ("a-1",), person: str = "c-1", not_before: datetime = NOON) -> Dispatch:
    """Return a planned e-mail."""
    proposal = Proposal(id, ActionKind.CONTACT, person, tuple(accounts), "email", template="reminder")
    return plan(proposal, at=NOON, not_before=not_before, not_after=NOON + 100 * HOUR)


def spend(day: int, *, subject: str = "person/c-1", rule: str = "cap", cap: int = 7, days: int = 7) -> Spend:
    """Return one unit of a budget on the day *day* days after `DAY`."""
    return Spend(subject, rule, cap, days, DAY + timedelta(days=day))


def append(store: Store, stream: str, expected: int, *bodies: Event, tenant: str = TENANT) -> None:
    """Append in a unit of its own."""
    with store.unit(tenant) as unit:
        unit.append(context(tenant=tenant), {stream: (expected, bodies)})
