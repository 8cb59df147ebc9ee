"""Who may do what alone, and what takes a second person: the authorizer that comes with collectkit.

It is one function over plain values; a host may write another one. What nobody granted is denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import attrs

from collectkit._checks import given, money
from collectkit.errors import PolicyError
from collectkit.money import Money
from collectkit.principals import Act, Allow, Authorization, Circumstances, Deny, NeedsApproval, Principal

ANYTHING: Final = "*"
"""Stands for every action in a grant."""


@attrs.frozen
class Limit:
    """
    How much of an act one person may do alone.

    Attributes:
        action: Name of the act.
        alone: So much in all within the window; None means never alone, whatever the amount.
        days: Length of the window that ends with the act, in whole days; it stops who splits one act into many.
        roles: Who may approve what is beyond it; empty means anybody independent.
    """

    action: str = attrs.field(validator=given)
    alone: Money | None = attrs.field(default=None, validator=attrs.validators.optional(money))
    days: int = attrs.field(default=30, kw_only=True)
    roles: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=tuple)

    def __attrs_post_init__(self) -> None:
        if type(self.days) is not int or self.days < 1:
            raise PolicyError(f"the window of a limit is a whole number of days, at least 1, got {self.days!r}; nothing was loaded")


TWO_PEOPLE: Final[tuple[Limit, ...]] = tuple(
    Limit(action)
    for action in (
        "write_off",
        "charge_off",
        "undo",
        "waive",
        "refund",
        "settle",
        "backdate",
        "erase",
        "lift_legal_hold",
        "export_personal",
        "release_account",
        "unmerge",
    )
)
"""What could be abused: each of these takes a second person unless a host sets a limit up to which it does not."""


def _grants(given: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    for role, actions in given.items():
        if isinstance(actions, str):
            raise PolicyError(f"role {role!r} is granted a list of actions, such as [{actions!r}]; nothing was loaded")
    return MappingProxyType({role: frozenset(actions) for role, actions in given.items()})


def _limits(given: Iterable[Limit]) -> Mapping[str, Limit]:
    return MappingProxyType({limit.action: limit for limit in (*TWO_PEOPLE, *given)})


@attrs.frozen
class FourEyes:
    """
    Grants by role, limits by action.

    Args:
        grants: For each role the actions that it may do; ``*`` stands for all of them.
        limits: Beside `TWO_PEOPLE`; a limit of the same action takes the place of ours.

    >>> authority = FourEyes({"collector": ["note", "waive"]}, [Limit("waive", Money(2500, "USD"))])
    """

    grants: Mapping[str, frozenset[str]] = attrs.field(converter=_grants)
    limits: Mapping[str, Limit] = attrs.field(default=(), converter=_limits)

    def __call__(self, principal: Principal, act: Act, circumstances: Circumstances) -> Authorization:
        """Return the decision; see `collectkit.principals.Authorize`."""
        if act.person and act.person in (*principal.related, *principal.ids):
            return Deny("nobody works on themselves or on somebody related to them")
        if not self._granted(principal.roles, act.action):
            return Deny(f"no role of the principal may {act.action}")
        limit = self.limits.get(act.action)
        if limit is None:
            return Allow()
        if limit.alone is None:
            return NeedsApproval(f"{act.action} takes a second person", limit.roles)
        if act.amount is None or act.amount.currency != limit.alone.currency:
            return NeedsApproval(f"{act.action} of this kind takes a second person", limit.roles)
        since = circumstances.at - timedelta(days=limit.days)
        before = sum(
            done.act.amount.minor
            for done in circumstances.done
            if done.act.action == act.action
            and done.act.amount is not None
            and done.act.amount.currency == limit.alone.currency
            and done.at > since
            and not done.approval
        )
        total = Money(before + abs(act.amount.minor), limit.alone.currency)
        if total > limit.alone:
            return NeedsApproval(
                f"{act.action} comes to {total} within {limit.days} days; one person may do {limit.alone} alone", limit.roles
            )
        return Allow()

    def counts(self, action: str) -> bool:
        """Tell whether sums are kept of an act, because it has a limit."""
        return action in self.limits

    def _granted(self, roles: Iterable[str], action: str) -> bool:
        return any(not self.grants.get(role, frozenset()).isdisjoint((action, ANYTHING)) for role in roles)
