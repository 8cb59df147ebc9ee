"""The envelope around every recorded fact, and the hash chain that ties a stream together.

An event body is a frozen object with a `TYPE` such as ``"payment-posted/1"``; its class lives in the room
whose fact it records. This module knows nothing of bodies: it holds who, when, by which command and under
which versions, and how the bytes of one event are bound to the bytes of the one before it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import ClassVar, Protocol

import attrs

from collectkit._checks import aware
from collectkit.identifiers import RecordedCommand, TenantId

GENESIS = bytes(32)
"""What the first event of a stream is chained to."""


class Event(Protocol):
    """A recorded fact. `TYPE` is its name and schema version and never changes once released."""

    TYPE: ClassVar[str]


@attrs.frozen
class Context:
    """
    What all events of one commit share.

    Attributes:
        tenant: Whose book.
        actor: The principal who acts: a person's or a service's id, never a name.
        at: The instant of the business act, as the caller gave it; aware.
        command: The caller's own id of the intention, repeated on every retry; where there is none, what was done with which ids.
        on_behalf_of: The principal for whom the actor acts, or empty.
        policy: Name and digest of the policy in force.
        rules: Names and versions of the rule packs in force.
        causation: The event or message that caused this commit, or empty.
    """

    tenant: TenantId = attrs.field(converter=TenantId)
    actor: str
    at: datetime = attrs.field(validator=aware)
    command: RecordedCommand = attrs.field(converter=RecordedCommand)
    on_behalf_of: str = ""
    policy: str = ""
    rules: str = ""
    causation: str = ""


@attrs.frozen
class Envelope:
    """
    One recorded event in its place.

    Attributes:
        stream: For example ``account/a-1``; versions count from 1 within it.
        version: Position in the stream.
        body: The fact itself.
        context: What the whole commit shares.
        previous: SHA-256 of the event before it in the stream, or 32 zero bytes.
        digest: SHA-256 over the previous digest, the place, the context and the body.
    """

    stream: str
    version: int
    body: Event
    context: Context
    previous: bytes
    digest: bytes


@attrs.frozen
class Receipt:
    """
    Proof for the caller that an event stands: keep it, and a later cut of the log is found.

    Attributes:
        stream: The stream.
        version: The version that was written.
        digest: SHA-256 of that event, hexadecimal.
    """

    stream: str
    version: int
    digest: str


def chain(previous: bytes, stream: str, version: int, type_: str, context: bytes, body: bytes) -> bytes:
    """
    Return the SHA-256 that binds one event to its predecessor.

    Every part is preceded by its length, so that no two different events share the same bytes.

    Args:
        previous: Digest of the event before it, 32 bytes.
        stream: Name of the stream.
        version: Position in the stream, from 1.
        type_: Name and schema of the body.
        context: Canonical bytes of the commit's context.
        body: Canonical bytes of the body.
    """
    place = f"collectkit/event/1 {len(stream)} {stream} {version} {len(type_)} {type_} {len(context)} {len(body)} ".encode()
    return hashlib.sha256(previous + place + context + body).digest()
