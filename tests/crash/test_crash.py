from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def torment(repository: Path, *arguments: str) -> tuple[int, dict[str, int], str]:
    """Run the harness as anybody would; forking is safer from a process without pytest's threads."""
    command = [sys.executable, "-m", "tests.crash", *arguments]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return done.returncode, {name: int(count) for name, count in re.findall(r"^(\D+?) +(\d+)$", done.stdout, re.MULTILINE)}, said


class TestKilledProcesses:
    @pytest.mark.slow
    def test_nothing_acknowledged_is_lost_and_nothing_is_sent_too_often(self, repository: Path) -> None:
        """
        Two processes, killed sixty times at random moments: every figure that must be zero is zero, and there was something to lose.
        """
        code, counts, said = torment(repository, "--kills", "60", "--seed", "7")

        assert 0 == code, said
        assert 60 == counts["SIGKILLs"]
        assert counts["payments acknowledged"] > 0
        assert counts["messages the carrier took"] > 0

    @pytest.mark.slow
    def test_the_same_harness_convicts_check_send_record(self, repository: Path) -> None:
        """
        A harness that cannot find the fault it was built for proves nothing.
        """
        code, counts, said = torment(repository, "--kills", "200", "--seed", "7", "--dispatcher", "check-send-record")

        assert 1 == code, said
        assert 0 == counts["acknowledged payments lost"], said
        assert counts["windows above the cap"] + counts["sends the book does not know of"] + counts["messages sent twice"] > 0

    @pytest.mark.soak
    @pytest.mark.parametrize("processes", [2, 4])
    def test_ten_thousand_kills(self, repository: Path, processes: int) -> None:
        """
        Zero failures in ten thousand trials bound their rate at three in ten thousand.
        """
        code, _, said = torment(repository, "--kills", "10000", "--seed", "1", "--processes", str(processes))

        assert 0 == code, said
