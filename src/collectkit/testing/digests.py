"""One text for everything that a book says, to see whether two books say the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import attrs

from collectkit.servicing.dispatch import Dispatch
from collectkit.storage.codec import codec_for
from collectkit.storage.store import Store, Unit

_PAGE: Final = 1_000
_PREFIXES: Final = ("account/", "orphan/", "person/", "quarantine/", "switches")


def book_digest(store: Store, tenant: str = "default") -> str:
    """
    Return the SHA-256 over the heads of all streams, the standings, the contacts, the finished nights and the quarantine.

    Who holds a lease, and how often a contact changed hands, is no part of it: whoever did the work, the book is the same.
    """
    digest = hashlib.sha256()
    with store.unit(tenant) as unit:
        for line in _lines(unit):
            digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _lines(unit: Unit) -> Iterator[str]:
    for prefix in _PREFIXES:
        yield from (f"{stream} {_head(unit, stream)}" for stream in _streams(unit, prefix))
    after = ""
    while page := unit.standings(after=after, limit=_PAGE):
        yield from (repr(standing) for standing in page)
        after = page[-1].account
    yield from (codec_for(Dispatch).write(_settled(row)) for row in unit.dispatches(limit=10_000_000))
    yield from (f"night {key} {summary}" for key, summary in unit.runs("night"))
    yield from (repr(strike) for strike in unit.strikes())


def _streams(unit: Unit, prefix: str) -> Iterator[str]:
    after = ""
    while page := unit.streams(prefix, after=after, limit=_PAGE):
        yield from page
        after = page[-1]


def _head(unit: Unit, stream: str) -> str:
    history = unit.history(stream)
    return f"{len(history)} {history[-1].digest.hex()}" if history else "0"


def _settled(row: Dispatch) -> Dispatch:
    return attrs.evolve(row, worker="", lease_until=None, fence=0)
