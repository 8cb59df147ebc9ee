from __future__ import annotations

from pathlib import Path

import pytest
from tests.harnesses import run_harness


class TestKilledNights:
    @pytest.mark.slow
    @pytest.mark.parametrize(("store", "kills"), [("sqlite", 20), ("postgres", 8)])
    def test_a_killed_night_that_is_begun_again_ends_as_a_quiet_one(self, repository: Path, store: str, kills: int) -> None:
        """
        P17 with real processes: facts, fees, contacts and the night's own report, to the last byte.
        """
        code, counts, said = run_harness(repository, "tests.crash.nights", "--store", store, "--kills", str(kills), "--seed", "7")

        assert 0 == code, said
        assert kills <= counts["nights killed"]
        assert 0 == counts["books that differ from a quiet night's"]

    @pytest.mark.slow
    def test_the_same_harness_convicts_a_night_that_counts_anew(self, repository: Path) -> None:
        """
        A harness that cannot find the fault it was built for proves nothing.
        """
        code, counts, said = run_harness(repository, "tests.crash.nights", "--kills", "5", "--seed", "7", "--forgetful")

        assert 1 == code, said
        assert counts["books that differ from a quiet night's"] > 0

    @pytest.mark.soak
    @pytest.mark.parametrize("store", ["sqlite", "postgres"])
    def test_a_thousand_kills(self, repository: Path, store: str) -> None:
        """
        Whole nights of eighteen accounts, killed anywhere.
        """
        code, _, said = run_harness(repository, "tests.crash.nights", "--store", store, "--kills", "1000", "--seed", "1")

        assert 0 == code, said
