from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

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

    @pytest.mark.slow
    def test_several_processes_hand_over_together(self, run: Callable, book: Path) -> None:
        """
        Each opens the book for itself; together they send what one would have sent, once.
        """
        run("night", "--book", book, *NIGHT)
        ran = json.loads(run("dispatch", "--book", book, "--workers", "2", "--at", "2026-10-20T18:00:00Z", "--json").out)
        again = json.loads(run("dispatch", "--book", book, "--at", "2026-10-20T18:00:00Z", "--json").out)

        assert ({}, {}) == (ran["unknown"], again["sent"])

    def test_so_many_workers_there_are_not(self, run: Callable, book: Path) -> None:
        """
        The error says how many may be.
        """
        ran = run("dispatch", "--book", book, "--workers", "0")

        assert 1 == ran.code
        assert "from 1 to 64, got 0; nothing was handed over" in ran.err


class TestKillSwitch:
    def test_it_is_pulled_shown_and_lifted(self, run: Callable, book: Path) -> None:
        """
        Each command says what it did.
        """
        at = ("--at", "2026-10-20T18:00:00Z")
        none = run("kill-switch", "list", "--book", book)
        pulled = run("kill-switch", "pull", "k-1", "--book", book, "--reason", "wrong amounts", "--channel", "sms", *at)
        shown = run("kill-switch", "list", "--book", book)
        lifted = run("kill-switch", "lift", "k-1", "--book", book, "--reason", "repaired", *at)
        again = run("kill-switch", "lift", "k-1", "--book", book, "--reason", "repaired", *at)

        assert "no kill switch is on\n" == none.out
        assert "hand-overs are stopped by k-1; nothing was under way\n" == pulled.out
        assert "k-1 since 2026-10-20T18:00:00+00:00: channel sms (wrong amounts)\n" == shown.out
        assert (0, "k-1 is lifted\n") == (lifted.code, lifted.out)
        assert (3, True) == (again.code, "there is no kill switch 'k-1' in force" in again.err)
