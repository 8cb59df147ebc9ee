"""Who acts, on what, and whether they may: the words in which a permission is asked for and answered.

The host authenticates; collectkit is told who it was. Whether a principal may do an act is asked of one function, the
host's or `collectkit.servicing.authority`'s, for every command that changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeAlias

import attrs

from collectkit._checks import aware, given, money, named
from collectkit.errors import ValidationError
from collectkit.identifiers import Identifier
from collectkit.money import Money


def _names(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise ValidationError(f"a list of ids or roles is wanted, such as [{values!r}], not one text; nothing was recorded")
    return tuple(sorted(set(values)))


@attrs.frozen
class Principal:
    """
    Whoever acts, as the host has authenticated them.

    Attributes:
        id: Of a person or a service; an id, never a name.
        roles: What the host lets them be: ``collector``, ``supervisor``, ``auditor`` …
        same_as: Further ids of the same human being: aliases, merged users, a second login.
        acts_for: Principals who delegated to this one, or share an account with it.
        related: People on the book whom the principal must not work on: themselves, a spouse, a household.
    """

    id: str = attrs.field(validator=named)
    roles: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    same_as: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    acts_for: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    related: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for id in (*self.same_as, *self.acts_for):
            Identifier(id)  # what is done is counted with each of them

    @property
    def ids(self) -> frozenset[str]:
        """Return every id that stands for this principal, or for somebody whom they act for."""
        return frozenset((self.id, *self.same_as, *self.acts_for))

    def independent_of(self, ids: Iterable[str]) -> bool:
        """
        Tell whether a second pair of eyes is a second one.

        >>> Principal("ann").independent_of(Principal("bob", acts_for=["ann"]).ids)
        False
        """
        return self.ids.isdisjoint(ids)


@attrs.frozen
class Act:
    """
    One thing that somebody is about to do.

    Attributes:
        action: Name of the act, such as ``waive``; the page of permissions in the reference lists them.
        resource: What it is done to: ``account/a-1``, ``person/c-1``, ``book`` …
        content: SHA-256 of the content of the command, in hex: another amount is another act.
        version: Version of the resource's stream that was looked at; what changed since is another act.
        amount: How much is at stake, where money is.
        person: Id of the person whom it concerns; empty when nobody in particular.
    """

    action: str = attrs.field(validator=given)
    resource: str = attrs.field(validator=given)
    content: str
    version: int = 0
    amount: Money | None = attrs.field(default=None, validator=attrs.validators.optional(money))
    person: str = ""


@attrs.frozen
class DoneAct:
    """
    A sensitive act that was done, for sums over time.

    Attributes:
        act: What.
        principal: By whom.
        at: When.
        approval: Under which approval; empty when it needed none.
    """

    act: Act
    principal: str
    at: datetime = attrs.field(validator=aware)
    approval: str = ""


@attrs.frozen
class Circumstances:
    """
    What a permission may depend on besides who and what.

    Attributes:
        at: Instant of the act.
        policy: Name and digest of the policy in force.
        done: What the same principal did of the same kind before, as `DoneAct`, oldest first.
    """

    at: datetime = attrs.field(validator=aware)
    policy: str = ""
    done: tuple[DoneAct, ...] = ()


@attrs.frozen
class Allow:
    """The principal may do it."""


@attrs.frozen
class Deny:
    """
    The principal may not do it.

    Attributes:
        reason: A sentence without personal data.
    """

    reason: str


@attrs.frozen
class NeedsApproval:
    """
    The principal may do it once a second person has approved exactly this act.

    Attributes:
        reason: Why, in a sentence without personal data.
        roles: Who may approve it: somebody with one of these roles; empty means anybody else who may do the act.
    """

    reason: str
    roles: tuple[str, ...] = ()


Authorization: TypeAlias = Allow | Deny | NeedsApproval


class Authorize(Protocol):
    """
    Decides whether a principal may do an act; a pure function of what it is given.

    One that has a method ``counts(action)`` says of which acts the sums are kept, for `Circumstances.done`.
    """

    def __call__(self, principal: Principal, act: Act, circumstances: Circumstances) -> Authorization:
        """Return the decision; an exception, or any other answer, counts as `Deny`."""
        ...


def asked_of(authority: Authorize | None, principal: Principal, act: Act, circumstances: Circumstances) -> Authorization:
    """Return what an authorizer decides; whatever is no answer counts as a denial, and without an authorizer everybody may."""
    if authority is None:
        return Allow()
    try:
        answer: object = authority(principal, act, circumstances)
    except Exception as error:
        return Deny(f"the authorizer failed with {type(error).__name__}")
    if isinstance(answer, Allow | Deny | NeedsApproval):
        return answer
    return Deny(f"the authorizer answered with {type(answer).__name__}")
