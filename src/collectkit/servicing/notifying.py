"""Telling another system what was recorded: who is told, what carries the message, and what came of it."""

from __future__ import annotations

from typing import Final, Protocol

import attrs

ATTEMPTS: Final = 12
"""So often a message is tried before it is laid aside: over about two days."""


class Transport(Protocol):
    """Carries one message; `collectkit.drivers.http_post.HttpPost` is one."""

    def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Return the status of the answer; an exception counts as none."""
        ...


@attrs.frozen
class WebhookEndpoint:
    """
    Who is told.

    Attributes:
        name: The host's own name; what was told is remembered under it.
        url: Where.
        secret: Shared with the receiver, as Standard Webhooks writes it: ``whsec_`` and base64.
        types: Events that are told, such as ``payment-posted/1``; empty means all. The others are passed over.
    """

    name: str
    url: str
    secret: str = attrs.field(repr=False)
    types: frozenset[str] = attrs.field(default=frozenset(), converter=frozenset)


@attrs.frozen
class WebhookReport:
    """
    What one round of telling did.

    Attributes:
        delivered: Messages that were taken.
        failed: Messages that were not, and will be tried again.
        dead: Messages that were laid aside after `ATTEMPTS`; the stream went on without them.
        waiting: Streams whose next message is not due yet.
    """

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    waiting: int = 0


@attrs.frozen
class DeadLetter:
    """A message that its receiver never took: stream, sequence, and what was answered last."""

    stream: str
    sequence: int
    answer: str
