from __future__ import annotations

from pathlib import Path

import pytest

from collectkit.errors import IntakeError
from collectkit.intake import Delivery, RowStatus, read_mapping, write_quarantine

from .files import NESTED, ORDERS, SHOP, written
from .test_delivery import GOOD, LOAN, book


def delivered(mapping: str, path: Path) -> Delivery:
    delivery = Delivery(read_mapping(mapping), path)
    for draft in delivery.drafts():
        draft.settle(RowStatus.CREATED)
    return delivery


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
