"""How tests run a harness that forks: as anybody would, by its command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def run_harness(repository: Path, module: str, *arguments: str) -> tuple[int, dict[str, float], str]:
    """Return exit code, figures by name and all that was said; forking is safer from a process without pytest's threads."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return done.returncode, {name: float(count) for name, count in re.findall(r"^(\D+?) +([\d.]+)$", done.stdout, re.MULTILINE)}, said
