"""Writing the record to files: JSON Lines for the verifier, CSV for spreadsheets, Parquet for analysis."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Final

import attrs

from collectkit._cells import inert
from collectkit.calendars.dates import from_epoch_micros
from collectkit.errors import MissingExtraError
from collectkit.storage.store import Record

_BATCH: Final = 10_000


@attrs.frozen
class ExportedEvent:
    """
    One event on its way out.

    Attributes:
        place: In the global order, from 1; None while it is not sealed.
        record: The event as it is stored.
    """

    place: int | None
    record: Record

    def row(self) -> dict[str, object]:
        """Return it as plain values, with what the context says in columns of its own."""
        record, context = self.record, json.loads(self.record.context)
        return {
            "place": self.place,
            "stream": record.stream,
            "version": record.version,
            "type": record.type,
            "at": from_epoch_micros(context["at"]),
            "actor": context["actor"],
            "command": context["command"],
            "context": record.context,
            "body": record.body,
            "digest": record.digest.hex(),
        }


def write_events(events: Iterable[ExportedEvent], path: Path, format: str) -> int:
    """Write events to *path*, which is replaced as a whole when all are written, and return how many there were."""
    write: Callable[[Iterable[ExportedEvent], Path], int] = {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet}[format]
    if format == "parquet":
        _need_pyarrow()
    unfinished = path.with_name(f".{path.name}.part")
    try:
        count = write(events, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def line_of(event: ExportedEvent) -> str:
    """Return one event as a line of JSON, as the stand-alone verifier reads it."""
    record = event.record
    held = {
        "place": event.place,
        "stream": record.stream,
        "version": record.version,
        "type": record.type,
        "context": record.context,
        "body": record.body,
        "digest": record.digest.hex(),
    }
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))


def _jsonl(events: Iterable[ExportedEvent], path: Path) -> int:
    count = 0
    with _opened(path) as file:
        for event in events:
            file.write(line_of(event) + "\n")
            count += 1
    return count


def _csv(events: Iterable[ExportedEvent], path: Path) -> int:
    count = 0
    with _opened(path) as file:
        writer = csv.writer(file)
        for event in events:
            row = event.row()
            if not count:
                writer.writerow(row)
            count += 1
            writer.writerow([_cell(value) for value in row.values()])
    return count


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else inert(str(value))


def _need_pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("writing Parquet", "parquet") from error


def _parquet(events: Iterable[ExportedEvent], path: Path) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    text = pa.string()
    schema = pa.schema(
        [
            ("place", pa.int64()),
            ("stream", text),
            ("version", pa.int64()),
            ("type", text),
            ("at", pa.timestamp("us", tz="UTC")),
            ("actor", text),
            ("command", text),
            ("context", text),
            ("body", text),
            ("digest", text),
        ]
    )
    count, rows = 0, (event.row() for event in events)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _BATCH)):
            writer.write_table(pa.table(_columns(batch), schema=schema))
            count += len(batch)
    return count


def _columns(rows: list[dict[str, object]]) -> Mapping[str, list[object]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
