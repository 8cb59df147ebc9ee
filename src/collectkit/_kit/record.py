"""What a host does with the record: seal and anchor it, verify it, keep receipts, and give it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import attrs

from collectkit._kit.again import again
from collectkit._kit.core import Core
from collectkit._kit.exporting import ExportedEvent, write_events
from collectkit.calendars.dates import require_aware
from collectkit.errors import CollectkitError, IntegrityBreachError, ValidationError
from collectkit.events import Receipt
from collectkit.storage.sealing import SEAL_MAX, Seal, head_text, last_seal, read_seal, seal_next, sealed_records
from collectkit.storage.store import Record
from collectkit.storage.verifier import Fault, Head, KeptReceipt, Verifier, read_heads

ExportFormat = Literal["jsonl", "csv", "parquet"]
_PAGE: Final = 1000
_ANCHORED: Final = "anchored"


@attrs.frozen
class SealReport:
    """
    What one sealing did.

    Attributes:
        events: How many events got their places.
        heads: The heads that were made, oldest first.
        anchored: How many heads each anchor took, by its name.
        faults: What an anchor answered instead, by its name; the head is given to it again next time.
    """

    events: int
    heads: tuple[Head, ...]
    anchored: dict[str, int]
    faults: dict[str, str]


@attrs.frozen
class Verification:
    """
    What a verification found.

    Attributes:
        events: How many events were read.
        heads: How many heads they were compared with.
        exposed: How many events no head covers; a cut of these would not show without a receipt.
        anchored: Whether the heads came from elsewhere; heads from the same database prove nothing against whoever
            can write to it.
        faults: Contradictions, in the order in which they were found; none means the record is what it was.
    """

    events: int
    heads: int
    exposed: int
    anchored: bool
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing contradicts anything."""
        return not self.faults


