"""Serialising: one event to the canonical text that stores keep, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs

from collectkit import Money
from collectkit.storage.codec import codec_for

__all__ = ["event_from_bytes", "event_make", "event_plain", "event_to_bytes"]


@attrs.frozen
class Share:
    """What one component of one installment got."""

    seq: int
    kind: str
    amount: int


@attrs.frozen
class Received:
    """A payment and its split, as the script describes its event."""

    id: str
    account: str
    seq: int
    kind: str
    on: date
    at: datetime
    amount: Money
    allocs: tuple[Share, ...]


CODEC = codec_for(Received)


def event_make(given: Mapping[str, Any]) -> Received:
    """Build the event."""
    held = given["amount"]
    return Received(**{**given, "amount": Money(held["minor"], held["currency"]), "allocs": tuple(Share(**one) for one in given["allocs"])})


def event_plain(event: Received) -> dict[str, Any]:
    """Return the event as plain data."""
    plain = {field.name: getattr(event, field.name) for field in attrs.fields(Received)}
    amount = {"minor": event.amount.minor, "currency": event.amount.currency}
    return {**plain, "amount": amount, "allocs": [attrs.asdict(share) for share in event.allocs]}


def event_to_bytes(event: Received) -> bytes:
    """Write the event as a store does."""
    return CODEC.write(event).encode()


def event_from_bytes(stored: bytes) -> Received:
    """Read it back."""
    return CODEC.read(stored.decode())
