"""The command line: `collectkit` for people who look after a book. It decides nothing that the kit does not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from collectkit.errors import MissingExtraError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one command and return its exit code.

    Args:
        argv: The words after ``collectkit``; by default those of the process.
    """
    if find_spec("cyclopts") is None or find_spec("rich") is None:
        print(f"collectkit: {MissingExtraError('the command line', 'cli')}", file=sys.stderr)
        return 1
    from collectkit.cli.app import run

    return run(sys.argv[1:] if argv is None else argv)
