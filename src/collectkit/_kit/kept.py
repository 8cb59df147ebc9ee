"""What a thread is in the middle of doing with a kit."""

from __future__ import annotations

import threading
from datetime import date
from typing import Protocol

import attrs

from collectkit.events import Receipt
from collectkit.facts import AccountFacts
from collectkit.identifiers import AccountId
from collectkit.storage.store import Unit


class Settling(Protocol):
    """A unit that settles a permission before what it wrote is committed."""

    def finish(self) -> None:
        """Settle it unless that was done, or nothing was written."""
        ...


@attrs.frozen
class Changed:
    """
    One account as a command found and left it.

    Attributes:
        before: What was known.
        after: What is known now.
        on: The business date of the command.
        count: How many events its stream has now.
    """

    before: AccountFacts
    after: AccountFacts
    on: date
    count: int


class Asked(Protocol):
    """A command that was allowed; with its first write the permission is settled."""

    settled: bool
    spent: bool

    def unit(self, unit: Unit) -> Settling | None:
        """Return *unit* as one that settles the permission, unless that was done."""
        ...


class Kept(threading.local):
    """
    Kept by each thread for itself; a thread that is in the middle of nothing has what stands here.

    Attributes:
        whole: The unit that is every unit and view for the time being.
        receipts: Where the receipts of what is committed are collected.
        changed: Where the accounts that are changed are collected, with what they were before.
        asking: The command whose permission was asked.
        running: Whether a command runs, which is run anew as a whole.
        telling: Whether a command runs that will be logged.
        command: Id of the last command.
    """

    whole: Unit | None = None
    receipts: list[Receipt] | None = None
    changed: dict[AccountId, Changed] | None = None
    asking: Asked | None = None
    running: bool = False
    telling: bool = False
    command: str = ""
