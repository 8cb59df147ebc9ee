"""Checking the hash chain of a stream: whether what is read is what was written.

Every link is computed anew from the events themselves; the stored digest is only compared. A chain that was
rewritten as a whole, or cut at its end, looks sound from within: compare it with receipts that are kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from collectkit.events import GENESIS, Envelope, Receipt, chain
from collectkit.storage.serde import write_context, write_event


@attrs.frozen
class Breach:
    """
    The first place of a stream where the record contradicts itself.

    Attributes:
        stream: Which stream.
        version: Version at which the contradiction shows, from 1.
        text: What contradicts what.
    """

    stream: str
    version: int
    text: str


def verify_chain(history: Sequence[Envelope], *, receipts: Iterable[Receipt] = ()) -> Breach | None:
    """
    Return the first breach of one stream's record, or None when it is sound.

    Args:
        history: All events of the stream, as `Unit.history` gives them.
        receipts: Receipts of this stream that the caller has kept; with the last one, a cut end is found too.
    """
    previous = GENESIS
    for version, envelope in enumerate(history, start=1):
        text = _fault(envelope, history[0].stream, version, previous)
        if text:
            return Breach(history[0].stream, version, text)
        previous = envelope.digest
    for receipt in sorted(receipts, key=lambda receipt: receipt.version):
        if receipt.version > len(history):
            return Breach(receipt.stream, len(history) + 1, f"a receipt proves version {receipt.version}, the record ends before it")
        if receipt.version and history[receipt.version - 1].digest.hex() != receipt.digest:
            return Breach(receipt.stream, receipt.version, "the event is not the one that the receipt was given for")
    return None


def _fault(envelope: Envelope, stream: str, version: int, previous: bytes) -> str:
    """Return what is wrong with one event in its place; empty when nothing is."""
    if (envelope.stream, envelope.version) != (stream, version):
        return f"here stands version {envelope.version} of {envelope.stream!r}"
    if envelope.previous != previous:
        return "the event is chained to another one than the one before it"
    context, body = write_context(envelope.context).encode(), write_event(envelope.body).encode()
    if chain(previous, stream, version, envelope.body.TYPE, context, body) != envelope.digest:
        return "the digest does not belong to this event"
    return ""
