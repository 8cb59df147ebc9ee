from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path


class TestPolicyCheck:
    def test_a_bundled_policy_has_no_error(self, run: Callable) -> None:
        """
        What ships can be loaded.
        """
        ran = run("policy", "check", "us-bnpl", "--json")

        assert 0 == ran.code
        assert json.loads(ran.out)["valid"]

    def test_every_problem_is_told_with_its_place(self, run: Callable, tmp_path: Path) -> None:
        """
        Two mistakes, two lines, one run.
        """
        file = tmp_path / "policy.toml"
        file.write_text('zone = "Nowhere/Else"\n[promises]\ngrace_dayz = 1\n', encoding="utf-8")
        ran = run("policy", "check", file)

        assert 1 == ran.code
        assert "zone" in ran.out
        assert "grace_dayz" in ran.out

    def test_a_policy_that_is_not_there_is_a_sentence(self, run: Callable, tmp_path: Path) -> None:
        """
        The path is told, on standard error.
        """
        ran = run("policy", "check", tmp_path / "none.toml")

        assert (1, "") == (ran.code, ran.out)
        assert "none.toml" in ran.err
