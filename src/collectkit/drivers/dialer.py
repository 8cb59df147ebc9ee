"""A list of calls, or of visits, as a CSV file that a dialer or a person takes up; nothing in it can run as a formula."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Final

import attrs

from collectkit._cells import inert, restored
from collectkit.channels.channel import PERMIT_HEADER, Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.drivers._overwriting import overwrite_lines
from collectkit.errors import CollectkitError, ValidationError
from collectkit.servicing import hand_work
from collectkit.servicing.hand_work import HandWork

HEADER: Final = ("id", "channel", "to", "task", "not_after", "permit")
LISTED: Final = ("phone", "prerecorded_call", "in_person", "letter")
_PHONE = re.compile(r"\+([0-9]+)")


class DialerDriver:
    """
    Add each call or visit to one CSV file: `HEADER`, then a row for each.

    A row may be used until its ``not_after`` (UTC) and no longer, and names the reservation that allows it as its ``permit``. Whoever
    takes the list up leaves out rows that are over, asks `Kit.may_be_made` before each, and gives what came of them to
    `Kit.report_hand_work`, for which `read_results` reads a CSV file.

    A row is one write to a file opened for appending, synced before it counts as accepted, so threads and processes
    may share a list. A number stands without its ``+``, as dialers read it. The file is readable by its owner only.

    Args:
        path: The list; its folder is made when it does not exist. Whoever takes the list up moves it away first.

    Raises:
        OSError: The folder cannot be made.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"DialerDriver({str(self.path)!r})"

    def hand_over(self, parcel: Parcel) -> HandOver:
        """
        Add one row; the id of the message is the reference.

        Messages that are not for a person's hands are refused, and so is a call or visit that does not say until when it may be
        made: a list is often taken up later than it was written.
        """
        if parcel.channel not in LISTED:
            return Rejected(f"a list of calls takes no {parcel.channel}")
        if parcel.channel in hand_work.LISTED and parcel.not_after is None:
            return Rejected(f"a row of a list says until when it may be used; this {parcel.channel} does not")
        row = _lines([_row(parcel)])
        with self._lock:
            try:
                self._begin()
                file = os.open(self.path, os.O_RDWR | os.O_APPEND)
            except OSError as fault:
                return Rejected(f"the list could not be opened: {type(fault).__name__}")
            try:
                return _append(file, row, str(parcel.id))
            finally:
                os.close(file)

    def forget(self, ids: Collection[str]) -> int:
        """Overwrite number and task in the rows of those ids, and return how many; a list that was moved away is not reached."""
        with self._lock:
            return overwrite_lines(self.path, lambda line: _without_person(line, ids))

    def _begin(self) -> None:
        """Make the list with its header, unless it is there; another process never sees half a header."""
        if not self.path.exists():
            write_list(self.path, (), replace=False)


def write_list(path: str | Path, parcels: Sequence[Parcel], *, replace: bool = True) -> None:
    """
    Write a whole list at once; a reader sees the old list or the new one, never a part.

    Args:
        path: Where to; in an existing folder.
        parcels: Calls and visits, in the order of the rows.
        replace: Whether to take the place of a list that is there; otherwise that one is kept.

    Raises:
        OSError: It could not be written; the old list is as it was.
    """
    target = Path(path)
    file, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(file, "wb") as out:
            out.write(b"\xef\xbb\xbf" + _lines([HEADER, *map(_row, parcels)]))
            out.flush()
            os.fsync(out.fileno())
        if replace:
            Path(made).replace(target)
        else:
            _link(made, target)
    finally:
        Path(made).unlink(missing_ok=True)


def _link(made: str, target: Path) -> None:
    """Give *made* its name unless another process was first, whose list is as good."""
    try:
        target.hardlink_to(made)
    except FileExistsError:
        return


def _append(file: int, row: bytes, reference: str) -> HandOver:
    """Write one row; a row torn by an earlier crash is ended first, so that it spoils no other."""
    size = os.lseek(file, 0, os.SEEK_END)
    os.lseek(file, max(0, size - 1), os.SEEK_SET)
    whole = row if size == 0 or os.read(file, 1) == b"\n" else _ended(file, size) + row
    try:
        if os.write(file, whole) < len(whole):
            return Doubtful("the list took only a part of the row")
        os.fsync(file)
    except OSError as fault:
        return Doubtful(f"the list could not be written: {type(fault).__name__}")
    return Accepted(reference)


