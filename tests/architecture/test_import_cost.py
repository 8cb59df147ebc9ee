"""`import collectkit` loads almost nothing: a host that never collects a debt pays nothing for being able to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TRIES = 60
COST_MAX_MS = 5.0

LIST_LOADED = """
import sys
before = set(sys.modules)
import collectkit
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""

TIME_THE_IMPORT = """
from time import process_time_ns
began = process_time_ns()
import collectkit
print(process_time_ns() - began)
"""

# What `pip install collectkit` without any extra must be able to import.
NEEDS_AN_EXTRA = (
    "_byte_tables",
    "portfolio",
    "reports",
    "rules/columns",
    "rules/_",
    "allocation/optimal",
    "cli",
    "demo",
    "web",
    "testing",
    "storage/sql",
    "drivers/parquet",
    "__main__",
)
IMPORT_WITHOUT_EXTRAS = """
import importlib, sys
extras = {"numpy", "pyarrow", "liquid", "holidays", "cyclopts", "rich", "hypothesis", "pytest", "sqlalchemy"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in extras:
            raise ModuleNotFoundError(f"no module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as fault:
        if (fault.name or "").partition(".")[0] in extras:
            print(name, "needs", fault.name)
        else:
            raise
"""


def run(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def cost_of_import() -> float:
    """Return the processor time of one import in milliseconds, told by the interpreter that did it: its start is not in it."""
    return int(run(TIME_THE_IMPORT)) / 1_000_000


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

    def test_the_core_needs_no_extra(self, source: Path) -> None:
        """
        Without any extra, every module outside the rooms that need one can be imported.
        """
        files = [file.relative_to(source).with_suffix("").as_posix() for file in sorted(source.rglob("*.py"))]
        core = [file.removesuffix("/__init__") for file in files if not file.startswith(NEEDS_AN_EXTRA)]
        names = ["collectkit." + file.replace("/", ".") for file in core if file != "__init__"]

        assert not run(IMPORT_WITHOUT_EXTRAS, *names)

    def test_import_takes_under_five_milliseconds(self) -> None:
        """
        The quickest of many: a busy machine makes an import slower and never quicker than it is.
        """
        costs: list[float] = []
        while len(costs) < TRIES and (not costs or min(costs) >= COST_MAX_MS):
            costs.append(cost_of_import())

        assert min(costs) < COST_MAX_MS, f"import collectkit took {min(costs):.1f} ms at least, {COST_MAX_MS} allowed"
