"""Writing the rejected rows into files of their own, with the reasons, to be repaired and imported by the same mapping.

The rows are copied from the delivery as they stand, but for cells that a spreadsheet would run as a formula: whoever repairs a row may
open the file in one. They hold personal data, as the delivery does, so that nobody but the owner of the process may read the files.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from collectkit._cells import inert
from collectkit.errors import IntakeError
from collectkit.intake.csv_rows import REPORT_COLUMNS, CsvTable
from collectkit.intake.delivery import Delivery
from collectkit.intake.json_rows import JsonRecords
from collectkit.intake.results import Rejection, RowStatus, Tally
from collectkit.intake.scanning import text_of


def write_quarantine(delivery: Delivery, folder: str | Path) -> tuple[Path, ...]:
    """
    Write each file's rejected rows to *folder*, as ``<name>.rejected.<ending>``.

    Args:
        delivery: A delivery that was imported, or tried in a dry run.
        folder: An existing folder.

    Returns:
        The files that were written; none for files without rejected rows.

    Raises:
        IntakeError: A file is there already; none is overwritten.
    """
    written = []
    for name, table in delivery.tables.items():
        tallies = [tally for key, tally in delivery.tallies.items() if key == name or key.startswith(f"{name}.")]
        if any(RowStatus.REJECTED in tally.statuses for tally in tallies):
            original = table.scan.path.name.removesuffix(".gz")
            stem, dot, ending = original.rpartition(".")
            path = Path(folder) / f"{stem or ending}.rejected{dot}{ending if stem else ''}"
            _write(path, _table_text(table, tallies[0]) if isinstance(table, CsvTable) else _json_text(table, tallies))
            written.append(path)
    return tuple(written)


def _write(path: Path, parts: Iterator[str]) -> None:
    try:
        with open(path, "x", encoding="utf-8", newline="", opener=_for_the_owner) as file:
            file.writelines(parts)
    except FileExistsError as error:
        raise IntakeError(f"{path.name}: it is there already and was not overwritten; give another folder") from error


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _reasons(tallies: Sequence[Tally]) -> dict[int, list[Rejection]]:
    found: dict[int, list[Rejection]] = {}
    for tally in tallies:
        for rejection in tally.rejections:
            found.setdefault(rejection.row, []).append(rejection)
    return found


def _table_text(table: CsvTable, tally: Tally) -> Iterator[str]:
    """Yield the header and the rejected rows, as they stand and with the reasons at the end."""
    reasons, delimiter = _reasons([tally]), table.source.delimiter
    with text_of(table.scan) as file:
        header = table.inert(file.readline())
        yield delimiter.join((header, *REPORT_COLUMNS)) + "\n"
        for row, (_, line) in enumerate(table.lines(file), start=1):
            if tally.statuses[row - 1] == RowStatus.REJECTED:
                yield table.inert(line) + delimiter + _cells(reasons.get(row, ()), row, delimiter) + "\n"


def _cells(reasons: Sequence[Rejection], row: int, delimiter: str) -> str:
    buffer = io.StringIO()
    fields = "; ".join(one.field for one in reasons)
    causes = "; ".join(f"{one.reason}: {one.message}" for one in reasons)
    told = [fields, causes, "; ".join(one.fix for one in reasons)]
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow([row, *map(inert, told)])
    return buffer.getvalue()


def _json_text(table: JsonRecords, tallies: Sequence[Tally]) -> Iterator[str]:
    """Yield the records of which something was rejected, in the shape of the file, each with its reasons."""
    reasons = _reasons(tallies)
    keys = [key for key in table.source.path[:-2].split(".") if key]
    lines = table.source.format == "jsonl"
    yield "" if lines else "".join(f"{{{json.dumps(key)}:" for key in keys) + "["
    between = ""
    for row, (_, _, text) in enumerate(table.texts(), start=1):
        if row in reasons or tallies[0].statuses[row - 1] == RowStatus.REJECTED:
            yield between + _with_reasons(text, reasons.get(row, ()))
            between = "\n" if lines else ",\n"
    yield "\n" if lines else "]" + "}" * len(keys) + "\n"


def _with_reasons(text: str, reasons: Sequence[Rejection]) -> str:
    if not text.endswith("}") or text.strip("{} \n") == "":
        return text
    found = [{"item": one.item, "field": one.field, "reason": one.reason, "message": one.message, "fix": one.fix} for one in reasons]
    return f'{text[:-1]},"import_rejected":{json.dumps(found)}}}'
