"""The files that go between a creditor and an agency: versioned, with control totals, as CSV or JSON.

One contract for ten kinds. A file says what it is, whose, which number it has in the row of that agency's files, and
how many rows and how much money it holds. A file that ends early or does not add up is held as a whole; a row that
cannot be read is refused alone, with its reason, and everything else stands. The same file twice changes nothing.

Texts in, texts out: who reads and writes files, and how they travel, is the host's business.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from types import MappingProxyType

import attrs

from collectkit._cells import inert_unless_number, restored
from collectkit._checks import day, member, named
from collectkit.allocation.agency_contract import CONTRACT, VERSION, Column, FileKind, Type, is_whole, row_fault
from collectkit.errors import ValidationError
from collectkit.identifiers import HandlerId, id_fault
from collectkit.refusals import Refusal

__all__ = [
    "CONTRACT",
    "VERSION",
    "AgencyFile",
    "Column",
    "FileKind",
    "FileReason",
    "Received",
    "RowFault",
    "Taken",
    "Type",
    "digest_of",
    "read_file",
    "rejects",
    "row_fault",
    "with_faults",
    "write_file",
]

_TOTALLED = ("amount_minor", "outstanding_minor", "collected_minor")


def _kind(given: str | FileKind) -> FileKind:
    return member(FileKind, given, "a file is", not_done="no file was made")


def _rows(given_rows: Iterable[Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
    return tuple(given_rows)


@attrs.frozen
class AgencyFile:
    """
    One file.

    Attributes:
        kind: What it is about.
        agency: Which agency's.
        id: Unique among the files of that agency.
        number: Place in the row of that agency's files of this kind, from 1.
        made_on: Day on which it was made.
        rows: Texts by column, in order.
    """

    kind: FileKind = attrs.field(converter=_kind)
    agency: HandlerId = attrs.field(converter=HandlerId)
    id: str = attrs.field(validator=named)
    number: int
    made_on: date = attrs.field(validator=day)
    rows: tuple[Mapping[str, str], ...] = attrs.field(converter=_rows)

    @property
    def total_minor(self) -> int:
        """The control total: the sum of the amounts; 0 for kinds without amounts."""
        name = next((column.name for column in CONTRACT[self.kind] if column.name in _TOTALLED), None)
        return sum(int(row[name]) for row in self.rows) if name else 0


def write_file(file: AgencyFile, form: str = "csv") -> str:
    """
    Write a file; the same file gives the same text to the letter, so that it can be sent again.

    Raises:
        ValidationError: Another form than ``csv`` or ``json``, or rows that do not keep to the contract; nothing was written.
    """
    for place, row in enumerate(file.rows, 1):
        fault = row_fault(file.kind, row)
        if fault is not None:
            raise ValidationError(f"row {place} of a {file.kind.value} file: {fault}; nothing was written")
    columns = [column.name for column in CONTRACT[file.kind]]
    if form == "json":
        head = {"kind": file.kind.value, "version": VERSION, "agency": file.agency, "id": file.id, "number": file.number}
        rows = [{name: row[name] for name in columns if row.get(name)} for row in file.rows]
        control = {"rows": len(rows), "total_minor": file.total_minor}
        return json.dumps({**head, "made_on": file.made_on.isoformat(), "rows": rows, "control": control}, indent=1) + "\n"
    if form != "csv":
        raise ValidationError(f"an agency file is csv or json, not {form!r}; nothing was written")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["collectkit", file.kind.value, VERSION, file.agency, file.id, file.number, file.made_on.isoformat()])
    writer.writerow(columns)
    writer.writerows([inert_unless_number(row.get(name, "")) for name in columns] for row in file.rows)
    writer.writerow(["end", len(file.rows), file.total_minor])
    return out.getvalue()


def digest_of(text: str) -> str:
    """Return the digest of a file's text, to tell the same file from another one under its id."""
    return hashlib.sha256(text.encode()).hexdigest()


class FileReason(Enum):
    """Why a whole file is held, in order of precedence; nothing of it is used."""

    NOT_READABLE = "not_readable"
    """No file of this contract."""
    UNKNOWN_VERSION = "unknown_version"
    ANOTHER_AGENCY = "another_agency"
    OTHER_COLUMNS = "other_columns"
    INCOMPLETE = "incomplete"
    """It ends before its control record."""
    TOTALS_DIFFER = "totals_differ"
    ID_REUSED = "id_reused"
    """Another file came under this id before."""
    NOT_FOR_US = "not_for_us"
    """Files of this kind go to the agency, or are worked out again and not taken over."""
    ALREADY_TAKEN = "already_taken"
    """The same file came before; nothing was changed."""


@attrs.frozen
class RowFault:
    """
    A row that was refused.

    Attributes:
        row: Its place among the rows, from 1.
        reason: In a few words, with what is allowed.
        values: As it came.
    """

    row: int
    reason: str
    values: Mapping[str, str]


@attrs.frozen
class Taken:
    """
    A file that was read.

    Attributes:
        file: Its rows that keep to the contract.
        faults: The others.
        missing: Numbers of files before it that have not come, to be sent again.
    """

    file: AgencyFile
    faults: tuple[RowFault, ...]
    missing: tuple[int, ...] = ()


@attrs.frozen
class Received:
    """What came from an agency before: digests by file id, and the numbers by kind."""

    digests: Mapping[str, str] = attrs.field(factory=dict)
    numbers: Mapping[FileKind, frozenset[int]] = attrs.field(factory=dict)


