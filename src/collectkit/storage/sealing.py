"""Putting events that stand into one global order, and the heads that are anchored elsewhere.

The order is the sealer's own and has no gaps. It is not the order of a database's sequence, which commits out of turn: the
sealer compares the versions of streams, so that an event that commits late is sealed late and never skipped. A *seal*
holds, for each stream, from which version to which; a *head* holds the Merkle root over all events sealed so far.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import attrs

from collectkit.calendars.dates import epoch_micros
from collectkit.errors import IntegrityBreachError
from collectkit.storage.merkle import continuation_proof
from collectkit.storage.store import Record, Unit
from collectkit.storage.verifier import Head, Tree

READER: Final = "seal"
"""Under which name the sealer notes what it has read."""

SEAL_MAX: Final = 10_000
"""Events of one seal."""

_SEALS, _LAST = "seal", "sealing"


@attrs.frozen
class Seal:
    """
    Events that got their places together.

    Attributes:
        head: The state of the record after them.
        ranges: Stream, first and last version of each part, in the order of their places.
        parts: Hashes from which the tree goes on growing.
    """

    head: Head
    ranges: tuple[tuple[str, int, int], ...]
    parts: tuple[bytes, ...]


def head_text(head: Head) -> str:
    """Return a head as one line of JSON: what an anchor keeps."""
    return json.dumps(head._asdict(), separators=(",", ":"), sort_keys=True)


def last_seal(unit: Unit) -> int:
    """Return the number of the last seal; 0 when nothing was sealed."""
    return int(unit.run(_LAST, "last") or "0")


def read_seal(unit: Unit, number: int) -> Seal:
    """
    Return one seal.

    Raises:
        IntegrityBreachError: It is not there or is none.
    """
    text = unit.run(_SEALS, f"{number:012d}")
    try:
        held = json.loads(text or "")
        head = Head(**{**held["head"], "proof": tuple(held["head"]["proof"])})
        ranges = tuple((str(stream), int(first), int(through)) for stream, first, through in held["ranges"])
        return Seal(head, ranges, tuple(bytes.fromhex(part) for part in held["parts"]))
    except (ValueError, TypeError, KeyError) as error:
        raise IntegrityBreachError(f"seal {number} cannot be read: {type(error).__name__}; nothing was sealed or verified") from error


def _write_seal(unit: Unit, seal: Seal) -> None:
    held = {"head": seal.head._asdict(), "ranges": seal.ranges, "parts": [part.hex() for part in seal.parts]}
    unit.save_run(_SEALS, f"{seal.head.number:012d}", json.dumps(held, separators=(",", ":")))
    unit.save_run(_LAST, "last", str(seal.head.number))


def seal_next(unit: Unit, tenant: str, *, at: datetime, after: str = "", most: int = SEAL_MAX) -> tuple[Seal, str] | None:
    """
    Seal up to *most* events of streams whose names are greater than *after*; return None when there is nothing to seal.

    Returns:
        The seal, and the name of the last stream that is sealed to its end.
    """
    unit.lock([f"reader/{READER}"])
    number = last_seal(unit)
    before = read_seal(unit, number) if number else Seal(Head(tenant, 0, 0, "", 0), (), ())
    tree = Tree(before.head.size, before.parts)
    digests: list[bytes] = []
    ranges: list[tuple[str, int, int]] = []
    for behind in unit.behind(READER, after=after, limit=most):
        records = unit.records(behind.stream, after=behind.through)
        taken = records[: most - len(digests)]
        ranges.append((behind.stream, behind.through + 1, behind.through + len(taken)))
        digests += [record.digest for record in taken]
        if len(taken) < len(records):
            break
        after = behind.stream
        if len(digests) >= most:
            break
    if not digests:
        return None
    proof = continuation_proof(tree, digests)
    for digest in digests:
        tree.add(digest)
    head = Head(tenant, number + 1, tree.size, tree.root().hex(), epoch_micros(at), tuple(part.hex() for part in proof))
    seal = Seal(head, tuple(ranges), tuple(tree.parts))
    unit.advance(READER, [(stream, through) for stream, _, through in ranges])
    _write_seal(unit, seal)
    return seal, after


def sealed_records(unit: Unit, seal: Seal) -> Iterator[tuple[int, str, int, Record | None]]:
    """Yield place, stream, version and event of everything in a seal; None where the event is not there any more."""
    place = seal.head.size - sum(through - first + 1 for _, first, through in seal.ranges)
    for stream, first, through in seal.ranges:
        found = {record.version: record for record in unit.records(stream, after=first - 1) if record.version <= through}
        for version in range(first, through + 1):
            place += 1
            yield place, stream, version, found.get(version)
