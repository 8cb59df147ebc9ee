"""A list of calls, or of visits, as a CSV file that a dialer or a person takes up; nothing in it can run as a formula."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.drivers._overwriting import overwrite_lines

HEADER: Final = ("id", "channel", "to", "task")
LISTED: Final = ("phone", "prerecorded_call", "in_person", "letter")
_PHONE = re.compile(r"\+([0-9]+)")
# What a spreadsheet takes for the beginning of a formula, half or full width; the quotation mark stands for itself once more.
_LIVE: Final = tuple("=+-@＝＋－＠﹢﹣﹦﹫−'")
_SKIPPED: Final = "\ufeff\u200b\u200c\u200d\u2060"


def inert(cell: str) -> str:
    """
    Return *cell* so that no spreadsheet runs it: with a ``'`` in front when it begins like a formula; see `restored`.

    >>> inert("=HYPERLINK(1)"), inert("Test Street 1")
    ("'=HYPERLINK(1)", 'Test Street 1')
    """
    begun = cell
    while begun and (begun[0].isspace() or begun[0] in _SKIPPED):
        begun = begun[1:]
    return f"'{cell}" if cell.startswith(("\t", "\r", "\n")) or begun.startswith(_LIVE) else cell


def restored(cell: str) -> str:
    """Return what `inert` was given."""
    return cell.removeprefix("'")


class DialerDriver:
    """
    Add each call or visit to one CSV file: `HEADER`, then a row for each.

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
        """Add one row; the id of the message is the reference. Messages that are not for a person's hands are refused."""
        if parcel.channel not in LISTED:
            return Rejected(f"a list of calls takes no {parcel.channel}")
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
            return overwrite_lines(self.path, lambda line: _without_person(line, ids), filler=_filled)

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
    whole = row if size == 0 or os.read(file, 1) == b"\n" else b"\r\n" + row
    try:
        if os.write(file, whole) < len(whole):
            return Doubtful("the list took only a part of the row")
        os.fsync(file)
    except OSError as fault:
        return Doubtful(f"the list could not be written: {type(fault).__name__}")
    return Accepted(reference)


def _row(parcel: Parcel) -> tuple[str, ...]:
    number = _PHONE.fullmatch(parcel.to)
    task = " | ".join(parcel.body.decode("utf-8", errors="replace").split("\n"))
    return str(parcel.id), parcel.channel, number[1] if number else parcel.to, task


def _without_person(line: bytes, ids: Collection[str]) -> bytes | None:
    """Return a row without number and task, its last cell open; None when it stays as it is."""
    cells = next(csv.reader([line.decode("utf-8", errors="replace")]), [])
    if len(cells) < 2 or restored(cells[0]) not in ids or not any(cell.strip() for cell in cells[2:]):
        return None
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow([*cells[:2], "", ""])
    return out.getvalue().encode("utf-8")


def _filled(row: bytes, length: int) -> bytes:
    """Bring a row to a length with spaces inside of its last cell, so that it still is one."""
    return row[:-1].ljust(length - 1) + b'"'


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([[inert(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8", errors="backslashreplace")
