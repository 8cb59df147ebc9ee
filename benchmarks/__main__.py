"""Run the benchmark scripts of the shared data with the library beside its peers, and the library's own measurements.

python -m benchmarks [SCRIPT ...]      names without `.py`; without names, all of them
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
OWN = (
    "import_rate",
    "bulk_rate",
    "record_cost",
    "group_commit",
)


def scripts() -> dict[str, Path]:
    """Return every script by its name: those of the shared data, then our own."""
    shared = Path(os.environ.get("COLLECTKIT_DATA", REPOSITORY.parent / "shared")) / "perf"
    if not shared.is_dir():
        print(f"NOT MEASURED HERE: there are no benchmark scripts in {shared}; set COLLECTKIT_DATA", file=sys.stderr)
    found = {path.stem: path for path in sorted(shared.glob("*.py"))}
    return found | {name: Path(__file__).parent / f"{name}.py" for name in OWN}


def main(names: list[str]) -> int:
    """Run the scripts one after another; return 1 when one failed or gave a wrong answer."""
    known = scripts()
    if unknown := [name for name in names if name not in known]:
        print(f"no script named {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    environment = os.environ | {"COLLECTKIT_PERF": "benchmarks.adapter"}
    failed = []
    for name in names or known:
        print(f"\n# {name}\n", flush=True)
        if subprocess.run([sys.executable, str(known[name])], cwd=REPOSITORY, env=environment, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed or answered wrongly: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
