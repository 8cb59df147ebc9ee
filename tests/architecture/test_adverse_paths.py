"""No adverse act without a verdict: every place that records one is listed here, with where the law is asked for it.

A new place that does such an act, or one that no longer asks, fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import collectkit

ROOT = Path(collectkit.__file__).parent

ASKED = {
    # A fee: of the night, and for moving a due date.
    ("ChargeAssessed", "servicing/night.py"): ("_kit/charging.py", "ask"),
    ("ChargeAssessed", "_kit/due_dates.py"): ("_kit/due_dates.py", "ask_first"),
    # A placement: of the night, by command, and from one of our own people to another.
    ("AccountPlaced", "_kit/placing.py"): ("_kit/placing.py", "ask"),
    ("AccountPlaced", "servicing/accounts.py"): ("_kit/accounts.py", "ask_first"),
    ("AccountPlaced", "servicing/reassigning.py"): ("_kit/reassigning.py", "ask_first"),
    # A sale of what was offered, and a closing as sold.
    ("AccountSold", "servicing/sales.py"): ("_kit/selling.py", "ask_first"),
    ("AccountClosed", "servicing/accounts.py"): ("_kit/accounts.py", "ask_first"),
    # A decision about purchases follows a step that was reviewed.
    ("PurchasingDecided", "treatment/bundling.py"): ("servicing/night.py", "ask"),
    # An erasure.
    ("PersonErased", "_kit/privacy.py"): ("_kit/privacy.py", "review"),
    # A suit, and an officer who enforces its judgment.
    ("CourtStepTaken", "allocation/legal.py"): ("_kit/suing.py", "ask_first"),
    # What the host does itself: a debit, a report, a suit.
    ("ActPermitted", "_kit/host_acts.py"): ("_kit/host_acts.py", "ask_first"),
    # A contact of ours: planned by the night, asked again when it is claimed and when it is handed over.
    ("Dispatch", "servicing/dispatch.py"): ("_kit/claiming.py", "review"),
}
"""Where an act is recorded, and which module asks the law for it, through which function."""

NOT_OURS = {
    ("ChargeAssessed", "schedules/posting.py"): "a pure answer to whoever builds a ledger of their own; no command of the kit records it",
    ("AccountClosed", "facts/folding.py"): "a write-off seen as a closing; nothing is recorded",
    ("AccountClosed", "intake/entities.py"): "what another system did before; it is history",
}
"""Places that make such an event without doing the act."""

ACTS = frozenset(name for name, _ in ASKED) - {"Dispatch"}


def calls(path: Path) -> Iterator[str]:
    """Yield the names that a module calls; what stands in a pattern is no call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def modules() -> Iterator[Path]:
    yield from (path for path in sorted(ROOT.rglob("*.py")) if "testing" not in path.parts)


class TestAdversePaths:
    def test_every_place_that_records_such_an_act_is_known(self) -> None:
        """
        No more, and no fewer.
        """
        found = {(name, str(path.relative_to(ROOT))) for path in modules() for name in calls(path) if name in ACTS}

        assert {key for key in ASKED if key[0] in ACTS} | set(NOT_OURS) == found

    @pytest.mark.parametrize("key", sorted(ASKED))
    def test_the_law_is_asked_for_it(self, key: tuple[str, str]) -> None:
        """
        In the module that is named, by a call that is there: a module that asks for two acts calls it twice.
        """
        asking, function = ASKED[key]

        assert list(ASKED.values()).count(ASKED[key]) <= list(calls(ROOT / asking)).count(function)

    def test_only_a_reservation_makes_a_permit(self) -> None:
        """
        `Permit` is called where a row is reserved, and nowhere else.
        """
        assert {"servicing/dispatch.py"} == {str(path.relative_to(ROOT)) for path in modules() if "Permit" in set(calls(path))}

    def test_only_the_gate_makes_a_verdict(self) -> None:
        """
        `Verdict` is called there alone.
        """
        assert {"compliance/gate.py"} == {str(path.relative_to(ROOT)) for path in modules() if "Verdict" in set(calls(path))}
