from __future__ import annotations

from pathlib import Path

import pytest
from tests.harnesses import run_harness


class TestRacingWorkers:
    @pytest.mark.slow
    @pytest.mark.parametrize(("store", "workers"), [("sqlite", 4), ("postgres", 4)])
    def test_every_window_is_filled_and_none_overflows(self, repository: Path, store: str, workers: int) -> None:
        """
        A hundred windows, each with three contacts too many: as many are made as are permitted, and not one more.
        """
        code, counts, said = run_harness(
            repository, "tests.race", "--store", store, "--workers", str(workers), "--windows", "100", "--seed", "5"
        )

        assert 0 == code, said
        assert (100, 7) == (counts["contested windows"], counts["contacts in the fullest window"])
        assert counts["used, percent of permitted"] >= 99

    @pytest.mark.slow
    @pytest.mark.parametrize("store", ["sqlite", "postgres"])
    def test_the_same_harness_convicts_check_send_record(self, repository: Path, store: str) -> None:
        """
        A harness that cannot find the fault it was built for proves nothing.
        """
        code, counts, said = run_harness(
            repository, "tests.race", "--store", store, "--workers", "4", "--windows", "20", "--dispatcher", "check-send-record"
        )

        assert 1 == code, said
        assert counts["windows above the cap"] + counts["messages sent twice"] > 0, said

    @pytest.mark.soak
    @pytest.mark.parametrize("store", ["sqlite", "postgres"])
    def test_three_thousand_windows(self, repository: Path, store: str) -> None:
        """
        Sixteen workers on three thousand windows.
        """
        code, _, said = run_harness(repository, "tests.race", "--store", store, "--workers", "16", "--windows", "3000", "--seed", "1")

        assert 0 == code, said


class TestStopsMeanwhile:
    @pytest.mark.slow
    @pytest.mark.parametrize(("store", "stops"), [("sqlite", 40), ("postgres", 16)])
    def test_nobody_is_contacted_after_a_stop_was_acknowledged(self, repository: Path, store: str, stops: int) -> None:
        """
        By an opt-out, a word in a reply, a dispute or a kill switch; what was under way is listed, and others miss nothing.
        """
        for seed in ("5", "6", "7"):  # on a busy machine every stop may come too late to race with anything: then there was no race
            asked = ("--store", store, "--workers", "4", "--stops", str(stops), "--seed", seed)
            code, counts, said = run_harness(repository, "tests.race", *asked)

            assert 0 == code, said
            assert 0 == counts["taken after a stop, not listed"]
            if counts["messages spared by a stop"]:
                break

        assert counts["messages spared by a stop"] > 0

    @pytest.mark.slow
    def test_the_same_harness_convicts_a_dispatcher_that_does_not_look(self, repository: Path) -> None:
        """
        A harness that cannot find the fault it was built for proves nothing.
        """
        code, counts, said = run_harness(repository, "tests.race", "--workers", "4", "--stops", "40", "--dispatcher", "check-send-record")

        assert 1 == code, said
        assert counts["taken after a stop, not listed"] + counts["others who missed a message"] > 0, said

    @pytest.mark.soak
    @pytest.mark.parametrize("store", ["sqlite", "postgres"])
    def test_two_thousand_stops(self, repository: Path, store: str) -> None:
        """
        Eight workers, and somebody who asks to be left alone about once in a message.
        """
        code, _, said = run_harness(repository, "tests.race", "--store", store, "--workers", "8", "--stops", "2000", "--seed", "1")

        assert 0 == code, said
