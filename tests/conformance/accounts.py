"""The suite `accounts`: histories of accounts with every expected figure, step by step through the public interface.

The steps are translated in `fineract`, carried out here one by one, and compared. No amount is added, taken away or
shared here: what a figure is, the library says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .account_checks import CHECKS
from .account_steps import MONEY_ACTIONS, Missing, Session, steps
from .cases import Case, UnknownFormError
from .fineract import Json, Unknown

TIERS_REQUIRED = ("A", "B")


def cases(folder: Path) -> Iterator[Case]:
    """
    Yield one case for each scenario; those of tier C are optional.

    Raises:
        UnknownFormError: The folder holds no scenarios of a known form.
    """
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise UnknownFormError(f"{folder} holds no scenarios: it needs files such as Loan.json")
    for file in files:
        held = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(held, dict) or held.get("schema") != 1 or "scenarios" not in held:
            raise UnknownFormError(f"{file} has no scenarios of schema 1")
        for scenario in held["scenarios"]:
            optional = scenario["tier"] not in TIERS_REQUIRED
            yield Case(f"{file.stem}/{scenario['id']}", "as published", run(scenario), optional=optional)


def run(scenario: Json) -> str:
    """Play one scenario and return ``as published``, or the first step that differs and how."""
    try:
        session = Session(scenario["product"])
    except (LookupError, ValueError, Unknown) as error:
        return f"product: {type(error).__name__}: {error}"
    for number, step in enumerate(scenario["steps"], start=1):
        name = step.get("do") or step["expect"]
        try:
            wrong = perform(session, step) if "do" in step else CHECKS[name](session, step)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError, Unknown) as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            return f"step {number}, {name}: {wrong}"
    return "as published"


def perform(session: Session, step: Json) -> str:
    """Carry out an action; return what is wrong when it is refused or not refused against what is expected."""
    refused = act(session, steps(), step)
    if "error" in step:
        return "" if refused else f"should be refused: {step['error']}"
    return f"refused: {refused}" if refused else ""


def act(session: Session, known: dict[str, Callable[[Session, Json], str | None]], step: dict[str, Any] | Json) -> str:
    """Carry out an action and return why it was refused, or nothing."""
    name = step["do"]
    if session.course.state == "written_off" and name.startswith(("undo_", "pay", "adjust_")):
        return "not allowed in state"
    try:
        refused = known[name](session, step) or ""
    except Missing as missing:
        return str(missing)
    if not refused:
        session.settle()
        if step["do"] in MONEY_ACTIONS:
            session.classify()
    return refused
