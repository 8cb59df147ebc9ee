"""Standings compared with their events, and made anew, by one command."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

DAY = ("--as-of", "2026-10-20")


def spoil(book: Path) -> None:
    """Let the book say what its events do not."""
    with closing(sqlite3.connect(book)) as connection, connection:
        connection.execute("UPDATE collectkit_standings SET paid_minor = 1 WHERE account = 'o-1'")
        connection.execute("DELETE FROM collectkit_standings WHERE account = 'o-2'")


class TestStandings:
    def test_a_sound_book_is_said_to_be(self, run: Callable, book: Path) -> None:
        """
        Nothing differs and nothing is written.
        """
        ran = run("standings", "compare", "--book", book, *DAY)

        assert (0, "2 accounts replayed: all as their events say\n") == (ran.code, ran.out)

    def test_comparing_finds_and_changes_nothing(self, run: Callable, book: Path) -> None:
        """
        Each account is named, the exit code says that something is wrong, and the second look finds the same.
        """
        spoil(book)
        ran = run("standings", "compare", "--book", book, *DAY)

        assert 1 == ran.code
        assert "missing o-2\ndifferent o-1\n" in ran.out
        assert ran == run("standings", "compare", "--book", book, *DAY)

    def test_rebuilding_puts_it_right(self, run: Callable, book: Path) -> None:
        """
        Then nothing differs any more.
        """
        spoil(book)
        ran = json.loads(run("standings", "rebuild", "--book", book, *DAY, "--json").out)

        assert (["o-2"], ["o-1"], True) == (ran["missing"], ran["different"], ran["written"])
        assert 0 == run("standings", "compare", "--book", book, *DAY).code
