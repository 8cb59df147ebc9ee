"""Run a suite on folders of data: `python -m tests.conformance SUITE PATH...` from the root of the repository.

Prints a line for each figure that differs and `passed N of M`. Leaves with 0 when all agree, 1 when some do not, and 2
when the suite or the form of a folder is unknown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from .cases import UnknownFormError

SUITES = ("portfolio", "accounts", "regulation")


def known_suites() -> list[str]:
    """Return the suites that are here."""
    return [name for name in SUITES if find_spec(f".{name}", __package__) is not None]


def main(arguments: Sequence[str]) -> int:
    """Run and return the exit status."""
    suite, *folders = arguments or ("",)
    if suite not in known_suites() or not folders:
        print(f"usage: python -m tests.conformance SUITE PATH...; suites: {', '.join(known_suites())}")
        return 2
    passed = total = apart = apart_passed = 0
    remarks: list[str] = []
    try:
        for folder in folders:
            for case in import_module(f".{suite}", __package__).cases(Path(folder)):
                if getattr(case, "optional", False):
                    apart, apart_passed = apart + 1, apart_passed + case.passed
                    print(f"OPTIONAL {'passed' if case.passed else 'failed'} {case.name}")
                    continue
                total += 1
                passed += case.passed
                remarks += [remark] if (remark := getattr(case, "remark", "")) else []
                if not case.passed:
                    print(f"FAILED {case}")
    except UnknownFormError as error:
        print(error)
        return 2
    for remark in remarks:
        print(f"ALTERNATIVE {remark}")
    if apart:
        print(f"optional, counted apart: passed {apart_passed} of {apart}")
    print(f"passed {passed} of {total}" + (f", of them {len(remarks)} on a listed alternative reading" if remarks else ""))
    return 0 if total and passed == total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
