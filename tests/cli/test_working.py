from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

NIGHT = ("--as-of", "2026-10-20", "--at", "2026-10-20T18:00:00Z")


class TestNight:
    def test_a_night_is_run_once(self, run: Callable, book: Path) -> None:
        """
        The second time it gives the same report and does nothing.
        """
        first = run("night", "--book", book, *NIGHT)
        again = json.loads(run("night", "--book", book, *NIGHT, "--json").out)

        assert 0 == first.code
        assert "night of 2026-10-20: 2 accounts of 2 people looked at, 0 set aside" in first.out
        assert (True, 2) == (again["already_done"], again["accounts"])

    def test_a_night_before_one_that_was_run_is_an_error(self, run: Callable, book: Path) -> None:
        """
        Time goes one way.
        """
        run("night", "--book", book, *NIGHT)
        ran = run("night", "--book", book, "--as-of", "2026-10-19", "--at", "2026-10-20T18:00:00Z")

        assert (1, "") == (ran.code, ran.out)
        assert "nothing was done" in ran.err


class TestDispatch:
    def test_without_a_planned_contact_nothing_is_sent(self, run: Callable, book: Path) -> None:
        """
        A run with nothing to do is no failure.
        """
        ran = run("dispatch", "--book", book, "--at", "2026-10-20T18:00:00Z")

        assert (0, "nothing sent\n") == (ran.code, ran.out)