def _ended(file: int, size: int) -> bytes:
    """Return the end of a torn row; a cell that is open would take in the row after it."""
    os.lseek(file, 0, os.SEEK_SET)
    torn = os.read(file, size).rpartition(b"\n")[2]
    return b'"\r\n' if torn.count(b'"') % 2 else b"\r\n"


def _row(parcel: Parcel) -> tuple[str, ...]:
    number = _PHONE.fullmatch(parcel.to)
    task = " | ".join(parcel.body.decode("utf-8", errors="replace").split("\n"))
    ends_at = parcel.not_after.astimezone(UTC).isoformat(timespec="seconds") if parcel.not_after is not None else ""
    permit = next((value for name, value in parcel.headers if name == PERMIT_HEADER), "")
    return str(parcel.id), parcel.channel, number[1] if number else parcel.to, task, ends_at, permit


def _without_person(line: bytes, ids: Collection[str]) -> bytes | None:
    """Return a row of the same length with no number and a blank task, or nothing of half a row; None when it stays as it is."""
    cells = next(csv.reader([line.decode("utf-8", errors="replace")]), [])
    if len(cells) < 2 or restored(cells[0]) not in ids or not any(cell.strip() for cell in cells[2:4]):
        return None
    blank = len(line) - len(_quoted([*cells[:2], "", "", *cells[4:]]))
    # Half a row that a crash has left may have no place for what would make it one; it is of no use to anybody.
    return _quoted([*cells[:2], "", " " * blank, *cells[4:]]) if len(cells) == len(HEADER) and blank >= 0 else b""


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    return b"".join(_quoted([inert(cell) for cell in row]) + b"\r\n" for row in rows)


def _quoted(cells: Sequence[str]) -> bytes:
    """Return a row without its end."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return out.getvalue().encode("utf-8", errors="backslashreplace")


RESULT_HEADER: Final = ("id", "result", "at", "by", "permit", "recording")


@attrs.frozen
class ResultFault:
    """A row of a result file that cannot be used: its place among the rows, from 1, and why."""

    row: int
    reason: str


def read_results(text: str) -> tuple[tuple[HandWork, ...], tuple[ResultFault, ...]]:
    """
    Read what a dialer or an agent reports: a CSV file with the columns of `RESULT_HEADER`, of which the first three must be filled.

    Each row stands alone: one that cannot be used is told with its reason, and the others are read.

    Raises:
        ValidationError: It is no CSV with these columns; nothing was read.
    """
    try:
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        missing = [name for name in RESULT_HEADER if name not in (reader.fieldnames or ())]
        if missing:
            raise ValidationError(f"results have the columns {', '.join(RESULT_HEADER)}, {missing[0]!r} is missing; nothing was read")
        rows = list(reader)
    except csv.Error as error:
        raise ValidationError(f"the results are no CSV: {error}; nothing was read") from None
    works: list[HandWork] = []
    faults: list[ResultFault] = []
    for place, row in enumerate(rows, 1):
        try:
            works.append(_work(row))
        except (ValueError, CollectkitError) as error:
            faults.append(ResultFault(place, str(error)))
    return tuple(works), tuple(faults)


def _work(row: Mapping[str, str]) -> HandWork:
    cells = {name: restored(row[name] or "") for name in RESULT_HEADER}
    if not all(cells[name] for name in RESULT_HEADER[:3]):
        raise ValidationError(f"a result has {', '.join(RESULT_HEADER[:3])}; this row was not read")
    try:
        at = datetime.fromisoformat(cells["at"])
    except ValueError:
        raise ValidationError(f"at is an instant such as 2026-10-20T18:00:00Z, got {cells['at']!r}; this row was not read") from None
    return HandWork(cells["id"], cells["result"], at, cells["by"], cells["permit"], cells["recording"])
