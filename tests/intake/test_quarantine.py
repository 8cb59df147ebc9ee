from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import IntakeError
from collectkit.intake import Delivery, RowStatus, read_mapping, write_quarantine
from collectkit.intake.csv_rows import CsvTable

from .files import NESTED, ORDERS, SHOP, written
from .test_delivery import GOOD, LOAN, book


def delivered(mapping: str, path: Path) -> Delivery:
    delivery = Delivery(read_mapping(mapping), path)
    for draft in delivery.drafts():
        draft.settle(RowStatus.CREATED)
    return delivery


LIVE = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
names = st.text(st.sampled_from("=+-@'\"; \tab1＝"), max_size=8).filter(lambda text: "\r" not in text and "\n" not in text)


class TestInert:
    @given(name=names, email=names)
    def test_no_cell_runs_and_every_value_comes_back(self, tmp_path_factory: pytest.TempPathFactory, name: str, email: str) -> None:
        """
        Of a row that can be read; what comes back and is rejected once more is written in the same way.
        """
        folder = tmp_path_factory.mktemp("q")
        cells = ["a-1", "c-1", name, email, "2026-09-01", "2OO", "4"]
        row = io.StringIO()
        csv.writer(row, lineterminator="\n").writerow(cells)
        (file,) = write_quarantine(delivered(SHOP, written(folder, orders_csv=ORDERS + row.getvalue())), folder)
        _, first = csv.reader(io.StringIO(file.read_text("utf-8")))
        again = delivered(SHOP, file)
        (folder / "more").mkdir()
        (once_more,) = write_quarantine(again, folder / "more")
        (table,) = again.tables.values()
        assert isinstance(table, CsvTable)
        ((_, found),) = table.rows()

        assert cells == found
        assert not any(cell.lstrip().startswith(LIVE) and not re.fullmatch(r"-?\d+", cell) for cell in first)
        assert first == list(csv.reader(io.StringIO(once_more.read_text("utf-8"))))[1]

    @pytest.mark.parametrize("line", ['=1"x', 'a"b,=HYPERLINK("x"),c', 'a,"=1,b', 'x,"b"c,+1+1', "=1,2"])
    def test_a_row_that_cannot_be_read_runs_nowhere_either(self, tmp_path: Path, line: str) -> None:
        """
        However a spreadsheet takes it apart; it stays what it was, to be repaired by hand.
        """
        (file,) = write_quarantine(delivered(SHOP, written(tmp_path, orders_csv=ORDERS + line + "\n")), tmp_path)
        text = file.read_text("utf-8").splitlines()[1]

        assert not any(piece.lstrip('" ').startswith(LIVE) for piece in text.split(","))
        assert line == text.replace("'", "")[: len(line)]

    def test_a_row_without_formulas_comes_as_it_stands(self, tmp_path: Path) -> None:
        """
        Numbers that are negative among them.
        """
        line = 'a-1,c-1,"Test, ""B""",x@example.com,2026-09-01,-12.50,4'
        (file,) = write_quarantine(delivered(SHOP, written(tmp_path, orders_csv=ORDERS + line + "\n")), tmp_path)

        assert file.read_text("utf-8").splitlines()[1].startswith(f"{line},1,")

    def test_nobody_else_may_read_it(self, tmp_path: Path) -> None:
        """
        It holds what the delivery holds of people.
        """
        (file,) = write_quarantine(delivered(SHOP, written(tmp_path, orders_csv=ORDERS + "x\n")), tmp_path)

        assert 0o600 == file.stat().st_mode & 0o777


class TestQuarantine:
    def test_rejected_rows_of_a_table_are_repaired_and_come_again(self, tmp_path: Path) -> None:
        """
        With their reasons in columns at the end, which nobody needs to take off.
        """
        bad = GOOD.replace("200.00", "2OO").replace("Test Consumer", '"Test, ""B"""')
        delivery = delivered(SHOP, written(tmp_path, orders_csv=ORDERS + GOOD + bad + "short\n"))
        (file,) = write_quarantine(delivery, tmp_path)
        text = file.read_text()

        assert "orders.rejected.csv" == file.name
        assert "order,customer,name,email,bought,total,n,import_row,import_field,import_reason,import_fix" == text.splitlines()[0]
        assert ["2", "account.plan.terms.total"] == text.splitlines()[1].removeprefix(bad.rstrip()).split(",")[1:3]

        file.write_text(text.replace("2OO", "200.00"))
        again = delivered(SHOP, file)
        assert [RowStatus.CREATED, RowStatus.REJECTED] == list(again.tallies["orders"].statuses)

        (tmp_path / "more").mkdir()
        (once_more,) = write_quarantine(again, tmp_path / "more")
        assert text.splitlines()[0] == once_more.read_text().splitlines()[0]
        assert 2 == len(once_more.read_text().splitlines())

    def test_rejected_records_are_repaired_and_come_again(self, tmp_path: Path) -> None:
        """
        A record comes whole, also when one of its payments alone was rejected.
        """
        bad = LOAN.replace('"amount":5', '"amount":"5,00"').replace('"id":1', '"id":2')
        delivery = delivered(NESTED, written(tmp_path, book_json=book(LOAN, bad, bad.replace("22.92", "22.925"))))
        (file,) = write_quarantine(delivery, tmp_path)
        text = file.read_text()

        assert ("book.rejected.json", 2, 3) == (file.name, text.count('"id":2'), text.count('"field"'))
        file.write_text(text.replace('"5,00"', "5.00").replace("22.925", "22.92"))
        again = delivered(NESTED, file)
        assert [[1, 1], [1, 1, 1, 1]] == [list(tally.statuses) for tally in again.tallies.values()]

    def test_nothing_is_written_when_nothing_was_rejected_and_nothing_overwritten(self, tmp_path: Path) -> None:
        """
        An earlier file of rejected rows may be half repaired.
        """
        assert () == write_quarantine(delivered(SHOP, written(tmp_path, orders_csv=ORDERS + GOOD)), tmp_path)

        delivery = delivered(SHOP, written(tmp_path, orders_csv=ORDERS + "x\n"))
        write_quarantine(delivery, tmp_path)
        with pytest.raises(IntakeError, match="was not overwritten"):
            write_quarantine(delivery, tmp_path)