def read_file(text: str, agency: str, received: Received = Received()) -> Taken | Refusal[FileReason]:
    """
    Read a file of an agency.

    Args:
        text: The whole file.
        agency: Whose it must be.
        received: What came before.
    """
    parsed = _json(text) if text.lstrip().startswith("{") else _csv(text)
    if isinstance(parsed, Refusal):
        return parsed
    head, rows, control = parsed
    if head["agency"] != agency:
        return Refusal(FileReason.ANOTHER_AGENCY, f"a file of {agency} is expected, this one is of {head['agency']}", "nothing was taken")
    before = received.digests.get(head["id"])
    if before is not None:
        same = before == digest_of(text)
        reason = FileReason.ALREADY_TAKEN if same else FileReason.ID_REUSED
        return Refusal(reason, f"file {head['id']} {'was taken before' if same else 'came before with other content'}", "nothing was taken")
    kind = FileKind(head["kind"])
    good = tuple(row for row in rows if row_fault(kind, row) is None)
    faults = tuple(
        RowFault(place, fault, MappingProxyType(row)) for place, row in enumerate(rows, 1) if (fault := row_fault(kind, row)) is not None
    )
    file = AgencyFile(kind, agency, head["id"], int(head["number"]), date.fromisoformat(head["made_on"]), good)
    total = _total(kind, rows)
    if control != (len(rows), total):
        detail = f"the control record tells {control[0]} rows and {control[1]} minor units, the file holds {len(rows)} and {total}"
        return Refusal(FileReason.TOTALS_DIFFER, detail, "the whole file is held")
    known = received.numbers.get(kind, frozenset())
    missing = tuple(number for number in range(1, file.number) if number not in known)
    return Taken(file, faults, missing)


def _total(kind: FileKind, rows: Iterable[Mapping[str, str]]) -> int:
    """Return the sum of the amounts, rows that are refused for other columns among them: the sender counted them too."""
    name = next((column.name for column in CONTRACT[kind] if column.name in _TOTALLED), None)
    amounts = (row.get(name, "") for row in rows) if name else ()
    return sum(int(amount) for amount in amounts if is_whole(amount))


_Parsed = tuple[dict[str, str], list[dict[str, str]], tuple[int, int]]
_HEAD = ("kind", "version", "agency", "id", "number", "made_on")


def _csv(text: str) -> _Parsed | Refusal[FileReason]:
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        return _unreadable(f"it is no CSV: {error}")
    if len(lines) < 2 or len(lines[0]) != 1 + len(_HEAD) or lines[0][0] != "collectkit":
        return _unreadable("the first line names collectkit, kind, version, agency, id, number and day")
    head = dict(zip(_HEAD, lines[0][1:], strict=True))
    refused = _head_fault(head)
    if refused is not None:
        return refused
    columns = [column.name for column in CONTRACT[FileKind(head["kind"])]]
    if lines[1] != columns:
        detail = f"the columns are {', '.join(columns)}, got {', '.join(lines[1])}"
        return Refusal(FileReason.OTHER_COLUMNS, detail, "the whole file is held")
    last = lines[-1]
    if len(last) != 3 or last[0] != "end" or not all(is_whole(part) for part in last[1:]):
        return Refusal(FileReason.INCOMPLETE, "the last line is not the control record", "the whole file is held")
    # A row with too few or too many cells keeps none of them: which value is whose is not known.
    cells = (line if len(line) == len(columns) else [""] * len(columns) for line in lines[2:-1])
    rows = [{name: restored(cell) for name, cell in zip(columns, line, strict=True)} for line in cells]
    return head, rows, (int(last[1]), int(last[2]))


def _json(text: str) -> _Parsed | Refusal[FileReason]:
    try:
        held = json.loads(text, parse_float=str)
        head = {name: str(held[name]) for name in _HEAD}
        rows = [{str(name): str(value) for name, value in row.items()} for row in held["rows"]]
        control = (int(held["control"]["rows"]), int(held["control"]["total_minor"]))
    except KeyError as missing:
        return Refusal(FileReason.INCOMPLETE, f"{missing.args[0]!r} is missing", "the whole file is held")
    except (ValueError, TypeError, AttributeError):
        return _unreadable("it is no JSON of this contract")
    return _head_fault(head) or (head, rows, control)


def _unreadable(detail: str) -> Refusal[FileReason]:
    return Refusal(FileReason.NOT_READABLE, detail, "nothing was taken")


def _head_fault(head: Mapping[str, str]) -> Refusal[FileReason] | None:
    if head["kind"] not in {kind.value for kind in FileKind} or not head["id"] or not is_whole(head["number"]):
        return _unreadable(f"a kind is one of {', '.join(kind.value for kind in FileKind)}, with an id and a number")
    fault = id_fault(head["id"], "the id of a file")
    if fault is not None:
        return _unreadable(fault)
    if head["version"] != str(VERSION):
        return Refusal(FileReason.UNKNOWN_VERSION, f"version {VERSION} is known, not {head['version']}", "nothing was taken")
    try:
        date.fromisoformat(head["made_on"])
    except ValueError:
        return _unreadable(f"{head['made_on']!r} is no day such as 2026-11-27")
    return None


def rejects(taken: Taken) -> str:
    """Return the refused rows as CSV with a reason each, to be repaired and sent as a file of their own."""
    columns = [column.name for column in CONTRACT[taken.file.kind]]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", "reason", *columns])
    writer.writerows(
        [fault.row, fault.reason, *(inert_unless_number(fault.values.get(name, "")) for name in columns)] for fault in taken.faults
    )
    return out.getvalue()


def with_faults(taken: Taken, faults: Sequence[RowFault]) -> Taken:
    """Return a file with more refused rows: what the book, not the contract, had against them."""
    return attrs.evolve(taken, faults=tuple(sorted((*taken.faults, *faults), key=lambda fault: fault.row)))
