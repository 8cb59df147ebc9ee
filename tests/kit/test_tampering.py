"""Every way to change the record, tried on a whole one: each must be found, with its position, and nothing else."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from datetime import date

import attrs
import pytest
from tests.kit.conftest import NOW, account, consumer

from collectkit import Kit, Money, Payment
from collectkit._kit.exporting import ExportedEvent
from collectkit.events import GENESIS, chain
from collectkit.storage.store import Record
from collectkit.storage.verifier import Fault, Head, Tree, Verifier


@attrs.frozen
class Sealed:
    """A record under heads that its keeper does not hold."""

    events: tuple[ExportedEvent, ...]
    heads: tuple[Head, ...]


def sealed(people: int, payments: int, every: int) -> Sealed:
    """A record of people with one account each and payments on it."""
    with Kit.open("memory://", actor="tests") as kit:
        for number in range(people):
            kit.register(attrs.evolve(consumer(f"c-{number}"), contacts=()), at=NOW)
            kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)
        for number in range(payments):
            amount = Money(100 + number, "USD")
            kit.post(Payment(f"p-{number}", account=f"a-{number % people}", amount=amount, value_on=date(2026, 9, 2)), at=NOW)
            if number % every == 0:
                kit.seal(at=NOW)
        kit.seal(at=NOW)
        return Sealed(tuple(kit._read_all()), tuple(kit.heads()))


@pytest.fixture(scope="module")
def sixty() -> Sealed:
    record = sealed(people=3, payments=54, every=6)
    assert 60 == len(record.events)
    return record


@pytest.fixture(scope="module")
def thousand() -> Sealed:
    record = sealed(people=20, payments=960, every=40)
    assert 1000 == len(record.events)
    return record


Row = tuple[str, int, str, bytes, bytes, bytes, int]


def rows_of(events: Sequence[ExportedEvent]) -> list[Row]:
    return [
        (e.record.stream, e.record.version, e.record.type, e.record.context.encode(), e.record.body.encode(), e.record.digest, e.place or 0)
        for e in events
    ]


def faults(rows: Sequence[Row], heads: Sequence[Head]) -> list[Fault]:
    verifier = Verifier(heads)
    for row in rows:
        verifier.event(*row)
    return verifier.finish()


def clone(verifier: Verifier) -> Verifier:
    """A verifier that has seen the same and goes on alone."""
    other = copy.copy(verifier)
    other.faults, other._ends, other._wanted = [*verifier.faults], dict(verifier._ends), dict(verifier._wanted)
    other._tree = Tree(verifier._tree.size, verifier._tree.parts)
    return other


class Tamperer:
    """Verifies a record in which something was changed from some event on; what comes before need not be read again."""

    def __init__(self, record: Sealed) -> None:
        self.rows = rows_of(record.events)
        self._before = [Verifier(record.heads)]
        for row in self.rows:
            self._before.append(clone(self._before[-1]))
            self._before[-1].event(*row)

    def faults(self, index: int, *rest: Row) -> list[Fault]:
        """Return the faults when *rest* follows the first *index* events; the first ones found suffice."""
        verifier = clone(self._before[index])
        for row in rest:
            verifier.event(*row)
            if verifier.faults:
                return verifier.faults
        return verifier.finish()


def points_at(found: Sequence[Fault], places: range) -> bool:
    """Whether some fault names a place among those that were touched."""
    return any(fault.place in places or (fault.place <= places.start <= fault.last) for fault in found)


def flips(row: Row) -> Iterator[Row]:
    """Yield the row once for each byte of each field, with one bit of that byte changed."""
    stream, version, type_, context, body, digest, place = row
    for index in range(len(stream)):
        yield (flipped_text(stream, index), version, type_, context, body, digest, place)
    for index in range(len(type_)):
        yield (stream, version, flipped_text(type_, index), context, body, digest, place)
    for bit in range(4):
        yield (stream, version ^ 1 << bit, type_, context, body, digest, place)
        yield (stream, version, type_, context, body, digest, place ^ 1 << bit)
    for field, held in ((3, context), (4, body), (5, digest)):
        for index in range(len(held)):
            changed: list[object] = list(row)
            changed[field] = held[:index] + bytes([held[index] ^ 1 << index % 8]) + held[index + 1 :]
            yield tuple(changed)  # type: ignore[misc]


def flipped_text(text: str, index: int) -> str:
    return text[:index] + chr(ord(text[index]) ^ 1) + text[index + 1 :]


def rehashed(rows: Sequence[Row], index: int) -> list[Row]:
    """What an attacker who holds the database writes: one body changed, and every digest after it computed anew."""
    forged, ends = list[Row](), dict[str, bytes]()
    for at, (stream, version, type_, context, body, _, place) in enumerate(rows):
        text = body + b" " if at == index else body
        digest = chain(ends.get(stream, GENESIS), stream, version, type_, context, text)
        ends[stream] = digest
        forged.append((stream, version, type_, context, text, digest, place))
    return forged


class TestSixtyEvents:
    def test_the_untouched_record_raises_no_alarm(self, sixty: Sealed) -> None:
        """
        Neither under all heads, nor under any beginning of them, nor under none.
        """
        rows = rows_of(sixty.events)
        for count in range(len(sixty.heads) + 1):
            assert [] == faults(rows, sixty.heads[:count])

    def test_every_flipped_byte_is_found(self, sixty: Sealed) -> None:
        """
        Of every field of every event, at its place.
        """
        tamperer, tried = Tamperer(sixty), 0
        rows = tamperer.rows
        for index, row in enumerate(rows):
            for flipped in flips(row):
                tried += 1
                found = tamperer.faults(index, flipped, *rows[index + 1 :])
                assert found, (index, flipped)
                # A fault names the event that was touched, the place it claims, or the span of the head that covers it.
                named = {(fault.stream, fault.version) for fault in found}
                assert (row[0], row[1]) in named or flipped[:2] in named or points_at(found, range(index + 1, index + 3)), (index, found)
        assert 15_000 < tried

    def test_every_dropped_event_is_found(self, sixty: Sealed) -> None:
        """
        Where it stood.
        """
        rows = rows_of(sixty.events)
        for index in range(len(rows)):
            found = faults([*rows[:index], *rows[index + 1 :]], sixty.heads)
            assert points_at(found, range(index + 1, index + 3)), (index, found)

    def test_every_swapped_pair_is_found(self, sixty: Sealed) -> None:
        """
        Neighbours in the global order, whether of one stream or of two; also when they trade their places.
        """
        rows = rows_of(sixty.events)
        for index in range(len(rows) - 1):
            one, two = rows[index], rows[index + 1]
            for pair in ([two, one], [(*two[:6], one[6]), (*one[:6], two[6])]):
                found = faults([*rows[:index], *pair, *rows[index + 2 :]], sixty.heads)
                assert points_at(found, range(index + 1, index + 3)), (index, found)

    def test_every_rehash_is_found(self, sixty: Sealed) -> None:
        """
        From within everything fits; the first head that covers the change does not.
        """
        rows = rows_of(sixty.events)
        for index in range(len(rows)):
            forged = rehashed(rows, index)
            assert [] == faults(forged, ())
            first = faults(forged, sixty.heads)[0]
            assert first.place <= index + 1 <= first.last, (index, first)

    def test_every_insertion_and_repetition_is_found(self, sixty: Sealed) -> None:
        """
        A copy, in the place of the one it follows or in a place of its own.
        """
        rows = rows_of(sixty.events)
        for index, row in enumerate(rows):
            assert faults([*rows[: index + 1], row, *rows[index + 1 :]], sixty.heads)


class TestAThousandEvents:
    def test_two_thousand_sampled_changes_are_found(self, thousand: Sealed) -> None:
        """
        Flips, drops, swaps and re-hashes at random places of a longer record, each with its position.
        """
        tamperer, chance = Tamperer(thousand), random.Random(20261126)
        rows = tamperer.rows
        for number in range(2000):
            index = chance.randrange(len(rows) - 1)
            kind = ("flip", "drop", "swap", "rehash")[number % 4]
            touched = range(index + 1, index + 3)
            if kind == "flip":
                rest = [chance.choice(list(flips(rows[index]))), *rows[index + 1 :]]
            elif kind == "drop":
                rest = rows[index + 1 :]
            elif kind == "swap":
                rest = [rows[index + 1], rows[index], *rows[index + 2 :]]
            else:
                rest = rehashed(rows, index)[index:]
            found = tamperer.faults(index, *rest)
            assert points_at(found, touched) or any(fault.place == rest[0][6] for fault in found), (kind, index, found)

    def test_a_verifier_of_first_and_last_links_would_not_do(self, thousand: Sealed) -> None:
        """
        The planted flaw: it misses a change in the middle that this one finds.
        """
        rows = rows_of(thousand.events)
        index = 500
        forged = [*rows[:index], (*rows[index][:4], b"{}", *rows[index][5:]), *rows[index + 1 :]]

        def first_and_last(held: Sequence[Row]) -> bool:
            ends = [held[0], held[-1]]
            return all(row == rows[at] for row, at in zip(ends, (0, -1), strict=True))

        assert first_and_last(forged)
        assert faults(forged, thousand.heads)


def test_a_record_is_what_the_verifier_is_fed(sixty: Sealed) -> None:
    """
    The rows above are those of the store, and none is left out.
    """
    assert all(isinstance(event.record, Record) for event in sixty.events)
    assert list(range(1, 61)) == [event.place for event in sixty.events]
