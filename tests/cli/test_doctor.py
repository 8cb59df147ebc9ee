from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from collectkit.cli.doctor import packages_of
from collectkit.cli.looking import kind_of_place
from collectkit.storage._schema import SCHEMA_VERSION


def looked_at(run: Callable, book: Path) -> tuple[int, str]:
    """Return the exit code and what was found of the book."""
    ran = run("doctor", "--book", book, "--json")
    checks = json.loads(ran.out)["checks"]
    return ran.code, next(check["found"] for check in checks if check["what"] == "book")


class TestDoctor:
    def test_what_waits_and_what_lies_beside_the_book_is_told(self, run: Callable, book: Path) -> None:
        """
        Keys that others may read are a fault; heads beside the book are only pointed out.
        """
        run("night", "--book", book, "--as-of", "2026-10-20", "--at", "2026-10-20T18:00:00Z")
        run("seal", "--book", book, "--at", "2026-10-20T18:00:00Z")
        checks = {check["what"]: check for check in json.loads(run("doctor", "--book", book, "--json").out)["checks"]}
        assert ("2026-10-20", "0", "1") == tuple(checks[what]["found"] for what in ("last night", "contacts in doubt", "heads made"))
        assert "--anchor FILE" in checks["heads"]["found"]
        assert "none beside the book" == checks["keys"]["found"]

        keys = book.with_name("book.db.keys")
        keys.touch(mode=0o644)
        ran = run("doctor", "--book", book, "--json")
        assert 1 == ran.code
        assert "others may read it" in ran.out

    def test_versions_and_extras_are_told(self, run: Callable) -> None:
        """
        One line for each of them.
        """
        ran = run("doctor")

        assert 0 == ran.code
        assert all(word in ran.out for word in ("python", "collectkit", "tzdata", "sqlite", "extra cli", "extra columns"))
        assert "to be reviewed by 2027-11-30" in " ".join(ran.out.split())

    @pytest.mark.parametrize(("extra", "package"), [("cli", "cyclopts"), ("columns", "numpy"), ("calendars", "holidays")])
    def test_packages_of_an_extra_come_from_the_metadata(self, extra: str, package: str) -> None:
        """
        Nothing has to be kept in step by hand.
        """
        assert package in packages_of(extra)

    def test_a_missing_book_is_a_fault_and_is_not_made(self, run: Callable, tmp_path: Path) -> None:
        """
        Looking leaves no trace.
        """
        code, found = looked_at(run, tmp_path / "none.db")

        assert 1 == code
        assert "is not there" in found
        assert [] == list(tmp_path.iterdir())

    def test_a_book_is_readable(self, run: Callable, book: Path) -> None:
        """
        Its schema is told.
        """
        code, found = looked_at(run, book)

        assert 0 == code
        assert f"is readable, schema {SCHEMA_VERSION}" in found

    def test_a_file_that_is_no_database_is_a_fault(self, run: Callable, tmp_path: Path) -> None:
        """
        SQLite's own reason is passed on.
        """
        (tmp_path / "book.db").write_text("no database at all, whatever it is called", encoding="utf-8")
        code, found = looked_at(run, tmp_path / "book.db")

        assert 1 == code
        assert "cannot be read" in found

    def test_another_database_is_no_book(self, run: Callable, tmp_path: Path) -> None:
        """
        A file of some other program is told apart.
        """
        with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
            connection.execute("CREATE TABLE other (id INTEGER)")
        code, found = looked_at(run, tmp_path / "other.db")

        assert 1 == code
        assert "no book" in found

    def test_another_schema_is_a_fault(self, run: Callable, book: Path) -> None:
        """
        A release does not write where its writes are no longer taken.
        """
        with closing(sqlite3.connect(book)) as connection:
            connection.execute("UPDATE collectkit_schema SET version = 999, min_writer = 998")
            connection.commit()
        code, found = looked_at(run, book)

        assert 1 == code
        assert "schema 999" in found

    @pytest.mark.parametrize(
        ("path", "kind"),
        [("/srv/books/book.db", "nfs4"), ("/srv/book.db", "ext4"), ("/my books/book.db", "cifs"), ("/srv/booksellers/b.db", "ext4")],
    )
    def test_a_network_share_is_known(self, path: str, kind: str) -> None:
        """
        By the longest mount that the path lies on.
        """
        mounts = "/dev/sda / ext4 rw 0 0\nserver:/x /srv/books nfs4 rw 0 0\n//pc/y /my\\040books cifs rw 0 0\nrubbish\n"
        assert kind == kind_of_place(Path(path), mounts)

    def test_a_book_without_its_log_is_a_fault(self, run: Callable, book: Path) -> None:
        """
        Somebody has switched it off.
        """
        assert "ok" in next(line for line in run("doctor", "--book", book).out.splitlines() if "write-ahead log" in line)
        with closing(sqlite3.connect(book)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        ran = run("doctor", "--book", book)
        assert 1 == ran.code
        assert "'delete'; a book has one" in ran.out
