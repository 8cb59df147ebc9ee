"""Who may do what alone, and what takes a second person: the authorizer that comes with collectkit.

It is one function over plain values; a host may write another one. What nobody granted is denied.
"""

from __future__ import annotations

import hashlib
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


def _roles(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise PolicyError(f"a list of roles is wanted, such as [{given!r}], not one text; nothing was loaded")
    return tuple(given)


@attrs.frozen
class Limit:
    """
    How much of an act one person may do alone.

    Attributes:
        action: Name of the act.
        alone: So much in all within the window; None means never alone, whatever the amount.
        days: Length of the window that ends with the act, in whole days; it stops who splits one act into many.
        roles: Who may approve what is beyond it; empty means anybody independent.
        times: So often within the window one person may do it alone, whatever the amount; None does not count.
        free: Roles that may do it alone without limit: services that carry out what others decided.

    Raises:
        PolicyError: A window of less than a day, or a count that is no whole number of at least 1.
    """

    action: str = attrs.field(validator=given)
    alone: Money | None = attrs.field(default=None, validator=attrs.validators.optional(money))
    days: int = attrs.field(default=30, kw_only=True)
    roles: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_roles)
    times: int | None = attrs.field(default=None, kw_only=True)
    free: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_roles)

    def __attrs_post_init__(self) -> None:
        if self.times is not None and (type(self.times) is not int or self.times < 1):
            raise PolicyError(f"how often one person may act alone is a whole number of at least 1, got {self.times!r}; nothing was loaded")
        if type(self.days) is not int or self.days < 1:
            raise PolicyError(f"the window of a limit is a whole number of days, at least 1, got {self.days!r}; nothing was loaded")


TWO_PEOPLE: Final[tuple[Limit, ...]] = (
    *(
        Limit(action)
        for action in (
            "write_off",
            "charge_off",
            "undo",
            "waive",
            "refund",
            "settle",
            "agree",
            "promise_beyond",
            "release_suspended",
            "give_back_suspended",
            "backdate",
            "import_files",
            "activate",
            "erase",
            "lift_legal_hold",
            "uncease",
            "export_personal",
            "release_account",
            "resume_hand_overs",
            "unmerge",
            "sell",
            "buy_back",
            "file_suit",
            "enforce_judgment",
            "bulk_move",
        )
    ),
    Limit("place", times=25, days=1),
    Limit("recall", times=25, days=1),
    Limit("reassign", times=25, days=1),
)
"""What could be abused: each of these takes a second person unless a host sets a limit up to which it does not."""


def _grants(given: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    for role, actions in given.items():
        if isinstance(actions, str):
            raise PolicyError(f"role {role!r} is granted a list of actions, such as [{actions!r}]; nothing was loaded")
    return MappingProxyType({role: frozenset(actions) for role, actions in given.items()})


def _limits(given: Iterable[Limit]) -> Mapping[str, Limit]:
    return MappingProxyType({limit.action: limit for limit in (*TWO_PEOPLE, *given)})


def _honey(given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str):
        raise PolicyError(f"a list of people is wanted, such as [{given!r}], not one text; nothing was loaded")
    return frozenset(given)


@attrs.frozen
class FourEyes:
    """
    Grants by role, limits by action.

    Args:
        grants: For each role the actions that it may do; ``*`` stands for all of them.
        limits: Beside `TWO_PEOPLE`; a limit of the same action takes the place of ours.
        honey: Ids of people who were registered to be left alone: nobody has a reason to open one of them, so whoever tries is denied
            whatever their roles may do, as if they had not been granted it, and the attempt is recorded like every denial.

    >>> authority = FourEyes({"collector": ["note", "waive"]}, [Limit("waive", Money(2500, "USD"))])
    """

    grants: Mapping[str, frozenset[str]] = attrs.field(converter=_grants)
    limits: Mapping[str, Limit] = attrs.field(default=(), converter=_limits)
    honey: frozenset[str] = attrs.field(default=frozenset(), kw_only=True, converter=_honey, repr=False)

    def __call__(self, principal: Principal, act: Act, circumstances: Circumstances) -> Authorization:
        """Return the decision; see `collectkit.principals.Authorize`."""
        if act.person and act.person in (*principal.related, *principal.ids):
            return Deny("nobody works on themselves or on somebody related to them")
        if not self._granted(principal.roles, act.action) or (act.person in self.honey and act.action != "register"):
            return Deny(f"no role of the principal may {act.action}")
        limit = self.limits.get(act.action)
        if limit is None:
            return Allow()
        if limit.free and not set(limit.free).isdisjoint(principal.roles):
            return Allow()
        since = circumstances.at - timedelta(days=limit.days)
        before = [done for done in circumstances.done if done.act.action == act.action and done.at > since and not done.approval]
        if limit.times is not None and len(before) >= limit.times:
            return NeedsApproval(f"{act.action} was done {len(before)} times within {_days(limit.days)}", limit.roles)
        if limit.alone is None:
            return NeedsApproval(f"{act.action} takes a second person", limit.roles) if limit.times is None else Allow()
        if act.amount is None or act.amount.currency != limit.alone.currency:
            return NeedsApproval(f"{act.action} of this kind takes a second person", limit.roles)
        amounts = [done.act.amount for done in before if done.act.amount is not None]
        spent = sum(amount.minor for amount in amounts if amount.currency == limit.alone.currency)
        total = Money.aggregate(spent + abs(act.amount.minor), limit.alone.currency)
        if total > limit.alone:
            return NeedsApproval(
                f"{act.action} comes to {total} within {limit.days} days; one person may do {limit.alone} alone", limit.roles
            )
        return Allow()

    @property
    def version(self) -> str:
        """Digest of grants and limits; other ones come into force by `Kit.activate`, which takes two people."""
        said = sorted((role, sorted(actions)) for role, actions in self.grants.items())
        return hashlib.sha256(f"{said} {sorted(map(repr, self.limits.values()))}".encode()).hexdigest()[:12]

    def counts(self, action: str) -> bool:
        """Tell whether sums are kept of an act, because it has a limit."""
        return action in self.limits

    def _granted(self, roles: Iterable[str], action: str) -> bool:
        return any(not self.grants.get(role, frozenset()).isdisjoint((action, ANYTHING)) for role in roles)


def _days(days: int) -> str:
    return "a day" if days == 1 else f"{days} days"
