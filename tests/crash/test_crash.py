from __future__ import annotations

from pathlib import Path

import pytest
from tests.harnesses import run_harness


class TestKilledProcesses:
    @pytest.mark.slow
    @pytest.mark.parametrize(("store", "kills"), [("sqlite", 500), ("postgres", 100)])
    def test_nothing_acknowledged_is_lost_and_nothing_is_sent_too_often(self, repository: Path, store: str, kills: int) -> None:
        """
        Two processes, killed at random moments: every figure that must be zero is zero, and there was something to lose.
        """
        code, counts, said = run_harness(repository, "tests.crash", "--store", store, "--kills", str(kills), "--seed", "7")

        assert 0 == code, said
        assert kills == counts["SIGKILLs"]
        assert counts["payments acknowledged"] > 0
        assert counts["looks at personal data acknowledged"] > 0
        assert counts["messages the carrier took"] > 0

    @pytest.mark.slow
    def test_a_killed_server_loses_nothing_that_was_acknowledged(self, repository: Path) -> None:
        """
        Postmaster and all backends at once, between kills of its clients, which ask again until they are answered.
        """
        code, counts, said = run_harness(
            repository, "tests.crash", "--store", "postgres", "--kills", "8", "--server-kills", "2", "--seed", "7"
        )

        assert 0 == code, said
        assert 2 == counts["SIGKILLs of the server"]

    @pytest.mark.slow
    @pytest.mark.parametrize(("store", "kills"), [("sqlite", 150), ("postgres", 100)])
    def test_the_same_harness_convicts_check_send_record(self, repository: Path, store: str, kills: int) -> None:
        """
        A harness that cannot find the fault it was built for proves nothing.
        """
        how = ("--store", store, "--kills", str(kills), "--seed", "7", "--dispatcher", "check-send-record")
        code, counts, said = run_harness(repository, "tests.crash", *how)

        assert 1 == code, said
        assert 0 == counts["acknowledged acts lost"], said
        assert counts["windows above the cap"] + counts["sends the book does not know of"] + counts["messages sent twice"] > 0

    @pytest.mark.soak
    @pytest.mark.parametrize(("store", "processes"), [("sqlite", 2), ("sqlite", 4), ("postgres", 4)])
    def test_ten_thousand_kills(self, repository: Path, store: str, processes: int) -> None:
        """
        Zero failures in ten thousand trials bound their rate at three in ten thousand.
        """
        code, _, said = run_harness(
            repository, "tests.crash", "--store", store, "--kills", "10000", "--seed", "1", "--processes", str(processes)
        )

        assert 0 == code, said

    @pytest.mark.soak
    def test_fifty_kills_of_the_server(self, repository: Path) -> None:
        """
        Each while children are paying and handing over.
        """
        code, _, said = run_harness(
            repository, "tests.crash", "--store", "postgres", "--kills", "200", "--server-kills", "50", "--seed", "1"
        )

        assert 0 == code, said
