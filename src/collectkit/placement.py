"""Placement: which team, call center, field agent or agency holds an account, and since when."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import attrs

from collectkit._checks import day
from collectkit.identifiers import AccountId, HandlerId


@attrs.frozen
class Placement:
    """
    One account with one handler.

    Attributes:
        account: Which account.
        handler: Who works it.
        since: First day, inclusive.
        rule: Name of the allocation rule that placed it.
        why: Sentences for a person: why this handler.
    """

    account: AccountId = attrs.field(converter=AccountId)
    handler: HandlerId = attrs.field(converter=HandlerId)
    since: date = attrs.field(validator=day)
    rule: str = ""
    why: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen
class AccountPlaced:
    """The account was put with a handler; any earlier placement ended on that day."""

    TYPE: ClassVar[str] = "account-placed/1"

    placement: Placement


@attrs.frozen
class AccountRecalled:
    """
    The account was taken back.

    Attributes:
        account: Which.
        handler: From whom.
        on: First day on which the handler no longer holds it.
        reason: ``paid``, ``hold``, ``term``, ``rule`` or ``request``.
    """

    TYPE: ClassVar[str] = "account-recalled/1"

    account: AccountId = attrs.field(converter=AccountId)
    handler: HandlerId = attrs.field(converter=HandlerId)
    on: date = attrs.field(validator=day)
    reason: str
