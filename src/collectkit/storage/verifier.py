"""Whether a record is what it was: one file, standard library only, for whoever does not trust those who keep the book.

Copy this file to another machine and run it there on an export and on the heads that were anchored elsewhere::

    python verifier.py events.jsonl --heads heads.jsonl --receipts receipts.jsonl

What it checks, in this order:

1.  Each event's SHA-256 covers its stream, version, type, context, body and the SHA-256 of the event before it in its
    stream. So a changed, dropped, inserted or swapped event shows, unless everything after it was hashed anew.
2.  The events stand in one global order without gaps, and are the leaves of a Merkle tree (RFC 9162, section 2.1). Its
    root at each *head* must be the root that was anchored: hashing anew changes it, and the attacker does not hold the
    anchored copy.
3.  Each head proves that it continues the one before it (RFC 9162, section 2.1.4), so the heads alone show that nothing
    was rewritten between two of them.
4.  Each *receipt*, which whoever gave a command may keep, names an event that is still there and still the same.

What it cannot see is a cut of events that no anchored head and no receipt covers: it says how many such events there are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

GENESIS = bytes(32)


class Head(NamedTuple):
    """
    The state of the record at one moment, small enough to be kept anywhere.

    Attributes:
        tenant: Whose book.
        number: Heads of a book count from 1.
        size: How many events it covers.
        root: Merkle root over their digests, in hex.
        at: When it was made, microseconds since 1970 in UTC.
        proof: That it continues the head before it: a consistency proof, in hex.
    """

    tenant: str
    number: int
    size: int
    root: str
    at: int
    proof: tuple[str, ...] = ()


class KeptReceipt(NamedTuple):
    """Proof that one event stood once: its stream, version and SHA-256 in hex."""

    stream: str
    version: int
    digest: str


class Fault(NamedTuple):
    """
    One place where the record contradicts itself, a head or a receipt.

    Attributes:
        stream: Which stream; empty when it is not one event's fault.
        version: Position in the stream; 0 when it is not one event's fault.
        place: First place in the global order that may be concerned, from 1; 0 when it has none.
        last: Last such place.
        text: What contradicts what.
    """

    stream: str
    version: int
    place: int
    last: int
    text: str

    def __str__(self) -> str:
        event = f"{self.stream} version {self.version}: " if self.stream else ""
        span = f"place {self.place}" if self.place == self.last else f"places {self.place} to {self.last}"
        return f"{event}{self.text}" + (f" ({span})" if self.place else "")


# The Merkle tree


def leaf(digest: bytes) -> bytes:
    """Return the hash of one leaf."""
    return sha256(b"\x00" + digest).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A Merkle tree that only grows: it holds one hash for each complete part, largest first, and no leaf."""

    def __init__(self, size: int = 0, parts: Sequence[bytes] = ()) -> None:
        self.size = size
        self.parts = list(parts)

    def add(self, digest: bytes) -> None:
        """Append one event."""
        held, size = leaf(digest), self.size
        while size & 1:  # two parts of one size become a part of twice that size
            held, size = node(self.parts.pop(), held), size >> 1
        self.parts.append(held)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all events so far."""
        if not self.parts:
            return sha256(b"").digest()
        held = self.parts[-1]
        for part in reversed(self.parts[:-1]):
            held = node(part, held)
        return held


def continues(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether *proof* shows that the new tree begins with all of the old one (RFC 9162, section 2.1.4.2)."""
    if old_size == 0 or old_size == new_size:
        return old_size <= new_size and not proof and (old_size == 0 or old_root == new_root)
    if old_size > new_size or not proof:
        return False
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    one, last = old_size - 1, new_size - 1
    while one & 1:
        one, last = one >> 1, last >> 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if one & 1 or one == last:
            old, new = node(part, old), node(part, new)
            while one and not one & 1:
                one, last = one >> 1, last >> 1
        else:
            new = node(new, part)
        one, last = one >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def includes(root: bytes, size: int, index: int, digest: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether *proof* shows that the event is the leaf *index*, from 0, of the tree (RFC 9162, section 2.1.3.2)."""
    if index >= size:
        return False
    one, last, held = index, size - 1, leaf(digest)
    for part in proof:
        if last == 0:
            return False
        if one & 1 or one == last:
            held = node(part, held)
            while one and not one & 1:
                one, last = one >> 1, last >> 1
        else:
            held = node(held, part)
        one, last = one >> 1, last >> 1
    return last == 0 and held == root


# The record


class Verifier:
    """
    Takes events one by one and keeps what contradicts what.

    Args:
        heads: Heads that were anchored elsewhere, by number. Heads that lie in the same database prove nothing.
        receipts: Receipts that were kept.
    """

    def __init__(self, heads: Iterable[Head] = (), receipts: Iterable[KeptReceipt] = ()) -> None:
        self.faults: list[Fault] = []
        self.events = 0
        self._heads = sorted(heads, key=lambda head: head.number)
        self._sizes = {head.size: head for head in self._heads}
        self._wanted = {(receipt.stream, receipt.version): receipt.digest for receipt in receipts}
        self._ends: dict[str, tuple[int, bytes]] = {}
        self._tree = Tree()
        self._sound = 0

    def event(self, stream: str, version: int, type_: str, context: bytes, body: bytes, digest: bytes, place: int = 0) -> None:
        """
        Take the next event; *place* is its place in the global order, from 1, or 0 when it was not sealed yet.

        Sealed events come in the order of their places, the others after them, those of a stream by version.
        """
        self.events += 1
        ended, previous = self._ends.get(stream, (0, GENESIS))
        if version != ended + 1:
            self._fault(stream, ended + 1, place, f"here stands version {version}, version {ended + 1} is expected")
        frame = f"collectkit/event/1 {len(stream)} {stream} {version} {len(type_)} {type_} {len(context)} {len(body)} "
        computed = sha256(previous + frame.encode("utf-8", "surrogatepass") + context + body).digest()
        if computed != digest:
            self._fault(stream, version, place, "the digest does not belong to this event and the one before it")
        wanted = self._wanted.pop((stream, version), None)
        if wanted is not None and wanted != computed.hex():
            self._fault(stream, version, place, "it is not the event that the receipt was given for")
        self._ends[stream] = (version, digest)
        if place:
            self._grow(stream, version, place, computed)

    def _grow(self, stream: str, version: int, place: int, digest: bytes) -> None:
        if place != self._tree.size + 1:
            self._fault(stream, version, place, f"place {self._tree.size + 1} of the global order is expected here")
        self._tree.add(digest)
        head = self._sizes.get(self._tree.size)
        if head is not None:
            if self._tree.root().hex() != head.root:
                text = f"the events are not those that head {head.number} was anchored for"
                self.faults.append(Fault("", 0, self._sound + 1, head.size, text))
            self._sound = head.size

    def missing(self, stream: str, version: int, place: int = 0) -> None:
        """Note that an event which must be there is not."""
        self._fault(stream, version, place, "the event is missing")

    def finish(self) -> list[Fault]:
        """Return all faults, after the last event."""
        self.faults += check_heads(self._heads)
        for head in self._heads:
            if head.size > self._tree.size:
                text = f"head {head.number} was anchored for {head.size} events, the record has {self._tree.size} in order"
                self.faults.append(Fault("", 0, self._tree.size + 1, head.size, text))
        for stream, version in sorted(self._wanted):
            self._fault(stream, version, 0, "a receipt proves this event, and it is not there")
        return self.faults

    @property
    def exposed(self) -> int:
        """Return how many events no anchored head covers: a cut of these would not show."""
        return self.events - max((head.size for head in self._heads if head.size <= self._tree.size), default=0)

    def _fault(self, stream: str, version: int, place: int, text: str) -> None:
        self.faults.append(Fault(stream, version, place, place, text))


def check_heads(heads: Sequence[Head]) -> list[Fault]:
    """Return what is wrong with heads among themselves: each must continue the one before it."""
    faults, before = [], Head("", 0, 0, sha256(b"").hexdigest(), 0)
    for head in heads:
        if head.number == before.number + 1:
            proof = [bytes.fromhex(part) for part in head.proof]
            if not continues(before.size, bytes.fromhex(before.root), head.size, bytes.fromhex(head.root), proof):
                text = f"head {head.number} does not continue head {before.number}"
                faults.append(Fault("", 0, before.size + 1, head.size, text))
        elif head.number == before.number and head != before:
            faults.append(Fault("", 0, before.size + 1, head.size, f"there are two different heads {head.number}"))
        before = head
    return faults


# Files


def read_heads(lines: Iterable[str]) -> list[Head]:
    """Return the heads of a JSON Lines file."""
    heads = []
    for held in map(json.loads, lines):
        heads.append(Head(held["tenant"], held["number"], held["size"], held["root"], held["at"], tuple(held["proof"])))
    return heads


def read_receipts(lines: Iterable[str]) -> list[KeptReceipt]:
    """Return the receipts of a JSON Lines file."""
    return [KeptReceipt(held["stream"], held["version"], held["digest"]) for held in map(json.loads, lines)]


def verify_lines(lines: Iterable[str], heads: Iterable[Head] = (), receipts: Iterable[KeptReceipt] = ()) -> Verifier:
    """
    Verify an export, one event a line, and return the verifier with what it found.

    Raises:
        ValueError: A line is not an event of an export.
    """
    verifier = Verifier(heads, receipts)
    for number, line in enumerate(lines, start=1):
        try:
            held = json.loads(line)
            context, body = held["context"].encode(), held["body"].encode()
            verifier.event(held["stream"], held["version"], held["type"], context, body, bytes.fromhex(held["digest"]), held["place"] or 0)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"line {number} is not an event of an export: {error!r}") from error
    verifier.finish()
    return verifier


def main(argv: Sequence[str] | None = None) -> int:
    """Verify files and say what was found; 0 when the record is sound, 1 when it is not, 2 when a file is none."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("events", type=Path, help="export of the events, JSON Lines")
    parser.add_argument("--heads", type=Path, help="heads that were anchored elsewhere, JSON Lines")
    parser.add_argument("--tenant", help="whose book, where the file of heads holds those of several")
    parser.add_argument("--receipts", type=Path, help="receipts that were kept, JSON Lines")
    given = parser.parse_args(argv)
    try:
        heads = read_heads(_lines(given.heads)) if given.heads else []
        heads = [head for head in heads if given.tenant in (None, head.tenant)]
        receipts = read_receipts(_lines(given.receipts)) if given.receipts else []
        with given.events.open(encoding="utf-8", newline="\n") as lines:
            verifier = verify_lines(lines, heads, receipts)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"cannot verify: {error}\n")
        return 2
    for fault in verifier.faults:
        sys.stdout.write(f"FAULT {fault}\n")
    word = "the record is sound" if not verifier.faults else f"{len(verifier.faults)} faults"
    sys.stdout.write(f"{verifier.events} events, {len(heads)} heads, {verifier.exposed} events that no head covers: {word}\n")
    return 1 if verifier.faults else 0


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    sys.exit(main())
