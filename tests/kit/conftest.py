from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from collectkit import Account, Consumer, Email, Kit, Money, Phone, plans

NOW = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
TODAY = date(2026, 10, 20)


def consumer(id: str = "c-1") -> Consumer:
    """A consumer in New York who agreed to texts."""
    return Consumer(
        id,
        name="Test Consumer",
        region="US-NY",
        contacts=[Phone("+12125550123", source="checkout", consents=["sms"]), Email("c1@example.com", source="checkout")],
    )


def account(id: str = "a-1", person: str = "c-1") -> Account:
    """200.00 USD in four, bought on 1 September 2026."""
    return Account(id, consumer=person, plan=plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1)))


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A kit on an empty book."""
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy="us-bnpl", actor="tests") as opened:
        yield opened


@pytest.fixture
def book(kit: Kit) -> Kit:
    """A kit with one consumer and one account of which nothing was paid."""
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    return kit
