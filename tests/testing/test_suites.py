"""The conformance suites as an author of a plugin meets them: what is broken is told, and a misspelt claim is none."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from collectkit.testing.conformance import StoreConformance

GREEDY = """
import pytest

from collectkit.testing.conformance import StrategyConformance


class Greedy:
    def distribute(self, requests, desks, key):
        return [desks[0].handler] * len(requests)


class TestGreedy(StrategyConformance):
    cases = 3

    @pytest.fixture
    def strategy(self):
        return Greedy()
"""


def test_a_broken_law_shows_what_it_compared(tmp_path: Path) -> None:
    """
    An installed package is no test file, whose assertions pytest explains by itself.
    """
    (tmp_path / "test_greedy.py").write_text(GREEDY, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-k", "without_room"]
    ran = subprocess.run([*command, "test_greedy.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "AssertionError: assert (None,) == (HandlerId('a'),)" in ran.stdout


@pytest.mark.parametrize("claims", [frozenset({"thread"}), frozenset({"threads", "re-open"}), "reopen"])
def test_a_misspelt_claim_is_refused(claims: object) -> None:
    """
    Its laws would be skipped as though nobody had claimed them.
    """
    said = re.escape(f"claims of TestMine are a set of archive, reopen, some, threads, together, got {claims!r}; no law was tested")
    with pytest.raises(TypeError, match=said):
        type("TestMine", (StoreConformance,), {"claims": claims})


def test_a_claim_is_what_can_be_claimed() -> None:
    """
    All of them at once, as the embedded store does.
    """
    claims = frozenset({"threads", "reopen", "archive", "together", "some"})
    assert claims == type("TestMine", (StoreConformance,), {"claims": claims}).claims
