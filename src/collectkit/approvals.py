"""Four eyes: an act that one person asks for and another one approves, before it is done once.

An approval is bound to the digest of the act's content and to the version of what it is done to. Who edits the content,
or acts after the account has changed, holds an approval of something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar, Final

import attrs

from collectkit._checks import aware, given, named
from collectkit.errors import ValidationError
from collectkit.principals import Act, DoneAct, NeedsApproval, Principal
from collectkit.refusals import Refusal

LIFE: Final = timedelta(days=3)
"""How long an approval holds when nobody says otherwise."""

LIFE_MAX: Final = timedelta(days=31)
"""How long an approval holds at most, whatever whoever gives it says."""


class ApprovalReason(Enum):
    """Why an approval is not given or does not help; an earlier member is given before a later one."""

    UNKNOWN = "unknown"
    """Nobody asked for it."""
    ID_REUSED = "id_reused"
    """The id was used to ask for another act."""
    OTHER_ACT = "other_act"
    """It was asked for another act, another content or another resource."""
    STALE = "stale"
    """What it is about has changed since."""
    NOT_INDEPENDENT = "not_independent"
    """Whoever approves is whoever asked, or acts for them, or is the same human being."""
    NOT_ENTITLED = "not_entitled"
    """Whoever approves has none of the roles that may."""
    NOT_GIVEN = "not_given"
    """Nobody has approved it yet."""
    DECLINED = "declined"
    """It was declined."""
    EXPIRED = "expired"
    """It is over."""
    USED = "used"
    """It was used before."""


def _act(instance: object, attribute: attrs.Attribute[Act], value: Act) -> None:
    if not isinstance(value, Act):
        raise ValidationError(f"an approval is of an act, as an `ApprovalRequiredError` has it, got {value!r}; nothing was recorded")


@attrs.frozen
class ApprovalRequested:
    """
    Somebody asked that an act be approved.

    Attributes:
        id: The caller's id of the request.
        act: Exactly what is to be done.
        maker: Id of the principal who asked.
        linked: Every id that stands for the maker or for somebody they act for.
        roles: Who may approve: somebody with one of these; empty means anybody independent.
        why: Why it needs approval.
        at: When.
    """

    TYPE: ClassVar[str] = "approval-requested/1"

    id: str = attrs.field(validator=named)
    act: Act = attrs.field(validator=_act)
    maker: str
    linked: tuple[str, ...]
    roles: tuple[str, ...]
    why: str
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class ApprovalGiven:
    """A second person approved; *linked* are all ids that stand for them."""

    TYPE: ClassVar[str] = "approval-given/1"

    id: str
    checker: str
    linked: tuple[str, ...]
    at: datetime = attrs.field(validator=aware)
    expires_at: datetime = attrs.field(validator=aware)


@attrs.frozen
class ApprovalDeclined:
    """A second person said no."""

    TYPE: ClassVar[str] = "approval-declined/1"

    id: str
    checker: str
    at: datetime = attrs.field(validator=aware)
    reason: str = ""


@attrs.frozen
class ApprovalUsed:
    """The act was done; the approval is spent."""

    TYPE: ClassVar[str] = "approval-used/1"

    id: str
    principal: str
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class ActDone:
    """A sensitive act was done; it counts towards what the same principal may still do alone."""

    TYPE: ClassVar[str] = "act-done/1"

    done: DoneAct


@attrs.frozen
class ActDenied:
    """
    Somebody tried what they may not do.

    Attributes:
        principal: Who.
        act: What.
        reason: Why they may not.
        at: When.
    """

    TYPE: ClassVar[str] = "act-denied/1"

    principal: str
    act: Act
    reason: str
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class ConfigurationActivated:
    """
    Rules, templates and grants came into force.

    Attributes:
        digest: Of all of them.
        policy: Name and digest of the policy.
        rules: Names and versions of the rule packs.
        templates: SHA-256 of the message templates.
        authority: Version of what the authorizer grants.
        at: When.
    """

    TYPE: ClassVar[str] = "configuration-activated/1"

    digest: str = attrs.field(validator=given)
    policy: str
    rules: str
    templates: str
    authority: str
    at: datetime = attrs.field(validator=aware)


class ApprovalStatus(Enum):
    """Where an approval stands."""

    REQUESTED = "requested"
    GIVEN = "given"
    DECLINED = "declined"
    USED = "used"
    EXPIRED = "expired"
    STALE = "stale"
    """What it is about has changed since it was asked for."""


@attrs.frozen
class Approval:
    """
    An approval and what became of it: the fold of its stream.

    Attributes:
        requested: What was asked for.
        given: By whom it was approved; None when not yet.
        declined: It was declined.
        used: It was used.
    """

    requested: ApprovalRequested
    given: ApprovalGiven | None = None
    declined: bool = False
    used: bool = False

    def status(self, *, at: datetime, version: int) -> ApprovalStatus:
        """Return where it stands at an instant, with the resource at that version."""
        if self.used:
            return ApprovalStatus.USED
        if self.declined:
            return ApprovalStatus.DECLINED
        if version != self.requested.act.version:
            return ApprovalStatus.STALE
        if self.given is None:
            return ApprovalStatus.REQUESTED
        return ApprovalStatus.EXPIRED if at >= self.given.expires_at else ApprovalStatus.GIVEN


def fold_approval(bodies: Iterable[object]) -> Approval | None:
    """Return the approval whose events these are, or None when there are none."""
    approval: Approval | None = None
    for body in bodies:
        if isinstance(body, ApprovalRequested):
            approval = Approval(body)
        elif approval is not None and isinstance(body, ApprovalGiven):
            approval = attrs.evolve(approval, given=body)
        elif approval is not None and isinstance(body, ApprovalDeclined):
            approval = attrs.evolve(approval, declined=True)
        elif approval is not None and isinstance(body, ApprovalUsed):
            approval = attrs.evolve(approval, used=True)
    return approval


def request_approval(
    known: Approval | None, id: str, act: Act, maker: Principal, needs: NeedsApproval, *, at: datetime
) -> ApprovalRequested | Refusal[ApprovalReason]:
    """Decide on asking for an approval; the same again returns what was asked before."""
    requested = ApprovalRequested(id, act, maker.id, tuple(sorted(maker.ids)), needs.roles, needs.reason, at)
    if known is None:
        return requested
    if (known.requested.act, known.requested.maker) == (act, maker.id):
        return known.requested
    return _no(ApprovalReason.ID_REUSED, "this id was used to ask for something else; each request needs an id of its own")


def give_approval(
    approval: Approval | None, checker: Principal, *, version: int, at: datetime, expires_at: datetime | None = None
) -> ApprovalGiven | Refusal[ApprovalReason]:
    """
    Decide whether *checker* may approve what was asked for.

    Args:
        approval: As it stands.
        checker: Who approves.
        version: Version at which the resource is now.
        at: When.
        expires_at: Until when it holds; by default for `LIFE`, and never for longer than `LIFE_MAX`.
    """
    if approval is None:
        return _no(ApprovalReason.UNKNOWN, "nobody asked for this approval")
    asked = approval.requested
    if version != asked.act.version:
        return _no(ApprovalReason.STALE, f"{asked.act.resource} was at version {asked.act.version} and is at {version}; ask anew")
    if not checker.independent_of(asked.linked):
        return _no(ApprovalReason.NOT_INDEPENDENT, "whoever approves must be somebody else than whoever asked, and must not act for them")
    if asked.roles and not set(asked.roles) & set(checker.roles):
        return _no(ApprovalReason.NOT_ENTITLED, f"it takes one of the roles {', '.join(asked.roles)}")
    if approval.declined:
        return _no(ApprovalReason.DECLINED, "it was declined; ask anew under another id")
    if approval.used:
        return _no(ApprovalReason.USED, "it was used before")
    if approval.given is not None:
        return approval.given
    if at < asked.at:
        return _no(ApprovalReason.NOT_GIVEN, f"it was asked for at {asked.at.isoformat()}, and is approved no earlier")
    until = at + LIFE if expires_at is None else min(expires_at, at + LIFE_MAX)
    return ApprovalGiven(asked.id, checker.id, tuple(sorted(checker.ids)), at, until)


def use_approval(
    approval: Approval | None, act: Act, principal: Principal, *, at: datetime, roles: Sequence[str] = ()
) -> ApprovalUsed | Refusal[ApprovalReason]:
    """
    Decide whether an approval covers *act*, done by *principal* at *at*.

    Whoever does the act may be the maker or anybody else who may do it, but not whoever approved it.

    Args:
        approval: As it stands.
        act: What is about to be done.
        principal: By whom.
        at: When.
        roles: Who may approve such an act, as the authorizer says now; whoever asked cannot have asked for less.
    """
    if approval is None:
        return _no(ApprovalReason.UNKNOWN, "nobody asked for this approval")
    asked = approval.requested.act
    if (asked.action, asked.resource, asked.content, asked.amount) != (act.action, act.resource, act.content, act.amount):
        return _no(ApprovalReason.OTHER_ACT, "the approval is for another act, or the content was edited since")
    if approval.used:
        return _no(ApprovalReason.USED, "the approval was used before")
    if asked.version != act.version:
        return _no(ApprovalReason.STALE, f"{act.resource} was at version {asked.version} when it was approved and is at {act.version}")
    if approval.declined:
        return _no(ApprovalReason.DECLINED, "the approval was declined")
    if approval.given is None:
        return _no(ApprovalReason.NOT_GIVEN, "nobody has approved it yet")
    if roles and (not approval.requested.roles or not set(approval.requested.roles) <= set(roles)):
        return _no(ApprovalReason.NOT_ENTITLED, f"it takes one of the roles {', '.join(roles)}, and was not asked of those alone; ask anew")
    if at < approval.given.at:
        return _no(ApprovalReason.NOT_GIVEN, f"it was approved at {approval.given.at.isoformat()}, and nothing is done under it earlier")
    if not principal.independent_of(approval.given.linked):
        return _no(ApprovalReason.NOT_INDEPENDENT, "whoever approved it must not do it")
    if at >= approval.given.expires_at:
        return _no(ApprovalReason.EXPIRED, f"the approval ended at {approval.given.expires_at.isoformat()}")
    return ApprovalUsed(approval.requested.id, principal.id, at)


def _no(reason: ApprovalReason, detail: str) -> Refusal[ApprovalReason]:
    return Refusal(reason, detail, "nothing was done")
