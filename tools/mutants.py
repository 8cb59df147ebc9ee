"""Mutation testing of the modules whose faults would cost somebody money or peace: `make mutants`.

    python tools/mutants.py [NAME ...]

Each target is copied with the tests that mirror it into a folder of its own, so that the repository stays as it is.
mutmut changes one thing at a time and runs the tests that touch it; what no test notices is a survivor. What survives is
explained in docs/explanation/testing.md.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".mutants"

TARGETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "money": ("src/collectkit/money.py", ("tests/test_money_wording.py", "tests/test_money.py", "tests/test_money_text.py")),
    "waterfall": (
        "src/collectkit/schedules/waterfall.py",
        ("tests/schedules/test_waterfall.py", "tests/schedules/test_waterfall_wording.py"),
    ),
    "dispatch": ("src/collectkit/servicing/dispatch.py", ("tests/servicing/test_transitions.py", "tests/servicing/test_dispatch.py")),
    "gate": (
        "src/collectkit/compliance/gate.py",
        (
            "tests/compliance/test_gate_whole.py",
            "tests/compliance/test_gate_spends.py",
            "tests/compliance/test_gate_again.py",
            "tests/compliance/test_gate.py",
            "tests/compliance/test_kinds.py",
        ),
    ),
    "chain": ("src/collectkit/events.py", ("tests/test_events.py", "tests/storage/test_verify.py")),
    "merkle": ("src/collectkit/storage/merkle.py", ("tests/storage/test_verifier.py",)),
    "approvals": ("src/collectkit/approvals.py", ("tests/test_approvals.py",)),
}
LEAST = 90
"""Per cent of all mutants that must be killed."""

SETTINGS = """
[tool.mutmut]
source_paths = ["{source}"]
paths_to_mutate = ["{source}"]
tests_dir = [{tests}]
pytest_add_cli_args_test_selection = [{tests}]
also_copy = ["src", "tests", "conftest.py", "README.md"]
mutate_only_covered_lines = false
"""


def prepare(name: str) -> Path:
    """Copy what one target needs and return the folder."""
    source, tests = TARGETS[name]
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in ("src", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("conftest.py", "README.md"):
        shutil.copy(ROOT / file, folder / file)
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    # Doctests and warnings as errors would stop at what mutmut's own wrappers do, before any mutant is judged.
    text = text.replace(" --doctest-modules", "").replace('filterwarnings = ["error"]', "")
    quoted = ", ".join(f'"{test}"' for test in tests)
    (folder / "pyproject.toml").write_text(text + SETTINGS.format(source=source, tests=quoted), encoding="utf-8")
    return folder


def run(name: str) -> Counter[str]:
    """Mutate one target, and return how many mutants met which end."""
    folder = prepare(name)
    tool = str(Path(sys.executable).with_name("mutmut"))
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "mutants", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([tool, "run", "--max-children", "1"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    results = subprocess.run([tool, "results", "--all", "true"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    ends = re.findall(r"^\s*(\S+): (.+)$", results.stdout, re.MULTILINE)
    if not ends:
        sys.stderr.write(done.stdout[-3000:] + done.stderr[-2000:])
        raise SystemExit(f"{name}: mutmut came to no result")
    for mutant, end in ends:
        if end not in ("killed", "caught by type check"):
            shown = subprocess.run([tool, "show", mutant], cwd=folder, env=environment, capture_output=True, text=True, check=False)
            changed = [line for line in shown.stdout.splitlines() if re.match(r"[-+](?![-+])", line)]
            print(f"  {end}: {mutant}", *(f"    {line}" for line in changed), sep="\n", flush=True)
    return Counter(end for _, end in ends)


def main() -> int:
    """Run the targets that were named, or all, and return 1 when one of them is below `LEAST`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)}; by default all")
    names = parser.parse_args().names or list(TARGETS)
    poor = []
    for name in names:
        ends = run(name)
        total, killed = sum(ends.values()), ends["killed"] + ends["caught by type check"] + ends["timeout"]
        print(f"{name}: {killed} of {total} killed, {100 * killed / total:.1f} % ({dict(ends)})", flush=True)
        if 100 * killed < LEAST * total:
            poor.append(name)
    print(f"below {LEAST} %: {', '.join(poor) or 'none'}")
    return 1 if poor else 0


if __name__ == "__main__":
    sys.exit(main())
