"""A supervisor gives somebody's accounts to somebody else inside of the house: one person's, at once, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import TypeAlias

import attrs

from collectkit._checks import day, member
from collectkit.allocation import ROOM, Handler, WhyNot
from collectkit.facts import AccountFacts, placement_on
from collectkit.identifiers import AccountId, HandlerId
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.refusals import Refusal

REASSIGNED = "reassigned"
"""The reason of the recall that goes before; it says nothing against whoever had the account."""


class ReassignReason(Enum):
    """Why a supervisor gives accounts to somebody else; a code, because a record holds no free text about people."""

    ABSENCE = "absence"
    """Whoever has them is away."""
    LEFT = "left"
    """Whoever has them works here no more."""
    WORKLOAD = "workload"
    """Queues are evened out."""
    SKILLS = "skills"
    """Somebody else knows the language, the product or the law better."""
    CONFLICT = "conflict"
    """Whoever has them knows the person, or must not work on them."""
    COMPLAINT = "complaint"
    """The person complained about whoever has them."""
    COACHING = "coaching"
    """Whoever has them is to have less, or other, work for a while."""


def _reason(given: str | ReassignReason) -> ReassignReason:
    return member(ReassignReason, given, "accounts are reassigned for")


@attrs.frozen
class Reassignment:
    """
    What a supervisor wants.

    Attributes:
        account: One account of the person; the others that *before* has go with it.
        before: Who has it, as the supervisor saw it; if somebody else has it by now, nothing is moved.
        to: Who is to have it.
        since: First day on which they have it.
        reason: Why.
    """

    account: AccountId = attrs.field(converter=AccountId)
    before: HandlerId = attrs.field(converter=HandlerId)
    to: HandlerId = attrs.field(converter=HandlerId)
    since: date = attrs.field(validator=day)
    reason: ReassignReason = attrs.field(converter=_reason)

    def placement(self, account: AccountId) -> Placement:
        """Return the placement of one account that comes of it."""
        return Placement(account, self.to, self.since, why=(f"{REASSIGNED} from {self.before}: {self.reason.value}",))


@attrs.frozen
class Reassigned:
    """
    Accounts that were given to somebody else, all of one person.

    Attributes:
        accounts: Which, sorted.
        before: Who had them.
        to: Who has them.
        since: Since when.
        reason: Why.
    """

    accounts: tuple[AccountId, ...]
    before: HandlerId
    to: HandlerId
    since: date
    reason: ReassignReason


class ReassigningReason(Enum):
    """Why nothing is reassigned, in order of precedence."""

    SAME_HANDLER = "same_handler"
    UNKNOWN_HANDLER = "unknown_handler"
    """The policy knows no handler of that name."""
    OUTSIDE = "outside"
    """An agency's or a law firm's account is recalled and placed, under its contract and its licence."""
    CLOSED = "closed"
    NOT_HELD = "not_held"
    """Whoever was named does not have it, or not any more: look again."""
    NOT_ELIGIBLE = "not_eligible"
    """They cannot take one of the person's accounts: skills, leave, or outside of what they take."""
    NO_ROOM = "no_room"
    """They have no room for all of them."""
    FORBIDDEN = "forbidden"
    """A rule of law stands against it."""


Moves: TypeAlias = Mapping[AccountId, tuple[AccountRecalled, AccountPlaced]]
Reassigning: TypeAlias = Reassigned | Refusal[ReassigningReason]


def held_by(facts: AccountFacts, handler: HandlerId, on: date) -> bool:
    """Tell whether an open account is with a handler on a day, and nothing was recorded of it that comes later."""
    held = placement_on(facts, on)
    return facts.closed is None and held is not None and held.handler == handler and facts.moves[-1] == held


def already(theirs: Sequence[AccountFacts], wanted: Reassignment) -> Reassigned | None:
    """Return what came of it when it was carried out before; None when it was not."""
    done = [one.account.id for one in theirs if one.moves and one.moves[-1] == wanted.placement(one.account.id)]
    return reassigned(done, wanted) if wanted.account in done else None


def reassign_accounts(
    named: AccountFacts, theirs: Sequence[AccountFacts], wanted: Reassignment, handlers: Mapping[HandlerId, Handler], why_not: WhyNot | None
) -> Moves | Refusal[ReassigningReason]:
    """
    Decide what reassigning does.

    Args:
        named: The account that was named.
        theirs: The accounts of the person that *before* has, the named one among them.
        wanted: What is wanted.
        handlers: Who is known.
        why_not: Why one of the accounts cannot go there, or not all; None when they can.
    """
    if wanted.before == wanted.to:
        return _no(ReassigningReason.SAME_HANDLER, f"they are with {wanted.to} already")
    for id in (wanted.before, wanted.to):
        if id not in handlers:
            return _no(ReassigningReason.UNKNOWN_HANDLER, f"the policy knows no handler '{id}'; known are {', '.join(handlers) or 'none'}")
    outside = next((id for id in (wanted.before, wanted.to) if handlers[id].kind.outside), None)
    if outside is not None:
        return _no(ReassigningReason.OUTSIDE, f"'{outside}' works outside of the house: recall and place the account")
    if named.closed is not None:
        return _no(ReassigningReason.CLOSED, "a closed account is nobody's work")
    if not held_by(named, wanted.before, wanted.since):
        return _no(ReassigningReason.NOT_HELD, f"'{wanted.before}' does not have it on {wanted.since}, or somebody else has it by now")
    if why_not is not None:
        return _no(ReassigningReason.NO_ROOM if why_not.reason in ROOM else ReassigningReason.NOT_ELIGIBLE, str(why_not))
    return {
        one.account.id: (
            AccountRecalled(one.account.id, wanted.before, wanted.since, REASSIGNED),
            AccountPlaced(wanted.placement(one.account.id)),
        )
        for one in theirs
    }


def reassigned(accounts: Iterable[AccountId], wanted: Reassignment) -> Reassigned:
    """Return what is told of accounts that were moved."""
    return Reassigned(tuple(sorted(accounts)), wanted.before, wanted.to, wanted.since, wanted.reason)


def _no(reason: ReassigningReason, detail: str) -> Refusal[ReassigningReason]:
    return Refusal(reason, detail, "nothing was moved")
