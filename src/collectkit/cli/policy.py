"""`collectkit policy check`: is a policy one, and is it what was meant?"""

from __future__ import annotations

import attrs
from cyclopts import App

from collectkit.cli.options import FAILED, OK, AsJson, print_json

commands = App(name="policy", help="Look at policy files.")


@commands.command(name="check")
def check_command(file: str, /, *, as_json: AsJson = False) -> int:
    """
    Tell everything that is wrong with a policy, and what is likely not meant.

    Args:
        file: The path of a TOML file, or the name of a bundled policy.
    """
    # Most of the library stands behind a policy; the other commands start without it.
    from collectkit.policy import check_policy

    problems = check_policy(file)
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        print_json({"policy": file, "valid": not errors, "problems": [attrs.asdict(problem) for problem in problems]})
        return FAILED if errors else OK
    for problem in problems:
        print(f"{problem.severity}: {problem}")
    warnings = len(problems) - len(errors)
    print(f"{file}: {len(errors)} errors, {warnings} warnings" if problems else f"{file}: nothing is wrong")
    return FAILED if errors else OK
