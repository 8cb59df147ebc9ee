"""Drivers for tests: one that remembers, and one for each way in which a channel can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from collectkit import Consumer, Email, Kit, Phone, Postal
from collectkit.channels.capabilities import PLAIN, Capabilities
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.policy import load_policy
from collectkit.policy.model import DispatchPolicy

from .conftest import NOW, account

CHANNELS = ("sms", "email", "phone", "letter", "in_person")


class Gateway:
    """A driver that remembers what it took, then answers as it is told to, and can be asked."""

    def __init__(
        self, answer: Callable[[Parcel], object] = lambda parcel: Accepted(f"x-{parcel.id}"), capabilities: Capabilities = PLAIN
    ) -> None:
        self.answer, self.capabilities = answer, capabilities
        self.parcels: list[Parcel] = []
        self.known: dict[str, HandOver] = {}

    def hand_over(self, parcel: Parcel) -> HandOver:
        self.parcels.append(parcel)
        return self.answer(parcel)  # type: ignore[return-value]

    def hand_over_all(self, parcels: Sequence[Parcel]) -> list[HandOver]:
        return [self.hand_over(parcel) for parcel in parcels]

    def look_up(self, id: str) -> HandOver | None:
        return self.known.get(id)

    def taken(self, channel: str) -> list[Parcel]:
        return [parcel for parcel in self.parcels if parcel.channel == channel]


def person(id: str = "c-1") -> Consumer:
    """A consumer in New York who can be reached by text, e-mail and letter."""
    return Consumer(
        id,
        name="Test Consumer",
        region="US-NY",
        contacts=[
            Phone("+12125550123", source="checkout", consents=["sms"]),
            Email("c1@example.com", source="checkout"),
            Postal("1 Test Street, New York, NY 10001", source="checkout", region="US-NY"),
        ],
    )


def kit_with(driver: Gateway | dict[str, Gateway], path: Path | None = None, people: int = 1, **dispatch: Any) -> Kit:
    """A book with late accounts, under the bundled policy with some of its dispatch changed."""
    drivers = driver if isinstance(driver, dict) else dict.fromkeys(CHANNELS, driver)
    policy = load_policy("us-bnpl")
    policy = attrs.evolve(policy, dispatch=attrs.evolve(policy.dispatch, **dispatch))
    url = "memory://" if path is None else f"sqlite:///{path}/book.db"
    kit = Kit.open(url, policy=policy, actor="tests", drivers=drivers)  # type: ignore[arg-type]
    for number in range(1, people + 1):
        kit.register(person(f"c-{number}"), at=NOW)
        kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)
    return kit


__all__ = ["CHANNELS", "DispatchPolicy", "Gateway", "kit_with", "person"]
