from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from collectkit import Account, Consumer, Email, Kit, Money, Phone, plans
from collectkit.policy import read_policy
from collectkit.servicing.night_report import NightReport

NOW = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
TODAY = date(2026, 10, 20)
BOUGHT_ON = date(2026, 9, 1)
"""The day on which the purchase of the account was made, and its first installment due."""

LAWFUL = """
zone = "America/New_York"
[law]
packs = ["us-federal", "us-ny"]
least_status = "from-memory"
[sender]
name = "Shop"
email = "pay@shop.example"
phone = "+12025550100"
pay_url = "https://pay.shop.example/{account}"
"""
"""The top of a policy under which messages may leave: a law and a sender."""


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
    return Account(id, consumer=person, plan=plans.pay_in_4(Money.of("200.00", "USD"), bought_on=BOUGHT_ON))


def at(day: date) -> datetime:
    """18:00 UTC, in the afternoon of New York."""
    return datetime.combine(day, time(18), UTC)


def kit_under(policy: str, plugins: Sequence[object] = ()) -> Kit:
    """A kit in memory under a policy of a test, with one consumer and one account since the day of the purchase."""
    kit = Kit.open("memory://", policy=read_policy(policy, "own"), actor="tests", plugins=plugins)
    kit.register(consumer(), at=at(BOUGHT_ON))
    kit.open_account(account(), at=at(BOUGHT_ON))
    return kit


def night(kit: Kit, on: date) -> NightReport:
    """Run the night of a day."""
    return kit.run_night(as_of=on, at=at(on))


def nights(kit: Kit, first: date, last: date) -> list[NightReport]:
    """Run the night of each day from the first through the last."""
    return [night(kit, first + timedelta(days=number)) for number in range((last - first).days + 1)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says at DEBUG, formatted with tracebacks."""
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


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
