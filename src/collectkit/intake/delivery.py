"""A delivery: the files of one import, looked at before the first row, then read as drafts of what to put on the book.

Whoever writes a draft tells it what became of it, so that every row ends with a result. Installments and payments that
stand in other files may come in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingOf

from collectkit.errors import IntakeError
from collectkit.intake._joining import AccountReader, Table, items_of
from collectkit.intake._paths import Paths, files_of, used_columns
from collectkit.intake.binding import Row, bind_condition
from collectkit.intake.csv_rows import CsvTable
from collectkit.intake.drafts import Draft, Place
from collectkit.intake.entities import PaymentBuilder
from collectkit.intake.json_rows import JsonRecords
from collectkit.intake.mapping import Mapping, PaymentSection, Source
from collectkit.intake.results import RowStatus, Tally
from collectkit.intake.scanning import Limits, Scan, scan
from collectkit.intake.values import FaultyValueError, plain


class Delivery:
    """
    The files of one import.

    Args:
        mapping: What they mean.
        paths: Where they are. A folder must hold every file of the mapping; files that are named one by one may be fewer.
        limits: What is too large.
        scans: Of the files, where they were looked at already; the paths are not asked then.

    Raises:
        IntakeError: A file is missing, not readable, or has another header; nothing was read of any.
    """

    def __init__(
        self, mapping: Mapping, paths: Paths = (), limits: Limits | None = None, *, scans: MappingOf[str, Scan] | None = None
    ) -> None:
        self.mapping = mapping
        self.limits = limits or Limits()
        self.scans: dict[str, Scan] = _scanned(mapping, paths, self.limits) if scans is None else dict(scans)
        used = used_columns(mapping)
        self.tables: dict[str, Table] = {
            name: _table(mapping.sources[name], held, used.get(name, ()), self.limits) for name, held in self.scans.items()
        }
        self.tallies: dict[str, Tally] = {}
        self._builders: dict[str, PaymentBuilder] = {}
        for name in self.scans:
            self.tally(name)
        self._check_joins()

    @property
    def key(self) -> str:
        """Return the mapping's and the files' digests: the same again is the same import."""
        return " ".join([self.mapping.digest, *(f"{name}:{held.digest}" for name, held in sorted(self.scans.items()))])

    @property
    def rows_expected(self) -> int:
        """Return about how many rows there are; 0 when that is not known before reading."""
        known = [held.lines for name, held in self.scans.items() if self.mapping.sources[name].format != "json"]
        return sum(known) if len(known) == len(self.scans) else 0

    @property
    def bytes_expected(self) -> int:
        """Return how many bytes there are to read, unpacked."""
        return sum(held.size for held in self.scans.values())

    def tally(self, rows: str) -> Tally:
        """Return the results of a file, or of a list inside its records; made when it is asked for first."""
        source = rows.partition(".")[0]
        held = self.scans[source]
        return self.tallies.setdefault(rows, Tally(rows, held.path.name, held.digest, self.limits))

    def _check_joins(self) -> None:
        account = self.mapping.account
        if account is not None and account.source in self.scans and account.plan.installments is not None:
            joined = account.plan.installments.source
            if joined and joined not in self.scans:
                raise IntakeError(f"{self.mapping.sources[joined].file}: the installments of the accounts are missing; no row was imported")

    def drafts(self) -> Iterator[Draft]:
        """Yield what the rows mean: accounts with what stands in their rows first, then payments of other files."""
        account = self.mapping.account
        with_account = account is not None and account.source in self.scans
        if with_account:
            yield from self._accounts()
        for section in self.mapping.payments:
            inside = account is not None and section.source == account.source
            if section.source in self.scans and not inside:
                yield from self._payments(section)
        for name, table in self.tables.items():
            self.tallies[name].incomplete = table.incomplete

    def rows(self, name: str) -> Iterator[tuple[Draft, Row]]:
        """Yield the rows of a file that are neither broken nor left out, each with an empty draft."""
        source, table, tally = self.mapping.sources[name], self.tables[name], self.tallies[name]
        if table.empty:
            return
        skips = [(bind_condition(skip.when, table), skip.reason) for skip in source.skips]
        counted = [(column, table.getter(column)) for column in source.count_by]
        statuses = tally.statuses
        for index, (line, row) in enumerate(table.rows()):
            statuses.append(0)
            draft = Draft(tally, index, (index + 1, 0, line))
            if isinstance(row, FaultyValueError):
                draft.reject(row)
                continue
            for column, get in counted:
                value = get(row)
                tally.count(column, "" if value is None else plain(value))
            reason = next((reason for holds, reason in skips if holds(row)), None) if skips else None
            if reason is not None:
                tally.skip(index, reason)
                for section in self._inner():
                    for inner, _ in self._items(section, row, draft.place):
                        inner.tally.skip(inner.index, reason)
                continue
            yield draft, row

    # Accounts

    def _accounts(self) -> Iterator[Draft]:
        section = self.mapping.account
        assert section is not None
        table = self.tables[section.source]
        if table.empty:
            return
        builder = AccountReader(self, table)
        joined, inside = builder.joined, self._inner()
        for draft, row in self.rows(section.source):
            try:
                builder.fill(draft, row)
            except FaultyValueError as fault:
                draft.reject(fault)
            else:
                yield draft
            for section_inside in inside:
                yield from self._read_items(section_inside, row, draft.place)
        for held in joined.values():
            for index, place, _ in held:
                self.tallies[builder.joined_name].reject(index, place, _NO_ACCOUNT)

    def _inner(self) -> list[PaymentSection]:
        account = self.mapping.account
        return [section for section in self.mapping.payments if account is not None and section.source == account.source and section.each]

    def _items(self, section: PaymentSection, row: Row, place: Place) -> Iterator[tuple[Draft, Row]]:
        """Yield the elements of a list inside a record, each with an empty draft."""
        tally = self.tally(section.rows)
        try:
            nodes = list(items_of(self.tables[section.source], section.each, row))
        except FaultyValueError as fault:
            tally.statuses.append(0)
            tally.reject(len(tally.statuses) - 1, (place[0], 1, place[2]), fault)
            return
        for item, node in enumerate(nodes, start=1):
            tally.statuses.append(0)
            yield Draft(tally, len(tally.statuses) - 1, (place[0], item, place[2])), node

    def _read_items(self, section: PaymentSection, row: Row, place: Place) -> Iterator[Draft]:
        builder = self._builder(section)
        for draft, node in self._items(section, row, place):
            if self._fill_payment(builder, draft, node):
                yield draft

    # Payments

    def _payments(self, section: PaymentSection) -> Iterator[Draft]:
        if self.tables[section.source].empty:
            return
        builder = self._builder(section)
        for draft, row in self.rows(section.source):
            if section.each:
                draft.settle(RowStatus.UNCHANGED)
                yield from self._read_items(section, row, draft.place)
            elif self._fill_payment(builder, draft, row):
                yield draft

    def _builder(self, section: PaymentSection) -> PaymentBuilder:
        if section.rows not in self._builders:
            self._builders[section.rows] = PaymentBuilder(section, self.tables[section.source])
        return self._builders[section.rows]

    def _fill_payment(self, builder: PaymentBuilder, draft: Draft, row: Row) -> bool:
        try:
            payment = builder.build(row)
        except FaultyValueError as fault:
            draft.reject(fault)
            return False
        if payment is None:
            draft.tally.skip(draft.index, "the row holds no payment")
            return False
        draft.payments = (payment,)
        return True


_NO_ACCOUNT = FaultyValueError("no-account-row", "no account row has the key of this row", "deliver the row of the account as well")


def _scanned(mapping: Mapping, paths: Paths, limits: Limits) -> dict[str, Scan]:
    return {
        name: scan(path, encoding=mapping.sources[name].encoding, lines=mapping.sources[name].format != "json", limits=limits)
        for name, path in files_of(mapping, paths).items()
    }


def _table(source: Source, held: Scan, used: Iterable[str], limits: Limits) -> Table:
    return CsvTable(held, source, used, limits) if source.format == "csv" else JsonRecords(held, source, limits)
