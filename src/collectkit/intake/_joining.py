"""Rows of accounts together with what belongs to them: their installments, from the same record or another file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Protocol, TypeAlias, cast

from collectkit.errors import IntakeError
from collectkit.intake.binding import Getter, Row, columns_used
from collectkit.intake.csv_rows import CsvTable
from collectkit.intake.drafts import Draft, Place
from collectkit.intake.entities import AccountBuilder, ConsumerBuilder, InstallmentBuilder, InstallmentRow, PaymentBuilder
from collectkit.intake.json_rows import JsonRecords, Node
from collectkit.intake.mapping import InstallmentSection
from collectkit.intake.mapping import Mapping as IntakeMapping
from collectkit.intake.results import Tally
from collectkit.intake.scanning import Limits
from collectkit.intake.values import FaultyValueError, plain

Table: TypeAlias = CsvTable | JsonRecords


class Files(Protocol):
    """What is needed of a delivery here."""

    mapping: IntakeMapping
    limits: Limits
    tables: dict[str, Table]
    tallies: dict[str, Tally]

    def rows(self, name: str) -> Iterator[tuple[Draft, Row]]:
        """Yield the usable rows of a file, each with an empty draft."""


class _Narrow:
    """The columns of a joined file that are kept in memory, as a layout of their own."""

    def __init__(self, table: Table, columns: Iterable[str]) -> None:
        self._columns = list(dict.fromkeys(columns))
        self._getters = [table.getter(column) for column in self._columns]

    def getter(self, column: str) -> Getter:
        return cast(Getter, itemgetter(self._columns.index(column)))

    def row(self, row: Row) -> tuple[object, ...]:
        values = [get(row) for get in self._getters]
        # Dates and round amounts repeat; one object for each is enough.
        return tuple([sys.intern(value) if type(value) is str and len(value) < 24 else value for value in values])


_Held: TypeAlias = tuple[int, Place, tuple[object, ...]]


class AccountReader:
    """Fills drafts from rows of accounts."""

    def __init__(self, delivery: Files, table: Table) -> None:
        mapping = delivery.mapping
        section = mapping.account
        assert section is not None
        self._delivery, self._table = delivery, table
        self._consumer = ConsumerBuilder(mapping.consumer, table) if mapping.consumer is not None else None
        self._account = AccountBuilder(section, table)
        self._plain = self._account.plain
        in_row = [one for one in mapping.payments if one.source == section.source and not one.each]
        self._payments = [PaymentBuilder(one, table) for one in in_row]
        self._rows = section.plan.installments
        self.joined: dict[str, list[_Held]] = {}
        self.joined_name = ""
        if self._rows is not None and self._rows.source:
            self.joined_name = self._rows.source
            self._match = table.getter(self._rows.match)
            self._hold(self._rows)
        elif self._rows is not None:
            self._installment = InstallmentBuilder(self._rows, table)

    def _hold(self, section: InstallmentSection) -> None:
        """Read the installments of another file into memory, by key."""
        delivery, source = self._delivery, section.source
        table = delivery.tables[source]
        if table.empty:
            return
        narrow = _Narrow(table, [column for field in section.fields.values() for column in columns_used(field)])
        self._installment = InstallmentBuilder(section, narrow)
        key_of = table.getter(section.by)
        for count, (draft, row) in enumerate(delivery.rows(source), start=1):
            if count > delivery.limits.joined_rows_max:
                raise IntakeError(
                    f"{delivery.tallies[source].file}: more than {delivery.limits.joined_rows_max} rows of installments at once; "
                    "split the delivery; no row was imported"
                )
            key = key_of(row)
            self.joined.setdefault("" if key is None else plain(key), []).append((draft.index, draft.place, narrow.row(row)))

    def fill(self, draft: Draft, row: Row) -> None:
        """
        Put on the draft what a row means.

        Raises:
            FaultyValueError: Something of it cannot be used.
        """
        rows = self._installments(draft, row)
        if self._consumer is not None:
            draft.consumer = self._consumer.build(row)
        account = self._account.build(row, draft.consumer.id if draft.consumer is not None else None, rows)
        if not self._plain:
            draft.closed = self._account.closed(row, account.id)
            draft.charged_off = self._account.charged_off(row, account.id)
            draft.holds = self._account.holds(row, account)
        if self._payments:
            draft.payments = tuple([payment for builder in self._payments if (payment := builder.build(row)) is not None])
            if any(payment.account != account.id for payment in draft.payments):
                raise FaultyValueError("other-account", "a payment in an account's row belongs to that account", "correct the mapping")
        draft.account = account

    def _installments(self, draft: Draft, row: Row) -> list[InstallmentRow] | None:
        section = self._rows
        if section is None:
            return None
        if section.each:
            nodes: Sequence[Row] = list(items_of(self._table, section.each, row))
        else:
            key = self._match(row)
            held = self.joined.pop("" if key is None else plain(key), [])
            tally = self._delivery.tallies[self.joined_name]
            draft.with_rows = tuple([(tally, index, place) for index, place, _ in held])
            nodes = [values for _, _, values in held]
        if not nodes:
            raise FaultyValueError(
                "no-installments", "the account has no installments", "deliver its plan; an account without one cannot be collected",
                field="account.plan.installments", value_class="empty",
            )  # fmt: skip
        currency = cast(str, self._account.plan.currency(row))
        return [self._installment.build(node, currency) for node in nodes]


def items_of(table: Table, path: str, row: Row) -> Iterator[Node]:
    """Yield the elements of the list at *path* of a record, each with the record around it."""
    value = table.getter(path.removesuffix("[]"))(row)
    if value is None:
        return
    if not isinstance(value, list):
        raise FaultyValueError("not-a-list", "a list is expected", "correct the path in the mapping", field=path)
    for element in value:
        yield element, row
