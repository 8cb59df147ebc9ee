"""A book by its file or its URL, in every command that opens one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tests.cli.conftest import AT

from collectkit.cli.books import file_of, opens_as, shown
from collectkit.errors import ValidationError

NIGHT = ("--as-of", "2026-10-20", "--at", AT)


class TestNames:
    @pytest.mark.parametrize(
        ("written", "url", "file"),
        [
            ("book.db", "sqlite:///book.db", "book.db"),
            ("/var/book.db", "sqlite:////var/book.db", "/var/book.db"),
            ("sqlite:///book.db", "sqlite:///book.db", "book.db"),
            ("sqlite:////var/book.db", "sqlite:////var/book.db", "/var/book.db"),
            ("postgresql://db/book", "postgresql://db/book", None),
        ],
    )
    def test_a_file_or_a_url(self, written: str, url: str, file: str | None) -> None:
        """
        What has no scheme is a file; a URL stands for what it says.
        """
        assert url == opens_as(written)
        assert (None if file is None else Path(file)) == file_of(url)

    @pytest.mark.parametrize("written", ["", " ", "memory://", "sqlite://", "sqlite:///"])
    def test_a_book_that_ends_with_the_command_is_none(self, written: str) -> None:
        """
        Neither is nothing at all.
        """
        with pytest.raises(ValidationError, match="nothing was opened"):
            opens_as(written)

    def test_what_is_shown_holds_no_password(self) -> None:
        """
        Nor a user, nor the options behind the question mark.
        """
        assert "'postgresql://db.internal/book'" == shown("postgresql://app:hunter2@db.internal/book?password=hunter3")


class TestFiles:
    def test_a_url_opens_the_same_book(self, run: Callable, book: Path) -> None:
        """
        A path and the URL of the same file give the same answer.
        """
        by_path = run("explain", "o-1", "--book", book)

        assert (0, by_path.out) == (by_path.code, run("explain", "o-1", "--book", f"sqlite:///{book}").out)

    def test_a_mistyped_url_makes_no_file(self, run: Callable, tmp_path: Path) -> None:
        """
        Only an import begins a book.
        """
        for url in (f"sqlite:///{tmp_path}/none.db", f"sqlite+pysqlite:///{tmp_path}/none.db"):
            ran = run("night", "--book", url, *NIGHT)
            assert 1 == ran.code
            assert "there is no book" in ran.err
        assert [] == list(tmp_path.iterdir())

    def test_another_scheme_is_said_to_be_unknown(self, run: Callable) -> None:
        """
        Without what may stand behind the scheme.
        """
        ran = run("report", "--book", "oracle://app:hunter2@db/book")

        assert 1 == ran.code
        assert "no store opens 'oracle'" in ran.err
        assert "hunter2" not in ran.err


def plain(url: str) -> str:
    """Return a URL as psql writes it, without the driver."""
    return url.replace("postgresql+psycopg://", "postgresql://")


class TestServers:
    def test_every_command_works_on_a_server(self, run: Callable, delivery: Path, tmp_path: Path, postgres_url: str) -> None:
        """
        From the import that begins the book to the record that is verified.
        """
        book, heads = plain(postgres_url), tmp_path / "heads.jsonl"
        assert 0 == run("import", delivery / "orders.toml", delivery, "--book", book, "--at", AT).code
        assert "o-1" in run("explain", "o-1", "--book", book, "--as-of", "2026-10-20").out
        assert 2 == json.loads(run("night", "--book", book, *NIGHT, "--json").out)["accounts"]
        assert 0 == run("report", "--book", book, "--as-of", "2026-10-20").code
        assert "nothing sent\n" == run("dispatch", "--book", book, "--at", AT, "--outbox", tmp_path / "outbox").out
        assert 0 == run("seal", "--book", book, "--anchor", heads, "--at", AT).code
        assert "sound" in run("verify", "--book", book, "--heads", heads).out
        assert 0 == run("export", tmp_path / "events.jsonl", "--book", book).code
        assert "no kill switch is on\n" == run("kill-switch", "list", "--book", book).out
        compared = json.loads(run("standings", "compare", "--book", book, "--as-of", "2026-10-20", "--json").out)
        assert (2, True, False) == (compared["accounts"], compared["sound"], compared["written"])
        checks = {check["what"]: check for check in json.loads(run("doctor", "--book", book, "--json").out)["checks"]}
        assert ("2026-10-20", "1") == (checks["last night"]["found"], checks["heads made"]["found"])

    def test_a_server_without_a_book_is_left_as_it_is(self, run: Callable, postgres_url: str) -> None:
        """
        Only an import begins a book, and a dry run does not.
        """
        book = plain(postgres_url)
        for words in (("night", *NIGHT), ("verify",), ("standings", "rebuild")):
            ran = run(*words, "--book", book)
            assert (1, "") == (ran.code, ran.out)
            assert "there is no book 'postgresql://" in ran.err
        assert "is a database, and no book" in run("doctor", "--book", book).out
        with psycopg.connect(plain(postgres_url)) as connection:
            assert [] == connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = current_schema()").fetchall()

    def test_a_dry_run_begins_no_book(self, run: Callable, delivery: Path, postgres_url: str) -> None:
        """
        It stands in for the book with one that ends with the command.
        """
        book = plain(postgres_url)
        assert 0 == run("import", delivery / "orders.toml", delivery, "--book", book, "--at", AT, "--dry-run").code
        assert "there is no book" in run("verify", "--book", book).err

    def test_tables_are_made_on_purpose(self, run: Callable, postgres_url: str) -> None:
        """
        By one command, which does nothing the second time.
        """
        book = plain(postgres_url)
        assert "was not there and has schema" in run("migrate", "--book", book).out
        assert "had schema" in run("migrate", "--book", book).out
        assert "0 accounts replayed" in run("standings", "compare", "--book", book).out

    def test_a_server_that_does_not_answer(self, run: Callable, tmp_path: Path) -> None:
        """
        One sentence without the password, and an exit code.
        """
        book = f"postgresql://app:hunter2@/book?host={tmp_path}"
        for words in (("verify",), ("migrate",), ("doctor",)):
            ran = run(*words, "--book", book)
            assert 1 == ran.code
            assert "cannot be reached" in ran.err + ran.out
            assert "hunter2" not in ran.err + ran.out

    def test_messages_of_a_server_need_a_folder(self, run: Callable, postgres_url: str) -> None:
        """
        There is none beside the book, and what is kept in memory would be lost with the command.
        """
        ran = run("dispatch", "--book", postgres_url, "--at", AT)

        assert 1 == ran.code
        assert "--outbox" in ran.err


class TestMigrationText:
    def test_the_text_for_an_administrator_needs_no_server(self, run: Callable) -> None:
        """
        All of it, or what a book of some schema lacks.
        """
        assert "CREATE TABLE collectkit_events" in run("migrate", "--sql").out
        since = run("migrate", "--sql", "--since", "1").out
        assert "CREATE TABLE collectkit_events" not in since
        assert "min_writer" in since

    def test_a_file_is_brought_up_when_it_is_opened(self, run: Callable, book: Path) -> None:
        """
        So there is nothing to migrate.
        """
        assert "is not in a server" in run("migrate", "--book", book).err