class RecordKeeping(Core):
    """The record as a whole: order, heads, proofs and exports."""

    def seal(self, *, at: datetime, most: int = SEAL_MAX) -> SealReport:
        """
        Give every event that stands its place in the global order, and the new heads to every anchor.

        Call it at least once an hour: what is not under an anchored head can be cut off without a trace.

        Args:
            at: The present instant; aware.
            most: How many events one head covers at the most.
        """
        require_aware(at)
        heads, after, events = [], "", 0
        while True:
            made = self._seal_some(at, after, most)
            if made is None:
                break
            seal, after = made
            heads.append(seal.head)
            events += sum(through - first + 1 for _, first, through in seal.ranges)
        anchored, faults = self._anchor()
        return SealReport(events, tuple(heads), anchored, faults)

    @again
    def _seal_some(self, at: datetime, after: str, most: int) -> tuple[Seal, str] | None:
        with self._unit() as unit:
            return seal_next(unit, self.tenant, at=at, after=after, most=most)

    def _anchor(self) -> tuple[dict[str, int], dict[str, str]]:
        """Give each anchor the heads it does not have; one that fails gets them again next time and stops nobody else."""
        anchored: dict[str, int] = {}
        faults: dict[str, str] = {}
        for name, sink in self.parts.anchors.items():
            anchored[name] = 0
            with self._unit() as unit:
                done, last = int(unit.run(_ANCHORED, name) or "0"), last_seal(unit)
                pending = [read_seal(unit, number).head for number in range(done + 1, last + 1)]
            for head in pending:
                try:
                    sink.anchor(self.tenant, head.number, head_text(head))
                except (CollectkitError, OSError) as error:
                    faults[name] = str(error)
                    break
                except Exception as error:
                    faults[name] = type(error).__name__
                    break
                anchored[name] += 1
                with self._unit() as unit:
                    unit.save_run(_ANCHORED, name, str(head.number))
        return anchored, faults

    def heads(self) -> list[Head]:
        """Return the heads that the book itself holds, oldest first."""
        with self._unit() as unit:
            return [read_seal(unit, number).head for number in range(1, last_seal(unit) + 1)]

    def anchored_heads(self) -> list[Head]:
        """Return the heads of the first anchor that can give them back; none when there is no such anchor."""
        for sink in self.parts.anchors.values():
            given = getattr(sink, "heads", None)
            if callable(given):
                return read_heads(given(self.tenant))
        return []

    def verify(self, *, heads: Iterable[Head] | None = None, receipts: Iterable[Receipt] = ()) -> Verification:
        """
        Compute every digest and every head anew, and return what contradicts what.

        Args:
            heads: Heads that were anchored elsewhere; by default those of the first anchor that can give them back, and
                without one those of the book itself.
            receipts: Receipts that were kept; each must name an event that is still there and still the same.
        """
        known = list(heads) if heads is not None else self.anchored_heads()
        elsewhere = heads is not None or bool(known)
        if not known and heads is None:
            try:
                known = self.heads()
            except IntegrityBreachError:
                known = []  # `_read_all` says which seal cannot be read
        verifier = Verifier(known, [KeptReceipt(one.stream, one.version, one.digest) for one in receipts])
        for event in self._read_all(verifier):
            record = event.record
            verifier.event(
                record.stream, record.version, record.type, record.context.encode(), record.body.encode(), record.digest, event.place or 0
            )
        verifier.finish()
        if heads is None:
            verifier.faults += self._signature_faults()
        return Verification(verifier.events, len(known), verifier.exposed, elsewhere, tuple(verifier.faults))

    def _signature_faults(self) -> list[Fault]:
        """Return what is wrong with the signatures of anchors that sign."""
        checks = [getattr(sink, "signature_faults", None) for sink in self.parts.anchors.values()]
        return [fault for check in checks if callable(check) for fault in check(self.tenant)]

    def _read_all(self, verifier: Verifier | None = None) -> Iterator[ExportedEvent]:
        """Yield every event: the sealed ones in their places, then the others by stream."""
        with self._unit() as unit:
            last = last_seal(unit)
        ends: dict[str, int] = {}
        for number in range(1, last + 1):
            with self._unit() as unit:
                try:
                    found = list(sealed_records(unit, read_seal(unit, number)))
                except IntegrityBreachError as error:
                    if verifier is None:
                        raise
                    verifier.faults.append(Fault("", 0, 0, 0, str(error)))
                    continue
            for place, stream, version, record in found:
                ends[stream] = version
                if record is not None:
                    yield ExportedEvent(place, record)
                elif verifier is not None:
                    verifier.missing(stream, version, place)
        for record in self._unsealed(ends):
            yield ExportedEvent(None, record)

    def _unsealed(self, ends: dict[str, int]) -> Iterator[Record]:
        after = ""
        while True:
            with self._unit() as unit:
                names = unit.streams("", after=after, limit=_PAGE)
                found = [record for name in names for record in unit.records(name, after=ends.get(name, 0))]
            yield from found
            if len(names) < _PAGE:
                return
            after = names[-1]

    def export_events(self, path: str | Path, *, format: ExportFormat = "jsonl") -> int:
        """
        Write every event to a file and return how many; ids alone, no personal data.

        JSON Lines is what the stand-alone verifier reads; cells of CSV cannot act as formulas in a spreadsheet.

        Args:
            path: The file; replaced when it is there.
            format: ``jsonl``, ``csv`` or ``parquet``.

        Raises:
            ValidationError: There is no such format, or *path* is a folder; nothing was written.
            MissingExtraError: Parquet needs the extra ``parquet``; nothing was written.
        """
        if format not in ("jsonl", "csv", "parquet"):
            raise ValidationError(f"format is jsonl, csv or parquet, got {format!r}; nothing was written")
        if Path(path).is_dir():
            raise ValidationError(f"{str(path)!r} is a folder, and events are written to a file; nothing was written")
        return write_events(self._read_all(), Path(path), format)

    def receipt(self, stream: str) -> Receipt | None:
        """Return the receipt of the last event of a stream such as ``account/a-1``, or None when it is empty."""
        with self._unit() as unit:
            version = unit.version(stream)
            records = unit.records(stream, after=version - 1) if version else []
        return Receipt(stream, version, records[-1].digest.hex()) if records else None

    @contextmanager
    def receipts(self) -> Iterator[list[Receipt]]:
        """
        Collect the receipts of every command that this thread gives inside the block.

        Each names stream, version and digest of what was recorded last. Keep them away from the book: a kept receipt
        convicts whoever cuts or rewrites the record, also before it was sealed.
        """
        with self._collecting() as kept:
            yield kept
