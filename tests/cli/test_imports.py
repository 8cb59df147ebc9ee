from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

AT = "2026-10-20T18:00:00Z"


class TestImport:
    def test_every_row_has_a_result(self, run: Callable, tmp_path: Path, delivery: Path) -> None:
        """
        The table counts the rows of each file; the last line says what the book gained.
        """
        ran = run("import", delivery / "orders.toml", delivery, "--book", tmp_path / "book.db", "--at", AT)

        assert (0, "") == (ran.code, ran.err)
        assert "3 rows read: 3 created" in ran.out
        assert "on the book now: 2 people, 2 accounts and 1 payments more than before" in ran.out

    def test_files_can_be_named_one_by_one(self, run: Callable, tmp_path: Path, delivery: Path) -> None:
        """
        A folder is a short way to name its files.
        """
        files = (delivery / "orders.csv", delivery / "paid.csv")
        ran = run("import", delivery / "orders.toml", *files, "--book", tmp_path / "book.db", "--at", AT, "--json")

        assert 0 == ran.code
        assert 3 == json.loads(ran.out)["created"]

    def test_the_same_files_again_change_nothing(self, run: Callable, book: Path, delivery: Path) -> None:
        """
        A repeated import says when the first one was.
        """
        ran = run("import", delivery / "orders.toml", delivery, "--book", book, "--at", AT)

        assert 0 == ran.code
        assert "3 unchanged" in ran.out
        assert "already imported on 2026-10-20" in ran.out

    def test_a_dry_run_begins_no_book(self, run: Callable, tmp_path: Path, delivery: Path) -> None:
        """
        All results are told and no file is made.
        """
        ran = run("import", delivery / "orders.toml", delivery, "--book", tmp_path / "book.db", "--dry-run")

        assert 0 == ran.code
        assert "nothing was written: dry run" in ran.out
        assert not (tmp_path / "book.db").exists()

    def test_a_rejected_row_is_told_without_its_value(self, run: Callable, tmp_path: Path, faulty: Path) -> None:
        """
        The rest is on the book, and the code says that something is left to do.
        """
        ran = run("import", faulty / "orders.toml", faulty, "--book", tmp_path / "book.db", "--at", AT)

        assert 4 == ran.code
        assert "rejected rows" in ran.out
        assert "account.plan.terms.total" in ran.out
        assert "plenty" not in ran.out
        assert 0 == run("explain", "o-1", "--book", tmp_path / "book.db").code

    def test_all_or_nothing_writes_nothing(self, run: Callable, tmp_path: Path, faulty: Path) -> None:
        """
        One bad row holds the whole delivery back.
        """
        ran = run("import", faulty / "orders.toml", faulty, "--book", tmp_path / "book.db", "--all-or-nothing", "--json")
        result = json.loads(ran.out)

        assert (4, False, 1) == (ran.code, result["written"], result["rejected"])
        assert "all_or_nothing" in result["held"]
        assert 1 == run("explain", "o-1", "--book", tmp_path / "book.db").code

    def test_rejected_rows_go_into_quarantine(self, run: Callable, tmp_path: Path, faulty: Path) -> None:
        """
        The folder holds the row as it came, with the reason.
        """
        aside = tmp_path / "aside"
        aside.mkdir()
        run("import", faulty / "orders.toml", faulty, "--book", tmp_path / "book.db", "--quarantine", aside)

        assert "plenty" in (aside / "orders.rejected.csv").read_text(encoding="utf-8")

    def test_a_quarantine_that_is_not_there_is_said_before_anything_is_imported(self, run: Callable, tmp_path: Path, faulty: Path) -> None:
        """
        Afterwards the rejected rows would have nowhere to go.
        """
        book = tmp_path / "book.db"
        ran = run("import", faulty / "orders.toml", faulty, "--book", book, "--quarantine", tmp_path / "none")

        assert (1, "") == (ran.code, ran.out)
        assert "there is no folder" in ran.err
        assert "no row was imported" in ran.err
        assert 1 == run("explain", "o-1", "--book", book).code

    @pytest.mark.parametrize("mapping", ["no-such-mapping", "missing.toml"])
    def test_a_mapping_that_is_none_is_a_sentence(self, run: Callable, tmp_path: Path, delivery: Path, mapping: str) -> None:
        """
        The names of the bundled ones are told.
        """
        ran = run("import", mapping, delivery, "--book", tmp_path / "book.db")

        assert (1, "") == (ran.code, ran.out)
        assert "ibm-ar" in ran.err
        assert "Traceback" not in ran.err
