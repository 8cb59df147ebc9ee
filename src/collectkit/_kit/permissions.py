"""Every command of a kit with the permission that it asks for, and whether it takes two people: found by looking, not by a list."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Final

import attrs

from collectkit._kit.authorizing import action_of, is_command
from collectkit._kit.natures import BECOMES
from collectkit.servicing.authority import TWO_PEOPLE

DECIDED_WITHIN: Final[dict[str, tuple[str, ...]]] = {
    "offer_settlement": ("settle",),
    "start": ("agree",),
    "promise": ("promise_beyond",),
    "promise_series": ("promise_beyond",),
}
"""Acts that are found out while a command decides: whoever may give the command needs a second person for these, always."""

ALWAYS: Final = frozenset(action for actions in DECIDED_WITHIN.values() for action in actions)
"""Acts that take a second person whatever an authorizer says, or where there is none."""


_LIMITED: Final = tuple(limit.action for limit in TWO_PEOPLE)


@attrs.frozen
class CommandRow:
    """
    One command of a kit.

    Attributes:
        method: Its name; a ``try_`` twin asks for the same.
        actions: Under which actions it may be asked for, its own first.
        two_people: Those of them that take a second person beyond what one may do alone.
    """

    method: str
    actions: tuple[str, ...]
    two_people: tuple[str, ...]


def commands_of(cls: type, limited: Iterable[str] = _LIMITED) -> tuple[CommandRow, ...]:
    """
    Return every command of a kit's class, by name.

    Args:
        cls: `collectkit.Kit`, `collectkit.BoundKit`, or a host's own subclass.
        limited: Actions that take a second person; by default those of `collectkit.servicing.authority.TWO_PEOPLE`.
    """
    two, rows = {*limited, *ALWAYS}, []
    for name in sorted(dir(cls)):
        if not is_command(name, inspect.getattr_static(cls, name)) or (name.startswith("try_") and hasattr(cls, name.removeprefix("try_"))):
            continue
        action = action_of(name)
        actions = (action, *BECOMES.get(action, ()), *DECIDED_WITHIN.get(name, ()))
        rows.append(CommandRow(name, actions, tuple(one for one in actions if one in two)))
    return tuple(rows)
