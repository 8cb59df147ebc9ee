"""`import collectkit` loads almost nothing: a host that never collects a debt pays nothing for being able to."""

from __future__ import annotations

import subprocess
import sys
import time

TRIES = 20
ROUNDS = 3
COST_MAX_MS = 5.0

LIST_LOADED = """
import sys
before = set(sys.modules)
import collectkit
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def milliseconds(code: str) -> float:
    start = time.perf_counter()
    run(code)
    return (time.perf_counter() - start) * 1000


def cost_of_import() -> float:
    """Compare the quickest of several starts, taken in turn so that a busy moment hits both."""
    pairs = [(milliseconds("pass"), milliseconds("import collectkit")) for _ in range(TRIES)]
    return min(imported for _, imported in pairs) - min(bare for bare, _ in pairs)


class TestImportCost:
    def test_nothing_but_the_standard_library_is_loaded(self) -> None:
        """
        No dependency and no extra is imported before it is used.
        """
        assert [] == [name for name in run(LIST_LOADED).split() if name != "collectkit" and name not in sys.stdlib_module_names]

    def test_no_heavy_part_is_loaded(self) -> None:
        """
        Neither the runtime dependencies nor the embedded database come along.
        """
        heavy = {"attrs", "attr", "babel", "dateutil", "pluggy", "numpy", "sqlite3", "liquid", "holidays", "asyncio", "smtplib"}
        assert set() == heavy & set(run(LIST_LOADED).split())

    def test_import_takes_under_five_milliseconds(self) -> None:
        """
        A bare interpreter and one that imports collectkit start within 5 ms of each other.
        """
        costs: list[float] = []
        while len(costs) < ROUNDS and (not costs or costs[-1] >= COST_MAX_MS):
            costs.append(cost_of_import())

        assert costs[-1] < COST_MAX_MS, f"import collectkit added {costs} ms, {COST_MAX_MS} allowed"
