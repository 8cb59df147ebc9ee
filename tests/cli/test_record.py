from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

AT = ("--at", "2026-10-20T18:00:00Z")


class TestRecord:
    def test_a_book_is_sealed_verified_and_exported(self, run: Callable, book: Path, tmp_path: Path) -> None:
        """
        Heads go to the file that was named; the export has every event.
        """
        heads, events = tmp_path / "away" / "heads.jsonl", tmp_path / "events.jsonl"

        sealed = run("seal", "--book", book, "--anchor", heads, *AT)
        assert (0, "5 events sealed under 1 new heads\nanchor file: 1 heads taken\n") == (sealed.code, sealed.out)
        assert 1 == len(heads.read_text(encoding="utf-8").splitlines())
        found = run("verify", "--book", book, "--heads", heads)
        assert (0, "5 events, 1 anchored heads, 0 events that no head covers: the record is sound\n") == (found.code, found.out)
        exported = run("export", events, "--book", book)
        assert (0, f"5 events written to {events}\n") == (exported.code, exported.out)
        assert 5 == len(events.read_text(encoding="utf-8").splitlines())

    def test_a_changed_book_is_convicted(self, run: Callable, book: Path, tmp_path: Path) -> None:
        """
        With the place of each contradiction, an exit code, and the same as JSON.
        """
        heads = tmp_path / "heads.jsonl"
        run("seal", "--book", book, "--anchor", heads, *AT)
        with closing(sqlite3.connect(book)) as connection, connection:
            connection.execute("UPDATE collectkit_events SET body = replace(body, '5000', '9000') WHERE type = 'payment-posted/1'")

        found = run("verify", "--book", book, "--heads", heads)
        assert 1 == found.code
        assert "FAULT account/o-1 version 2: the digest does not belong to this event" in found.out
        as_json = json.loads(run("verify", "--book", book, "--heads", heads, "--json").out)
        assert (False, "account/o-1") == (as_json["sound"], as_json["faults"][0]["stream"])

    def test_a_book_without_anchored_heads_proves_little(self, run: Callable, book: Path) -> None:
        """
        Which is said, with the command that changes it.
        """
        found = run("verify", "--book", book)

        assert (0, "5 events, 0 own heads, 5 events that no head covers: the record is sound") == (found.code, found.out.splitlines()[0])
        assert found.out.splitlines()[1].endswith("see `collectkit seal`.")

    def test_files_that_are_not_there_are_said_not_to_be(self, run: Callable, book: Path, tmp_path: Path) -> None:
        """
        One sentence, and nothing was verified.
        """
        found = run("verify", "--book", book, "--heads", tmp_path / "none.jsonl")
        assert 1 == found.code
        assert "nothing was verified" in found.err

    @pytest.mark.parametrize("option", ["--heads", "--receipts"])
    @pytest.mark.parametrize("text", ["no json", "[1, 2]", "{}"])
    def test_files_that_are_something_else_are_said_to_be(self, run: Callable, book: Path, tmp_path: Path, option: str, text: str) -> None:
        """
        One sentence that names the file, and nothing was verified.
        """
        other = tmp_path / "other.txt"
        other.write_text(f"{text}\n", encoding="utf-8")
        found = run("verify", "--book", book, option, other)

        assert (1, "") == (found.code, found.out)
        assert "other.txt is not JSON Lines as collectkit writes them" in found.err
        assert 1 == found.err.count("nothing was verified")
        assert 1 == run("verify", "--book", book, option, tmp_path).err.count("nothing was verified")

    @pytest.mark.parametrize("format", ["jsonl", "csv"])
    def test_an_export_that_cannot_be_written_is_a_sentence(self, run: Callable, book: Path, tmp_path: Path, format: str) -> None:
        """
        With the file that was asked for, and not the one that it is made of.
        """
        ran = run("export", tmp_path / "no" / "events", "--book", book, "--format", format)

        assert (1, "") == (ran.code, ran.out)
        assert "events cannot be written: No such file or directory; nothing was exported" in ran.err
        assert "is a folder, and events are written to a file; nothing was written" in run("export", tmp_path, "--book", book).err

    def test_signed_heads_are_asked_for_their_signature(self, run: Callable, book: Path, tmp_path: Path) -> None:
        """
        With the public key alone; heads that somebody else put in their place are convicted.
        """
        heads, key = tmp_path / "heads.jsonl", tmp_path / "head.key"
        assert 0 == run("seal", "--book", book, "--anchor", heads, "--sign-with", key, *AT).code
        signed = ("verify", "--book", book, "--heads", heads, "--signed-by", tmp_path / "head.key.pub")
        assert (0, "5 events, 1 anchored heads, 0 events that no head covers: the record is sound\n") == (
            run(*signed).code,
            run(*signed).out,
        )
        heads.write_text(heads.read_text(encoding="utf-8").replace('"size":5', '"size": 5').replace('"at":1', '"at":2'), encoding="utf-8")
        found = run(*signed)
        assert 1 == found.code
        assert "FAULT head 1 is not what was signed" in found.out
        assert "--heads" in run("verify", "--book", book, "--signed-by", key).err
